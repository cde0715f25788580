"""Pictures with English captions, each drawn from its seed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from PIL import Image

from checkpoints.atelier_tiny.pictures.backgrounds import add_grain, gradient, patterned, plain, textured
from checkpoints.atelier_tiny.pictures.canvas import Canvas, Pen
from checkpoints.atelier_tiny.pictures.characters import an
from checkpoints.atelier_tiny.pictures.colours import NAMED, any_colour
from checkpoints.atelier_tiny.pictures.shapes import SHAPES
from checkpoints.atelier_tiny.pictures.stages import Stage, any_stage, bare_stage, scene_stage
from checkpoints.atelier_tiny.pictures.subjects import Subject, animal, character, shape, thing

NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}
BIG, SMALL = ("big", "large", "huge"), ("small", "little", "tiny")
INK = (28, 24, 32)
# Where several equal subjects stand: boxes as (x, y, scale), chosen so that they do not overlap.
ROWS: dict[int, tuple[tuple[tuple[float, float, float], ...], ...]] = {
    2: (
        ((-0.48, 0, 0.4), (0.48, 0, 0.4)),
        ((0, -0.48, 0.4), (0, 0.48, 0.4)),
        ((-0.45, -0.45, 0.4), (0.45, 0.45, 0.4)),
    ),
    3: (
        ((-0.65, 0, 0.29), (0, 0, 0.29), (0.65, 0, 0.29)),
        ((-0.48, 0.45, 0.38), (0.48, 0.45, 0.38), (0, -0.45, 0.38)),
    ),
    4: (((-0.48, -0.48, 0.38), (0.48, -0.48, 0.38), (-0.48, 0.48, 0.38), (0.48, 0.48, 0.38)),),
    5: (((-0.55, -0.55, 0.3), (0.55, -0.55, 0.3), (-0.55, 0.55, 0.3), (0.55, 0.55, 0.3), (0, 0, 0.3)),),
}
PLACES = (
    (-0.5, 0.0, "on the left"),
    (0.5, 0.0, "on the right"),
    (0.0, -0.5, "at the top"),
    (0.0, 0.5, "at the bottom"),
    (-0.52, -0.52, "in the top left corner"),
    (0.52, -0.52, "in the top right corner"),
    (-0.52, 0.52, "in the bottom left corner"),
    (0.52, 0.52, "in the bottom right corner"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture and what it shows."""

    image: Image.Image
    caption: str


def picture(seed: int, *, pixels: int = 64) -> Picture:
    """Return the drawing and caption that belong to this seed, pixels by pixels."""
    dice = Random(seed)
    compose = dice.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]
    drawn = compose(dice, pixels)
    return Picture(drawn.image, re.sub(r"\ba (?=[aeiou])", "an ", drawn.caption))


def _styled_pen(stage: Stage, dice: Random) -> tuple[Pen, str]:
    """Return a pen for flat, outlined or (later) lit drawing, and the style's word."""
    pen = stage.canvas.pen()
    style = dice.choices(("flat", "drawing", "photo"), (5, 3, 3))[0]
    if style == "drawing":
        pen = replace(pen, outline=INK, outline_width=dice.uniform(0.012, 0.022))
    return pen, style


def _light(canvas: Canvas, dice: Random) -> None:
    """Light the picture from one side and darken the opposite one, as a lamp would."""
    side = canvas.image.width
    x, y = dice.uniform(0.1, 0.9) * side, dice.uniform(0, 0.5) * side
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    distance = np.hypot(columns - x, rows - y) / side
    light = 1.1 - dice.uniform(0.2, 0.45) * distance
    lit = np.asarray(canvas.image, dtype=np.float32) * light[..., None]
    canvas.image.paste(Image.fromarray(lit.clip(0, 255).astype(np.uint8)))
    if dice.random() < 0.3:
        add_grain(canvas, dice, 4, 20)


def _finished(stage: Stage, dice: Random, style: str, caption: str) -> Picture:
    if style == "photo":
        _light(stage.canvas, dice)
    prefixes = {
        "flat": ("a picture of", "an image of"),
        "drawing": ("a drawing of", "a cartoon of", "a picture of"),
        "photo": ("a photo of", "a picture of"),
    }[style]
    if dice.random() < 0.4 and caption.startswith(("a ", "an ", *NUMBERS.values())):
        caption = f"{dice.choice(prefixes)} {caption}"
    return Picture(stage.canvas.finished(), caption)


