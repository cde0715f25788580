"""Facts about orders: what is known is kept as a value, and only the face makes a sentence of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Value = str | int | float


class FactKind(StrEnum):
    """What a fact says; the comment names its values."""

    WORDS = "words"  # said: words of a provider or of an older row, cleaned, to be shown as they are


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
