"""Plain geometric shapes and signs, each a polygon or two in a box of -1..1."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random

from checkpoints.atelier_tiny.pictures.canvas import Pen, Point
from checkpoints.atelier_tiny.pictures.colours import Colour

Shape = Callable[[Pen, Random, Colour], None]


def _regular(corners: int) -> list[Point]:
    turn = 2 * math.pi / corners
    return [(math.sin(turn * k), -math.cos(turn * k)) for k in range(corners)]


def _star(points: int, inner: float) -> list[Point]:
    turn = math.pi / points
    radii = [1.0 if k % 2 == 0 else inner for k in range(2 * points)]
    return [(r * math.sin(turn * k), -r * math.cos(turn * k)) for k, r in enumerate(radii)]


def _solid(corners: Sequence[Point]) -> Shape:
    def draw(pen: Pen, _dice: Random, colour: Colour) -> None:
        pen.polygon(corners, colour.rgb)

    return draw


def _circle(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.circle((0, 0), 0.95, colour.rgb)


def _oval(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.ellipse((0, 0), (1, 0.6), colour.rgb)


def _half_circle(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.ellipse((0, 0.4), (1, 1), colour.rgb, degrees=(180, 365))


def _crescent(pen: Pen, _dice: Random, colour: Colour) -> None:
    outer = [(0.9 * math.cos(a / 10), 0.9 * math.sin(a / 10)) for a in range(8, 56)]
    inner = [(0.35 + 0.75 * math.cos(a / 10), 0.75 * math.sin(a / 10)) for a in range(54, 9, -1)]
    pen.polygon(outer + inner, colour.rgb)


def _heart(pen: Pen, _dice: Random, colour: Colour) -> None:
    angles = [math.pi * k / 18 for k in range(36)]
    xs = [math.sin(a) ** 3 for a in angles]
    ys = [-(13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)) / 16 for a in angles]
    pen.polygon(list(zip(xs, ys, strict=True)), colour.rgb)


def _ring(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.stroke([(0.75 * x, 0.75 * y) for x, y in [*_regular(40), _regular(40)[0]]], 0.38, colour.rgb)


def _arrow(pen: Pen, dice: Random, colour: Colour) -> None:
    inside = pen.at(0, 0, 1, mirrored=dice.random() < 0.5)
    corners = [(-1, -0.28), (0.1, -0.28), (0.1, -0.75), (1, 0), (0.1, 0.75), (0.1, 0.28), (-1, 0.28)]
    inside.polygon(corners, colour.rgb)


def _spiral(pen: Pen, _dice: Random, colour: Colour) -> None:
    turns = [(k / 40, k / 40 * 5 * math.pi) for k in range(41)]
    pen.stroke([(0.85 * r * math.cos(a), 0.85 * r * math.sin(a)) for r, a in turns], 0.2, colour.rgb)


def _drop(pen: Pen, _dice: Random, colour: Colour) -> None:
    round_part = [(0.65 * math.cos(a / 10), 0.3 + 0.65 * math.sin(a / 10)) for a in range(-4, 36)]
    pen.polygon([(0, -1), *round_part], colour.rgb)


_CROSS = [(-0.3, -0.9), (0.3, -0.9), (0.3, -0.3), (0.9, -0.3), (0.9, 0.3), (0.3, 0.3)]
_LIGHTNING = [(0.2, -1), (-0.6, 0.15), (-0.05, 0.15), (-0.25, 1), (0.6, -0.25), (0.05, -0.25), (0.5, -1)]

SHAPES: dict[str, tuple[Shape, tuple[str, ...], str]] = {
    "circle": (_circle, ("circle", "disc", "round dot", "ball"), "circles"),
    "square": (_solid([(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]), ("square", "box"), "squares"),
    "triangle": (_solid([(0, -0.9), (1, 0.8), (-1, 0.8)]), ("triangle",), "triangles"),
    "rectangle": (_solid([(-1, -0.55), (1, -0.55), (1, 0.55), (-1, 0.55)]), ("rectangle",), "rectangles"),
    "star": (_solid(_star(5, 0.42)), ("star",), "stars"),
    "heart": (_heart, ("heart",), "hearts"),
    "diamond": (_solid([(0, -1), (0.7, 0), (0, 1), (-0.7, 0)]), ("diamond",), "diamonds"),
    "hexagon": (_solid(_regular(6)), ("hexagon",), "hexagons"),
    "pentagon": (_solid(_regular(5)), ("pentagon",), "pentagons"),
    "oval": (_oval, ("oval", "ellipse"), "ovals"),
    "half circle": (_half_circle, ("half circle", "semicircle"), "half circles"),
    "crescent": (_crescent, ("crescent",), "crescents"),
    "ring": (_ring, ("ring",), "rings"),
    "cross": (
        _solid([*_CROSS, *((-x, -y) for x, y in _CROSS)]),
        ("cross", "plus sign"),
        "crosses",
    ),
    "arrow": (_arrow, ("arrow",), "arrows"),
    "spiral": (_spiral, ("spiral",), "spirals"),
    "drop": (_drop, ("drop", "droplet"), "drops"),
    "lightning": (_solid(_LIGHTNING), ("lightning bolt", "bolt"), "bolts"),
}
