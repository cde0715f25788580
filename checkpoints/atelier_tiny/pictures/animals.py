"""Simple animals, each drawn from a few rounded forms and put into words."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from checkpoints.atelier_tiny.pictures.canvas import Pen, Rgb
from checkpoints.atelier_tiny.pictures.colours import BRIGHT, Colour, any_colour

Animal = Callable[[Pen, Random, Colour], None]
DARK = (26, 26, 32)
WHITE = (252, 252, 250)
FUR = ("orange", "brown", "grey", "black", "white", "yellow", "light grey", "pink", "blue")


def eye(pen: Pen, x: float, y: float, size: float) -> None:
    """Draw a white eye with a dark pupil."""
    pen.plain().circle((x, y), size, WHITE)
    pen.plain().circle((x, y), size * 0.55, DARK)


def eyes(pen: Pen, dice: Random, y: float, apart: float, size: float) -> None:
    """Draw two eyes, sometimes only as dots."""
    round_eyes = dice.random() < 0.7
    for x in (-apart, apart):
        if round_eyes:
            eye(pen, x, y, size)
        else:
            pen.plain().circle((x, y), size * 0.65, DARK)


def _face(pen: Pen, dice: Random, colour: Colour, muzzle: Rgb) -> None:
    pen.circle((0, -0.35), 0.5, colour.rgb)
    pen.plain().ellipse((0, -0.15), (0.24, 0.17), muzzle)
    eyes(pen, dice, -0.42, 0.2, 0.12)
    pen.plain().circle((0, -0.2), 0.07, DARK)


def _body(pen: Pen, colour: Colour, belly: Rgb) -> None:
    pen.ellipse((0, 0.5), (0.45, 0.5), colour.rgb)
    pen.plain().ellipse((0, 0.58), (0.24, 0.32), belly)
    for x in (-0.3, 0.3):
        pen.ellipse((x, 0.92), (0.18, 0.1), colour.darker(0.2))


def _cat(pen: Pen, dice: Random, colour: Colour) -> None:
    pen.stroke([(0.35, 0.8), (0.75, 0.65), (0.8, 0.2)], 0.14, colour.rgb)
    _body(pen, colour, colour.lighter())
    for side in (-1, 1):
        pen.polygon([(side * 0.5, -0.98), (side * 0.1, -0.75), (side * 0.48, -0.42)], colour.rgb)
    _face(pen, dice, colour, colour.lighter(0.6))


def _dog(pen: Pen, dice: Random, colour: Colour) -> None:
    pen.stroke([(0.35, 0.8), (0.75, 0.45)], 0.14, colour.rgb)
    _body(pen, colour, colour.lighter())
    _face(pen, dice, colour, colour.lighter(0.6))
    for side in (-1, 1):
        pen.ellipse((side * 0.5, -0.3), (0.15, 0.38), colour.darker())


def _rabbit(pen: Pen, dice: Random, colour: Colour) -> None:
    _body(pen, colour, colour.lighter())
    for side in (-1, 1):
        pen.ellipse((side * 0.2, -0.75), (0.13, 0.38), colour.rgb)
        pen.plain().ellipse((side * 0.2, -0.72), (0.06, 0.26), (246, 170, 190))
    inner = pen.at(0, 0.12, 0.9)
    _face(inner, dice, colour, colour.lighter(0.6))


def _bear(pen: Pen, dice: Random, colour: Colour) -> None:
    _body(pen, colour, colour.lighter())
    for side in (-1, 1):
        pen.circle((side * 0.4, -0.75), 0.2, colour.rgb)
        pen.ellipse((side * 0.5, 0.35), (0.15, 0.28), colour.rgb)
    _face(pen, dice, colour, colour.lighter(0.6))


def _mouse(pen: Pen, dice: Random, colour: Colour) -> None:
    pen.stroke([(0.3, 0.85), (0.7, 0.9), (0.9, 0.5)], 0.07, (240, 160, 170))
    _body(pen, colour, colour.lighter())
    for side in (-1, 1):
        pen.circle((side * 0.48, -0.65), 0.3, colour.rgb)
        pen.plain().circle((side * 0.48, -0.65), 0.17, (244, 170, 186))
    _face(pen, dice, colour, colour.lighter(0.6))


def _pig(pen: Pen, dice: Random, colour: Colour) -> None:
    pen.ellipse((0, 0.3), (0.7, 0.55), colour.rgb)
    for x in (-0.4, 0.4):
        pen.rectangle((x - 0.12, 0.65), (x + 0.12, 0.98), colour.darker(0.15))
    for side in (-1, 1):
        pen.polygon([(side * 0.5, -0.65), (side * 0.1, -0.5), (side * 0.45, -0.2)], colour.darker(0.2))
    pen.circle((0, -0.1), 0.45, colour.rgb)
    eyes(pen, dice, -0.2, 0.2, 0.1)
    pen.plain().ellipse((0, 0.05), (0.2, 0.14), colour.darker(0.2))


def _frog(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.ellipse((0, 0.35), (0.75, 0.5), colour.rgb)
    for side in (-1, 1):
        pen.ellipse((side * 0.6, 0.8), (0.32, 0.15), colour.darker(0.2))
        pen.circle((side * 0.35, -0.2), 0.24, colour.rgb)
        eye(pen, side * 0.35, -0.22, 0.16)
    pen.plain().stroke([(-0.4, 0.25), (0, 0.38), (0.4, 0.25)], 0.07, DARK)


def _bird(pen: Pen, dice: Random, colour: Colour) -> None:
    side = pen.at(0, 0, 1, mirrored=dice.random() < 0.5)
    side.polygon([(-0.4, 0.1), (-0.98, -0.15), (-0.9, 0.35)], colour.darker())
    side.ellipse((-0.05, 0.15), (0.6, 0.45), colour.rgb)
    side.circle((0.42, -0.3), 0.34, colour.rgb)
    side.polygon([(0.7, -0.4), (1, -0.25), (0.7, -0.15)], (246, 160, 30))
    side.plain().ellipse((-0.15, 0.15), (0.34, 0.22), colour.darker(0.25))
    eye(side, 0.47, -0.37, 0.11)
    for x in (-0.1, 0.15):
        side.stroke([(x, 0.58), (x, 0.92)], 0.07, (230, 140, 30))


def _penguin(pen: Pen, _dice: Random, colour: Colour) -> None:
    for side in (-1, 1):
        pen.ellipse((side * 0.52, 0.2), (0.16, 0.45), colour.darker(0.15))
        pen.ellipse((side * 0.25, 0.92), (0.22, 0.1), (246, 160, 30))
    pen.ellipse((0, 0.05), (0.55, 0.88), colour.rgb)
    pen.plain().ellipse((0, 0.3), (0.36, 0.55), WHITE)
    for side in (-1, 1):
        eye(pen, side * 0.17, -0.45, 0.13)
    pen.plain().polygon([(-0.13, -0.3), (0.13, -0.3), (0, -0.08)], (246, 160, 30))


def _fish(pen: Pen, dice: Random, colour: Colour) -> None:
    side = pen.at(0, 0, 1, mirrored=dice.random() < 0.5)
    fin = any_colour(dice, unlike=[colour.rgb], among=BRIGHT).rgb if dice.random() < 0.5 else colour.darker()
    side.polygon([(-0.5, 0), (-0.98, -0.45), (-0.98, 0.45)], fin)
    side.polygon([(-0.2, -0.35), (0.2, -0.75), (0.3, -0.3)], fin)
    side.ellipse((0.1, 0), (0.75, 0.48), colour.rgb)
    eye(side, 0.5, -0.12, 0.15)


def _crab(pen: Pen, _dice: Random, colour: Colour) -> None:
    for side in (-1, 1):
        for y in (0.4, 0.6, 0.8):
            pen.stroke([(side * 0.4, 0.4), (side * 0.85, y)], 0.08, colour.darker())
        pen.stroke([(side * 0.5, 0.2), (side * 0.8, -0.3)], 0.12, colour.rgb)
        pen.circle((side * 0.78, -0.45), 0.22, colour.rgb)
        pen.stroke([(side * 0.2, 0), (side * 0.2, -0.25)], 0.07, colour.rgb)
        eye(pen, side * 0.2, -0.35, 0.13)
    pen.ellipse((0, 0.3), (0.62, 0.4), colour.rgb)


def _turtle(pen: Pen, dice: Random, colour: Colour) -> None:
    shell = any_colour(dice, unlike=[colour.rgb], among=("brown", "dark green", "orange", "purple")).rgb
    side = pen.at(0, 0, 1, mirrored=dice.random() < 0.5)
    for x in (-0.5, 0.3):
        side.ellipse((x, 0.65), (0.18, 0.25), colour.rgb)
    side.circle((0.75, 0.15), 0.24, colour.rgb)
    side.ellipse((-0.1, 0.55), (0.72, 0.95), shell, degrees=(180, 365))
    eye(side, 0.8, 0.1, 0.09)


def _snail(pen: Pen, dice: Random, colour: Colour) -> None:
    side = pen.at(0, 0, 1, mirrored=dice.random() < 0.5)
    side.stroke([(-0.8, 0.8), (0.6, 0.8), (0.75, 0.2)], 0.26, (226, 190, 140))
    side.stroke([(0.75, 0.2), (0.9, -0.15)], 0.06, (226, 190, 140))
    side.circle((-0.15, 0.2), 0.58, colour.rgb)
    side.plain().stroke([(-0.15, 0.5), (0.15, 0.2), (-0.15, -0.08), (-0.4, 0.2), (-0.15, 0.3)], 0.09, colour.darker())
    eye(side, 0.92, -0.2, 0.1)


def _bee(pen: Pen, dice: Random, colour: Colour) -> None:
    side = pen.at(0, 0, 1, mirrored=dice.random() < 0.5)
    for x in (-0.2, 0.2):
        side.ellipse((x, -0.5), (0.24, 0.4), (214, 234, 250))
    side.ellipse((0, 0.15), (0.75, 0.45), colour.rgb)
    for x in (-0.35, 0, 0.3):
        side.plain().rectangle((x - 0.07, -0.24), (x + 0.07, 0.54), DARK)
    eye(side, 0.55, 0.05, 0.12)


def _butterfly(pen: Pen, dice: Random, colour: Colour) -> None:
    spot = any_colour(dice, unlike=[colour.rgb], among=("white", "yellow", "orange", "blue", "pink")).rgb
    for side in (-1, 1):
        pen.ellipse((side * 0.5, -0.35), (0.45, 0.5), colour.rgb)
        pen.ellipse((side * 0.4, 0.45), (0.36, 0.4), colour.darker(0.2))
        pen.plain().circle((side * 0.52, -0.38), 0.18, spot)
    pen.ellipse((0, 0), (0.1, 0.7), DARK)


def _octopus(pen: Pen, dice: Random, colour: Colour) -> None:
    for x in (-0.6, -0.3, 0, 0.3, 0.6):
        pen.stroke([(x * 0.6, 0.1), (x, 0.55), (x * 1.3, 0.85)], 0.17, colour.rgb)
    pen.ellipse((0, -0.3), (0.6, 0.62), colour.rgb)
    eyes(pen, dice, -0.2, 0.24, 0.16)


def _whale(pen: Pen, dice: Random, colour: Colour) -> None:
    side = pen.at(0, 0, 1, mirrored=dice.random() < 0.5)
    side.polygon([(-0.6, 0.2), (-1, -0.45), (-0.75, -0.3), (-0.55, -0.5)], colour.rgb)
    side.ellipse((0.1, 0.2), (0.85, 0.55), colour.rgb)
    side.plain().ellipse((0.25, 0.52), (0.55, 0.2), colour.lighter(0.6))
    eye(side, 0.6, 0.05, 0.1)
    side.stroke([(0.2, -0.4), (0.2, -0.8)], 0.08, (150, 210, 250))


def _elephant(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.ellipse((0.15, 0.25), (0.6, 0.5), colour.rgb)
    for x in (-0.2, 0.5):
        pen.rectangle((x - 0.14, 0.4), (x + 0.14, 0.98), colour.rgb)
    pen.stroke([(-0.6, 0), (-0.75, 0.4), (-0.7, 0.75)], 0.2, colour.rgb)
    pen.circle((-0.4, -0.2), 0.42, colour.rgb)
    pen.ellipse((-0.1, -0.2), (0.28, 0.36), colour.darker(0.2))
    eye(pen, -0.55, -0.28, 0.1)


ANIMALS: dict[str, tuple[Animal, tuple[str, ...], tuple[str, ...], str]] = {
    "cat": (_cat, ("cat", "kitten"), FUR, "ground"),
    "dog": (_dog, ("dog", "puppy"), FUR, "ground"),
    "rabbit": (_rabbit, ("rabbit", "bunny"), FUR, "ground"),
    "bear": (_bear, ("bear", "teddy bear"), FUR, "ground"),
    "mouse": (_mouse, ("mouse",), FUR, "ground"),
    "pig": (_pig, ("pig",), ("pink", "pink", "brown", "grey"), "ground"),
    "frog": (_frog, ("frog",), ("green", "light green", "dark green", "blue", "orange", "red"), "ground"),
    "bird": (_bird, ("bird",), (*BRIGHT, "brown", "black", "white"), "sky"),
    "penguin": (_penguin, ("penguin",), ("black", "dark blue", "blue", "purple", "grey"), "ground"),
    "fish": (_fish, ("fish",), BRIGHT, "water"),
    "crab": (_crab, ("crab",), ("red", "orange", "pink", "blue", "purple"), "ground"),
    "turtle": (_turtle, ("turtle", "tortoise"), ("green", "light green", "yellow", "blue"), "ground"),
    "snail": (_snail, ("snail",), (*BRIGHT, "brown"), "ground"),
    "bee": (_bee, ("bee",), ("yellow", "orange"), "sky"),
    "butterfly": (_butterfly, ("butterfly",), BRIGHT, "sky"),
    "octopus": (_octopus, ("octopus",), BRIGHT, "water"),
    "whale": (_whale, ("whale",), ("blue", "grey", "light blue", "dark blue", "purple"), "water"),
    "elephant": (_elephant, ("elephant",), ("grey", "light grey", "pink", "blue", "purple"), "ground"),
}
