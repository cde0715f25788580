"""The few shapes of nearly the same area that training pictures are fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

WIDEST = 2.0  # the longest side over the shortest; a panorama is cropped to this
MOST_SHAPES = 5


@dataclass(frozen=True, slots=True, order=True)
class Shape:
    """A width and height in pixels."""

    width: int
    height: int


def shapes(resolution: int, quantum: int) -> tuple[Shape, ...]:
    """Return up to five shapes of at most `resolution`² pixels, sides multiples of `quantum`, square first."""
    square = Shape(*(max(quantum, resolution // quantum * quantum),) * 2)
    wide = [
        Shape(width, height)
        for height in range(square.height - quantum, 0, -quantum)
        if (width := square.width * square.height // height // quantum * quantum) <= WIDEST * height
        and width > square.width
    ][: MOST_SHAPES // 2]
    return (square, *(shape for w in wide for shape in (w, Shape(w.height, w.width))))


def nearest(width: int, height: int, among: Sequence[Shape]) -> Shape:
    """Return the shape whose proportions are nearest to those of a picture of `width` × `height` pixels."""
    return min(among, key=lambda shape: abs(log(shape.width / shape.height) - log(width / height)))


def cover(width: int, height: int, shape: Shape, *, margin: float) -> Shape:
    """Return the size to which a picture is scaled so that it covers `shape` with a share of `margin` to spare."""
    scale = max(shape.width / width, shape.height / height) * (1 + margin)
    return Shape(max(shape.width, round(width * scale)), max(shape.height, round(height * scale)))
