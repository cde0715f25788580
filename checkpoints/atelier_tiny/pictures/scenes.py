"""Scenes with sky and ground in which subjects stand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from checkpoints.atelier_tiny.pictures.backgrounds import fill_gradient
from checkpoints.atelier_tiny.pictures.canvas import Canvas, Pen, Rgb, blank
from checkpoints.atelier_tiny.pictures.colours import Colour, mix, named
from checkpoints.atelier_tiny.pictures.things import THINGS

WHITE = (250, 250, 250)


@dataclass(frozen=True, slots=True)
class Scene:
    """A drawn scene, the words that follow the subject, and where things can stand."""

    canvas: Canvas
    words: str  # fits after the subject: "on the beach", "at night"
    horizon: float  # in -1..1, downwards
    colours: tuple[Rgb, ...]
    water: bool = False  # whether swimmers fit


def _sky(canvas: Canvas, top: Rgb, low: Rgb) -> None:
    fill_gradient(canvas, top, low)


def _ground(pen: Pen, y: float, colour: Rgb, *, hilly: float = 0.0) -> None:
    line = [(x / 8, y - hilly * math.sin((x + 10) / 4)) for x in range(-9, 10)]
    pen.polygon([*line, (1.1, 1.1), (-1.1, 1.1)], colour)


def _thing(pen: Pen, dice: Random, name: str, colour: str) -> None:
    THINGS[name].draw(pen, dice, named(dice, colour))


def _clouds(pen: Pen, dice: Random) -> None:
    for _ in range(dice.randint(0, 2)):
        where = pen.at(dice.uniform(-0.8, 0.8), dice.uniform(-0.85, -0.5), dice.uniform(0.18, 0.28))
        THINGS["cloud"].draw(where, dice, Colour("white", WHITE))


def _stars(pen: Pen, dice: Random, count: int) -> None:
    for _ in range(count):
        pen.circle((dice.uniform(-1, 1), dice.uniform(-1, 0.3)), dice.uniform(0.015, 0.035), (255, 255, 230))


def _day_sky(canvas: Canvas, dice: Random) -> tuple[Rgb, ...]:
    top = mix((96, 176, 244), (60, 140, 230), dice.random())
    low = mix(top, WHITE, 0.45)
    _sky(canvas, top, low)
    _clouds(canvas.pen(), dice)
    return (mix(top, low, 0.5),)


def _beach(dice: Random, canvas: Canvas) -> Scene:
    sky, pen = _day_sky(canvas, dice), canvas.pen()
    pen.rectangle((-1.1, -0.1), (1.1, 0.5), (40, 130, 200))
    sand = mix((240, 214, 150), (226, 192, 124), dice.random())
    _ground(pen, 0.35, sand, hilly=0.05)
    if dice.random() < 0.5:
        _thing(pen.at(dice.choice((-0.75, 0.75)), 0.0, 0.5), dice, "palm", "green")
    return Scene(canvas, dice.choice(("on the beach", "at the beach", "by the sea")), 0.55, (*sky, sand))


def _meadow(dice: Random, canvas: Canvas) -> Scene:
    sky, pen = _day_sky(canvas, dice), canvas.pen()
    green = mix((104, 186, 76), (66, 150, 60), dice.random())
    _ground(pen, 0.2, mix(green, (0, 40, 0), 0.2), hilly=0.12)
    _ground(pen, 0.4, green, hilly=-0.06)
    for _ in range(dice.randint(0, 6)):
        pen.circle(
            (dice.uniform(-1, 1), dice.uniform(0.6, 0.95)),
            0.05,
            dice.choice((WHITE, (250, 220, 60), (240, 120, 170))),
        )
    return Scene(
        canvas, dice.choice(("in a meadow", "on a green hill", "in the grass", "in a field")), 0.6, (*sky, green)
    )


def _forest(dice: Random, canvas: Canvas) -> Scene:
    _sky(canvas, (150, 200, 190), (206, 230, 200))
    pen = canvas.pen()
    floor = mix((84, 120, 56), (110, 84, 50), dice.random())
    _ground(pen, 0.3, floor)
    for x in (-0.9, -0.45, 0.0, 0.45, 0.9):
        kind = dice.choice(("pine", "tree"))
        where = pen.at(x + dice.uniform(-0.1, 0.1), -0.15 + dice.uniform(-0.1, 0.1), dice.uniform(0.45, 0.6))
        _thing(where, dice, kind, dice.choice(("dark green", "green")))
    return Scene(canvas, dice.choice(("in the forest", "in a forest", "in the woods")), 0.65, (floor, (40, 120, 60)))


def _night(dice: Random, canvas: Canvas) -> Scene:
    _sky(canvas, (10, 14, 46), (40, 50, 104))
    pen = canvas.pen()
    _stars(pen, dice, 22)
    if dice.random() < 0.7:
        _thing(pen.at(dice.choice((-0.65, 0.65)), -0.65, 0.2), dice, "moon", dice.choice(("white", "yellow")))
    ground = mix((20, 44, 36), (30, 34, 60), dice.random())
    _ground(pen, 0.5, ground, hilly=0.06)
    return Scene(
        canvas, dice.choice(("at night", "under the stars", "at night under the moon")), 0.65, ((24, 30, 74), ground)
    )


def _city(dice: Random, canvas: Canvas) -> Scene:
    sky, pen = _day_sky(canvas, dice), canvas.pen()
    wall = (120, 124, 136)
    for k in range(6):
        shade = mix(dice.choice((wall, (150, 110, 100), (90, 100, 130))), WHITE, dice.random() * 0.25)
        left, top = -1.05 + k * 0.35, dice.uniform(-0.7, -0.1)
        pen.rectangle((left, top), (left + 0.33, 0.6), shade)
        for row in range(3):
            for column in (0.06, 0.19):
                corner = (left + column, top + 0.1 + row * 0.2)
                pen.rectangle(corner, (corner[0] + 0.08, corner[1] + 0.1), (250, 230, 140))
    pen.rectangle((-1.1, 0.5), (1.1, 1.1), (92, 92, 98))
    return Scene(
        canvas, dice.choice(("in the city", "in a city", "in the street", "in town")), 0.7, (*sky, wall, (92, 92, 98))
    )


def _snow(dice: Random, canvas: Canvas) -> Scene:
    _sky(canvas, (160, 196, 226), (220, 232, 244))
    pen = canvas.pen()
    snow = (244, 248, 252)
    _ground(pen, 0.3, snow, hilly=0.08)
    if dice.random() < 0.6:
        _thing(pen.at(dice.choice((-0.75, 0.75)), 0, 0.42), dice, "pine", "dark green")
    for _ in range(dice.randint(10, 24)):
        pen.circle((dice.uniform(-1, 1), dice.uniform(-1, 1)), 0.035, WHITE)
    return Scene(canvas, dice.choice(("in the snow", "on a snowy day", "in winter")), 0.6, (snow, (190, 214, 235)))


def _desert(dice: Random, canvas: Canvas) -> Scene:
    top = mix((250, 190, 110), (120, 190, 240), dice.random())
    _sky(canvas, top, (252, 226, 170))
    pen = canvas.pen()
    sand = mix((226, 176, 96), (204, 140, 76), dice.random())
    _ground(pen, 0.25, mix(sand, (120, 60, 20), 0.25), hilly=0.12)
    _ground(pen, 0.45, sand, hilly=-0.08)
    if dice.random() < 0.6:
        _thing(pen.at(dice.choice((-0.75, 0.75)), 0.1, 0.32), dice, "cactus", "green")
    return Scene(canvas, dice.choice(("in the desert", "in a desert")), 0.6, (top, sand))


def _underwater(dice: Random, canvas: Canvas) -> Scene:
    top = mix((60, 170, 220), (30, 120, 200), dice.random())
    low = mix(top, (6, 40, 110), 0.7)
    _sky(canvas, top, low)
    pen = canvas.pen()
    _ground(pen, 0.8, (214, 190, 130), hilly=0.05)
    for _ in range(dice.randint(3, 8)):
        pen.circle((dice.uniform(-1, 1), dice.uniform(-1, 0.6)), dice.uniform(0.03, 0.07), mix(top, WHITE, 0.6))
    for x in (-0.8, 0.8):
        pen.stroke([(x, 0.85), (x + 0.1, 0.5), (x - 0.05, 0.2)], 0.09, (40, 140, 80))
    return Scene(
        canvas, dice.choice(("under water", "under the sea", "underwater")), 0.75, (mix(top, low, 0.5),), water=True
    )


def _sea(dice: Random, canvas: Canvas) -> Scene:
    sky, pen = _day_sky(canvas, dice), canvas.pen()
    blue = mix((30, 110, 190), (20, 80, 160), dice.random())
    pen.rectangle((-1.1, 0.1), (1.1, 1.1), blue)
    for _ in range(7):
        x, y = dice.uniform(-1, 1), dice.uniform(0.25, 0.95)
        pen.stroke([(x - 0.14, y), (x, y - 0.05), (x + 0.14, y)], 0.035, mix(blue, WHITE, 0.5))
    return Scene(
        canvas, dice.choice(("on the sea", "on the water", "at sea", "on the ocean")), 0.4, (*sky, blue), water=True
    )


def _space(dice: Random, canvas: Canvas) -> Scene:
    _sky(canvas, (8, 8, 24), mix((30, 10, 60), (8, 8, 30), dice.random()))
    pen = canvas.pen()
    for _ in range(30):
        pen.circle((dice.uniform(-1, 1), dice.uniform(-1, 1)), dice.uniform(0.015, 0.04), (255, 255, 236))
    if dice.random() < 0.6:
        where = pen.at(dice.choice((-0.65, 0.65)), dice.choice((-0.65, 0.65)), 0.24)
        _thing(where, dice, "planet", dice.choice(("orange", "blue", "red", "purple")))
    return Scene(canvas, dice.choice(("in space", "in outer space", "among the stars")), 0.5, ((14, 12, 36),))


def _sunset(dice: Random, canvas: Canvas) -> Scene:
    _sky(canvas, mix((120, 60, 140), (220, 90, 90), dice.random()), (252, 170, 80))
    pen = canvas.pen()
    pen.circle((dice.uniform(-0.5, 0.5), 0.3), 0.3, (255, 224, 120))
    ground = mix((70, 50, 60), (40, 60, 50), dice.random())
    _ground(pen, 0.42, ground, hilly=0.06)
    return Scene(
        canvas, dice.choice(("at sunset", "in the evening", "in front of a sunset")), 0.6, ((220, 120, 100), ground)
    )


def _mountains(dice: Random, canvas: Canvas) -> Scene:
    sky, pen = _day_sky(canvas, dice), canvas.pen()
    for x in (-0.7, 0.6, 0.0):
        _thing(pen.at(x, -0.05, dice.uniform(0.5, 0.7)), dice, "mountain", dice.choice(("grey", "purple", "brown")))
    green = mix((92, 160, 80), (60, 120, 60), dice.random())
    _ground(pen, 0.42, green, hilly=0.05)
    return Scene(canvas, dice.choice(("in the mountains", "in front of mountains")), 0.62, (*sky, green))


def _room(dice: Random, canvas: Canvas) -> Scene:
    wall = named(dice, dice.choice(("light blue", "yellow", "pink", "light green", "white", "light grey")))
    canvas.image.paste(wall.rgb, (0, 0, *canvas.image.size))
    pen, floor = canvas.pen(), mix((170, 116, 70), (120, 76, 44), dice.random())
    pen.rectangle((-1.1, 0.45), (1.1, 1.1), floor)
    side = dice.choice((-0.6, 0.6))
    pen.rectangle((side - 0.28, -0.75), (side + 0.28, -0.15), WHITE)
    pen.rectangle((side - 0.22, -0.69), (side + 0.22, -0.21), (150, 206, 244))
    return Scene(canvas, dice.choice(("in a room", "at home", f"in a {wall.word} room")), 0.7, (wall.rgb, floor))


def _garden(dice: Random, canvas: Canvas) -> Scene:
    sky, pen = _day_sky(canvas, dice), canvas.pen()
    for k in range(-5, 6):
        pen.rectangle((k * 0.22 - 0.07, -0.15), (k * 0.22 + 0.07, 0.5), WHITE)
    pen.rectangle((-1.1, 0.02), (1.1, 0.12), WHITE)
    green = (96, 176, 76)
    _ground(pen, 0.42, green)
    for x in (-0.8, 0.8):
        colour = dice.choice(("red", "yellow", "pink", "purple"))
        _thing(pen.at(x, 0.45, 0.26), dice, "flower", colour)
    return Scene(canvas, dice.choice(("in the garden", "in a garden")), 0.65, (*sky, green, WHITE))


SCENES: dict[str, Callable[[Random, Canvas], Scene]] = {
    "beach": _beach,
    "meadow": _meadow,
    "forest": _forest,
    "night": _night,
    "city": _city,
    "snow": _snow,
    "desert": _desert,
    "underwater": _underwater,
    "sea": _sea,
    "space": _space,
    "sunset": _sunset,
    "mountains": _mountains,
    "room": _room,
    "garden": _garden,
}
OFTEN = ("beach", "meadow", "meadow", "forest", "night", "night", *tuple(SCENES)[4:])


def any_scene(dice: Random, pixels: int) -> Scene:
    """Draw a random place."""
    return SCENES[dice.choice(OFTEN)](dice, blank(pixels))
