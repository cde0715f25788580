"""What each training step sees, as a pure function of seed and step."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

STREAM = 1_000_003  # keeps the random streams of neighbouring seeds apart


@dataclass(frozen=True, slots=True)
class StepSample:
    """All that is random in one step of n pictures, which are rows of one bucket."""

    bucket: int
    rows: Tensor  # [n]
    augmentations: Tensor  # [n]
    dropped: Tensor  # [n], whether the caption is left empty
    latent_noise: Tensor  # [n, c, h, w], with which latents are drawn from their mean and std
    noise: Tensor  # [n, c, h, w]
    uniform: Tensor  # [n] in (0, 1), of which the objective makes timesteps

    def to(self, device: torch.device) -> "StepSample":
        """Return the same sample on a device."""
        tensors = (self.rows, self.augmentations, self.dropped, self.latent_noise, self.noise, self.uniform)
        return StepSample(self.bucket, *(tensor.to(device) for tensor in tensors))


def batches_per_epoch(sizes: Sequence[int], batch: int) -> int:
    """Return how many steps show every picture at least once."""
    return sum(-(-size // batch) for size in sizes)


def order(sizes: Sequence[int], *, batch: int, seed: int, epoch: int) -> list[tuple[int, list[int]]]:
    """Return the shuffled batches (bucket, rows) of one epoch.

    Every picture is in at least one of them. A bucket's last batch is filled up with its first pictures.
    """
    rng = torch.Generator().manual_seed(seed * STREAM - epoch - 1)
    batches = []
    for bucket, size in enumerate(sizes):
        rows: list[int] = torch.randperm(size, generator=rng).tolist()
        while len(rows) % batch:
            rows.append(rows[len(rows) - size])
        batches += [(bucket, rows[start : start + batch]) for start in range(0, len(rows), batch)]
    return [batches[i] for i in torch.randperm(len(batches), generator=rng).tolist()]


def step_sample(
    step: int,
    *,
    sizes: Sequence[int],
    latents: Sequence[torch.Size],
    augmentations: int,
    batch: int,
    caption_dropout: float,
    seed: int,
) -> StepSample:
    """Return the sample of training step `step` (from 1).

    `sizes` counts the pictures of each bucket, and `latents` holds the shape [c, h, w] of one of its latents.
    """
    epoch, place = divmod(step - 1, batches_per_epoch(sizes, batch))
    bucket, rows = order(sizes, batch=batch, seed=seed, epoch=epoch)[place]
    rng = torch.Generator().manual_seed(seed * STREAM + step)
    shape = (batch, *latents[bucket])
    return StepSample(
        bucket=bucket,
        rows=torch.tensor(rows),
        augmentations=torch.randint(augmentations, (batch,), generator=rng),
        dropped=torch.rand(batch, generator=rng) < caption_dropout,
        latent_noise=torch.randn(shape, generator=rng),
        noise=torch.randn(shape, generator=rng),
        uniform=torch.rand(batch, generator=rng),
    )
