"""The mascot of the demo and its shipped pictures."""

from pathlib import Path

import numpy as np
from PIL import Image

from checkpoints.atelier_tiny.pictures.colours import NAMED, difference
from checkpoints.atelier_tiny.pictures.mascot import MINT, POSES, TRIGGER, draw_mascot, mascot_picture, write_mascot

SHIPPED = Path(__file__).parents[4] / "demo" / "pictures"


def test_the_shipped_pictures_are_those_that_the_script_draws(tmp_path: Path) -> None:
    count = write_mascot(tmp_path)

    names = sorted(path.name for path in SHIPPED.glob("*.png"))
    assert names == sorted(path.name for path in tmp_path.glob("*.png"))
    assert len(names) == count == 12
    for name in names:
        with Image.open(SHIPPED / name) as shipped, Image.open(tmp_path / name) as drawn:
            gap = np.abs(np.asarray(shipped, dtype=int) - np.asarray(drawn, dtype=int))
        assert gap.mean() < 1, name  # another Pillow may round an edge differently


def test_every_shipped_picture_has_a_caption_that_begins_with_the_trigger_word() -> None:
    for path in SHIPPED.glob("*.png"):
        assert path.with_suffix(".txt").read_text().startswith(f"{TRIGGER} ")


def test_the_pictures_say_under_which_licence_they_are() -> None:
    assert "MIT" in (SHIPPED / "README.md").read_text()


def test_no_named_colour_is_the_mascots() -> None:
    for name, rgb in NAMED.items():
        assert difference(rgb, MINT) > 100, name


def test_the_mascot_is_drawn_in_twelve_different_ways() -> None:
    drawn = {mascot_picture(number, pixels=64).finished().tobytes() for number in range(len(POSES))}

    assert len(drawn) == 12
    assert len({pose.words for pose in POSES}) >= 10


def test_the_mascot_is_mint_in_every_picture() -> None:
    for number in range(len(POSES)):
        pixels = np.asarray(mascot_picture(number, pixels=64).finished()).astype(int)
        mint = np.abs(pixels - np.array(MINT)).sum(axis=-1) < 30

        assert mint.mean() > 0.04, number


def test_drawing_the_mascot_leaves_the_rest_of_the_picture_alone() -> None:
    canvas = mascot_picture(0, pixels=64)
    corner = canvas.image.getpixel((2, 2))
    draw_mascot(canvas.pen().at(0, 0, 0.5), POSES[0])

    assert canvas.image.getpixel((2, 2)) == corner
