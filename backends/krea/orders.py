"""The orders that Krea takes, made from our plans."""

from collections.abc import Sequence

from backends.base import DrawingPlan, TrainingPlan
from domain.datasets.dataset import Kind
from domain.training.settings import AllowedSettings, Bounds, CheckpointInfo, Preset, TrainingSettings

# https://docs.krea.ai/api-reference/image/flux: one picture a call, with the styles trained for `flux_dev`.
DRAWS = "/generate/image/bfl/flux-1-dev"
SIDE = Bounds(512, 2_368)  # pixels
STRENGTH = Bounds(-2, 2)  # of a style
# https://docs.krea.ai/api-reference/styles/train-a-custom-style-lora: `type` and its usual kind of dataset.
TYPES = {"character": Kind.CHARACTER, "style": Kind.STYLE, "object": Kind.OBJECT, "default": Kind.CONCEPT}

# `qwen` and `z-image` can be trained too; no page says outright that their endpoints draw with such styles.
FLUX = CheckpointInfo(
    name="flux-dev",
    label="FLUX.1 [dev]",
    family="flux",
    resolution=1_024,
    presets={
        # The learning rate is the one that Krea's own client sends; rank and size can't be chosen.
        preset: TrainingSettings(steps=steps, learning_rate=1e-4, rank=0, resolution=0)
        for preset, steps in ((Preset.FAST, 500), (Preset.BALANCED, 1_000), (Preset.BEST, 1_500))
    },
    allowed=AllowedSettings(
        steps=Bounds(10, 2_000),  # Krea takes 1 to 2,000
        learning_rate=Bounds(1e-5, 1e-3),  # assumption: no bounds are documented
        rank=None,
        resolution=None,
        seed=None,
        methods=tuple(TYPES),
    ),
    method_for={kind: method for method, kind in TYPES.items()},
)


def training_order(plan: TrainingPlan, urls: Sequence[str]) -> dict[str, object]:
    """Return the body of the order for a training.

    There is no place in it for captions.
    """
    return {
        "name": plan.name,
        "urls": urls,
        "model": "flux_dev",
        "type": plan.settings.method.capitalize(),
        "trigger_word": plan.trigger_word,
        "learning_rate": plan.settings.learning_rate,
        "max_train_steps": plan.settings.steps,
    }


def drawing_order(plan: DrawingPlan, number: int) -> dict[str, object]:
    """Return the body of the order for one picture of a drawing, within Krea's bounds."""
    return {
        "prompt": plan.prompt,
        "width": clamped(plan.width, SIDE),
        "height": clamped(plan.height, SIDE),
        "seed": plan.seed + number,
        "styles": [{"id": lora.reference, "strength": clamped(lora.strength, STRENGTH)} for lora in plan.loras],
    }


def clamped(value: float, bounds: Bounds) -> float:
    """Return the nearest value within bounds."""
    return min(max(value, bounds.low), bounds.high)
