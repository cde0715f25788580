"""Aspect buckets as tables."""

import pytest

from worker.training.buckets import Shape, cover, nearest, shapes


@pytest.mark.parametrize(
    ("resolution", "quantum", "expected"),
    [
        (64, 16, [(64, 64), (80, 48), (48, 80)]),
        (512, 64, [(512, 512), (576, 448), (448, 576), (640, 384), (384, 640)]),
        (70, 16, [(64, 64), (80, 48), (48, 80)]),
        (16, 16, [(16, 16)]),
        (8, 16, [(16, 16)]),
    ],
)
def test_shapes_have_nearly_one_area_and_sides_that_the_unet_can_halve(
    resolution: int, quantum: int, expected: list[tuple[int, int]]
) -> None:
    assert [(shape.width, shape.height) for shape in shapes(resolution, quantum)] == expected


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (300, 300, (512, 512)),
        (1920, 1080, (640, 384)),
        (1080, 1920, (384, 640)),
        (4, 3, (576, 448)),
        (5000, 100, (640, 384)),
        (1, 1000, (384, 640)),
    ],
)
def test_a_picture_goes_where_its_proportions_suffer_least(
    width: int, height: int, expected: tuple[int, int]
) -> None:
    chosen = nearest(width, height, shapes(512, 64))

    assert (chosen.width, chosen.height) == expected


@pytest.mark.parametrize(
    ("size", "margin", "expected"),
    [((200, 100), 0.0, (128, 64)), ((100, 200), 0.0, (64, 128)), ((64, 64), 0.25, (80, 80)), ((3, 3), 0.0, (64, 64))],
)
def test_a_scaled_picture_covers_its_shape(size: tuple[int, int], margin: float, expected: tuple[int, int]) -> None:
    assert cover(*size, Shape(64, 64), margin=margin) == Shape(*expected)
