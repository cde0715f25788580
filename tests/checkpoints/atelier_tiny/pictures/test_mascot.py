"""The twelve shipped pictures of the mascot are what its script draws."""

from pathlib import Path

import numpy as np
from PIL import Image

from checkpoints.atelier_tiny.pictures.mascot import TRIGGER, write_mascot

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
