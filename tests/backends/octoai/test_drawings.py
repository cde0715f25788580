"""What is ordered for a drawing at an OctoAI-compatible server."""

import pytest

from backends.octoai.drawings import nearest_size


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        ((512, 512), (1024, 1024)),
        ((1024, 1024), (1024, 1024)),
        ((888, 1184), (896, 1152)),
        ((1184, 888), (1152, 896)),
        ((768, 1368), (768, 1344)),
        ((1368, 768), (1344, 768)),
        ((100, 2000), (640, 1536)),
    ],
)
def test_pictures_are_drawn_in_the_size_that_is_nearest_in_shape(
    asked: tuple[int, int], drawn: tuple[int, int]
) -> None:
    assert nearest_size(*asked) == drawn
