"""Buildings, plants, vehicles and things in the sky."""

from __future__ import annotations

import math
from random import Random

from checkpoints.atelier_tiny.pictures.canvas import Pen
from checkpoints.atelier_tiny.pictures.colours import BRIGHT, Colour, any_colour, mix, named
from checkpoints.atelier_tiny.pictures.shapes import SHAPES

WOOD = (120, 74, 40)
DARK = (30, 30, 36)
GLASS = (178, 220, 244)
WHITE = (250, 250, 248)
STEEL = (170, 174, 182)


def house(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a house."""
    roof = any_colour(dice, unlike=[colour.rgb], among=("red", "brown", "grey", "blue", "dark red")).rgb
    pen.rectangle((-0.75, -0.15), (0.75, 1), colour.rgb)
    pen.polygon([(-0.98, -0.12), (0, -0.98), (0.98, -0.12)], roof)
    pen.rectangle((-0.18, 0.4), (0.18, 1), WOOD)
    for x in (-0.5, 0.5):
        pen.rectangle((x - 0.16, 0.12), (x + 0.16, 0.42), GLASS)


def castle(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a castle."""
    flag = any_colour(dice, unlike=[colour.rgb], among=BRIGHT).rgb
    pen.rectangle((-0.6, 0), (0.6, 1), colour.rgb)
    for x in (-0.75, 0.75):
        pen.rectangle((x - 0.24, -0.35), (x + 0.24, 1), colour.rgb)
        pen.polygon([(x - 0.32, -0.33), (x, -0.95), (x + 0.32, -0.33)], flag)
        pen.rectangle((x - 0.07, 0), (x + 0.07, 0.25), DARK)
    pen.ellipse((0, 1), (0.24, 0.5), DARK, degrees=(180, 365))


def tree(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a tree."""
    pen.rectangle((-0.13, 0.2), (0.13, 1), WOOD)
    for x, y, radius in ((-0.35, -0.1, 0.45), (0.35, -0.1, 0.45), (0, -0.42, 0.55)):
        pen.circle((x, y), radius, mix(colour.rgb, (0, 0, 0), dice.uniform(0, 0.12)))


def pine(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a pine."""
    pen.rectangle((-0.1, 0.6), (0.1, 1), WOOD)
    for top, width in ((0.1, 0.75), (-0.4, 0.6), (-0.98, 0.45)):
        pen.polygon([(-width, top + 0.65), (0, top), (width, top + 0.65)], colour.rgb)


def palm(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a palm."""
    lean = dice.uniform(-0.3, 0.3)
    pen.stroke([(0, 1), (lean * 0.5, 0.2), (lean, -0.5)], 0.16, WOOD)
    for angle in (-2.9, -2.3, -0.9, -0.25, -1.6):
        tip = (lean + 0.75 * math.cos(angle), -0.5 + 0.55 * math.sin(angle) + 0.2)
        pen.stroke([(lean, -0.5), ((lean + tip[0]) / 2, -0.62 + 0.4 * math.sin(angle)), tip], 0.16, colour.rgb)


def flower(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a flower."""
    pen.stroke([(0, 1), (0, -0.2)], 0.1, (54, 140, 60))
    pen.ellipse((0.28, 0.6), (0.26, 0.12), (54, 140, 60))
    petals = dice.choice((5, 6, 7))
    for k in range(petals):
        angle = 2 * math.pi * k / petals
        pen.circle((0.36 * math.cos(angle), -0.42 + 0.36 * math.sin(angle)), 0.25, colour.rgb)
    middle = (250, 208, 60) if colour.word not in {"yellow", "orange"} else (120, 70, 30)
    pen.circle((0, -0.42), 0.22, middle)


def tulip(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a tulip."""
    pen.stroke([(0, 1), (0, 0)], 0.1, (54, 140, 60))
    pen.polygon([(0, 0.95), (-0.45, 0.3), (-0.1, 0.6)], (54, 140, 60))
    corners = [(-0.42, -0.85), (-0.2, -0.55), (0, -0.95), (0.2, -0.55), (0.42, -0.85), (0.38, 0), (0, 0.2)]
    pen.polygon([*corners, (-0.38, 0)], colour.rgb)


def cactus(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a cactus."""
    pen.stroke([(0, 0.95), (0, -0.7)], 0.36, colour.rgb)
    pen.stroke([(0, 0.35), (-0.55, 0.35), (-0.55, -0.2)], 0.24, colour.rgb)
    pen.stroke([(0, 0.15), (0.55, 0.15), (0.55, -0.4)], 0.24, colour.rgb)


def mushroom(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a mushroom."""
    pen.rectangle((-0.26, 0), (0.26, 1), (240, 228, 206))
    pen.ellipse((0, 0.1), (0.95, 0.95), colour.rgb, degrees=(180, 365))
    for x, y in ((-0.5, -0.2), (0.05, -0.5), (0.5, -0.15)):
        pen.plain().circle((x, y), 0.13, WHITE)


def car(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a car."""
    side = pen.at(0, 0.1, 1, mirrored=dice.random() < 0.5)
    side.polygon([(-0.55, -0.05), (-0.35, -0.5), (0.3, -0.5), (0.55, -0.05)], colour.rgb)
    side.polygon([(-0.43, -0.05), (-0.29, -0.38), (-0.02, -0.38), (-0.02, -0.05)], GLASS)
    side.polygon([(0.05, -0.05), (0.05, -0.38), (0.25, -0.38), (0.42, -0.05)], GLASS)
    side.polygon([(-0.98, -0.05), (0.8, -0.05), (1, 0.15), (1, 0.5), (-0.98, 0.5)], colour.rgb)
    for x in (-0.55, 0.55):
        side.circle((x, 0.5), 0.25, DARK)
        side.plain().circle((x, 0.5), 0.11, STEEL)


def bus(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a bus."""
    pen.rectangle((-1, -0.6), (1, 0.6), colour.rgb)
    for x in (-0.7, -0.23, 0.23, 0.7):
        pen.rectangle((x - 0.17, -0.4), (x + 0.17, 0), GLASS)
    for x in (-0.55, 0.55):
        pen.circle((x, 0.62), 0.24, DARK)


def train(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a train."""
    pen.rectangle((-0.95, -0.6), (-0.25, 0.55), colour.rgb)
    pen.rectangle((-0.8, -0.4), (-0.42, 0), GLASS)
    pen.rectangle((-0.3, -0.1), (0.9, 0.55), colour.rgb)
    pen.rectangle((0.45, -0.65), (0.7, -0.1), DARK)
    for x in (-0.65, -0.05, 0.55):
        pen.circle((x, 0.66), 0.24, DARK)


def boat(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a boat."""
    sail = any_colour(dice, unlike=[colour.rgb], among=("white", "white", "yellow", "red", "light blue")).rgb
    pen.rectangle((-0.05, -0.95), (0.05, 0.4), WOOD)
    pen.polygon([(0.1, -0.9), (0.8, 0.25), (0.1, 0.25)], sail)
    pen.polygon([(-0.1, -0.6), (-0.6, 0.25), (-0.1, 0.25)], sail)
    pen.polygon([(-0.95, 0.38), (0.95, 0.38), (0.6, 0.9), (-0.6, 0.9)], colour.rgb)


def rocket(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a rocket."""
    fins = any_colour(dice, unlike=[colour.rgb], among=("red", "orange", "blue", "yellow")).rgb
    pen.polygon([(-0.2, 0.6), (0, 1), (0.2, 0.6)], (250, 160, 40))
    for side in (-1, 1):
        pen.polygon([(side * 0.3, 0.1), (side * 0.7, 0.75), (side * 0.25, 0.6)], fins)
    pen.ellipse((0, -0.1), (0.38, 0.8), colour.rgb)
    pen.circle((0, -0.25), 0.17, GLASS)


def plane(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a plane."""
    side = pen.at(0, 0, 1, tilt=dice.uniform(-0.25, 0.25), mirrored=dice.random() < 0.5)
    side.polygon([(-0.95, -0.6), (-0.6, -0.6), (-0.45, 0), (-0.85, 0)], colour.darker())
    side.ellipse((0, 0), (0.98, 0.26), colour.rgb)
    side.polygon([(-0.1, 0.05), (0.3, 0.05), (-0.25, 0.65), (-0.5, 0.65)], colour.darker())
    for x in (0.1, 0.35, 0.6):
        side.plain().circle((x, -0.08), 0.08, GLASS)


def balloon(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a balloon."""
    pen.stroke([(0, 0.35), (0.1, 0.65), (-0.05, 1)], 0.04, DARK)
    pen.ellipse((0, -0.3), (0.55, 0.68), colour.rgb)
    pen.polygon([(0, 0.32), (0.12, 0.48), (-0.12, 0.48)], colour.rgb)
    pen.plain().ellipse((-0.2, -0.55), (0.1, 0.17), colour.lighter(0.6))


def hot_air_balloon(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a hot air balloon."""
    stripe = any_colour(dice, unlike=[colour.rgb], among=("white", "yellow", "red", "blue")).rgb
    for x in (-0.2, 0.2):
        pen.stroke([(x * 2, 0.1), (x, 0.7)], 0.04, WOOD)
    pen.circle((0, -0.3), 0.68, colour.rgb)
    pen.plain().ellipse((0, -0.3), (0.22, 0.66), stripe)
    pen.rectangle((-0.24, 0.66), (0.24, 0.98), WOOD)


def sun(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a sun."""
    for k in range(10):
        angle = 2 * math.pi * k / 10
        pen.stroke(
            [(0.5 * math.cos(angle), 0.5 * math.sin(angle)), (0.92 * math.cos(angle), 0.92 * math.sin(angle))],
            0.1,
            colour.rgb,
        )
    pen.circle((0, 0), 0.58, colour.rgb)


def moon(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a moon."""
    if dice.random() < 0.6:
        SHAPES["crescent"][0](pen, dice, colour)
        return
    pen.circle((0, 0), 0.85, colour.rgb)
    for x, y, radius in ((-0.3, -0.2, 0.2), (0.3, 0.3, 0.15), (0.25, -0.4, 0.1)):
        pen.plain().circle((x, y), radius, colour.darker(0.15))


def cloud(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a cloud."""
    for x, y, radius in ((-0.55, 0.15, 0.38), (0.5, 0.15, 0.4), (0, -0.12, 0.52)):
        pen.plain().circle((x, y), radius, colour.rgb)
    pen.plain().rectangle((-0.55, 0.1), (0.5, 0.53), colour.rgb)


def rainbow(pen: Pen, _dice: Random, _colour: Colour) -> None:
    """Draw a rainbow."""
    for k, name in enumerate(("red", "orange", "yellow", "green", "blue", "purple")):
        band = named(Random(k), name).rgb
        radius = 0.95 - 0.12 * k
        points = [(radius * math.cos(a / 10), 0.5 + radius * math.sin(a / 10)) for a in range(-31, 1)]
        pen.plain().stroke(points, 0.13, band)


def planet(pen: Pen, dice: Random, colour: Colour) -> None:
    """Draw a planet."""
    ring = any_colour(dice, unlike=[colour.rgb], among=("yellow", "white", "orange", "light blue")).rgb
    pen.circle((0, 0), 0.62, colour.rgb)
    tilted = pen.plain().at(0, 0, 1, tilt=-0.35)
    tilted.stroke([(math.cos(a / 10) * 0.95, math.sin(a / 10) * 0.26) for a in range(-2, 34)], 0.09, ring)


def mountain(pen: Pen, _dice: Random, colour: Colour) -> None:
    """Draw a mountain."""
    pen.polygon([(-1, 0.9), (0, -0.9), (1, 0.9)], colour.rgb)
    pen.plain().polygon([(0, -0.88), (0.3, -0.33), (0.1, -0.45), (-0.08, -0.28), (-0.3, -0.33)], WHITE)
