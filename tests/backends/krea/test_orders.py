"""What is ordered at Krea, within what it takes."""

import pytest

from backends.krea.orders import clamped
from domain.training.settings import Bounds


@pytest.mark.parametrize(("value", "within"), [(100, 512), (512, 512), (1_368, 1_368), (4_000, 2_368)])
def test_the_sides_of_a_picture_are_brought_within_bounds(value: float, within: float) -> None:
    assert clamped(value, Bounds(512, 2_368)) == within
