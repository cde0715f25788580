"""Numbers that members typed into a form."""

import math

from domain.errors import InvalidInput


def whole(text: str, *, what: str) -> int:
    """Return the whole number in `text`; raise `InvalidInput` naming the field `what`."""
    plain = text.strip().replace(",", "").replace(" ", "").replace("_", "")
    if not plain.removeprefix("-").isdecimal() or len(plain) > 20:
        raise InvalidInput(f"{what} must be a whole number, such as 3. Nothing was started or charged.")
    return int(plain)


def decimal(text: str, *, what: str) -> float:
    """Return the number in `text`, with a point or a comma; raise `InvalidInput` naming the field `what`."""
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError as error:
        raise InvalidInput(f"{what} must be a number, such as 0.8. Nothing was started or charged.") from error
    if not math.isfinite(number):
        raise InvalidInput(f"{what} must be a number, such as 0.8. Nothing was started or charged.")
    return number
