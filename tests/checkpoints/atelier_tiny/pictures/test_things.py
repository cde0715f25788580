"""The things of the pictures."""

from random import Random

import numpy as np
import pytest

from checkpoints.atelier_tiny.pictures.canvas import blank
from checkpoints.atelier_tiny.pictures.captioned import picture
from checkpoints.atelier_tiny.pictures.colours import any_colour
from checkpoints.atelier_tiny.pictures.things import THINGS


@pytest.mark.parametrize("name", THINGS)
def test_a_thing_is_drawn_in_its_box(name: str) -> None:
    dice, canvas = Random(1), blank(64)
    THINGS[name].draw(canvas.pen().at(0, 0, 0.5), dice, any_colour(dice, unlike=(), among=THINGS[name].colours))
    drawn = (np.asarray(canvas.finished()) != 255).any(axis=-1)

    assert drawn[16:48, 16:48].mean() > 0.02
    assert not drawn[0].any()


def test_every_kind_of_thing_is_drawn_and_named() -> None:
    everything = " ".join(picture(seed).caption for seed in range(1500, 4500))
    unnamed = [name for name, thing in THINGS.items() if not any(word in everything for word in thing.names)]

    assert unnamed == []
