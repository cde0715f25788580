"""The small autoencoder: trained to give drawings back sharply, and used to turn them into latents."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by

from worker.tiny.optimizer import optimizers_for, scale_rates
from worker.tiny.recipe import Recipe

Report = Callable[[str], None]
REPORT_STEPS = 100


def new_autoencoder(recipe: Recipe) -> AutoencoderKL:
    """Return an untrained autoencoder: side x side x 3 in, side/4 x side/4 x 4 between."""
    model = AutoencoderKL(
        sample_size=recipe.side,
        block_out_channels=recipe.autoencoder_channels,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=recipe.autoencoder_groups,
        mid_block_add_attention=False,
    )
    with torch.no_grad():  # begin with certain latents: noise of size one would drown the first lessons
        model.quant_conv.weight[4:] *= 0.1
        model.quant_conv.bias[4:] = recipe.first_log_variance
    return model.to(memory_format=torch.channels_last)  # a quarter faster on CPUs


def as_tensor(pixels: NDArray[np.uint8]) -> Tensor:
    """Return bytes (count, height, width, 3) as floats (count, 3, height, width) in -1..1."""
    return torch.from_numpy(np.array(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1  # so it is channels last


def picture_loss(drawn: Tensor, wanted: Tensor, edge_weight: float) -> Tensor:
    """Return the error of pixels, absolute and squared, plus that of the steps between neighbours."""
    loss = F.l1_loss(drawn, wanted) + F.mse_loss(drawn, wanted)
    for axis in (2, 3):
        loss = loss + edge_weight * F.l1_loss(drawn.diff(dim=axis), wanted.diff(dim=axis))
    return loss


# One function, since a training loop reads best whole.
def train_autoencoder(
    recipe: Recipe, model: AutoencoderKL, pixels: NDArray[np.uint8], *, minutes: float, report: Report
) -> None:
    """Train for the given minutes, first on cuttings and then on whole pictures, and set the scaling factor."""
    chance = np.random.default_rng(recipe.seed)
    optimizers = optimizers_for(
        model, matrix_rate=recipe.autoencoder_matrix_rate, other_rate=recipe.autoencoder_rate, weight_decay=0
    )
    begun, step, done, total = time.monotonic(), 0, 0.0, torch.zeros(())
    while done < 1:
        scale_rates(optimizers, min(1, (step + 1) / 30) * max(0.02, 1 - done))
        rows = np.sort(chance.integers(0, len(pixels) - recipe.held_out, recipe.autoencoder_batch))
        wanted = as_tensor(pixels[rows])
        if done < recipe.cuttings_share:
            left, top = chance.integers(0, recipe.side - recipe.cutting + 1, 2)
            wanted = wanted[:, :, top : top + recipe.cutting, left : left + recipe.cutting]
        posterior = model.encode(wanted).latent_dist
        loss = picture_loss(model.decode(posterior.sample()).sample, wanted, recipe.edge_weight)
        (loss + recipe.kl_weight * posterior.kl().mean() / posterior.mean[0].numel()).backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        total += loss.detach()
        step += 1
        done = (time.monotonic() - begun) / 60 / minutes
        if step % REPORT_STEPS == 0:
            report(f"autoencoder step {step}: loss {total.item() / REPORT_STEPS:.4f}, {done:.0%} done")
            total.zero_()
    latents = encode(model, pixels[-2000:])
    model.register_to_config(scaling_factor=1 / latents.std().item())
    means = ", ".join(f"{mean:.2f}" for mean in latents.mean((0, 2, 3)).tolist())
    report(f"autoencoder: {step} steps, latents with means {means} and deviation {latents.std().item():.3f}")


@torch.no_grad()
def encode(model: AutoencoderKL, pixels: NDArray[np.uint8]) -> Tensor:
    """Return the latents of the pictures, (count, 4, side/4, side/4), unscaled."""
    parts = [model.encode(as_tensor(pixels[k : k + 64])).latent_dist.mean for k in range(0, len(pixels), 64)]
    return torch.cat(parts)
