"""The scenes of the pictures."""

from random import Random

import numpy as np
import pytest

from checkpoints.atelier_tiny.pictures.canvas import blank
from checkpoints.atelier_tiny.pictures.scenes import SCENES


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_fills_the_picture_and_says_where_things_stand(name: str) -> None:
    scene = SCENES[name](Random(1), blank(64))

    assert np.asarray(scene.canvas.finished()).std() > 1
    assert scene.words
    assert -1 <= scene.horizon <= 1
