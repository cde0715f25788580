"""The small autoencoder, which turns drawings into latents and back."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from diffusers import AutoencoderKL
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by
from torch.optim import AdamW

from checkpoints.atelier_tiny.training.gpu_graph import recorded
from checkpoints.atelier_tiny.training.optimizer import Muon, optimizers_for, scale_rates
from checkpoints.atelier_tiny.training.recipe import Recipe

Report = Callable[[str], None]
REPORT_STEPS = 100
ENCODED_AT_ONCE = 256  # pictures
MEASURED = 2000  # pictures whose latents decide the scaling factor


def new_autoencoder(recipe: Recipe) -> AutoencoderKL:
    """Return an untrained autoencoder from side x side x 3 to latents of side/4 x side/4 x 4."""
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


def as_tensor(pixels: Tensor) -> Tensor:
    """Return bytes (count, height, width, 3) as floats (count, 3, height, width) in -1..1."""
    return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1  # permuted, so it is channels last


def recoloured(pictures: Tensor, share: float, rng: torch.Generator) -> Tensor:
    """Return the pictures, a share of them with red, green and blue swapped or light and dark."""
    count, where = len(pictures), rng.device
    order = torch.rand(count, 3, generator=rng, device=where).argsort(1)
    sign = torch.randint(2, (count, 3), generator=rng, device=where) * 2 - 1
    swapped = pictures.gather(1, order[:, :, None, None].expand_as(pictures)) * sign[:, :, None, None]
    chosen = torch.rand(count, generator=rng, device=where) < share
    return torch.where(chosen[:, None, None, None], swapped, pictures)


def picture_loss(drawn: Tensor, wanted: Tensor, edge_weight: float) -> Tensor:
    """Return the error of pixels, absolute and squared, plus that of the steps between neighbours."""
    loss = F.l1_loss(drawn, wanted) + F.mse_loss(drawn, wanted)
    for axis in (2, 3):
        loss = loss + edge_weight * F.l1_loss(drawn.diff(dim=axis), wanted.diff(dim=axis))
    return loss


@dataclass(slots=True)
class AutoencoderTraining:
    """The training of an autoencoder, first on cuttings and then on whole pictures."""

    recipe: Recipe
    model: AutoencoderKL
    pixels: Tensor
    rng: torch.Generator
    report: Report
    step: int = 0

    def run(self, minutes: float) -> None:
        """Learn for the given minutes."""
        recipe = self.recipe
        optimizers = optimizers_for(
            self.model, matrix_rate=recipe.autoencoder_matrix_rate, other_rate=recipe.autoencoder_rate, weight_decay=0
        )
        begun = time.monotonic()
        for side, until in ((recipe.cutting, recipe.cuttings_share), (recipe.side, 1.0)):
            self._run(optimizers, side, lambda: (time.monotonic() - begun) / 60 / minutes, until)

    def _run(self, optimizers: tuple[Muon, AdamW], side: int, done: Callable[[], float], until: float) -> None:
        """Learn from cuttings of this side until that share of the time is over."""
        wanted = self._cuttings(side)
        learn = recorded(lambda: self._learn_from(wanted, optimizers[0]), self.recipe.device)
        total = torch.zeros((), device=self.recipe.device)
        while (share := done()) < until:
            scale_rates(optimizers, min(1, (self.step + 1) / 30) * max(0.02, 1 - share))
            wanted.copy_(self._cuttings(side))
            total += learn()
            for optimizer in optimizers:
                optimizer.step()
            self.step += 1
            if self.step % REPORT_STEPS == 0:
                self.report(f"autoencoder step {self.step}: loss {total.item() / REPORT_STEPS:.4f}, {share:.0%} done")
                total.zero_()

    def _cuttings(self, side: int) -> Tensor:
        """Return a batch of cuttings by rng, some in other colours."""
        recipe, where = self.recipe, self.rng.device
        learnable = len(self.pixels) - recipe.held_out
        rows = torch.randint(learnable, (recipe.autoencoder_batch,), generator=self.rng, device=where)
        left, top = (random.randrange(recipe.side - side + 1) for _ in range(2))
        cut = self.pixels[rows, top : top + side, left : left + side]
        return recoloured(as_tensor(cut), recipe.recoloured, self.rng)

    def _learn_from(self, wanted: Tensor, muon: Muon) -> Tensor:
        """Leave the gradients of one batch in the model, work the next step out, and return the loss."""
        self.model.zero_grad()
        posterior = self.model.encode(wanted).latent_dist
        loss = picture_loss(self.model.decode(posterior.sample()).sample, wanted, self.recipe.edge_weight)
        (loss + self.recipe.kl_weight * posterior.kl().mean() / posterior.mean[0].numel()).backward()
        muon.prepare()
        return loss.detach()


def train_autoencoder(
    recipe: Recipe, model: AutoencoderKL, pixels: Tensor, *, minutes: float, report: Report
) -> None:
    """Train for the given minutes, first on cuttings and then on whole pictures, and set the scaling factor."""
    rng = torch.Generator(recipe.device).manual_seed(recipe.seed)
    training = AutoencoderTraining(recipe, model.to(recipe.device), pixels, rng, report)
    training.run(minutes)
    latents = encode(model, pixels[-MEASURED:])
    model.register_to_config(scaling_factor=1 / latents.std().item())
    means = ", ".join(f"{mean:.2f}" for mean in latents.mean((0, 2, 3)).tolist())
    report(f"autoencoder: {training.step} steps, latents with means {means} and deviation {latents.std().item():.3f}")
    unseen = error(model, pixels[-recipe.held_out :])
    report(f"autoencoder: a picture that it never saw comes back with a mean error of {unseen:.2f} of 255")


@torch.no_grad()
def encode(model: AutoencoderKL, pixels: Tensor) -> Tensor:
    """Return the latents of the pictures, (count, 4, side/4, side/4), unscaled."""
    return torch.cat([model.encode(as_tensor(part)).latent_dist.mean for part in pixels.split(ENCODED_AT_ONCE)])


@torch.no_grad()
def error(model: AutoencoderKL, pixels: Tensor) -> float:
    """Return the mean error of a channel, 0..255, after the pictures went through the autoencoder."""
    drawn = model.decode(encode(model, pixels)).sample.clamp(-1, 1)
    return 127.5 * F.l1_loss(drawn, as_tensor(pixels)).item()
