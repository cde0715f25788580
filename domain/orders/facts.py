"""Facts about orders: what is known is kept as a value, and only the face makes a sentence of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Value = str | int | float


class FactKind(StrEnum):
    """What a fact says; the comment names its values."""

    WORDS = "words"  # said: words of a provider or of an older row, cleaned, to be shown as they are

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
    """One thing that is known about an order, such as why it ended; `values` are what its sentence names."""

    kind: FactKind
    values: Mapping[str, Value] = field(default_factory=dict)


def fact(kind: FactKind, **values: Value) -> Fact:
    """Return the fact with these values."""
    return Fact(kind, values)


def to_json(known: Fact | None) -> dict[str, Value] | None:
    """Return the fact as a row keeps it."""
    return None if known is None else {"kind": known.kind.value, **known.values}


def from_json(kept: Mapping[str, Value] | None) -> Fact | None:
    """Return the fact that a row keeps; one of an unknown kind is shown by its name."""
    if kept is None:
        return None
    values = {name: value for name, value in kept.items() if name != "kind"}
    try:
        return Fact(FactKind(str(kept["kind"])), values)
    except ValueError:
        return Fact(FactKind.WORDS, {"said": str(kept["kind"])})
