"""Backgrounds of the drawn pictures, each with its words."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image

from checkpoints.atelier_tiny.pictures.canvas import Canvas, Pen, Rgb, blank
from checkpoints.atelier_tiny.pictures.colours import BRIGHT, any_colour, mix, named


@dataclass(frozen=True, slots=True)
class Background:
    """What lies behind the subject, with its words and the colours that a subject must differ from."""

    canvas: Canvas
    words: str  # fits after "on": "a white background", "blue and white stripes"
    colours: tuple[Rgb, ...]


def plain(dice: Random, pixels: int) -> Background:
    """Draw one even colour, most often white."""
    colour = named(dice, "white") if dice.random() < 0.3 else any_colour(dice)
    words = dice.choice(("a {} background", "a plain {} background", "{}")).format(colour.word)
    return Background(blank(pixels, colour.rgb), words, (colour.rgb,))


def patterned(dice: Random, pixels: int) -> Background:
    """Draw a pattern of two colours."""
    first = any_colour(dice)
    second = any_colour(dice, unlike=[first.rgb], among=[*BRIGHT, "white", "white", "black", "grey"])
    canvas = blank(pixels, first.rgb)
    draw, wordings = dice.choice(PATTERNS)
    draw(canvas.pen(), dice, second.rgb)
    words = dice.choice(wordings).format(first.word, second.word)
    return Background(canvas, words, (first.rgb, second.rgb))


def textured(dice: Random, pixels: int) -> Background:
    """Draw wood, bricks, grass, sand, cloth, paper or stone."""
    draw, names = dice.choice(TEXTURES)
    canvas = blank(pixels)
    colours = draw(canvas, dice)
    return Background(canvas, dice.choice(names), colours)


def gradient(dice: Random, pixels: int) -> Background:
    """Draw one colour running into another, from top to bottom or from left to right."""
    first = any_colour(dice)
    second = any_colour(dice, unlike=[first.rgb])
    canvas = blank(pixels)
    sideways = dice.random() < 0.3
    fill_gradient(canvas, first.rgb, second.rgb, sideways=sideways)
    words = dice.choice(("a gradient from {} to {}", "a {} to {} gradient", "a background fading from {} to {}"))
    return Background(canvas, words.format(first.word, second.word), (first.rgb, second.rgb))


def fill_gradient(canvas: Canvas, first: Rgb, last: Rgb, *, sideways: bool = False) -> None:
    """Fill the canvas with first at the top (or left) running into last."""
    strip = Image.new("RGB", (2, 1) if sideways else (1, 2))
    strip.putpixel((0, 0), first)
    strip.putpixel((1, 0) if sideways else (0, 1), last)
    box = (0.5, 0, 1.5, 1) if sideways else (0, 0.5, 1, 1.5)
    canvas.image.paste(strip.resize(canvas.image.size, Image.Resampling.BILINEAR, box=box))


def add_grain(canvas: Canvas, dice: Random, strength: float, cells: int, *, stretch: int = 1) -> None:
    """Lighten and darken the canvas by smooth noise.

    The noise has cells by cells/stretch patches. `strength` is in 0..255.
    """
    noise = np.random.default_rng(dice.getrandbits(32)).normal(0, strength, (cells, max(1, cells // stretch)))
    light = Image.fromarray(noise.astype(np.float32)).resize(canvas.image.size, Image.Resampling.BICUBIC)
    pixels = np.asarray(canvas.image, dtype=np.float32) + np.asarray(light)[..., None]
    canvas.image.paste(Image.fromarray(pixels.clip(0, 255).astype(np.uint8)))


def _stripes(pen: Pen, dice: Random, colour: Rgb, tilt: float) -> None:
    inside = pen.at(0, 0, 1, tilt=tilt)
    step = dice.choice((0.25, 0.33, 0.4, 0.5))
    shift = dice.uniform(0, step)
    for line in range(-8, 9):
        inside.rectangle((-2, line * step + shift), (2, line * step + shift + step / 2), colour)


def _bars(pen: Pen, dice: Random, colour: Rgb) -> None:
    _stripes(pen, dice, colour, 0)


def _columns(pen: Pen, dice: Random, colour: Rgb) -> None:
    _stripes(pen, dice, colour, math.pi / 2)


def _diagonals(pen: Pen, dice: Random, colour: Rgb) -> None:
    _stripes(pen, dice, colour, math.pi / 4 * dice.choice((1, -1)))


def _dots(pen: Pen, dice: Random, colour: Rgb) -> None:
    step = dice.choice((0.3, 0.4, 0.5))
    radius = step * dice.uniform(0.2, 0.32)
    for row in range(-4, 5):
        for column in range(-4, 5):
            pen.circle(((column + 0.5 * (row % 2)) * step, row * step), radius, colour)


def _checks(pen: Pen, dice: Random, colour: Rgb) -> None:
    cells = dice.choice((4, 6, 8))
    step = 2 / cells
    for row in range(cells):
        for column in range(row % 2, cells, 2):
            corner = (-1 + column * step, -1 + row * step)
            pen.rectangle(corner, (corner[0] + step, corner[1] + step), colour)


def _waves(pen: Pen, dice: Random, colour: Rgb) -> None:
    step, length = dice.choice((0.33, 0.4, 0.5)), dice.uniform(4, 9)
    for line in range(-4, 5):
        points = [(x / 10, line * step + 0.09 * math.sin(x / 10 * length)) for x in range(-11, 12)]
        pen.stroke(points, step * 0.4, colour)


def _grid(pen: Pen, dice: Random, colour: Rgb) -> None:
    step, width = dice.choice((0.33, 0.4, 0.5)), dice.uniform(0.05, 0.09)
    for line in range(-6, 7):
        pen.rectangle((-1, line * step), (1, line * step + width), colour)
        pen.rectangle((line * step, -1), (line * step + width, 1), colour)


def _zigzag(pen: Pen, dice: Random, colour: Rgb) -> None:
    step = dice.choice((0.4, 0.5))
    for line in range(-4, 6):
        points = [(x * 0.2 - 1.2, line * step + (0.1 if x % 2 else -0.1)) for x in range(13)]
        pen.stroke(points, step * 0.36, colour)


def _specks(pen: Pen, dice: Random, colour: Rgb) -> None:
    for _ in range(dice.randint(25, 45)):
        pen.circle((dice.uniform(-1, 1), dice.uniform(-1, 1)), dice.uniform(0.03, 0.07), colour)


def _small_stars(pen: Pen, _dice: Random, colour: Rgb) -> None:
    for row in range(-1, 3):
        for column in range(-1, 3):
            centre = pen.at(column * 0.6 - 0.3 + 0.15 * (row % 2), row * 0.6 - 0.3, 0.17)
            turns = [(-math.pi / 2 + math.pi / 5 * k, 1.0 if k % 2 == 0 else 0.42) for k in range(10)]
            centre.polygon([(r * math.cos(a), r * math.sin(a)) for a, r in turns], colour)


PATTERNS: tuple[tuple[Callable[[Pen, Random, Rgb], None], tuple[str, ...]], ...] = (
    (_bars, ("{} and {} stripes", "a {} background with {} stripes", "a {} and {} striped background")),
    (_columns, ("{} and {} vertical stripes", "a {} background with vertical {} stripes")),
    (_diagonals, ("{} and {} diagonal stripes", "a {} background with diagonal {} stripes")),
    (_dots, ("a {} background with {} dots", "{} with {} polka dots", "a {} background with {} spots")),
    (_checks, ("{} and {} checks", "a {} and {} checkered background", "a {} and {} chessboard")),
    (_waves, ("a {} background with {} waves", "{} with {} wavy lines")),
    (_grid, ("a {} background with a {} grid", "{} with a {} grid")),
    (_zigzag, ("a {} background with {} zigzags", "{} with a {} zigzag pattern")),
    (_specks, ("a {} background with {} confetti", "{} sprinkled with {} specks")),
    (_small_stars, ("a {} background with small {} stars", "{} with little {} stars")),
)


def _wood(canvas: Canvas, dice: Random) -> tuple[Rgb, ...]:
    base = mix((176, 122, 70), (96, 56, 26), dice.random() * 0.8)
    canvas.image.paste(base, (0, 0, *canvas.image.size))
    add_grain(canvas, dice, 14, 48, stretch=16)
    pen = canvas.pen()
    for plank in range(dice.randint(3, 5)):
        pen.rectangle((-1, plank * 0.5 - 1), (1, plank * 0.5 - 0.96), mix(base, (0, 0, 0), 0.45))
    return (base,)


def _bricks(canvas: Canvas, dice: Random) -> tuple[Rgb, ...]:
    base = mix((178, 74, 52), (140, 60, 60), dice.random())
    canvas.image.paste((206, 198, 186), (0, 0, *canvas.image.size))
    pen, height = canvas.pen(), dice.choice((0.25, 0.33))
    for row in range(8):
        for column in range(-1, 5):
            x, y = -1 + (column + 0.5 * (row % 2)) * height * 2, -1 + row * height
            shade = mix(base, (0, 0, 0), dice.random() * 0.22)
            pen.rectangle((x, y), (x + height * 2 - 0.05, y + height - 0.05), shade)
    return (base,)


def _grass(canvas: Canvas, dice: Random) -> tuple[Rgb, ...]:
    base = mix((72, 156, 60), (112, 180, 66), dice.random())
    canvas.image.paste(base, (0, 0, *canvas.image.size))
    add_grain(canvas, dice, 9, 16)
    pen = canvas.pen()
    for _ in range(60):
        x, y = dice.uniform(-1, 1), dice.uniform(-0.9, 1.1)
        blade = mix(base, dice.choice(((0, 60, 0), (220, 255, 140))), dice.uniform(0.15, 0.4))
        pen.stroke([(x, y), (x + dice.uniform(-0.05, 0.05), y - 0.14)], 0.03, blade)
    return (base,)


def _sand(canvas: Canvas, dice: Random) -> tuple[Rgb, ...]:
    base = mix((232, 206, 150), (214, 180, 120), dice.random())
    canvas.image.paste(base, (0, 0, *canvas.image.size))
    add_grain(canvas, dice, 9, 40)
    return (base,)


def _stone(canvas: Canvas, dice: Random) -> tuple[Rgb, ...]:
    base = mix((150, 150, 152), (108, 104, 100), dice.random())
    canvas.image.paste(mix(base, (0, 0, 0), 0.4), (0, 0, *canvas.image.size))
    pen = canvas.pen()
    for row in range(5):
        for column in range(5):
            centre = ((column - 2) * 0.5 + dice.uniform(-0.06, 0.06) + 0.25 * (row % 2), (row - 2) * 0.46)
            shade = mix(base, (255, 255, 255), dice.random() * 0.25)
            pen.ellipse(centre, (dice.uniform(0.19, 0.25), dice.uniform(0.17, 0.23)), shade)
    return (base,)


def _cloth(canvas: Canvas, dice: Random) -> tuple[Rgb, ...]:
    colour = any_colour(dice, among=BRIGHT)
    canvas.image.paste(colour.rgb, (0, 0, *canvas.image.size))
    pen = canvas.pen()
    for line in range(-3, 4):
        pen.rectangle((-1, line * 0.4), (1, line * 0.4 + 0.12), colour.darker(0.25))
    for line in range(-3, 4):
        pen.rectangle((line * 0.4, -1), (line * 0.4 + 0.06, 1), colour.lighter(0.5))
    return (colour.rgb,)


def _paper(canvas: Canvas, dice: Random) -> tuple[Rgb, ...]:
    base = mix((246, 240, 222), (236, 226, 200), dice.random())
    canvas.image.paste(base, (0, 0, *canvas.image.size))
    pen = canvas.pen()
    for line in range(6):
        pen.rectangle((-1, line * 0.33 - 0.85), (1, line * 0.33 - 0.82), (150, 176, 214))
    return (base,)


TEXTURES: tuple[tuple[Callable[[Canvas, Random], tuple[Rgb, ...]], tuple[str, ...]], ...] = (
    (_wood, ("wood", "wooden planks", "a wooden table")),
    (_bricks, ("a brick wall", "bricks")),
    (_grass, ("grass", "green grass", "a lawn")),
    (_sand, ("sand", "yellow sand")),
    (_stone, ("stones", "a stone floor", "grey stones")),
    (_cloth, ("a checked cloth", "a tablecloth")),
    (_paper, ("paper", "lined paper")),
)
