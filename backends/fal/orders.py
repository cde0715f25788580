"""The orders that fal takes, made from our plans.

Its endpoints and their fields: https://fal.ai/models/fal-ai/flux-lora-fast-training/api and
https://fal.ai/models/fal-ai/flux-lora/api
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from backends.base import DrawingPlan, TrainingPlan
from domain.datasets.dataset import Kind
from domain.datasets.file_kinds import recognise
from domain.training.settings import AllowedSettings, Bounds, CheckpointInfo, Preset, TrainingSettings

ZIP = "application/zip"
STYLE, SUBJECT = "style", "subject"
SCALE = Bounds(0, 4)  # of a LoRA
MOST_PICTURES = 4  # of one call
# No bounds are documented; these are sizes that FLUX.1 draws well, in steps of its patches.
SIDE = Bounds(256, 1_536)
SIDE_STEP = 16
MEGAPIXEL = 1_024 * 1_024  # pixels: what one picture is priced by
JUST_OVER = MEGAPIXEL // 64  # more than rounding the sides of a picture of one megapixel to eights can add


@dataclass(frozen=True, slots=True)
class Trainer:
    """An endpoint that trains, those that draw with its LoRAs, and how the price list calls 1,000 steps.

    `draws` draws from words alone, `redraws` from a picture too.
    """

    endpoint: str
    draws: str
    redraws: str
    price: str
    checkpoint: CheckpointInfo


def _settings(steps: int) -> TrainingSettings:
    """Return settings of which the steps alone can be chosen.

    fal decides the rest, and does not say how.
    """
    return TrainingSettings(steps=steps, learning_rate=0.0, rank=0, resolution=0)


# fal has more trainers, each with fields of its own names: read
# https://fal.ai/api/openapi/queue/openapi.json?endpoint_id=ID before adding one here.
TRAINERS = (
    Trainer(
        endpoint="fal-ai/flux-lora-fast-training",
        draws="fal-ai/flux-lora",
        redraws="fal-ai/flux-lora/image-to-image",
        price="fal.flux-lora-fast-training.training",
        checkpoint=CheckpointInfo(
            name="flux-dev",
            label="FLUX.1 [dev]",
            family="flux",
            resolution=1_024,
            presets={Preset.FAST: _settings(500), Preset.BALANCED: _settings(1_000), Preset.BEST: _settings(2_000)},
            allowed=AllowedSettings(
                steps=Bounds(10, 4_000),  # fal takes 1 to 10,000
                learning_rate=None,
                rank=None,
                resolution=None,
                seed=None,
                methods=(SUBJECT, STYLE),
            ),
            method_for={
                Kind.CHARACTER: SUBJECT,
                Kind.STYLE: STYLE,
                Kind.OBJECT: SUBJECT,
                Kind.CONCEPT: SUBJECT,
            },
        ),
    ),
)


def packed(files: Sequence[tuple[bytes, str]]) -> bytes:
    """Return a zip file of pictures, each with its caption beside it, under names of our own."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for number, (content, caption) in enumerate(files, start=1):
            archive.writestr(zipfile.ZipInfo(f"{number:04}.{recognise(content).extension}"), content)
            if caption:
                archive.writestr(zipfile.ZipInfo(f"{number:04}.txt"), caption)
    return whole.getvalue()


def training_order(plan: TrainingPlan, zip_url: str) -> dict[str, object]:
    """Return the input of `fal-ai/flux-lora-fast-training`.

    A style is trained on the trigger word alone: `is_style` turns fal's captions and masks off. Otherwise the masks
    make the subject count for more than what is around it.
    """
    is_style = plan.settings.method == STYLE
    return {
        "images_data_url": zip_url,
        "trigger_word": plan.trigger_word,
        "steps": plan.settings.steps,
        "is_style": is_style,
        "create_masks": not is_style,
    }


def drawing_order(plan: DrawingPlan, start_url: str = "") -> dict[str, object]:
    """Return the input of `fal-ai/flux-lora`, within its bounds.

    It is that of its `image-to-image` for a plan with a source image.
    """
    width, height = sides(plan)
    start = {"image_url": start_url, "strength": plan.source_image.change} if plan.source_image else {}
    return {
        **start,
        "prompt": plan.prompt,
        "loras": [
            {"path": lora.reference, "scale": min(max(lora.strength, SCALE.low), SCALE.high)} for lora in plan.loras
        ],
        "image_size": {"width": width, "height": height},
        "num_images": plan.count,
        "seed": plan.seed,
        "output_format": "png",
        "enable_safety_checker": True,
    }


def sides(plan: DrawingPlan) -> tuple[int, int]:
    """Return the width and height that are asked for.

    They are a step less where they are just over a whole megapixel.

    fal charges each begun megapixel, so a few pixels too many would cost as much as another picture.
    """
    width, height = side(plan.width), side(plan.height)
    if 0 < width * height % MEGAPIXEL <= JUST_OVER and width * height > MEGAPIXEL:
        return (width - SIDE_STEP, height) if width >= height else (width, height - SIDE_STEP)
    return width, height


def side(pixels: int) -> int:
    """Return a side within bounds, rounded down to the step."""
    return min(max(pixels // SIDE_STEP * SIDE_STEP, int(SIDE.low)), int(SIDE.high))
