"""Numbers that members type into a form."""

import math
from dataclasses import dataclass

from domain.errors import InvalidInput


@dataclass(eq=False)
class NumberMissing(InvalidInput):
    """A field of a form holds no number, or no whole one where that is needed."""

    field: str
    is_whole: bool


def whole(text: str, *, what: str) -> int:
    """Return the whole number in `text`, or raise `NumberMissing` with the field `what`."""
    plain = text.strip().replace(",", "").replace(" ", "").replace("_", "")
    if not plain.removeprefix("-").isdecimal() or len(plain) > 20:
        raise NumberMissing(what, is_whole=True)
    return int(plain)


def decimal(text: str, *, what: str) -> float:
    """Return the number in `text`, with a point or a comma, or raise `NumberMissing` with the field `what`."""
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError as error:
        raise NumberMissing(what, is_whole=False) from error
    if not math.isfinite(number):
        raise NumberMissing(what, is_whole=False)
    return number
