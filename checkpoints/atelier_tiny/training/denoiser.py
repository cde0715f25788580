"""The denoiser, a small UNet that is trained together with the text encoder."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by
from torch.optim import AdamW
from transformers import CLIPTextModel

from checkpoints.atelier_tiny.training.gpu_graph import recorded
from checkpoints.atelier_tiny.training.optimizer import Muon, optimizers_for, scale_rates
from checkpoints.atelier_tiny.training.recipe import Recipe
from checkpoints.atelier_tiny.training.words import Speller

Report = Callable[[str], None]
STAMP_SECONDS = 60  # between two saved states: what a kill may cost
REPORT_STEPS = 100
HALF = 0.5


class Painter(nn.Module):
    """The two networks that learn together."""

    def __init__(self, unet: UNet2DConditionModel, text_encoder: CLIPTextModel) -> None:
        super().__init__()
        self.unet, self.text_encoder = unet, text_encoder

    def forward(self, noisy: Tensor, time_step: Tensor, tokens: Tensor) -> Tensor:
        """Return the predicted way from picture to noise, shaped like noisy."""
        words = self.text_encoder(tokens).last_hidden_state
        predicted: Tensor = self.unet(noisy, time_step, words).sample
        return predicted


@dataclass(frozen=True, slots=True)
class DenoiserData:
    """What the denoiser is trained on.

    Scaled latents are (count, 4, side/4, side/4), and every caption is in several spellings.


    `spellings` are token numbers (ways, count, length), the first way without a word in pieces; `empty` is the
    caption that says nothing.
    """

    latents: Tensor
    spellings: Tensor
    empty: Tensor

    def to(self, device: str) -> DenoiserData:
        """Return the same data on another device."""
        return DenoiserData(self.latents.to(device), self.spellings.to(device), self.empty.to(device))

    def tokens(self, rows: Tensor, no_caption: float, rng: torch.Generator) -> Tensor:
        """Return tokens of these rows' captions, in spellings by rng, a share of them left empty."""
        ways = torch.randint(len(self.spellings), rows.shape, generator=rng, device=rows.device)
        left_out = torch.rand(rows.shape, generator=rng, device=rows.device) < no_caption
        return torch.where(left_out[:, None], self.empty, self.spellings[ways, rows])


@dataclass(frozen=True, slots=True)
class Batch:
    """The tensors that every step learns from, filled before each."""

    clean: Tensor
    noise: Tensor
    sigma: Tensor
    tokens: Tensor

    @staticmethod
    def empty(data: DenoiserData, count: int) -> Batch:
        """Return a batch of so many pictures, yet to be filled."""
        clean = torch.zeros(count, *data.latents.shape[1:], device=data.latents.device)
        return Batch(clean, torch.zeros_like(clean), clean.new_zeros(count), data.empty.repeat(count, 1))

    def fill(self, recipe: Recipe, data: DenoiserData, rng: torch.Generator) -> None:
        """Choose pictures, spellings, noise and its shares by rng."""
        learnable = len(data.latents) - recipe.held_out
        rows = torch.randint(learnable, self.sigma.shape, generator=rng, device=rng.device)
        torch.index_select(data.latents, 0, rows, out=self.clean)
        self.noise.normal_(generator=rng)
        self.sigma.copy_(noise_shares(len(rows), recipe.noise_shift, rng))
        self.tokens.copy_(data.tokens(rows, recipe.no_caption, rng))


def denoiser_data(recipe: Recipe, latents: Tensor, captions: Sequence[str], speller: Speller) -> DenoiserData:
    """Return the data of these latents and captions.

    The first spelling is the plain one.
    """
    dice = Random(recipe.seed)
    plain = speller.without_pieces()
    ways = [
        torch.tensor([(plain if way == 0 else speller).tokens(caption, dice) for caption in captions])
        for way in range(recipe.spellings)
    ]
    return DenoiserData(latents, torch.stack(ways), torch.tensor(speller.tokens("", dice)))


def new_denoiser(recipe: Recipe) -> UNet2DConditionModel:
    """Return an untrained UNet over latents of side/4.

    It has attention only where the picture is small.
    """
    return UNet2DConditionModel(
        sample_size=recipe.side // 4,
        in_channels=4,
        out_channels=4,
        block_out_channels=recipe.denoiser_channels,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=recipe.text_width,
        attention_head_dim=recipe.denoiser_heads,  # diffusers reads this as the number of heads
        norm_num_groups=recipe.denoiser_groups,
    )


def flow_loss(painter: Painter, clean: Tensor, noise: Tensor, sigma: Tensor, tokens: Tensor) -> Tensor:
    """Return the squared error of the predicted velocity noise - clean at x = (1 - sigma) clean + sigma noise."""
    mixed = torch.lerp(clean, noise, sigma[:, None, None, None]).to(painter.unet.dtype)
    return F.mse_loss(painter(mixed, sigma * 1000, tokens).float(), noise - clean)


