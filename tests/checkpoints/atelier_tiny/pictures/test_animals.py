"""The animals of the pictures."""

from random import Random

import numpy as np
import pytest

from checkpoints.atelier_tiny.pictures.animals import ANIMALS
from checkpoints.atelier_tiny.pictures.canvas import blank
from checkpoints.atelier_tiny.pictures.colours import any_colour


@pytest.mark.parametrize("name", ANIMALS)
def test_an_animal_is_drawn_in_its_box(name: str) -> None:
    draw, _, colours, _ = ANIMALS[name]
    dice, canvas = Random(1), blank(64, (10, 200, 10))
    draw(canvas.pen().at(0, 0, 0.5), dice, any_colour(dice, unlike=(), among=colours))
    apart = np.abs(np.asarray(canvas.finished()).astype(int) - np.array((10, 200, 10)))
    drawn = apart.max(axis=-1) > 2

    assert drawn[16:48, 16:48].mean() > 0.1
    assert not drawn[0].any()
