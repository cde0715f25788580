"""What is sent to Scenario for a plan, within the ranges that it takes."""

from collections.abc import Mapping, Sequence

from backends.base import DrawingPlan, LoraUse, PlanImage, TrainingPlan
from backends.scenario.api import DrawingBody
from backends.scenario.replies import TrainingImage
from domain.datasets.captions import training_caption
from domain.datasets.dataset import Kind

SIDE = (128, 2_048)  # pixels, of a drawn picture
SIDE_STEP = 16
STRENGTH = (0.0, 2.0)
STRENGTH_STEP = 0.05
MOST_LORAS = 6
MOST_PICTURES = 4
MOST_SEED = 2**31  # exclusive


def image_stem(number: int, image: PlanImage) -> str:
    """Return the name, without its ending, under which a picture is known again after a restart."""
    return f"{number:03d}-{image.sha256[:16]}"


def caption_of(image: PlanImage, kept: TrainingImage, plan: TrainingPlan) -> str:
    """Return the caption to train on, the member's, or else Scenario's own behind the trigger word.

    Scenario has no parameter for a trigger word: it learns the one that stands in every caption.
    """
    written = kept.automatic_captioning
    had_none = image.caption in ("", training_caption("", trigger_word=plan.trigger_word, kind=plan.kind))
    if not (had_none and written):
        return image.caption or plan.trigger_word
    return training_caption(written, trigger_word=plan.trigger_word, kind=plan.kind)


def preset_of(kind: Kind) -> str:
    """Return which sort of caption Scenario shall write."""
    match kind:
        case Kind.STYLE:
            return "style"
        case Kind.CHARACTER | Kind.OBJECT:
            return "subject"
        case Kind.CONCEPT:
            return "default"


def reference(base: str, model: str) -> str:
    """Return what a drawing needs to know of a LoRA, its base model and its own."""
    return f"{base}:{model}"


def base_of(lora: LoraUse) -> str:
    """Return the base model of a LoRA.

    It is empty where none is known.
    """
    return lora.reference.rpartition(":")[0]


def drawing_body(plan: DrawingPlan) -> DrawingBody:
    """Return the order of a drawing."""
    loras = plan.loras[:MOST_LORAS]
    stack: Mapping[str, Sequence[str] | Sequence[float]] = {
        "loras": [lora.reference.rpartition(":")[2] for lora in loras],
        "lorasScale": [strength(lora.strength) for lora in loras],
    }
    return {
        "prompt": plan.prompt,
        "numOutputs": pictures(plan),
        "width": side(plan.width),
        "height": side(plan.height),
        "seed": plan.seed % MOST_SEED,
        **(stack if loras else {}),
    }


def pictures(plan: DrawingPlan) -> int:
    """Return how many pictures are ordered."""
    return min(MOST_PICTURES, max(1, plan.count))


def side(pixels: int) -> int:
    """Return the nearest side of a picture that is drawn."""
    return min(SIDE[1], max(SIDE[0], round(pixels / SIDE_STEP) * SIDE_STEP))


def strength(wanted: float) -> float:
    """Return the nearest strength that is taken."""
    steps = round(min(STRENGTH[1], max(STRENGTH[0], wanted)) / STRENGTH_STEP)
    return round(steps * STRENGTH_STEP, 2)
