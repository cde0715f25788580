"""What is ordered at fal, within what it takes."""

import io
import zipfile
from dataclasses import replace

import pytest

from backends.base import DrawingPlan, LoraUse
from backends.fal.orders import drawing_order, packed, side, sides

PLAN = DrawingPlan(
    name="atelier-draw-1",
    member="7",
    checkpoint="flux-dev",
    prompt="zorbo at the sea",
    loras=(LoraUse(None, 9.0, "https://v3.fal.media/lora"),),
    count=2,
    seed=11,
    width=1_024,
    height=768,
)


@pytest.mark.parametrize(("asked", "drawn"), [(0, 256), (256, 256), (1_023, 1_008), (1_024, 1_024), (9_000, 1_536)])
def test_a_side_is_a_multiple_of_sixteen_within_bounds(asked: int, drawn: int) -> None:
    assert side(asked) == drawn


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [((1_024, 1_024), (1_024, 1_024)), ((1_184, 888), (1_184, 880)), ((1_040, 1_024), (1_024, 1_024))],
)
def test_a_few_pixels_over_a_megapixel_are_left_away(asked: tuple[int, int], drawn: tuple[int, int]) -> None:
    assert sides(replace(PLAN, width=asked[0], height=asked[1])) == drawn


def test_a_drawing_is_ordered_within_bounds_and_with_the_safety_check() -> None:
    order = drawing_order(PLAN)

    assert order["loras"] == [{"path": "https://v3.fal.media/lora", "scale": 4}]
    assert order["enable_safety_checker"] is True
    assert "image_url" not in order


def test_a_picture_without_a_caption_is_packed_alone() -> None:
    whole = packed([(b"\x89PNG\r\n\x1a\n", ""), (b"\xff\xd8\xff\xe0", "zorbo")])

    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.namelist() == ["0001.png", "0002.jpg", "0002.txt"]
