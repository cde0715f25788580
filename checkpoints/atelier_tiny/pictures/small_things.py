"""Food, toys and things of the household."""

from __future__ import annotations

import math
from random import Random

from checkpoints.atelier_tiny.pictures.canvas import Pen
from checkpoints.atelier_tiny.pictures.colours import Colour, any_colour
from checkpoints.atelier_tiny.pictures.shapes import SHAPES

WOOD = (120, 74, 40)
DARK = (30, 30, 36)
WHITE = (250, 250, 248)
STEEL = (170, 174, 182)


def umbrella(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw an umbrella."""
    pen.stroke([(0, -0.2), (0, 0.8), (0.14, 0.92), (0.28, 0.78)], 0.08, WOOD)
    pen.ellipse((0, 0.05), (0.95, 0.9), colour.rgb, degrees=(180, 365))
    pen.plain().ellipse((0, 0.05), (0.34, 0.88), colour.darker(0.2), degrees=(180, 365))


def apple(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw an apple."""
    pen.stroke([(0, -0.4), (0.1, -0.85)], 0.1, WOOD)
    pen.ellipse((0.32, -0.72), (0.24, 0.12), (70, 160, 60))
    for x in (-0.3, 0.3):
        pen.plain().ellipse((x, 0.2), (0.52, 0.68), colour.rgb)
    pen.plain().ellipse((-0.4, 0), (0.1, 0.18), colour.lighter(0.5))


def pear(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a pear."""
    pen.stroke([(0, -0.6), (0.1, -0.95)], 0.1, WOOD)
    pen.plain().ellipse((0, -0.25), (0.38, 0.5), colour.rgb)
    pen.plain().circle((0, 0.4), 0.58, colour.rgb)


def cherries(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a pair of cherries."""
    for x in (-0.42, 0.42):
        pen.stroke([(x, 0.4), (0.1, -0.8)], 0.07, (70, 130, 50))
        pen.circle((x, 0.5), 0.4, colour.rgb)


def banana(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a banana."""
    outer = [(0.95 * math.cos(a / 10), -0.35 + 1.1 * math.sin(a / 10)) for a in range(2, 30)]
    inner = [(0.8 * math.cos(a / 10), -0.45 + 0.65 * math.sin(a / 10)) for a in range(29, 1, -1)]
    pen.polygon(outer + inner, colour.rgb)


def cake(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a cake."""
    pen.rectangle((-0.8, 0), (0.8, 0.85), (222, 176, 116))
    pen.rectangle((-0.8, -0.1), (0.8, 0.3), colour.rgb)
    for x in (-0.4, 0, 0.4):
        pen.stroke([(x, -0.15), (x, -0.55)], 0.1, WHITE)
        pen.plain().ellipse((x, -0.72), (0.08, 0.15), (250, 170, 40))


def ice_cream(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw an ice cream."""
    pen.polygon([(-0.42, 0), (0.42, 0), (0, 1)], (212, 158, 88))
    pen.circle((0, -0.3), 0.52, colour.rgb)
    pen.plain().circle((0, -0.8), 0.15, (214, 30, 44))


def cup(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a cup."""
    pen.stroke([(0.5, -0.25), (0.85, -0.2), (0.85, 0.3), (0.5, 0.4)], 0.14, colour.rgb)
    pen.polygon([(-0.65, -0.5), (0.65, -0.5), (0.5, 0.8), (-0.5, 0.8)], colour.rgb)
    pen.plain().ellipse((0, -0.5), (0.64, 0.14), (92, 56, 34))


def teapot(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a teapot."""
    pen.stroke([(0.5, -0.1), (0.9, -0.1), (0.85, 0.45), (0.45, 0.55)], 0.13, colour.rgb)
    pen.polygon([(-0.45, 0.5), (-0.95, -0.25), (-0.8, -0.35), (-0.4, 0.1)], colour.rgb)
    pen.ellipse((0, 0.25), (0.62, 0.58), colour.rgb)
    pen.circle((0, -0.42), 0.14, colour.darker())


def book(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a book."""
    pen.rectangle((-0.65, -0.85), (0.65, 0.85), colour.rgb)
    pen.plain().rectangle((-0.65, -0.85), (-0.45, 0.85), colour.darker())
    pen.plain().rectangle((-0.25, -0.5), (0.45, -0.2), WHITE)


def gift(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a gift."""
    ribbon = any_colour(dice, unlike=[colour.rgb], among=("red", "yellow", "white", "pink", "blue")).rgb
    pen.rectangle((-0.75, -0.35), (0.75, 0.85), colour.rgb)
    pen.plain().rectangle((-0.12, -0.35), (0.12, 0.85), ribbon)
    for side in (-1, 1):
        pen.ellipse((side * 0.28, -0.55), (0.27, 0.17), ribbon)


def lamp(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a lamp."""
    pen.rectangle((-0.06, 0), (0.06, 0.9), STEEL)
    pen.rectangle((-0.4, 0.85), (0.4, 0.98), STEEL)
    pen.polygon([(-0.35, -0.8), (0.35, -0.8), (0.65, 0.05), (-0.65, 0.05)], colour.rgb)


def chair(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a chair."""
    pen.rectangle((-0.55, -0.95), (-0.35, 1), colour.rgb)
    pen.rectangle((0.35, 0.2), (0.55, 1), colour.rgb)
    pen.rectangle((-0.55, 0.05), (0.55, 0.25), colour.rgb)


def key(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a key."""
    SHAPES["ring"][0](pen.at(-0.5, 0, 0.42), _dice, colour)
    pen.rectangle((-0.15, -0.1), (0.95, 0.1), colour.rgb)
    for x in (0.5, 0.8):
        pen.rectangle((x, 0.1), (x + 0.14, 0.38), colour.rgb)


def crown(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a crown."""
    teeth = [(-0.9, -0.5), (-0.45, 0), (0, -0.75), (0.45, 0), (0.9, -0.5), (0.75, 0.65), (-0.75, 0.65)]
    pen.polygon(teeth, colour.rgb)
    for x, gem in ((-0.4, (214, 30, 44)), (0.0, (40, 90, 210)), (0.4, (214, 30, 44))):
        pen.plain().circle((x, 0.36), 0.12, gem)


def kite(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a kite."""
    pen.stroke([(0, 0.35), (0.2, 0.6), (-0.1, 0.95)], 0.05, DARK)
    pen.polygon([(0, -0.95), (0.55, -0.35), (0, 0.45), (-0.55, -0.35)], colour.rgb)
    pen.plain().polygon([(0, -0.95), (0.55, -0.35), (0, -0.35)], colour.darker(0.25))


def flag(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a flag."""
    pen.rectangle((-0.7, -0.95), (-0.58, 1), WOOD)
    pen.rectangle((-0.58, -0.9), (0.85, 0.1), colour.rgb)
    other = any_colour(dice, unlike=[colour.rgb], among=("white", "yellow", "blue", "red")).rgb
    pen.plain().rectangle((-0.58, -0.57), (0.85, -0.23), other)
