"""Drawing with a loaded checkpoint and LoRAs, from words or from words and a source image."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import DiffusionPipeline, StableDiffusionImg2ImgPipeline
from PIL import Image, ImageOps

from worker.lora.file import loaded
from worker.memory import named_when_full
from worker.models.unet import UnetModel


@dataclass(frozen=True, slots=True)
class LoraFile:
    """A LoRA file and how strongly it is applied, where 0 is not at all and 1 is as trained."""

    path: Path
    strength: float = 1.0


FEWEST_STEPS = 4  # of a drawing from a source image, because fewer draw badly


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A source image and how much of it may change, where 1 is all of it."""

    path: Path
    change: float


@dataclass(frozen=True, slots=True)
class DrawRequest:
    """What to draw, one picture per seed.

    Sizes are in pixels. None leaves the choice to the checkpoint's family.
    """

    prompt: str
    seeds: tuple[int, ...]
    loras: tuple[LoraFile, ...] = ()
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    guidance: float | None = None
    negative: str = ""
    source: SourceFile | None = None


_Pipeline = tuple[DiffusionPipeline, Mapping[str, Any], int]  # the pipeline, its arguments, and its steps


def draw(
    model: UnetModel, request: DrawRequest, *, on_step: Callable[[int, int], None] = lambda _done, _of: None
) -> list[Image.Image]:
    """Draw one picture per seed.

    Each is drawn by itself, so that a seed gives the same picture for every count.

    `on_step(done, of)` counts the denoising steps of all pictures and may raise to stop. Afterwards the checkpoint is
    as it was. Raises `LoraFileInvalid` or `OutOfMemory`.
    """
    files = {f"lora{number}": use.path for number, use in enumerate(request.loras)}
    with named_when_full():
        if not files:
            return draw_as_is(model, request, on_step=on_step)
        with loaded(model.pipeline, files):
            model.pipeline.set_adapters(list(files), [use.strength for use in request.loras])
            return draw_as_is(model, request, on_step=on_step)


def draw_as_is(
    model: UnetModel, request: DrawRequest, *, on_step: Callable[[int, int], None] = lambda _done, _of: None
) -> list[Image.Image]:
    """Draw with the checkpoint as it is, with a LoRA in training but without `request.loras`."""
    pipeline, arguments, steps = (
        _from_picture(model, request, request.source) if request.source else _from_words(model, request)
    )
    pictures = []
    for place, seed in enumerate(request.seeds):

        def after_step(
            _pipeline: object, step: int, _timestep: object, kept: dict[str, Any], place: int = place
        ) -> dict[str, Any]:
            on_step(place * steps + min(step + 1, steps), len(request.seeds) * steps)
            return kept

        drawn = pipeline(
            request.prompt,
            negative_prompt=request.negative or None,
            guidance_scale=model.family.guidance if request.guidance is None else request.guidance,
            generator=torch.Generator().manual_seed(seed),
            callback_on_step_end=after_step,
            callback_on_step_end_tensor_inputs=["latents"],
            **arguments,
        )
        pictures.append(drawn.images[0])
    return pictures


def _from_words(model: UnetModel, request: DrawRequest) -> _Pipeline:
    steps = request.steps or model.family.draw_steps
    width, height = _side(model, request.width), _side(model, request.height)
    return model.pipeline, {"width": width, "height": height, "num_inference_steps": steps}, steps


def _from_picture(model: UnetModel, request: DrawRequest, source: SourceFile) -> _Pipeline:
    """Return how to draw from a source image.

    The pipeline has the same parts, so nothing is in memory twice. It adds as much noise as `change` says and takes
    only those steps that remove it again.
    """
    pipeline = StableDiffusionImg2ImgPipeline(**model.pipeline.components, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    planned, steps = planned_steps(request.steps or model.family.draw_steps, source.change)
    with Image.open(source.path, formats=("PNG", "JPEG")) as picture:
        size = _side(model, request.width), _side(model, request.height)
        fitted = ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.LANCZOS)
    return pipeline, {"image": fitted, "strength": source.change, "num_inference_steps": planned}, steps


def planned_steps(usual: int, change: float) -> tuple[int, int]:
    """Return how many steps to plan, and how many of those are taken.

    At least `FEWEST_STEPS` are taken.
    """
    planned = usual
    while int(planned * change) < min(usual, FEWEST_STEPS):
        planned += 1
    return planned, int(planned * change)


def _side(model: UnetModel, pixels: int | None) -> int:
    """Return the side nearest to the wish that the checkpoint can draw, in pixels."""
    return max(1, round((pixels or model.resolution) / model.quantum)) * model.quantum
