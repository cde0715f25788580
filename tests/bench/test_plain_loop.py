"""The yardstick of bench (c) and the trainer are the same training: equal losses, step by step."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bench.training import lean_losses, plain_losses
from tests.worker.random_checkpoint import write
from worker.models.unet import load
from worker.training.augmentations import augmentations
from worker.training.latents import encode
from worker.training.picture_folder import pictures_in
from worker.training.settings import SHIFT, settings_for

PICTURES = Path(__file__).resolve().parents[2] / "demo" / "pictures"


def test_both_loops_have_the_same_losses(tmp_path: Path) -> None:
    folder = str(write(tmp_path, prediction="flow_prediction"))
    settings = replace(
        settings_for("tiny", "fast"), steps=4, batch=3, rank=2, augmentations=2, warmup=1, learning_rate=0.01
    )
    forms = augmentations(settings.augmentations, shift=SHIFT, may_flip=True, seed=1)
    files = pictures_in(PICTURES)[:4]
    theirs, ours = load(folder), load(folder)
    encoded = encode(ours, files, resolution=ours.resolution, augmentations=forms, on_picture=lambda _done, _of: None)

    with (
        closing(plain_losses(theirs, files, encoded, forms, settings)) as plain,
        closing(lean_losses(ours, encoded, settings)) as lean,
    ):
        pairs = list(zip(plain, lean, strict=True))

    assert len(pairs) == 4
    assert [one for one, _ in pairs] == pytest.approx([other for _, other in pairs], rel=1e-4)
