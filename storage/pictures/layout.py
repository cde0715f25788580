"""The parts and measures of sheets and strips."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDEST = 1_600  # pixels; Discord scales more down anyway
MARGIN = 28  # pixels around everything
GAP = 14  # pixels between tiles
LARGEST_TILE = 480  # pixels
MOST_TILES = 48
MOST_COLUMNS = 12
MOST_WORDS = 200  # characters of any one text


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of a sheet, as encoded bytes, with what its badge says (often its number)."""

    picture: bytes
    label: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a strip, with a label and one encoded picture per row."""

    label: str
    pictures: Sequence[bytes]


def tile_side(columns: int, *, widest_tile: int = LARGEST_TILE) -> int:
    """Return the side in pixels at which so many square tiles fill the width."""
    return min(widest_tile, (WIDEST - 2 * MARGIN - (columns - 1) * GAP) // columns)


def short(text: str, most: int = MOST_WORDS) -> str:
    """Return `text` on one line, cut to what a sheet has room for."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
