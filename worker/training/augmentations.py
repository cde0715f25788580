"""Training pictures as tensors: opened, fitted to their bucket, and varied a little (shifted, mirrored)."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from domain.errors import TrainingError
from worker.training.buckets import Shape, cover


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to show a picture: enlarged by `margin`, cut at shares `left`, `top` of the spare, mirrored or not."""

    margin: float = 0.0
    left: float = 0.5
    top: float = 0.5
    mirrored: bool = False


PLAIN = Variant()


def variants(count: int, *, shift: float, may_flip: bool, seed: int) -> tuple[Variant, ...]:
    """Return `count` different ways to show a picture, the plain one first, every second one mirrored if allowed.

    `shift` is the largest share by which a picture is enlarged before it is cut.
    """
    chance = Random(seed)
    varied = (
        Variant(chance.uniform(0, shift), chance.random(), chance.random(), may_flip and number % 2 == 1)
        for number in range(1, count)
    )
    return (PLAIN, *varied)


def open_picture(path: Path) -> Image.Image:
    """Open a picture whole, in RGB; raise `TrainingError` naming the file when it can't be read."""
    try:
        with Image.open(path) as picture:
            return picture.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise TrainingError(
            f"I can't read the picture {path.name}: it is damaged or of a kind I don't know. "
            "Replace or remove it and start again."
        ) from error


def pixels(picture: Image.Image, shape: Shape, variant: Variant = PLAIN) -> Tensor:
    """Return one variant of a picture as pixels [3, height, width] in -1…1."""
    scaled = cover(picture.width, picture.height, shape, margin=variant.margin)
    left = round((scaled.width - shape.width) * variant.left)
    top = round((scaled.height - shape.height) * variant.top)
    fitted = picture.resize((scaled.width, scaled.height), Image.Resampling.LANCZOS).crop(
        (left, top, left + shape.width, top + shape.height)
    )
    if variant.mirrored:
        fitted = fitted.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return torch.from_numpy(np.asarray(fitted, dtype=np.float32).transpose(2, 0, 1).copy()) / 127.5 - 1
