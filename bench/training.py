"""Bench (c), training steps per second against the loop of diffusers' LoRA example, on the same data."""

import argparse
import statistics
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import torch
from torch.optim import AdamW

from bench.plain_loop import Steps, plain_loop
from bench.table import Row, show
from worker.lora.layers import trainable_lora
from worker.models.unet import UnetModel, load
from worker.training.augmentations import Augmentation, augmentations
from worker.training.latents import EncodedPictures, encode
from worker.training.picture_folder import pictures_in
from worker.training.samples import step_sample
from worker.training.settings import CAPTION_DROPOUT, SHIFT, WEIGHT_DECAY, TrainerSettings, settings_for
from worker.training.trainer import take_step

PICTURES = Path(__file__).resolve().parent.parent / "demo" / "pictures"
GATE_STEPS, GATE = 20, 1e-4  # losses of both loops may differ by so much in the first steps, in float32
ROUNDS, STEPS_PER_ROUND = 18, 3  # timed in turn, so that a busy moment hits both
LEAST_TIMES_AS_FAST = 1.5


def run(checkpoint: str = "atelier-tiny") -> list[Row]:
    """Take the gate's steps with both loops, then time them in turn."""
    settings = settings_for("tiny", "fast")
    files = pictures_in(PICTURES)
    forms = augmentations(settings.augmentations, shift=SHIFT, may_flip=settings.may_flip, seed=settings.seed)
    theirs, ours = load(checkpoint), load(checkpoint)
    encoded = encode(ours, files, resolution=ours.resolution, augmentations=forms, on_picture=lambda _done, _of: None)
    with (
        closing(plain_losses(theirs, files, encoded, forms, settings)) as plain,
        closing(lean_losses(ours, encoded, settings)) as lean,
    ):
        apart = max(abs(next(plain) - next(lean)) for _ in range(GATE_STEPS))
        times = [(_timed(plain), _timed(lean)) for _ in range(ROUNDS)]
    slow, fast = (statistics.median(column) for column in zip(*times, strict=True))
    ratios = sorted(one / other for one, other in times)
    ratio = statistics.median(ratios)
    equal = apart <= GATE
    return [
        Row(
            what=f"(c) losses of the first {GATE_STEPS} steps, float32",
            measured=f"{apart:.1e} apart at most",
            target=f"≤ {GATE:.0e}",
            reached=equal,
        ),
        Row(
            what="(c) training steps",
            measured=f"{1 / fast:.2f}/s = {ratio:.2f} × diffusers' example ({1 / slow:.2f}/s)",
            target=f"≥ {LEAST_TIMES_AS_FAST} ×",
            reached=equal and ratio >= LEAST_TIMES_AS_FAST,
            note=f"batch {settings.batch}, rank {settings.rank}, same layers, {torch.get_num_threads()} threads; "
            f"rounds from {ratios[0]:.2f} to {ratios[-1]:.2f} ×, as busy as this machine was",
        ),
    ]


def plain_losses(
    model: UnetModel,
    files: list[tuple[Path, str]],
    encoded: EncodedPictures,
    forms: tuple[Augmentation, ...],
    settings: TrainerSettings,
) -> Generator[float]:
    """Train by the example's loop, yielding each step's loss."""
    (bucket,) = encoded.buckets  # the demo's pictures are all square
    samples = [
        step_sample(
            step,
            sizes=encoded.sizes,
            latents=encoded.latents,
            augmentations=settings.augmentations,
            batch=settings.batch,
            caption_dropout=CAPTION_DROPOUT,
            seed=settings.seed,
        )
        for step in range(1, settings.steps + 1)
    ]
    return plain_loop(model, Steps(files, samples, bucket.shape, forms, model), settings)


def lean_losses(model: UnetModel, encoded: EncodedPictures, settings: TrainerSettings) -> Generator[float]:
    """Train by the trainer's own steps, yielding each one's loss."""
    layers = model.family.layers
    with trainable_lora(model.unet, rank=settings.rank, layers=layers, seed=settings.seed) as lora:
        optimizer = AdamW([lora.weights], weight_decay=WEIGHT_DECAY, fused=True)
        for step in range(1, settings.steps + 1):
            yield float(take_step(model, lora, optimizer, encoded, settings, step=step))


def _timed(steps: Generator[float]) -> float:
    """Return the seconds per step of one round."""
    began = time.perf_counter()
    for _ in range(STEPS_PER_ROUND):
        next(steps)
    return (time.perf_counter() - began) / STEPS_PER_ROUND


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", default="atelier-tiny", help="another checkpoint's folder")
    show(run(parser.parse_args().checkpoint))
