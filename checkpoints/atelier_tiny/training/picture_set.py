"""The drawn training pictures on disk, with pixels as one array and captions as one list."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from checkpoints.atelier_tiny.pictures.captioned import picture

CHUNK = 500  # pictures drawn per call of a child process


@dataclass(frozen=True, slots=True)
class Drawings:
    """Pictures as (count, side, side, 3) bytes, and their captions."""

    pixels: torch.Tensor
    captions: list[str]


def drawings(folder: Path, *, seed: int, count: int, side: int, report: Callable[[str], None]) -> Drawings:
    """Return the pictures of seeds seed..seed+count, drawn once and then read from the folder."""
    arrays, words = folder / "pictures.npy", folder / "captions.json"
    if not words.exists():
        _draw_all(arrays, words, seed=seed, count=count, side=side)
        report(f"drew {count} pictures")
    pixels = torch.from_numpy(np.load(arrays, mmap_mode="c"))  # on the disk until they are read
    return Drawings(pixels[:count], json.loads(words.read_text())[:count])


def _draw_all(arrays: Path, words: Path, *, seed: int, count: int, side: int) -> None:
    pixels = np.lib.format.open_memmap(arrays, mode="w+", dtype=np.uint8, shape=(count, side, side, 3))
    captions: list[str] = []
    starts = range(0, count, CHUNK)
    with ProcessPoolExecutor() as pool:
        chunks = pool.map(_draw_chunk, *zip(*((seed + s, min(CHUNK, count - s), side) for s in starts), strict=True))
        for start, (drawn, texts) in zip(starts, chunks, strict=True):
            pixels[start : start + len(drawn)] = drawn
            captions += texts
    pixels.flush()
    words.write_text(json.dumps(captions))


def _draw_chunk(seed: int, count: int, side: int) -> tuple[NDArray[np.uint8], list[str]]:
    drawn = [picture(seed + k, pixels=side) for k in range(count)]
    return np.stack([np.asarray(one.image) for one in drawn]), [one.caption for one in drawn]
