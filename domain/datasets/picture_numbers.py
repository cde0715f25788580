"""Picture numbers as members write them, such as `3, 5-7`."""

import re
from collections.abc import Sequence
from itertools import groupby

from domain.datasets.errors import NoSuchPicture, NumbersUnreadable

_PART = re.compile(r"#?(\d{1,6})(?:\s*(?:-|–|\bto\b)\s*#?(\d{1,6}))?")


def parse(text: str, *, highest: int) -> tuple[int, ...]:
    """Return the numbers that `text` names, ascending.

    Raises `NumbersUnreadable`, or `NoSuchPicture` for a number that is not 1 to `highest`.
    """
    parts = [part.strip() for part in re.split(r"[,;]|\band\b", text) if part.strip()]
    # "3 5" means two numbers; "5 - 7" and "5 to 7" are one range.
    parts = [p for part in parts for p in ([part] if _PART.fullmatch(part) else part.split())]
    matches = [_PART.fullmatch(part) for part in parts]
    if not parts or not all(matches):
        raise NumbersUnreadable
    ranges = [(int(m[1]), int(m[2] or m[1])) for m in matches if m]
    wrong = next((n for ends in ranges for n in ends if not 1 <= n <= highest), None)
    if wrong is not None:
        raise NoSuchPicture(wrong, highest)
    return tuple(sorted({n for low, high in ranges for n in range(min(low, high), max(low, high) + 1)}))


def listed(numbers: Sequence[int]) -> str:
    """Return ascending numbers for reading, such as `3, 5–7`."""
    runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
