"""The backgrounds of the pictures."""

from random import Random

import pytest

from checkpoints.atelier_tiny.pictures.backgrounds import gradient, patterned, plain, textured


@pytest.mark.parametrize("make", [plain, patterned, textured, gradient])
def test_a_background_is_the_same_for_the_same_seed_and_has_words(make: object) -> None:
    assert callable(make)
    for seed in range(20):
        first, again = make(Random(seed), 64), make(Random(seed), 64)

        assert first.words == again.words != ""
        assert first.colours
        assert first.canvas.finished().tobytes() == again.canvas.finished().tobytes()
