"""The honest score: loss on pictures that are never trained on, with noise that is the same at every measurement."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from domain.datasets.dataset import HELD_OUT_FEWEST, HELD_OUT_SHARE
from worker.models.unet import UnetModel
from worker.training.augmentations import PLAIN
from worker.training.latents import Encoded, encode


@dataclass(frozen=True, slots=True)
class Question:
    """A few noisy held-out pictures of one shape."""

    clean: Tensor
    noise: Tensor
    chance: Tensor
    embeddings: Tensor


def questions(
    model: UnetModel, pictures: Sequence[tuple[Path, str]], *, resolution: int, draws: int, seed: int
) -> tuple[Question, ...]:
    """Prepare the exam: each held-out picture (file, caption) at `draws` evenly spread noise levels."""
    if not pictures:
        return ()
    encoded = encode(model, pictures, resolution=resolution, ways=(PLAIN,), on_picture=lambda _done, _of: None)
    chance = torch.Generator().manual_seed(seed)
    return tuple(
        _question(encoded, bucket, row, draws, chance)
        for bucket, part in enumerate(encoded.buckets)
        for row in range(len(part.captions))
    )


def _question(encoded: Encoded, bucket: int, row: int, draws: int, chance: torch.Generator) -> Question:
    part = encoded.buckets[bucket]
    clean = part.mean[row].expand(draws, -1, -1, -1)
    return Question(
        clean=clean,
        noise=torch.randn(clean.shape, generator=chance).to(clean.device),
        chance=((torch.arange(draws) + 0.5) / draws).to(clean.device),
        embeddings=encoded.embeddings[part.captions[row]].expand(draws, -1, -1),
    )


@torch.no_grad()
def measure(model: UnetModel, exam: Sequence[Question]) -> float:
    """Return the mean loss over all questions."""
    losses = [model.loss(q.clean, q.noise, q.chance, q.embeddings) for q in exam]
    return float(torch.stack(losses).mean())


def choose_held_out(count: int, seed: int) -> frozenset[int]:
    """Choose which of `count` pictures are held out when nobody said: as many as a dataset would."""
    wanted = min(max(HELD_OUT_FEWEST, round(count * HELD_OUT_SHARE)), count // 3)
    chance = torch.Generator().manual_seed(seed)
    return frozenset(torch.randperm(count, generator=chance)[:wanted].tolist())
