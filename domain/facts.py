"""Facts about orders, which only the face makes sentences of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Value = str | int | float


class FactKind(StrEnum):
    """What a fact says, with its values named in the comment."""

    WORDS = "words"  # said: words of a provider or of an older row, cleaned, to be shown as they are

    # How work goes. All of the following name their `backend`, where they do not say otherwise.
    PREPARING_PICTURES = "preparing pictures"
    PREPARING_TRAINING = "preparing training"
    DEPLOYING = "deploying"  # it is trained, and put into service
    CAPTIONS_WRITTEN = "captions written"  # count, examples, is_all (0 or 1)
    LEFT_OUT_UNSAFE = "left out as unsafe"  # numbers: of pictures, empty where they are not known; without backend
    LEFT_OUT_UNREADY = "left out as unready"  # the same

    # Why it ended without a result.
    STOPPED = "stopped"  # without backend
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

    `values` are what its sentence names.
    """

    kind: FactKind
    values: Mapping[str, Value] = field(default_factory=dict)


def fact(kind: FactKind, **values: Value) -> Fact:
    """Return the fact with these values."""
    return Fact(kind, values)


def to_json(known: Fact | None) -> dict[str, Value] | None:
    """Return the fact as a row keeps it."""
    return None if known is None else {"kind": known.kind.value, **known.values}


def from_json(kept: Mapping[str, Value] | None) -> Fact | None:
    """Return the fact that a row keeps, one of an unknown kind by its name."""
    if kept is None:
        return None
    values = {name: value for name, value in kept.items() if name != "kind"}
    try:
        return Fact(FactKind(str(kept["kind"])), values)
    except ValueError:
        return Fact(FactKind.WORDS, {"said": str(kept["kind"])})


def as_text(*known: Fact | str | None) -> str:
    """Return what is known as one text for a row, which is plain where nothing but words is known."""
    facts = [fact(FactKind.WORDS, said=each) if isinstance(each, str) else each for each in known if each]
    if all(each.kind is FactKind.WORDS for each in facts):
        return " ".join(str(each.values["said"]) for each in facts)
    return json.dumps([to_json(each) for each in facts])


def from_text(text: str) -> tuple[Fact, ...]:
    """Return what a row's text says."""
    if not text.startswith('[{"kind": '):
        return (fact(FactKind.WORDS, said=text),) if text else ()
    return tuple(found for each in json.loads(text) if (found := from_json(each)))
