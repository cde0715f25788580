"""Empty pictures to put a subject on, and the words for them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from checkpoints.atelier_tiny.pictures.backgrounds import gradient, patterned, plain, textured
from checkpoints.atelier_tiny.pictures.canvas import Canvas, Rgb
from checkpoints.atelier_tiny.pictures.scenes import any_scene


@dataclass(frozen=True, slots=True)
class Stage:
    """An empty picture to put a subject on, and the words for it."""

    canvas: Canvas
    words: str  # "on a white background", "at night"
    background: str | None  # the bare background's words, where it is no scene
    colours: tuple[Rgb, ...]
    horizon: float | None = None  # where subjects stand, for scenes
    water: bool = False


def bare_stage(dice: Random, pixels: int) -> Stage:
    """Return a bare background as a stage."""
    make = dice.choices((plain, patterned, textured, gradient), (6, 3, 1, 1))[0]
    ground = make(dice, pixels)
    return Stage(ground.canvas, f"on {ground.words}", ground.words, ground.colours)


def scene_stage(dice: Random, pixels: int) -> Stage:
    """Return a scene as a stage."""
    scene = any_scene(dice, pixels)
    return Stage(scene.canvas, scene.words, None, scene.colours, scene.horizon, water=scene.water)


def any_stage(dice: Random, pixels: int, scenes: float) -> Stage:
    """Return a scene or a bare background, `scenes` being the share of scenes."""
    return scene_stage(dice, pixels) if dice.random() < scenes else bare_stage(dice, pixels)
