"""Training pictures as tensors."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from domain.errors import TrainingError
from worker.training.augmentations import PLAIN, Augmentation, augmentations, open_picture, pixels
from worker.training.buckets import Shape

RED, BLUE = (255, 0, 0), (0, 0, 255)


def red_left_blue_right() -> Image.Image:
    picture = Image.new("RGB", (40, 20), RED)
    picture.paste(BLUE, (20, 0, 40, 20))
    return picture


def test_the_plain_form_comes_first_and_every_second_one_is_mirrored() -> None:
    forms = augmentations(4, shift=0.1, may_flip=True, seed=1)

    assert forms[0] == PLAIN
    assert [way.mirrored for way in forms] == [False, True, False, True]
    assert len(set(forms)) == 4
    assert all(way.margin <= 0.1 for way in forms)


def test_nothing_is_mirrored_that_may_not_be() -> None:
    assert not any(way.mirrored for way in augmentations(8, shift=0.1, may_flip=False, seed=1))


def test_pixels_run_from_minus_one_to_one_in_the_asked_shape() -> None:
    tensor = pixels(red_left_blue_right(), Shape(32, 16))

    assert tensor.shape == (3, 16, 32)
    assert tensor[:, 8, 2].tolist() == [1.0, -1.0, -1.0]
    assert tensor[:, 8, 29].tolist() == [-1.0, -1.0, 1.0]


def test_a_mirrored_variant_swaps_the_sides() -> None:
    plain, mirrored = (
        pixels(red_left_blue_right(), Shape(32, 16), way) for way in (PLAIN, Augmentation(mirrored=True))
    )

    assert torch.equal(plain, mirrored.flip(2))


def test_a_shifted_variant_is_cut_where_it_says() -> None:
    left = pixels(red_left_blue_right(), Shape(16, 16), Augmentation(left=0.0))
    right = pixels(red_left_blue_right(), Shape(16, 16), Augmentation(left=1.0))

    assert left[:, 8, 8].tolist() == [1.0, -1.0, -1.0]
    assert right[:, 8, 8].tolist() == [-1.0, -1.0, 1.0]


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_an_unreadable_picture_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.png"
    path.write_bytes(content)

    with pytest.raises(TrainingError, match=r"picture damaged \(name=odd\.png\)"):
        open_picture(path)
