"""Facts about orders. What is known is kept as a value, and only the face makes a sentence of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

Value = str | int | float


class FactKind(StrEnum):
    """What a fact says. The comment names its values."""

    WORDS = "words"  # said: words of a provider or of an older row, cleaned, to be shown as they are
    # Why an order ended.
    NOT_REACHED = "not reached"  # backend
    NOT_ACCEPTED = "not accepted"  # backend
    NEVER_ANSWERED = "never answered"  # the answer to the paid call was lost, and its backend can't be asked
    LOST_TOO_OFTEN = "lost too often"  # each answer was lost, and nothing was found
    STOPPED_BEFORE_IT_BEGAN = "stopped before it began"
    STOPPED_UNCLEAR = "stopped, unclear"  # it was stopped, but its order may have arrived
    STOPPED = "stopped"
    STOPPED_BY_OWNER = "stopped by its owner"
    STOPPED_BY_STAFF = "stopped by staff"
    DECLINED = "declined"  # by a moderator
    STOP_NOT_TOLD = "stop not told"  # backend: it is switched off here, so it does not know of the stop
    SWITCHED_OFF = "switched off"  # backend: its result can't be fetched
    UNKNOWN_THERE = "unknown there"  # backend: it does not know the order any more
    LOST_AND_REFUSED = "lost and refused"  # backend: it lost the order and does not take it again
    RESULT_DAMAGED = "result damaged"  # backend
    NO_RESULT = "no result"  # backend: it is done, but gives nothing that can be used
    PICTURES_MISSING = "pictures missing"  # not all pictures of a drawing arrived
    # What this bot has lost itself.
    IMAGES_DELETED = "images deleted"  # those of a training, for good
    IMAGE_DAMAGED = "image damaged"
    SOURCE_IMAGE_DAMAGED = "source image damaged"

    # How a job of our own worker goes.
    LOADING = "loading"
    ENCODING = "encoding"  # done, of: pictures
    TRAINING = "training"
    DRAWING = "drawing"

    # Why a job of our own worker failed.
    WORKER_BROKE = "worker broke"  # reference: under which the log has the details
    DISK_FULL = "disk full"
    JOB_UNKNOWN = "job unknown"  # it is of another version
    OUT_OF_MEMORY = "out of memory"
    NO_PICTURES = "no pictures"
    PICTURE_DAMAGED = "picture damaged"  # name
    STORED_FILE_DAMAGED = "stored file damaged"
    CHECKPOINT_UNKNOWN = "checkpoint unknown"  # name
    CHECKPOINT_NOT_FOUND = "checkpoint not found"  # name
    CHECKPOINT_BROKEN = "checkpoint broken"  # name, is_local: 0 for an id of a hub
    CHECKPOINT_OF_OTHER_KIND = "checkpoint of other kind"  # name, is_a
    OBJECTIVE_UNKNOWN = "objective unknown"  # name, said
    LORA_UNUSABLE = "lora unusable"  # name
    LORA_OF_OTHER_SHAPE = "lora of other shape"  # name, used, layers
    LORA_LACKS_LAYERS = "lora lacks layers"  # missing, layers
    LORA_LAYER_WRONG = "lora layer wrong"  # layer

    # What only the worker's own command line meets.
    PRESET_UNKNOWN = "preset unknown"  # preset, family
    FOLDER_MISSING = "folder missing"  # folder
    FOLDER_EMPTY = "folder empty"  # folder
    CAPTION_UNREADABLE = "caption unreadable"  # name

    # How work goes. All of the following name their `backend`, where they do not say otherwise.
    PREPARING_PICTURES = "preparing pictures"
    PREPARING_TRAINING = "preparing training"
    DEPLOYING = "deploying"  # it is trained, and put into service
    CAPTIONS_WRITTEN = "captions written"  # count, examples, is_all (0 or 1)
    LEFT_OUT_UNSAFE = "left out as unsafe"  # numbers: of pictures, empty where they are not known; without backend
    LEFT_OUT_UNREADY = "left out as unready"  # the same

    # Why it ended without a result.
    CANCELLED_THERE = "cancelled there"
    DROPPED = "dropped"  # before it began
    FAILED = "failed"  # said, where it gives a reason
    TOOK_TOO_LONG = "took too long"
    NO_MACHINE = "no machine"
    BROKE = "broke"
    FILE_UNREACHABLE = "file unreachable"
    PICTURES_GONE = "pictures gone"
    LORA_GONE = "lora gone"
    GIVEN_UP = "given up"  # the worker ended several times; without backend
    FAILED_LONG_AGO = "failed long ago"  # without backend

    # What is missing from a drawing. Each has missing and count, and no backend.
    WITHHELD = "withheld"  # backend alone: its filter kept every picture back
    NOTHING_USABLE = "nothing usable"  # without values
    HELD_BACK = "held back"
    NOT_GIVEN = "not given"
    NOT_DRAWN = "not drawn"
    NOT_TAKEN = "not taken"  # no order was taken for them
    UNREADABLE = "unreadable"
    ONE_MORE_PERHAPS = "one more perhaps"  # without values: the answer to one more order was lost

    # Why an order is refused, and what a member can do.
    REFUSED = "refused"  # said
    REFUSED_SETTINGS = "refused settings"  # names
    FILTER_REFUSED = "filter refused"  # the pictures or the words
    PROMPT_REFUSED = "prompt refused"
    PICTURE_REFUSED = "picture refused"
    NO_FACE = "no face"
    PICTURE_UNUSABLE = "picture unusable"
    PICTURE_TOO_SMALL = "picture too small"
    PICTURE_TOO_LARGE = "picture too large"
    PICTURE_UNREADABLE = "picture unreadable"
    PICTURES_USELESS = "pictures useless"  # numbers, said or empty
    PICTURES_UNSAFE = "pictures unsafe"  # numbers, fewest
    PICTURE_KIND = "picture kind"  # number
    STILL_CHECKING = "still checking"  # numbers
    TOO_LARGE = "too large"  # megabytes, most
    SOURCE_TOO_LARGE = "source too large"  # most, in megabytes
    NO_SOURCE_IMAGE = "no source image"
    FOREIGN_LORA = "foreign lora"
    ONE_FOREIGN_LORA = "one foreign lora"  # it draws with one LoRA at a time
    LORA_NEVER_THERE = "lora never there"
    LEGACY_LORA = "legacy lora"  # said: what it answered; a kind of LoRA that it has given up
    MOST_PICTURES = "most pictures"  # limit
    MOST_AT_ONCE = "most at once"  # limit
    CANNOT_STOP = "cannot stop"

    # What only the bot's owner can mend.
    NO_CREDIT = "no credit"
    KEY_REFUSED = "key refused"
    NOT_ALLOWED = "not allowed"
    NOT_OFFERED = "not offered"
    PLAN_EXHAUSTED = "plan exhausted"
    NOT_AS_WRITTEN = "not as written"
    MODEL_IS_PUBLIC = "model is public"
    CHECKPOINT_MISSING = "checkpoint missing"  # label

    # Of a quote, without backend.
    STEPS = "steps"  # steps; label where it is named
    ONE_TRAINING = "one training"
    UNITS = "units"  # units: of the provider's own
    PRICE_LIST = "price list"  # as_of: an ISO date
    PRICE_ASKED = "price asked"  # units, as_of


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known about an order, such as why it ended.

    `values` are what its sentence names, and `because` is what its backend gave as the reason, if it gave one.
    """

    kind: FactKind
    values: Mapping[str, Value] = field(default_factory=dict)
    because: "Fact | None" = None


Kept = Mapping[str, "Value | Kept"]  # a fact as JSON


def fact(kind: FactKind, **values: Value) -> Fact:
    """Return the fact with these values."""
    return Fact(kind, values)


def because(known: Fact, cause: Fact | None) -> Fact:
    """Return the fact with what its backend gave as the reason."""
    return replace(known, because=cause)


def to_json(known: Fact) -> Kept:
    """Return the fact as a row keeps it."""
    cause: Kept = {} if known.because is None else {"because": to_json(known.because)}
    return {"kind": known.kind.value, **known.values, **cause}


def from_json(kept: Kept) -> Fact:
    """Return the fact that a row keeps. One of an unknown kind is shown by its name."""
    values = {name: value for name, value in kept.items() if name != "kind" and isinstance(value, Value)}
    cause = kept.get("because")
    because = from_json(cause) if isinstance(cause, Mapping) else None
    try:
        return Fact(FactKind(str(kept["kind"])), values, because)
    except ValueError:
        return fact(FactKind.WORDS, said=str(kept["kind"]))
