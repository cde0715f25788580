"""Facts about orders. What is known is kept as a value, and only the face makes a sentence of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known about an order, such as why it ended.

    `values` are what its sentence names, and `because` is what its backend gave as the reason, if it gave one.
    """

    kind: FactKind
    values: Mapping[str, Value] = field(default_factory=dict)
    because: "Fact | None" = None


Kept = Mapping[str, "Value | Kept"]  # a fact as JSON


def fact(kind: FactKind, *, because: Fact | None = None, **values: Value) -> Fact:
    """Return the fact with these values."""
    return Fact(kind, values, because)


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
