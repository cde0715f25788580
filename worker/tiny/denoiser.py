"""The denoiser: a small UNet that learns, with the text encoder, to turn noise into drawn latents."""

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
from transformers import CLIPTextModel

from worker.tiny.optimizer import optimizers_for, scale_rates
from worker.tiny.recipe import Recipe
from worker.tiny.words import Speller

Report = Callable[[str], None]
STAMP_SECONDS = 120  # between two saved states: what a kill may cost
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
class Lesson:
    """What is learned from: scaled latents, their captions, and how captions become tokens."""

    latents: Tensor
    captions: Sequence[str]
    speller: Speller

    def tokens(self, rows: Sequence[int], dice: Random, no_caption: float) -> Tensor:
        """Return the tokens of these rows' captions, some left empty."""
        texts = ["" if dice.random() < no_caption else self.captions[row] for row in rows]
        return torch.tensor([self.speller.tokens(text, dice) for text in texts])


def new_denoiser(recipe: Recipe) -> UNet2DConditionModel:
    """Return an untrained UNet over latents of side/4; attention only where the picture is small."""
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
    mixed = torch.lerp(clean, noise, sigma[:, None, None, None])
    return F.mse_loss(painter(mixed, sigma * 1000, tokens).float(), noise - clean)


@dataclass(slots=True)
class Studies:
    """A training under way: what learns, its running average, and how far it is."""

    painter: Painter
    averaged: Painter
    optimizers: list[torch.optim.Optimizer]
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
        stored = torch.load(file, weights_only=True)
        self.painter.load_state_dict(stored["painter"])
        self.averaged.load_state_dict(stored["averaged"])
        for optimizer, state in zip(self.optimizers, stored["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.step, self.seconds = int(stored["step"]), float(stored["seconds"])

    @torch.no_grad()
    def average(self, most: float) -> None:
        """Move the average a little towards the weights, more at the start than later."""
        keep = min(most, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(list(self.averaged.parameters()), list(self.painter.parameters()), 1 - keep)


def new_studies(recipe: Recipe, painter: Painter) -> Studies:
    """Return a training at its beginning."""
    averaged = copy.deepcopy(painter).eval().requires_grad_(requires_grad=False)
    optimizers = optimizers_for(
        painter,
        matrix_rate=recipe.denoiser_matrix_rate,
        other_rate=recipe.denoiser_rate,
        weight_decay=recipe.weight_decay,
    )
    return Studies(painter, averaged, optimizers)


def noise_shares(count: int, shift: float, chance: torch.Generator) -> Tensor:
    """Return shares of noise in 0..1: half of them even, half of them gathered where there is much noise."""
    even = torch.rand(count, generator=chance)
    much = torch.sigmoid(torch.randn(count, generator=chance) + shift)
    return torch.where(torch.rand(count, generator=chance) < HALF, even, much)


def rate_share(recipe: Recipe, step: int, done: float) -> float:
    """Return the share of the learning rates: a short rise, even, then down to nothing; done is 0..1."""
    fall = min(1, (1 - done) / recipe.falling_share)
    return min(1, (step + 1) / recipe.warm_up) * max(0.01, fall)


# One function, since a training loop reads best whole.
def train_denoiser(
    recipe: Recipe, painter: Painter, lesson: Lesson, state: Path, *, minutes: float, report: Report
) -> Painter:
    """Train for the given minutes in all, going on from the state file if there is one; return the average."""
    studies = new_studies(recipe, painter)
    if state.exists():
        studies.load(state)
        report(f"denoiser: going on from step {studies.step}")
    chance, dice = torch.Generator().manual_seed(recipe.seed + studies.step), Random(recipe.seed + studies.step)
    learnable = len(lesson.latents) - recipe.held_out
    begun, saved, total = time.monotonic() - studies.seconds, time.monotonic(), torch.zeros(())
    while (done := studies.seconds / 60 / minutes) < 1:
        scale_rates(studies.optimizers, rate_share(recipe, studies.step, done))
        rows = torch.randint(learnable, (recipe.denoiser_batch,), generator=chance)
        clean = lesson.latents[rows]
        noise = torch.randn(clean.shape, generator=chance)
        sigma = noise_shares(len(rows), recipe.noise_shift, chance)
        tokens = lesson.tokens(rows.tolist(), dice, recipe.no_caption)
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.half_precision):
            loss = flow_loss(painter, clean, noise, sigma, tokens)
        loss.backward()
        for optimizer in studies.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        studies.average(recipe.averaging)
        studies.step += 1
        studies.seconds = time.monotonic() - begun
        total += loss.detach()
        if studies.step % REPORT_STEPS == 0:
            report(f"denoiser step {studies.step}: loss {total.item() / REPORT_STEPS:.4f}, {done:.0%} done")
            total.zero_()
        if time.monotonic() - saved > STAMP_SECONDS:
            studies.save(state)
            saved = time.monotonic()
    studies.save(state)
    report(f"denoiser: {studies.step} steps, held-out loss {held_out_loss(recipe, studies.averaged, lesson):.4f}")
    return studies.averaged


@torch.no_grad()
def held_out_loss(recipe: Recipe, painter: Painter, lesson: Lesson) -> float:
    """Return the loss on the pictures that were never learned, with noise and times that never change."""
    chance, dice = torch.Generator().manual_seed(1), Random(1)
    rows = range(len(lesson.latents) - recipe.held_out, len(lesson.latents))
    clean = lesson.latents[list(rows)]
    noise = torch.randn(clean.shape, generator=chance)
    sigma = (torch.arange(len(clean)) + 0.5) / len(clean)
    return flow_loss(painter, clean, noise, sigma, lesson.tokens(rows, dice, 0)).item()
