"""The loss on held-out pictures, which are never trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from domain.datasets.dataset import held_out_count
from worker.models.unet import UnetModel
from worker.training.augmentations import PLAIN
from worker.training.latents import EncodedPictures, encode


@dataclass(frozen=True, slots=True)
class ValidationBatch:
    """One held-out picture at several noise levels, with the same noise at every validation."""

    latents: Tensor
    noise: Tensor
    uniform: Tensor
    embeddings: Tensor


def validation_batches(
    model: UnetModel, pictures: Sequence[tuple[Path, str]], *, resolution: int, noise_levels: int, seed: int
) -> tuple[ValidationBatch, ...]:
    """Prepare each held-out picture (file, caption) at evenly spread noise levels."""
    if not pictures:
        return ()
    encoded = encode(
        model, pictures, resolution=resolution, augmentations=(PLAIN,), on_picture=lambda _done, _of: None
    )
    rng = torch.Generator().manual_seed(seed)
    return tuple(
        _batch(encoded, bucket, row, noise_levels, rng)
        for bucket, part in enumerate(encoded.buckets)
        for row in range(len(part.captions))
    )


def _batch(
    encoded: EncodedPictures, bucket: int, row: int, noise_levels: int, rng: torch.Generator
) -> ValidationBatch:
    part = encoded.buckets[bucket]
    latents = part.mean[row].expand(noise_levels, -1, -1, -1)
    return ValidationBatch(
        latents=latents,
        noise=torch.randn(latents.shape, generator=rng).to(latents.device),
        uniform=((torch.arange(noise_levels) + 0.5) / noise_levels).to(latents.device),
        embeddings=encoded.embeddings[part.captions[row]].expand(noise_levels, -1, -1),
    )


@torch.no_grad()
def validation_loss(model: UnetModel, batches: Sequence[ValidationBatch]) -> float:
    """Return the mean loss over all batches."""
    losses = [model.loss(batch.latents, batch.noise, batch.uniform, batch.embeddings) for batch in batches]
    return float(torch.stack(losses).mean())


def choose_held_out(count: int, seed: int) -> frozenset[int]:
    """Choose which of `count` pictures are held out, as many as of a dataset."""
    rng = torch.Generator().manual_seed(seed)
    return frozenset(torch.randperm(count, generator=rng)[: held_out_count(count)].tolist())
