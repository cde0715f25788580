"""Training pictures as tensors, shifted and mirrored a little."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from domain.errors import TrainingError
from domain.orders.facts import FactKind
from worker.training.buckets import Shape, cover


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How a picture is varied.

    It is enlarged by the share `margin`, and cut at the shares `left` and `top` of what is to spare.
    """

    margin: float = 0.0
    left: float = 0.5
    top: float = 0.5
    mirrored: bool = False


PLAIN = Augmentation()


def augmentations(count: int, *, shift: float, may_flip: bool, seed: int) -> tuple[Augmentation, ...]:
    """Return `count` different augmentations, the plain one first.

    `shift` is the largest share by which a picture is enlarged before it is cut. Every second one is mirrored if that
    is allowed.
    """
    rng = Random(seed)
    varied = (
        Augmentation(rng.uniform(0, shift), rng.random(), rng.random(), may_flip and number % 2 == 1)
        for number in range(1, count)
    )
    return (PLAIN, *varied)


def open_picture(path: Path) -> Image.Image:
    """Open a picture whole, in RGB.

    Raises `TrainingError` when it can't be read.
    """
    try:
        with Image.open(path) as picture:
            return picture.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise TrainingError(FactKind.PICTURE_DAMAGED, name=path.name) from error


def pixels(picture: Image.Image, shape: Shape, augmentation: Augmentation = PLAIN) -> Tensor:
    """Return an augmented picture as pixels [3, height, width] in -1…1."""
    scaled = cover(picture.width, picture.height, shape, margin=augmentation.margin)
    left = round((scaled.width - shape.width) * augmentation.left)
    top = round((scaled.height - shape.height) * augmentation.top)
    fitted = picture.resize((scaled.width, scaled.height), Image.Resampling.LANCZOS).crop(
        (left, top, left + shape.width, top + shape.height)
    )
    if augmentation.mirrored:
        fitted = fitted.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return torch.from_numpy(np.asarray(fitted, dtype=np.float32).transpose(2, 0, 1).copy()) / 127.5 - 1
