"""What the demo checks besides what members see."""

import io
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SIDE, SHADES = 32, 6  # pixels; levels of each colour


@dataclass(frozen=True, slots=True)
class Books:
    """How many rows of each kind there are, and how good the LoRA is.

    Losses are mean squared errors.
    """

    pictures: int
    tasks: int
    succeeded: int
    jobs_handed_over: int
    loras: int
    base_loss: float
    held_out_loss: float

    @property
    def gain(self) -> float:
        """Return by which share the held-out loss fell below the base model's."""
        return 1 - self.held_out_loss / self.base_loss if self.base_loss else 0.0


def books(database: Path) -> Books:
    """Read the database of the data folder, which the bot may have open."""
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=10)
    try:
        row = connection.execute(
            """SELECT (SELECT COUNT(*) FROM images WHERE deleted_at IS NULL),
            (SELECT COUNT(*) FROM tasks), (SELECT COUNT(*) FROM tasks WHERE status = 'succeeded'),
            (SELECT COUNT(*) FROM task_events WHERE new = 'submitting'),
            (SELECT COUNT(*) FROM loras), (SELECT coalesce(max(base_loss), 0) FROM loras),
            (SELECT coalesce(max(held_out_loss), 0) FROM loras)"""
        ).fetchone()
    finally:
        connection.close()
    return Books(*row)


def likeness(pictures: Sequence[bytes], samples: Sequence[bytes]) -> float:
    """Return how much of the samples' own colours is in the pictures, from 0 to 1.

    Own colours are those that many samples share; each sample has another background.
    """
    shared = np.median([_colours(sample) for sample in samples], axis=0)
    return float(np.mean([np.minimum(_colours(picture), shared).sum() for picture in pictures]) / shared.sum())


def _colours(content: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return which share of the picture has each colour."""
    with Image.open(io.BytesIO(content)) as picture:
        pixels = np.asarray(picture.convert("RGB").resize((SIDE, SIDE)), dtype=np.int64)
    levels = pixels * SHADES // 256
    numbers = (levels[..., 0] * SHADES + levels[..., 1]) * SHADES + levels[..., 2]
    return np.bincount(numbers.ravel(), minlength=SHADES**3) / numbers.size
