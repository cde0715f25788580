"""Drawing: text to pictures with a warm checkpoint and any number of LoRAs, reproducible by seed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from worker.lora_file import loaded
from worker.memory import named_when_full
from worker.models.unet import UnetModel


@dataclass(frozen=True, slots=True)
class LoraUse:
    """A LoRA file and how strongly it is applied (0 = not at all, 1 = as trained)."""

    path: Path
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class DrawRequest:
    """What to draw: one picture per seed; sizes in pixels; `None` leaves the choice to the checkpoint's family."""

    prompt: str
    seeds: tuple[int, ...]
    loras: tuple[LoraUse, ...] = ()
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    guidance: float | None = None
    negative: str = ""


def draw(
    model: UnetModel, request: DrawRequest, *, on_step: Callable[[int, int], None] = lambda _done, _of: None
) -> list[Image.Image]:
    """Draw one picture per seed, each on its own, so that a seed gives the same picture whatever the count.

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
    """Draw with the checkpoint as it is, a LoRA in training included; `request.loras` is not looked at."""
    steps = request.steps or model.family.draw_steps
    pictures = []
    for place, seed in enumerate(request.seeds):

        def told(
            _pipeline: object, step: int, _timestep: object, kept: dict[str, Any], place: int = place
        ) -> dict[str, Any]:
            on_step(place * steps + step + 1, len(request.seeds) * steps)
            return kept

        drawn = model.pipeline(
            request.prompt,
            negative_prompt=request.negative or None,
            width=_side(model, request.width),
            height=_side(model, request.height),
            num_inference_steps=steps,
            guidance_scale=model.family.guidance if request.guidance is None else request.guidance,
            generator=torch.Generator().manual_seed(seed),
            callback_on_step_end=told,
            callback_on_step_end_tensor_inputs=["latents"],
        )
        pictures.append(drawn.images[0])
    return pictures


def _side(model: UnetModel, pixels: int | None) -> int:
    """Return the side nearest to the wish that the checkpoint can draw, in pixels."""
    return max(1, round((pixels or model.resolution) / model.quantum)) * model.quantum