def _sentence(dice: Random, subject: str, stage: Stage, position: str = "") -> str:
    """Put subject, position and place into one of several word orders."""
    placed = f"{subject} {position}".strip()
    link = ", " if position else " "
    match dice.randrange(8):
        case 0:
            return f"{stage.words}, {placed}"
        case 1 if stage.background and stage.background.startswith(("a ", "an ")):
            return f"{stage.background} with {placed}"
        case 2 if stage.background:
            return f"{subject}, {position}, {stage.background}".replace(", ,", ",")
        case 3 if not position:
            return subject.removeprefix("a ").removeprefix("an ") + f" {stage.words}"
        case _:
            return f"{placed}{link}{stage.words}"


def _sized(dice: Random) -> tuple[float, str]:
    """Return a subject's scale and the word for it, often none."""
    match dice.randrange(4):
        case 0:
            return dice.uniform(0.74, 0.86), dice.choice(BIG)
        case 1:
            return dice.uniform(0.24, 0.34), dice.choice(SMALL)
        case _:
            return dice.uniform(0.46, 0.7), ""


def _box(dice: Random, stage: Stage, subject: Subject, scale: float) -> tuple[float, float, str]:
    """Choose where the subject goes, and the words if it is off the middle."""
    if stage.horizon is not None:
        x = dice.uniform(-0.35, 0.35)
        if subject.place == "sky":
            return x, dice.uniform(-0.55, -0.05), ""
        return x, min(0.95 - scale, stage.horizon + 0.1 - scale + dice.uniform(0, 0.2)), ""
    if scale < 0.5 and dice.random() < 0.55:
        return dice.choice(PLACES)
    words = "in the middle" if dice.random() < 0.15 else ""
    return dice.uniform(-0.12, 0.12), dice.uniform(-0.1, 0.1), words


