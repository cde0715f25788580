"""The characters of the pictures."""

from random import Random

import numpy as np
import pytest

from checkpoints.atelier_tiny.pictures.canvas import blank
from checkpoints.atelier_tiny.pictures.characters import CHARACTERS, Character, an, with_features


@pytest.mark.parametrize("character", CHARACTERS)
def test_a_character_is_drawn_and_described(character: Character) -> None:
    canvas = blank(64, (10, 200, 10))
    words = character(canvas.pen().at(0, 0, 0.6), Random(1), [])

    assert len(words.split()) >= 2
    assert np.asarray(canvas.finished()).std() > 10


def test_features_are_joined_as_english() -> None:
    assert with_features("a cat", ["a hat", "a scarf"]) == "a cat with a hat and a scarf"
    assert an("orange cat") == "an orange cat"
