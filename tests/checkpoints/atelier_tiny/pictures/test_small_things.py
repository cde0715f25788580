"""How small things look."""

from random import Random

import numpy as np
import pytest

from checkpoints.atelier_tiny.pictures import small_things
from checkpoints.atelier_tiny.pictures.canvas import blank
from checkpoints.atelier_tiny.pictures.colours import any_colour
from checkpoints.atelier_tiny.pictures.things import THINGS, Draw

DRAWN_HERE = {name: thing.draw for name, thing in THINGS.items() if thing.draw.__module__ == small_things.__name__}


def drawn(draw: Draw, seed: int) -> bytes:
    dice, canvas = Random(seed), blank(64)
    draw(canvas.pen().at(0, 0, 0.5), dice, any_colour(dice, unlike=()))
    return np.asarray(canvas.finished()).tobytes()


@pytest.mark.parametrize("name", DRAWN_HERE)
def test_a_thing_looks_the_same_for_the_same_seed(name: str) -> None:
    assert drawn(DRAWN_HERE[name], 3) == drawn(DRAWN_HERE[name], 3)


def test_no_two_things_look_the_same() -> None:
    pictures = {drawn(draw, 3) for draw in DRAWN_HERE.values()}

    assert len(pictures) == len(DRAWN_HERE) > 10
