"""Which pictures, variants, captions and noise each training step sees: a pure function of seed and step."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

STREAM = 1_000_003  # keeps the random streams of neighbouring seeds apart


@dataclass(frozen=True, slots=True)
class Draws:
    """One step's chance: rows of one bucket [n], their variants [n], dropped captions [n], and noise [n, c, h, w]."""

    bucket: int
    rows: Tensor
    variants: Tensor
    dropped: Tensor
    sampling: Tensor  # noise with which the latents are sampled from their moments
    noise: Tensor
    chance: Tensor  # uniform in (0, 1) [n]; the objective makes noise levels of it

    def to(self, device: torch.device) -> "Draws":
        """Return the same draws on a device."""
        tensors = (self.rows, self.variants, self.dropped, self.sampling, self.noise, self.chance)
        return Draws(self.bucket, *(tensor.to(device) for tensor in tensors))


def batches_per_epoch(sizes: Sequence[int], batch: int) -> int:
    """Return how many steps show every picture at least once."""
    return sum(-(-size // batch) for size in sizes)


def order(sizes: Sequence[int], *, batch: int, seed: int, epoch: int) -> list[tuple[int, list[int]]]:
    """Return one epoch as batches (bucket, rows): shuffled, every picture at least once, the last filled up."""
    chance = torch.Generator().manual_seed(seed * STREAM - epoch - 1)
    batches = []
    for bucket, size in enumerate(sizes):
        rows: list[int] = torch.randperm(size, generator=chance).tolist()
        while len(rows) % batch:
            rows.append(rows[len(rows) - size])
        batches += [(bucket, rows[start : start + batch]) for start in range(0, len(rows), batch)]
    return [batches[i] for i in torch.randperm(len(batches), generator=chance).tolist()]


def draws(
    step: int,
    *,
    sizes: Sequence[int],
    latents: Sequence[torch.Size],
    variants: int,
    batch: int,
    caption_dropout: float,
    seed: int,
) -> Draws:
    """Return everything that chance decides in training step `step` (from 1); `latents` are [c, h, w] per bucket."""
    epoch, place = divmod(step - 1, batches_per_epoch(sizes, batch))
    bucket, rows = order(sizes, batch=batch, seed=seed, epoch=epoch)[place]
    chance = torch.Generator().manual_seed(seed * STREAM + step)
    shape = (batch, *latents[bucket])
    return Draws(
        bucket=bucket,
        rows=torch.tensor(rows),
        variants=torch.randint(variants, (batch,), generator=chance),
        dropped=torch.rand(batch, generator=chance) < caption_dropout,
        sampling=torch.randn(shape, generator=chance),
        noise=torch.randn(shape, generator=chance),
        chance=torch.rand(batch, generator=chance),
    )
