"""Buildings, plants, vehicles, food and things in the sky."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from checkpoints.atelier_tiny.pictures.canvas import Pen
from checkpoints.atelier_tiny.pictures.colours import BRIGHT, Colour, any_colour, mix, named
from checkpoints.atelier_tiny.pictures.shapes import SHAPES

Draw = Callable[[Pen, Random, Colour], None]
WOOD = (120, 74, 40)
DARK = (30, 30, 36)
GLASS = (178, 220, 244)
WHITE = (250, 250, 248)
STEEL = (170, 174, 182)


@dataclass(frozen=True, slots=True)
class Thing:
    """How a thing is drawn, called and coloured, and where it belongs."""

    draw: Draw
    names: tuple[str, ...]
    colours: tuple[str, ...] = BRIGHT
    place: str = "ground"  # ground, sky, water or table
    coloured: bool = True  # whether the caption tells its colour


def _house(pen: Pen, dice: Random, colour: Colour) -> None:
    roof = any_colour(dice, unlike=[colour.rgb], among=("red", "brown", "grey", "blue", "dark red")).rgb
    pen.rectangle((-0.75, -0.15), (0.75, 1), colour.rgb)
    pen.polygon([(-0.98, -0.12), (0, -0.98), (0.98, -0.12)], roof)
    pen.rectangle((-0.18, 0.4), (0.18, 1), WOOD)
    for x in (-0.5, 0.5):
        pen.rectangle((x - 0.16, 0.12), (x + 0.16, 0.42), GLASS)


def _castle(pen: Pen, dice: Random, colour: Colour) -> None:
    flag = any_colour(dice, unlike=[colour.rgb], among=BRIGHT).rgb
    pen.rectangle((-0.6, 0), (0.6, 1), colour.rgb)
    for x in (-0.75, 0.75):
        pen.rectangle((x - 0.24, -0.35), (x + 0.24, 1), colour.rgb)
        pen.polygon([(x - 0.32, -0.33), (x, -0.95), (x + 0.32, -0.33)], flag)
        pen.rectangle((x - 0.07, 0), (x + 0.07, 0.25), DARK)
    pen.ellipse((0, 1), (0.24, 0.5), DARK, degrees=(180, 365))


def _tree(pen: Pen, dice: Random, colour: Colour) -> None:
    pen.rectangle((-0.13, 0.2), (0.13, 1), WOOD)
    for x, y, radius in ((-0.35, -0.1, 0.45), (0.35, -0.1, 0.45), (0, -0.42, 0.55)):
        pen.circle((x, y), radius, mix(colour.rgb, (0, 0, 0), dice.uniform(0, 0.12)))


def _pine(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.rectangle((-0.1, 0.6), (0.1, 1), WOOD)
    for top, width in ((0.1, 0.75), (-0.4, 0.6), (-0.98, 0.45)):
        pen.polygon([(-width, top + 0.65), (0, top), (width, top + 0.65)], colour.rgb)


def _palm(pen: Pen, dice: Random, colour: Colour) -> None:
    lean = dice.uniform(-0.3, 0.3)
    pen.stroke([(0, 1), (lean * 0.5, 0.2), (lean, -0.5)], 0.16, WOOD)
    for angle in (-2.9, -2.3, -0.9, -0.25, -1.6):
        tip = (lean + 0.75 * math.cos(angle), -0.5 + 0.55 * math.sin(angle) + 0.2)
        pen.stroke([(lean, -0.5), ((lean + tip[0]) / 2, -0.62 + 0.4 * math.sin(angle)), tip], 0.16, colour.rgb)


def _flower(pen: Pen, dice: Random, colour: Colour) -> None:
    pen.stroke([(0, 1), (0, -0.2)], 0.1, (54, 140, 60))
    pen.ellipse((0.28, 0.6), (0.26, 0.12), (54, 140, 60))
    petals = dice.choice((5, 6, 7))
    for k in range(petals):
        angle = 2 * math.pi * k / petals
        pen.circle((0.36 * math.cos(angle), -0.42 + 0.36 * math.sin(angle)), 0.25, colour.rgb)
    middle = (250, 208, 60) if colour.word not in {"yellow", "orange"} else (120, 70, 30)
    pen.circle((0, -0.42), 0.22, middle)


def _tulip(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.stroke([(0, 1), (0, 0)], 0.1, (54, 140, 60))
    pen.polygon([(0, 0.95), (-0.45, 0.3), (-0.1, 0.6)], (54, 140, 60))
    corners = [(-0.42, -0.85), (-0.2, -0.55), (0, -0.95), (0.2, -0.55), (0.42, -0.85), (0.38, 0), (0, 0.2)]
    pen.polygon([*corners, (-0.38, 0)], colour.rgb)


def _cactus(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.stroke([(0, 0.95), (0, -0.7)], 0.36, colour.rgb)
    pen.stroke([(0, 0.35), (-0.55, 0.35), (-0.55, -0.2)], 0.24, colour.rgb)
    pen.stroke([(0, 0.15), (0.55, 0.15), (0.55, -0.4)], 0.24, colour.rgb)


def _mushroom(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.rectangle((-0.26, 0), (0.26, 1), (240, 228, 206))
    pen.ellipse((0, 0.1), (0.95, 0.95), colour.rgb, degrees=(180, 365))
    for x, y in ((-0.5, -0.2), (0.05, -0.5), (0.5, -0.15)):
        pen.plain().circle((x, y), 0.13, WHITE)


def _car(pen: Pen, dice: Random, colour: Colour) -> None:
    side = pen.at(0, 0.1, 1, mirrored=dice.random() < 0.5)
    side.polygon([(-0.55, -0.05), (-0.35, -0.5), (0.3, -0.5), (0.55, -0.05)], colour.rgb)
    side.polygon([(-0.43, -0.05), (-0.29, -0.38), (-0.02, -0.38), (-0.02, -0.05)], GLASS)
    side.polygon([(0.05, -0.05), (0.05, -0.38), (0.25, -0.38), (0.42, -0.05)], GLASS)
    side.polygon([(-0.98, -0.05), (0.8, -0.05), (1, 0.15), (1, 0.5), (-0.98, 0.5)], colour.rgb)
    for x in (-0.55, 0.55):
        side.circle((x, 0.5), 0.25, DARK)
        side.plain().circle((x, 0.5), 0.11, STEEL)


def _bus(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.rectangle((-1, -0.6), (1, 0.6), colour.rgb)
    for x in (-0.7, -0.23, 0.23, 0.7):
        pen.rectangle((x - 0.17, -0.4), (x + 0.17, 0), GLASS)
    for x in (-0.55, 0.55):
        pen.circle((x, 0.62), 0.24, DARK)


def _train(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.rectangle((-0.95, -0.6), (-0.25, 0.55), colour.rgb)
    pen.rectangle((-0.8, -0.4), (-0.42, 0), GLASS)
    pen.rectangle((-0.3, -0.1), (0.9, 0.55), colour.rgb)
    pen.rectangle((0.45, -0.65), (0.7, -0.1), DARK)
    for x in (-0.65, -0.05, 0.55):
        pen.circle((x, 0.66), 0.24, DARK)


def _boat(pen: Pen, dice: Random, colour: Colour) -> None:
    sail = any_colour(dice, unlike=[colour.rgb], among=("white", "white", "yellow", "red", "light blue")).rgb
    pen.rectangle((-0.05, -0.95), (0.05, 0.4), WOOD)
    pen.polygon([(0.1, -0.9), (0.8, 0.25), (0.1, 0.25)], sail)
    pen.polygon([(-0.1, -0.6), (-0.6, 0.25), (-0.1, 0.25)], sail)
    pen.polygon([(-0.95, 0.38), (0.95, 0.38), (0.6, 0.9), (-0.6, 0.9)], colour.rgb)


def _rocket(pen: Pen, dice: Random, colour: Colour) -> None:
    fins = any_colour(dice, unlike=[colour.rgb], among=("red", "orange", "blue", "yellow")).rgb
    pen.polygon([(-0.2, 0.6), (0, 1), (0.2, 0.6)], (250, 160, 40))
    for side in (-1, 1):
        pen.polygon([(side * 0.3, 0.1), (side * 0.7, 0.75), (side * 0.25, 0.6)], fins)
    pen.ellipse((0, -0.1), (0.38, 0.8), colour.rgb)
    pen.circle((0, -0.25), 0.17, GLASS)


def _plane(pen: Pen, dice: Random, colour: Colour) -> None:
    side = pen.at(0, 0, 1, tilt=dice.uniform(-0.25, 0.25), mirrored=dice.random() < 0.5)
    side.polygon([(-0.95, -0.6), (-0.6, -0.6), (-0.45, 0), (-0.85, 0)], colour.darker())
    side.ellipse((0, 0), (0.98, 0.26), colour.rgb)
    side.polygon([(-0.1, 0.05), (0.3, 0.05), (-0.25, 0.65), (-0.5, 0.65)], colour.darker())
    for x in (0.1, 0.35, 0.6):
        side.plain().circle((x, -0.08), 0.08, GLASS)


def _balloon(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.stroke([(0, 0.35), (0.1, 0.65), (-0.05, 1)], 0.04, DARK)
    pen.ellipse((0, -0.3), (0.55, 0.68), colour.rgb)
    pen.polygon([(0, 0.32), (0.12, 0.48), (-0.12, 0.48)], colour.rgb)
    pen.plain().ellipse((-0.2, -0.55), (0.1, 0.17), colour.lighter(0.6))


def _hot_air_balloon(pen: Pen, dice: Random, colour: Colour) -> None:
    stripe = any_colour(dice, unlike=[colour.rgb], among=("white", "yellow", "red", "blue")).rgb
    for x in (-0.2, 0.2):
        pen.stroke([(x * 2, 0.1), (x, 0.7)], 0.04, WOOD)
    pen.circle((0, -0.3), 0.68, colour.rgb)
    pen.plain().ellipse((0, -0.3), (0.22, 0.66), stripe)
    pen.rectangle((-0.24, 0.66), (0.24, 0.98), WOOD)


def _umbrella(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.stroke([(0, -0.2), (0, 0.8), (0.14, 0.92), (0.28, 0.78)], 0.08, WOOD)
    pen.ellipse((0, 0.05), (0.95, 0.9), colour.rgb, degrees=(180, 365))
    pen.plain().ellipse((0, 0.05), (0.34, 0.88), colour.darker(0.2), degrees=(180, 365))


def _apple(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.stroke([(0, -0.4), (0.1, -0.85)], 0.1, WOOD)
    pen.ellipse((0.32, -0.72), (0.24, 0.12), (70, 160, 60))
    for x in (-0.3, 0.3):
        pen.plain().ellipse((x, 0.2), (0.52, 0.68), colour.rgb)
    pen.plain().ellipse((-0.4, 0), (0.1, 0.18), colour.lighter(0.5))


def _pear(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.stroke([(0, -0.6), (0.1, -0.95)], 0.1, WOOD)
    pen.plain().ellipse((0, -0.25), (0.38, 0.5), colour.rgb)
    pen.plain().circle((0, 0.4), 0.58, colour.rgb)


def _cherries(pen: Pen, _dice: Random, colour: Colour) -> None:
    for x in (-0.42, 0.42):
        pen.stroke([(x, 0.4), (0.1, -0.8)], 0.07, (70, 130, 50))
        pen.circle((x, 0.5), 0.4, colour.rgb)


def _banana(pen: Pen, _dice: Random, colour: Colour) -> None:
    outer = [(0.95 * math.cos(a / 10), -0.35 + 1.1 * math.sin(a / 10)) for a in range(2, 30)]
    inner = [(0.8 * math.cos(a / 10), -0.45 + 0.65 * math.sin(a / 10)) for a in range(29, 1, -1)]
    pen.polygon(outer + inner, colour.rgb)


def _cake(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.rectangle((-0.8, 0), (0.8, 0.85), (222, 176, 116))
    pen.rectangle((-0.8, -0.1), (0.8, 0.3), colour.rgb)
    for x in (-0.4, 0, 0.4):
        pen.stroke([(x, -0.15), (x, -0.55)], 0.1, WHITE)
        pen.plain().ellipse((x, -0.72), (0.08, 0.15), (250, 170, 40))


def _ice_cream(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.polygon([(-0.42, 0), (0.42, 0), (0, 1)], (212, 158, 88))
    pen.circle((0, -0.3), 0.52, colour.rgb)
    pen.plain().circle((0, -0.8), 0.15, (214, 30, 44))


def _cup(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.stroke([(0.5, -0.25), (0.85, -0.2), (0.85, 0.3), (0.5, 0.4)], 0.14, colour.rgb)
    pen.polygon([(-0.65, -0.5), (0.65, -0.5), (0.5, 0.8), (-0.5, 0.8)], colour.rgb)
    pen.plain().ellipse((0, -0.5), (0.64, 0.14), (92, 56, 34))


def _teapot(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.stroke([(0.5, -0.1), (0.9, -0.1), (0.85, 0.45), (0.45, 0.55)], 0.13, colour.rgb)
    pen.polygon([(-0.45, 0.5), (-0.95, -0.25), (-0.8, -0.35), (-0.4, 0.1)], colour.rgb)
    pen.ellipse((0, 0.25), (0.62, 0.58), colour.rgb)
    pen.circle((0, -0.42), 0.14, colour.darker())


def _book(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.rectangle((-0.65, -0.85), (0.65, 0.85), colour.rgb)
    pen.plain().rectangle((-0.65, -0.85), (-0.45, 0.85), colour.darker())
    pen.plain().rectangle((-0.25, -0.5), (0.45, -0.2), WHITE)


def _gift(pen: Pen, dice: Random, colour: Colour) -> None:
    ribbon = any_colour(dice, unlike=[colour.rgb], among=("red", "yellow", "white", "pink", "blue")).rgb
    pen.rectangle((-0.75, -0.35), (0.75, 0.85), colour.rgb)
    pen.plain().rectangle((-0.12, -0.35), (0.12, 0.85), ribbon)
    for side in (-1, 1):
        pen.ellipse((side * 0.28, -0.55), (0.27, 0.17), ribbon)


def _lamp(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.rectangle((-0.06, 0), (0.06, 0.9), STEEL)
    pen.rectangle((-0.4, 0.85), (0.4, 0.98), STEEL)
    pen.polygon([(-0.35, -0.8), (0.35, -0.8), (0.65, 0.05), (-0.65, 0.05)], colour.rgb)


def _chair(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.rectangle((-0.55, -0.95), (-0.35, 1), colour.rgb)
    pen.rectangle((0.35, 0.2), (0.55, 1), colour.rgb)
    pen.rectangle((-0.55, 0.05), (0.55, 0.25), colour.rgb)


def _key(pen: Pen, _dice: Random, colour: Colour) -> None:
    SHAPES["ring"][0](pen.at(-0.5, 0, 0.42), _dice, colour)
    pen.rectangle((-0.15, -0.1), (0.95, 0.1), colour.rgb)
    for x in (0.5, 0.8):
        pen.rectangle((x, 0.1), (x + 0.14, 0.38), colour.rgb)


def _crown(pen: Pen, _dice: Random, colour: Colour) -> None:
    teeth = [(-0.9, -0.5), (-0.45, 0), (0, -0.75), (0.45, 0), (0.9, -0.5), (0.75, 0.65), (-0.75, 0.65)]
    pen.polygon(teeth, colour.rgb)
    for x, gem in ((-0.4, (214, 30, 44)), (0.0, (40, 90, 210)), (0.4, (214, 30, 44))):
        pen.plain().circle((x, 0.36), 0.12, gem)


def _sun(pen: Pen, _dice: Random, colour: Colour) -> None:
    for k in range(10):
        angle = 2 * math.pi * k / 10
        pen.stroke(
            [(0.5 * math.cos(angle), 0.5 * math.sin(angle)), (0.92 * math.cos(angle), 0.92 * math.sin(angle))],
            0.1,
            colour.rgb,
        )
    pen.circle((0, 0), 0.58, colour.rgb)


def _moon(pen: Pen, dice: Random, colour: Colour) -> None:
    if dice.random() < 0.6:
        SHAPES["crescent"][0](pen, dice, colour)
        return
    pen.circle((0, 0), 0.85, colour.rgb)
    for x, y, radius in ((-0.3, -0.2, 0.2), (0.3, 0.3, 0.15), (0.25, -0.4, 0.1)):
        pen.plain().circle((x, y), radius, colour.darker(0.15))


def _cloud(pen: Pen, _dice: Random, colour: Colour) -> None:
    for x, y, radius in ((-0.55, 0.15, 0.38), (0.5, 0.15, 0.4), (0, -0.12, 0.52)):
        pen.plain().circle((x, y), radius, colour.rgb)
    pen.plain().rectangle((-0.55, 0.1), (0.5, 0.53), colour.rgb)


def _rainbow(pen: Pen, _dice: Random, _colour: Colour) -> None:
    for k, name in enumerate(("red", "orange", "yellow", "green", "blue", "purple")):
        band = named(Random(k), name).rgb
        radius = 0.95 - 0.12 * k
        points = [(radius * math.cos(a / 10), 0.5 + radius * math.sin(a / 10)) for a in range(-31, 1)]
        pen.plain().stroke(points, 0.13, band)


def _planet(pen: Pen, dice: Random, colour: Colour) -> None:
    ring = any_colour(dice, unlike=[colour.rgb], among=("yellow", "white", "orange", "light blue")).rgb
    pen.circle((0, 0), 0.62, colour.rgb)
    tilted = pen.plain().at(0, 0, 1, tilt=-0.35)
    tilted.stroke([(math.cos(a / 10) * 0.95, math.sin(a / 10) * 0.26) for a in range(-2, 34)], 0.09, ring)


def _mountain(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.polygon([(-1, 0.9), (0, -0.9), (1, 0.9)], colour.rgb)
    pen.plain().polygon([(0, -0.88), (0.3, -0.33), (0.1, -0.45), (-0.08, -0.28), (-0.3, -0.33)], WHITE)


def _kite(pen: Pen, _dice: Random, colour: Colour) -> None:
    pen.stroke([(0, 0.35), (0.2, 0.6), (-0.1, 0.95)], 0.05, DARK)
    pen.polygon([(0, -0.95), (0.55, -0.35), (0, 0.45), (-0.55, -0.35)], colour.rgb)
    pen.plain().polygon([(0, -0.95), (0.55, -0.35), (0, -0.35)], colour.darker(0.25))


def _flag(pen: Pen, dice: Random, colour: Colour) -> None:
    pen.rectangle((-0.7, -0.95), (-0.58, 1), WOOD)
    pen.rectangle((-0.58, -0.9), (0.85, 0.1), colour.rgb)
    other = any_colour(dice, unlike=[colour.rgb], among=("white", "yellow", "blue", "red")).rgb
    pen.plain().rectangle((-0.58, -0.57), (0.85, -0.23), other)


_GREENS = ("green", "dark green", "light green")
_STONE = ("grey", "light grey", "brown", "purple", "yellow", "white")

THINGS: dict[str, Thing] = {
    "house": Thing(_house, ("house", "little house", "cottage"), (*BRIGHT, "white", "brown")),
    "castle": Thing(_castle, ("castle",), _STONE),
    "tree": Thing(_tree, ("tree",), (*_GREENS, "green", "orange", "red", "pink")),
    "pine": Thing(_pine, ("pine tree", "fir tree"), _GREENS),
    "palm": Thing(_palm, ("palm tree", "palm"), _GREENS, coloured=False),
    "flower": Thing(_flower, ("flower", "daisy"), ("red", "pink", "purple", "yellow", "white", "blue", "orange")),
    "tulip": Thing(_tulip, ("tulip",), ("red", "pink", "purple", "yellow", "white", "orange")),
    "cactus": Thing(_cactus, ("cactus",), _GREENS),
    "mushroom": Thing(_mushroom, ("mushroom", "toadstool"), ("red", "brown", "orange", "purple", "blue")),
    "car": Thing(_car, ("car",), (*BRIGHT, "white", "black", "grey")),
    "bus": Thing(_bus, ("bus",), BRIGHT),
    "train": Thing(_train, ("train", "steam train"), (*BRIGHT, "black")),
    "boat": Thing(_boat, ("boat", "sailing boat", "ship"), (*BRIGHT, "brown"), "water"),
    "rocket": Thing(_rocket, ("rocket", "spaceship"), (*BRIGHT, "white", "grey"), "sky"),
    "plane": Thing(_plane, ("plane", "aeroplane"), (*BRIGHT, "white", "grey"), "sky"),
    "balloon": Thing(_balloon, ("balloon",), BRIGHT, "sky"),
    "hot air balloon": Thing(_hot_air_balloon, ("hot air balloon",), BRIGHT, "sky"),
    "umbrella": Thing(_umbrella, ("umbrella",), (*BRIGHT, "black")),
    "apple": Thing(_apple, ("apple",), ("red", "green", "yellow", "red"), "table"),
    "pear": Thing(_pear, ("pear",), ("green", "yellow", "light green"), "table"),
    "cherries": Thing(_cherries, ("pair of cherries",), ("red", "dark red"), "table"),
    "banana": Thing(_banana, ("banana",), ("yellow", "yellow", "green"), "table"),
    "cake": Thing(_cake, ("cake", "birthday cake"), ("pink", "white", "brown", "red", "light blue"), "table"),
    "ice cream": Thing(_ice_cream, ("ice cream",), ("pink", "white", "brown", "light green", "yellow"), "table"),
    "cup": Thing(_cup, ("cup", "mug", "cup of coffee"), (*BRIGHT, "white", "grey"), "table"),
    "teapot": Thing(_teapot, ("teapot",), (*BRIGHT, "white"), "table"),
    "book": Thing(_book, ("book",), (*BRIGHT, "brown", "black"), "table"),
    "gift": Thing(_gift, ("gift", "present"), BRIGHT, "table"),
    "lamp": Thing(_lamp, ("lamp",), BRIGHT, "table"),
    "chair": Thing(_chair, ("chair",), (*BRIGHT, "brown", "white")),
    "key": Thing(_key, ("key",), ("yellow", "grey", "brown", "red", "blue"), "table"),
    "crown": Thing(_crown, ("crown",), ("yellow", "yellow", "grey", "orange", "purple"), "table"),
    "sun": Thing(_sun, ("sun",), ("yellow", "orange", "red"), "sky"),
    "moon": Thing(_moon, ("moon",), ("white", "yellow", "light grey"), "sky"),
    "cloud": Thing(_cloud, ("cloud",), ("white", "grey", "light blue", "pink"), "sky"),
    "rainbow": Thing(_rainbow, ("rainbow",), BRIGHT, "sky", coloured=False),
    "planet": Thing(_planet, ("planet", "planet with a ring"), BRIGHT, "sky"),
    "mountain": Thing(_mountain, ("mountain",), ("grey", "brown", "purple", "blue", "dark green")),
    "kite": Thing(_kite, ("kite",), BRIGHT, "sky"),
    "flag": Thing(_flag, ("flag",), BRIGHT),
}