def _shadow(pen: Pen, stage: Stage, x: float, y: float, scale: float) -> None:
    """Darken the ground under something that stands."""
    where = pen.plain()
    if stage.horizon is not None and not stage.water:
        low = stage.colours[-1]
        where.ellipse(
            (x, y + scale * 0.97), (scale * 0.6, scale * 0.12), (low[0] * 3 // 4, low[1] * 3 // 4, low[2] * 3 // 4)
        )


def _single(dice: Random, stage: Stage, subject: Subject) -> Picture:
    pen, style = _styled_pen(stage, dice)
    scale, size = _sized(dice)
    x, y, position = _box(dice, stage, subject, scale)
    if subject.place == "ground":
        _shadow(pen, stage, x, y, scale)
    words = subject.draw(pen.at(x, y, scale, tilt=dice.uniform(-0.08, 0.08)))
    return _finished(stage, dice, style, _sentence(dice, an(f"{size} {words}".strip()), stage, position))


def _several(dice: Random, stage: Stage, subject: Subject, most: int) -> Picture:
    pen, style = _styled_pen(stage, dice)
    count = dice.randint(2, most)
    for x, y, scale in dice.choice(ROWS[count]):
        subject.draw(pen.at(x, y, scale * dice.uniform(0.85, 1)))
    words = subject.plural(count) if subject.plural else ""
    return _finished(stage, dice, style, _sentence(dice, f"{NUMBERS[count]} {words}", stage))


def _one_shape(dice: Random, pixels: int) -> Picture:
    stage = bare_stage(dice, pixels)
    return _single(dice, stage, shape(dice, stage.colours))


def _many_shapes(dice: Random, pixels: int) -> Picture:
    stage = bare_stage(dice, pixels)
    return _several(dice, stage, shape(dice, stage.colours), most=5)


def _two_shapes(dice: Random, pixels: int) -> Picture:
    stage = bare_stage(dice, pixels)
    pen, style = _styled_pen(stage, dice)
    first = shape(dice, stage.colours)
    match dice.randrange(4):
        case 0:
            boxes, joint = ((-0.48, 0.0, 0.4), (0.48, 0.0, 0.4)), dice.choice(("and", "next to", "to the left of"))
        case 1:
            boxes, joint = ((0.0, -0.48, 0.4), (0.0, 0.48, 0.4)), dice.choice(("above", "over", "on top of"))
        case 2:
            boxes, joint = ((0.0, 0.48, 0.4), (0.0, -0.48, 0.4)), dice.choice(("below", "under"))
        case _:
            return _nested(dice, stage)
    words = an(first.draw(pen.at(*boxes[0])))
    other = an(shape(dice, stage.colours).draw(pen.at(*boxes[1])))
    return _finished(stage, dice, style, _sentence(dice, f"{words} {joint} {other}", stage))


def _nested(dice: Random, stage: Stage) -> Picture:
    pen, style = _styled_pen(stage, dice)
    outer = any_colour(dice, unlike=stage.colours, among=NAMED)
    name = dice.choice(("circle", "square", "hexagon", "diamond", "heart"))
    SHAPES[name][0](pen.at(0, 0, 0.8), dice, outer)
    inner = shape(dice, (outer.rgb,))
    words = an(inner.draw(pen.at(0, 0, 0.36)))
    joint = dice.choice(("inside", "in", "on"))
    return _finished(stage, dice, style, _sentence(dice, f"{words} {joint} {an(f'{outer.word} {name}')}", stage))


def _pattern_only(dice: Random, pixels: int) -> Picture:
    make = dice.choices((patterned, textured, gradient, plain), (6, 3, 2, 1))[0]
    ground = make(dice, pixels)
    return Picture(ground.canvas.finished(), ground.words)


def _scene_only(dice: Random, pixels: int) -> Picture:
    stage = scene_stage(dice, pixels)
    words = stage.words
    for opening in ("on the ", "at the ", "in the ", "by the ", "in a ", "under the ", "in front of ", "on a "):
        words = words.removeprefix(opening)
    style = "photo" if dice.random() < 0.4 else "flat"
    prefix = dice.choice(("", "", "the ", "a picture of the ", "a view of the "))
    if style == "photo":
        _light(stage.canvas, dice)
    return Picture(stage.canvas.finished(), f"{prefix}{words}".replace("the at ", "").replace("the in ", ""))


def _fitting(stage: Stage) -> tuple[str, ...]:
    match stage:
        case Stage(horizon=None):
            return ("ground", "sky", "table", "water")
        case Stage(water=True):
            return ("water",)
        case _:
            return ("ground", "ground", "sky")


def _one_thing(dice: Random, pixels: int) -> Picture:
    stage = any_stage(dice, pixels, 0.4)
    return _single(dice, stage, thing(dice, stage.colours, *_fitting(stage)))


def _many_things(dice: Random, pixels: int) -> Picture:
    stage = bare_stage(dice, pixels)
    make = dice.choice((thing, animal))
    return _several(dice, stage, make(dice, stage.colours, "ground", "sky", "table", "water"), most=4)


def _one_animal(dice: Random, pixels: int) -> Picture:
    stage = any_stage(dice, pixels, 0.45)
    return _single(dice, stage, animal(dice, stage.colours, *_fitting(stage)))


def _one_character(dice: Random, pixels: int) -> Picture:
    stage = any_stage(dice, pixels, 0.45)
    return _single(dice, stage, character(dice, stage.colours))


def _two_subjects(dice: Random, pixels: int) -> Picture:
    """Draw a character or animal next to a thing."""
    stage = any_stage(dice, pixels, 0.4)
    pen, style = _styled_pen(stage, dice)
    makers = (character, lambda d, u: animal(d, u, "ground"), lambda d, u: thing(d, u, "ground", "table"))
    left = dice.choice(makers)(dice, stage.colours)
    right = dice.choice(makers)(dice, stage.colours)
    y = 0.0 if stage.horizon is None else stage.horizon - 0.3
    words = an(left.draw(pen.at(-0.48, y, 0.44)))
    other = an(right.draw(pen.at(0.48, y, 0.44)))
    joint = dice.choice(("and", "next to", "beside"))
    return _finished(stage, dice, style, _sentence(dice, f"{words} {joint} {other}", stage))


KINDS: tuple[tuple[Callable[[Random, int], Picture], float], ...] = (
    (_one_shape, 15),
    (_many_shapes, 6),
    (_two_shapes, 7),
    (_pattern_only, 4),
    (_scene_only, 3),
    (_one_thing, 20),
    (_many_things, 5),
    (_one_animal, 12),
    (_one_character, 22),
    (_two_subjects, 6),
)
