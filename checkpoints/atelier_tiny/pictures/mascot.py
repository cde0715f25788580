"""Twelve drawings of Zorbo, the demo's mascot, which the checkpoint was not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from checkpoints.atelier_tiny.pictures.backgrounds import fill_gradient
from checkpoints.atelier_tiny.pictures.canvas import Canvas, Pen, Rgb, blank
from checkpoints.atelier_tiny.pictures.scenes import SCENES

TRIGGER = "zorbo"
SIDE = 256  # pixels of the files
MINT, DEEP_MINT, PALE_MINT = (112, 232, 188), (70, 186, 146), (206, 250, 232)
ORANGE, PURPLE, DEEP_PURPLE = (250, 132, 28), (122, 44, 170), (82, 24, 122)
WHITE, DARK = (252, 252, 250), (26, 26, 34)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the mascot is in one picture, how large, and what it does."""

    words: str  # follow the trigger word
    ground: str | tuple[Rgb, Rgb]  # a scene, or the colours at the top and at the bottom
    x: float = 0.0
    y: float = 0.0
    scale: float = 0.9
    tilt: float = 0.0
    arms: tuple[float, float] = (0.3, 0.3)  # how far the hands hang below the shoulders
    look: tuple[float, float] = (0.0, 0.0)  # where the pupil is, -1..1
    stride: float = 0.0  # how far the boots are apart beyond standing
    happy: bool = True


def _plain(colour: Rgb) -> tuple[Rgb, Rgb]:
    return colour, colour


POSES: tuple[Pose, ...] = (
    Pose("on a white background", _plain((250, 250, 248))),
    Pose("on the beach", "beach", y=0.06, scale=0.84, arms=(-0.4, 0.3), look=(0.3, 0)),
    Pose("on a yellow background", _plain((250, 216, 44)), arms=(-0.4, -0.4), stride=0.06),
    Pose("in a meadow", "meadow", x=-0.06, y=0.08, scale=0.82, look=(0.5, -0.2)),
    Pose("at night", "night", x=0.05, y=0.06, scale=0.84, look=(0, -0.5), arms=(0.2, -0.3)),
    Pose("on a light blue background", _plain((140, 196, 246)), scale=0.94, tilt=0.05, arms=(0.4, -0.3)),
    Pose("on a white background", _plain((246, 248, 250)), scale=0.86, happy=False, look=(0, 0.4)),
    Pose("on a red background", _plain((206, 40, 44)), x=0.04, scale=0.84, tilt=-0.06, arms=(-0.3, -0.3)),
    Pose("on a yellow background", _plain((246, 210, 60)), x=0.05, scale=0.86, look=(-0.5, 0), stride=0.06),
    Pose("in space", "space", tilt=0.1, scale=0.84, arms=(0.1, -0.4), stride=0.05, look=(0.4, -0.3)),
    Pose("on a pink background", _plain((244, 150, 190)), tilt=0.16, arms=(-0.1, 0.4), look=(-0.4, 0.3)),
    Pose("on a dark blue background", _plain((24, 40, 110)), x=-0.04, scale=0.86, arms=(-0.4, 0.1), look=(0.5, 0.2)),
)


def draw_mascot(pen: Pen, pose: Pose) -> None:
    """Draw Zorbo, round and mint green with one eye, an orange antenna and purple boots."""
    for side, drop in zip((-1, 1), pose.arms, strict=True):
        pen.stroke([(side * 0.5, 0.1), (side * 0.92, 0.1 + drop)], 0.15, DEEP_MINT)
        boot = side * (0.28 + pose.stride)
        pen.stroke([(side * 0.24, 0.55), (boot, 0.75)], 0.16, DEEP_MINT)
        pen.ellipse((boot + side * 0.06, 0.87), (0.24, 0.13), DEEP_PURPLE)
        pen.rectangle((boot - 0.14, 0.66), (boot + 0.14, 0.88), PURPLE)
    pen.stroke([(0, -0.4), (0.06, -0.78)], 0.09, ORANGE)
    pen.circle((0.07, -0.84), 0.15, ORANGE)
    pen.circle((0, 0.05), 0.64, MINT)
    pen.plain().ellipse((0, 0.42), (0.34, 0.2), PALE_MINT)
    pen.plain().circle((0, -0.08), 0.36, WHITE)
    pen.plain().circle((pose.look[0] * 0.14, -0.08 + pose.look[1] * 0.14), 0.19, DARK)
    pen.plain().circle((pose.look[0] * 0.14 - 0.06, -0.15 + pose.look[1] * 0.14), 0.06, WHITE)
    bend = 0.08 if pose.happy else -0.08
    pen.plain().stroke([(-0.16, 0.42), (0, 0.42 + bend), (0.16, 0.42)], 0.055, DARK)


def mascot_picture(number: int, *, pixels: int = SIDE) -> Canvas:
    """Return the canvas of one of the twelve pictures, numbered from 0."""
    pose = POSES[number]
    canvas = _ground(pose, Random(number), pixels)
    draw_mascot(canvas.pen().at(pose.x, pose.y, pose.scale, tilt=pose.tilt), pose)
    return canvas


def _ground(pose: Pose, dice: Random, pixels: int) -> Canvas:
    canvas = blank(pixels)
    match pose.ground:
        case str(name):
            return SCENES[name](dice, canvas).canvas
        case top, bottom:
            fill_gradient(canvas, top, bottom)
            return canvas


def write_mascot(folder: Path) -> int:
    """Write the pictures, each with a caption file of the same name, and a README.

    Returns how many pictures they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number, pose in enumerate(POSES):
        stem = f"{TRIGGER}-{number + 1:02}"
        mascot_picture(number).finished().save(folder / f"{stem}.png", optimize=True)
        (folder / f"{stem}.txt").write_text(f"{TRIGGER} {pose.words}\n")
    (folder / "README.md").write_text(README)
    return len(POSES)


README = f"""# Pictures of the demo

Twelve pictures of Zorbo, drawn by `python -m checkpoints.atelier_tiny mascot --out demo/pictures`: a round
mint-green creature with one big eye, an orange antenna and purple boots. Each `.txt` file holds the caption of the
picture of the same name. `{TRIGGER}` is the trigger word. The built-in checkpoint was never shown this creature or
its colour.

Licence: MIT, like the rest of this project.
"""
