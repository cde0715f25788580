"""What Atelier orders at Replicate, trainings from two trainers, with their inputs and prices, and drawings."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from backends.base import DrawingPlan, TrainingPlan
from domain.datasets.dataset import Kind
from domain.money.prices import PriceList
from domain.orders.facts import FactKind, fact
from domain.training.settings import (
    AllowedSettings,
    Bounds,
    CheckpointInfo,
    Estimate,
    Preset,
    QuoteLine,
    TrainingSettings,
)

WHERE = (
    "At Replicate: your pictures go to Replicate (replicate.com), which keeps the upload for about a day. "
    "The LoRA stays there too, in a private model of this bot's account."
)
MOST_TIMES_DEARER = 2  # the standard trainer is paid by the second, so its price is not known beforehand

# https://github.com/replicate/flux-fine-tuner (train.py): steps 3 to 6000, rank 1 to 128, resolution a list of sides,
# in its own default 512,768,1024. It takes no seed.
_STANDARD = CheckpointInfo(
    name="flux-dev",
    label="FLUX.1 dev",
    family="FLUX.1",
    resolution=1024,
    presets={
        Preset.FAST: TrainingSettings(steps=500, learning_rate=4e-4, rank=16, resolution=768),
        Preset.BALANCED: TrainingSettings(steps=1_000, learning_rate=4e-4, rank=16, resolution=1024),
        Preset.BEST: TrainingSettings(steps=2_000, learning_rate=2e-4, rank=32, resolution=1024),
    },
    allowed=AllowedSettings(
        steps=Bounds(10, 6_000),
        learning_rate=Bounds(1e-6, 1e-2),
        rank=Bounds(1, 128),
        resolution=Bounds(512, 1024),
        resolution_step=256,
        seed=None,
    ),
)
# https://replicate.com/replicate/fast-flux-trainer: steps and the kind of LoRA are all that can be set.
_FAST = CheckpointInfo(
    name="flux-dev-fast",
    label="FLUX.1 dev, trained in minutes",
    family="FLUX.1",
    resolution=1024,
    presets={
        Preset.FAST: TrainingSettings(steps=600, learning_rate=4e-4, rank=16, resolution=1024),
        Preset.BALANCED: TrainingSettings(steps=1_000, learning_rate=4e-4, rank=16, resolution=1024),
        Preset.BEST: TrainingSettings(steps=1_500, learning_rate=4e-4, rank=16, resolution=1024),
    },
    allowed=AllowedSettings(
        steps=Bounds(100, 2_000),
        learning_rate=None,
        rank=None,
        resolution=None,
        seed=None,
        methods=("subject", "style"),
    ),
    method_for={Kind.CHARACTER: "subject", Kind.OBJECT: "subject", Kind.CONCEPT: "subject", Kind.STYLE: "style"},
)


@dataclass(frozen=True, slots=True)
class Trainer:
    """A trainer.

    Its model at Replicate, the checkpoint that members choose, and the inputs that it takes.
    """

    model: str
    checkpoint: CheckpointInfo
    takes: frozenset[str]
    is_flat: bool = False  # one price whatever the settings


STANDARD = Trainer(
    "ostris/flux-dev-lora-trainer",
    _STANDARD,
    frozenset("input_images trigger_word steps learning_rate lora_rank resolution autocaption wandb_run".split()),
)
FAST = Trainer(
    "replicate/fast-flux-trainer",
    _FAST,
    frozenset("input_images trigger_word lora_type training_steps".split()),
    is_flat=True,
)
TRAINERS = (STANDARD, FAST)


def estimate(trainer: Trainer, plan: TrainingPlan, prices: PriceList) -> Estimate:
    """Say what a training costs by the price list.

    How long it waits and takes Replicate does not say.
    """
    if trainer.is_flat:
        line = QuoteLine(fact(FactKind.ONE_TRAINING), prices.micros("replicate.fast-flux-trainer.training"))
    else:
        steps = plan.settings.steps
        line = QuoteLine(
            fact(FactKind.STEPS, steps=steps), prices.micros("replicate.flux-dev-lora-trainer.step", steps)
        )
    return Estimate(
        cost_micros=line.micros,
        wait_seconds=None,
        train_seconds=None,
        where=WHERE,
        lines=(line,),
        ceiling_micros=None if trainer.is_flat else line.micros * MOST_TIMES_DEARER,
        price_source=prices.source,
    )


def inputs(trainer: Trainer, plan: TrainingPlan, link: str, takes: frozenset[str]) -> dict[str, JsonValue]:
    """Return a training's input.

    Of what we would say, the names that the trainer `takes`.
    """
    settings = plan.settings
    wanted: dict[str, JsonValue] = {
        "input_images": link,
        "trigger_word": plan.trigger_word,
        # A label that does nothing without a Weights & Biases key. It lasts; the upload's name is gone in a day.
        "wandb_run": plan.name,
    }
    if trainer is FAST:
        # Clients are seen with either name for the steps.
        steps = "training_steps" if "training_steps" in takes else "steps"
        wanted |= {steps: settings.steps, "lora_type": settings.method or "subject"}
    else:
        wanted |= {
            "steps": settings.steps,
            "learning_rate": settings.learning_rate,
            "lora_rank": settings.rank,
            "resolution": sides(settings.resolution),
            "autocaption": False,  # every image comes with a caption of its own
        }
    return {name: value for name, value in wanted.items() if name in takes}


def sides(resolution: int) -> str:
    """Return the sides that pictures are trained at, up to the one that was chosen, `512,768` for 768."""
    return ",".join(str(side) for side in range(512, resolution + 1, 256))


def accepted(schema: Mapping[str, JsonValue]) -> frozenset[str] | None:
    """Return the names of the inputs that a trainer's OpenAPI schema lists, None where it lists none."""
    place: JsonValue = dict(schema)
    for step in ("components", "schemas", "TrainingInput", "properties"):
        place = place.get(step) if isinstance(place, dict) else None
    return frozenset(place) if isinstance(place, dict) and place else None


def drawing_input(plan: DrawingPlan, link: str = "") -> dict[str, JsonValue]:
    """Return the input of a FLUX.1 fine-tune, sides of 256 to 1440 in steps of 16, 1 to 4 pictures, scale -1 to 2.

    `link` leads to the picture that it starts from, whose shape it then keeps by itself.
    """
    if plan.source_image:
        shape: dict[str, JsonValue] = {"image": link, "prompt_strength": plan.source_image.change}
    else:
        shape = {"aspect_ratio": "custom", "width": side(plan.width), "height": side(plan.height)}
    return {
        "prompt": plan.prompt,
        **shape,
        "num_outputs": min(max(plan.count, 1), 4),
        "lora_scale": min(max(plan.loras[0].strength, -1.0), 2.0),
        "seed": plan.seed,
        "output_format": "png",
    }


def side(pixels: int) -> int:
    """Return the nearest side that can be drawn."""
    return min(max(round(pixels / 16) * 16, 256), 1440)
