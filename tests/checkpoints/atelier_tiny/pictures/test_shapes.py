"""The shapes of the pictures."""

from random import Random

import numpy as np
import pytest

from checkpoints.atelier_tiny.pictures.canvas import blank
from checkpoints.atelier_tiny.pictures.colours import any_colour
from checkpoints.atelier_tiny.pictures.shapes import SHAPES


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_has_its_colour(name: str) -> None:
    dice, canvas = Random(1), blank(64)
    colour = any_colour(dice, unlike=(), among=["red"])
    SHAPES[name][0](canvas.pen().at(0, 0, 0.6), dice, colour)
    pixels = np.asarray(canvas.finished()).astype(int)

    assert (np.abs(pixels - np.array(colour.rgb)).sum(axis=-1) < 30).mean() > 0.02