@dataclass(slots=True)
class DenoiserTraining:
    """A training of the denoiser under way."""

    painter: Painter
    quick: Painter  # computes in place of the painter: a copy of it in half precision, or itself
    averaged: Painter
    optimizers: tuple[Muon, AdamW]
    step: int = 0
    seconds: float = 0.0

    def save(self, file: Path) -> None:
        """Write everything that going on needs, in place of what the file held."""
        new = file.with_suffix(".new")
        stored = {
            "painter": self.painter.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "seconds": self.seconds,
        }
        torch.save(stored, new)
        new.replace(file)

    def load(self, file: Path) -> None:
        """Go on where the file was written."""
        stored = torch.load(file, map_location="cpu", weights_only=True)
        self.painter.load_state_dict(stored["painter"])
        self.averaged.load_state_dict(stored["averaged"])
        for optimizer, state in zip(self.optimizers, stored["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.step, self.seconds = int(stored["step"]), float(stored["seconds"])

    def learn_from(self, batch: Batch) -> Tensor:
        """Leave the batch's gradients in the painter, work the next step out, and return the loss."""
        if self.quick is not self.painter:
            with torch.no_grad():
                torch._foreach_copy_(_weights(self.quick), _weights(self.painter))
        self.quick.zero_grad()
        loss = flow_loss(self.quick, batch.clean, batch.noise, batch.sigma, batch.tokens)
        loss.backward()
        if self.quick is not self.painter:
            torch._foreach_copy_(_gradients(self.painter), _gradients(self.quick))
        self.optimizers[0].prepare()
        return loss.detach()

    @torch.no_grad()
    def advance(self, most: float) -> None:
        """Take the step, and move the average a little towards the weights, more at the start than later."""
        for optimizer in self.optimizers:
            optimizer.step()
        keep = min(most, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(_weights(self.averaged), _weights(self.painter), 1 - keep)
        self.step += 1


def _weights(network: nn.Module) -> list[Tensor]:
    return list(network.parameters())


def _gradients(network: nn.Module) -> list[Tensor]:
    return [weight.grad for weight in network.parameters() if weight.grad is not None]


def new_denoiser_training(recipe: Recipe, painter: Painter) -> DenoiserTraining:
    """Return a training at its beginning."""
    averaged = copy.deepcopy(painter).eval().requires_grad_(requires_grad=False)
    quick = copy.deepcopy(painter).to(torch.bfloat16) if recipe.half_precision else painter
    for weight in painter.parameters():
        weight.grad = torch.zeros_like(weight)
    optimizers = optimizers_for(
        painter,
        matrix_rate=recipe.denoiser_matrix_rate,
        other_rate=recipe.denoiser_rate,
        weight_decay=recipe.weight_decay,
    )
    return DenoiserTraining(painter, quick, averaged, optimizers)


def noise_shares(count: int, shift: float, rng: torch.Generator) -> Tensor:
    """Return shares of noise in 0..1.

    Half of them are even, and half are gathered where there is much noise.
    """
    where = rng.device
    even = torch.rand(count, generator=rng, device=where)
    much = torch.sigmoid(torch.randn(count, generator=rng, device=where) + shift)
    return torch.where(torch.rand(count, generator=rng, device=where) < HALF, even, much)


def rate_share(recipe: Recipe, step: int, done: float) -> float:
    """Return the share of the learning rates after the share `done` of the training.

    It rises shortly, stays even, then falls to a hundredth.
    """
    fall = min(1, (1 - done) / recipe.falling_share)
    return min(1, (step + 1) / recipe.warm_up) * max(0.01, fall)


# One function, since a training loop reads best whole.
def train_denoiser(
    recipe: Recipe, painter: Painter, data: DenoiserData, state: Path, *, minutes: float, report: Report
) -> Painter:
    """Train for the given minutes in all and return the averaged weights.

    Continues from the state file if there is one.
    """
    data = data.to(recipe.device)
    training = new_denoiser_training(recipe, painter.to(recipe.device))
    if state.exists():
        training.load(state)
        report(f"denoiser: going on from step {training.step}")
    rng = torch.Generator(recipe.device).manual_seed(recipe.seed + training.step)
    batch = Batch.empty(data, recipe.denoiser_batch)
    batch.fill(recipe, data, rng)
    learn = recorded(lambda: training.learn_from(batch), recipe.device)
    begun, saved = time.monotonic() - training.seconds, time.monotonic()
    total = torch.zeros((), device=recipe.device)
    while (done := training.seconds / 60 / minutes) < 1:
        scale_rates(training.optimizers, rate_share(recipe, training.step, done))
        batch.fill(recipe, data, rng)
        total += learn()
        training.advance(recipe.averaging)
        training.seconds = time.monotonic() - begun
        if training.step % REPORT_STEPS == 0:
            report(f"denoiser step {training.step}: loss {total.item() / REPORT_STEPS:.4f}, {done:.0%} done")
            total.zero_()
        if time.monotonic() - saved > STAMP_SECONDS:
            training.save(state)
            saved = time.monotonic()
    training.save(state)
    report(f"denoiser: {training.step} steps, held-out loss {held_out_loss(recipe, training.averaged, data):.4f}")
    return training.averaged


@torch.no_grad()
def held_out_loss(recipe: Recipe, painter: Painter, data: DenoiserData) -> float:
    """Return the loss on the pictures that were never learned, with noise and times that never change."""
    rng, device = torch.Generator().manual_seed(1), data.latents.device
    clean = data.latents[-recipe.held_out :]
    noise = torch.randn(clean.shape, generator=rng).to(device)
    sigma = ((torch.arange(len(clean)) + 0.5) / len(clean)).to(device)
    return flow_loss(painter, clean, noise, sigma, data.spellings[0, -recipe.held_out :]).item()
