"""What Novita is asked to do, the bodies of its training and drawing calls.

https://novita.ai/docs/llms.txt (the pages on creating a training of a subject and of a style, and on txt2img)
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from backends.base import DrawingPlan, LoraUse, TrainingPlan
from backends.novita.checkpoints import METHOD_FOR, METHODS, SUBJECT

Scheduler = Literal["constant", "linear", "cosine", "cosine_with_restarts", "polynomial", "constant_with_warmup"]
Body = dict[str, object]

LONGEST_TEXT = 1_024  # characters of a caption or a prompt
CLASS_PROMPT = "person"  # the only one that is taken
SIDES = (128, 2_048)  # pixels of a drawing
PICTURES = (1, 8)  # in one drawing
STEPS = 25
GUIDANCE_SCALE = 7.0
SAMPLER = "DPM++ 2M Karras"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expert:
    """What Novita lets one set beyond our own settings.

    None leaves it to Novita, `lora_alpha` to the rank.
    """

    train_batch_size: int = 1  # 1 to 4
    lr_scheduler: Scheduler = "constant"
    lr_warmup_steps: int | None = None  # no matter when the scheduler is constant
    lora_alpha: int | None = None  # this one and the next two: 4 to 128
    lora_text_encoder_r: int | None = None
    lora_text_encoder_alpha: int | None = None
    train_text_encoder: bool | None = None  # this one and the next two: subjects only
    with_prior_preservation: bool | None = None
    prior_loss_weight: float | None = None  # more than 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """What Novita may do to pictures of people before it trains.

    On a mascot or a cat it finds no face.
    """

    crop_ratio: float = 1.4  # more than 1 keeps more of what is around the face
    restore: bool = True
    method: str = "gfpgan_1.4"
    upscale: float = 1.0


NO_EXPERT = Expert()


def method_of(plan: TrainingPlan) -> str:
    """Return the way of training that a plan asks for, or the usual one for its kind."""
    return plan.settings.method if plan.settings.method in METHODS else METHOD_FOR[plan.kind]


def training(
    plan: TrainingPlan,
    base_model: str,
    assets: Sequence[int | str],
    *,
    expert: Expert = NO_EXPERT,
    faces: Faces | None = None,
) -> Body:
    """Return the body that orders a training.

    `assets` are what Novita calls the plan's pictures, in their order.
    """
    method = method_of(plan)
    side = plan.settings.resolution
    return {
        "name": plan.name,
        "base_model": base_model,
        "width": side,
        "height": side,
        "image_dataset_items": [
            _item(asset, image.caption, plan.trigger_word) for asset, image in zip(assets, plan.images, strict=True)
        ],
        "expert_setting": expert_setting(plan, expert),
        "components": components(side, faces if method == SUBJECT else None),
    }


def expert_setting(plan: TrainingPlan, expert: Expert = NO_EXPERT) -> Body:
    """Return how it is trained.

    What only subjects know is left out of a style.

    The page on styles does not list the LoRA's rank; Novita's SDK sends it there too.
    """
    settings = plan.settings
    body: Body = {
        "train_batch_size": expert.train_batch_size,
        "learning_rate": settings.learning_rate,
        "max_train_steps": settings.steps,
        "seed": max(1, settings.seed),
        "lr_scheduler": expert.lr_scheduler,
        "lr_warmup_steps": expert.lr_warmup_steps,
        "lora_r": settings.rank,
        "lora_alpha": settings.rank if expert.lora_alpha is None else expert.lora_alpha,
        "lora_text_encoder_r": expert.lora_text_encoder_r,
        "lora_text_encoder_alpha": expert.lora_text_encoder_alpha,
    }
    if method_of(plan) == SUBJECT:
        body |= {
            "instance_prompt": f"a photo of {plan.trigger_word} {CLASS_PROMPT}",
            "class_prompt": CLASS_PROMPT,
            "with_prior_preservation": expert.with_prior_preservation,
            "prior_loss_weight": expert.prior_loss_weight,
            "train_text_encoder": expert.train_text_encoder,
        }
    return {name: value for name, value in body.items() if value is not None}


def components(side: int, faces: Faces | None = None) -> list[Body]:
    """Return what is done to the pictures first.

    They are brought to size, and faces cut out when asked for.
    """
    resize = _component("resize", width=str(side), height=str(side))
    if faces is None:
        return [resize]
    crop = _component("face_crop_region", ratio=str(faces.crop_ratio))
    restore = _component("face_restore", method=faces.method, upscale=str(faces.upscale))
    return [crop, resize, restore] if faces.restore else [crop, resize]


def drawing(plan: DrawingPlan, model_name: str, start: bytes | None = None) -> Body:
    """Return the body that orders a drawing, within what Novita can draw.

    `start` is the picture it starts from.
    """
    width, height = drawn_size(plan)
    return {
        "extra": {"response_image_type": "png"},
        "request": {
            "model_name": model_name,
            "prompt": fitted(plan.prompt),
            "width": width,
            "height": height,
            "image_num": drawn_count(plan),
            "steps": STEPS,
            "guidance_scale": GUIDANCE_SCALE,
            "sampler_name": SAMPLER,
            "seed": plan.seed,
            "loras": [_lora(lora) for lora in plan.loras],
            **_start(plan, start),
        },
    }


def drawn_size(plan: DrawingPlan) -> tuple[int, int]:
    """Return the width and height that Novita draws for a plan."""
    low, high = SIDES
    return min(max(low, plan.width), high), min(max(low, plan.height), high)


def drawn_count(plan: DrawingPlan) -> int:
    """Return how many pictures Novita draws for a plan."""
    low, high = PICTURES
    return min(max(low, plan.count), high)


def fitted(text: str) -> str:
    """Return a text of at most 1,024 characters, cut at a comma where there is one.

    A longer one is refused.
    """
    if len(text) <= LONGEST_TEXT:
        return text
    short = text[:LONGEST_TEXT]
    return short.rpartition(",")[0].rstrip() or short


def _item(asset: int | str, caption: str, trigger_word: str) -> Body:
    """Return a picture with its caption.

    A caption may not be empty, so the trigger word stands in for one.
    """
    return {"assets_id": asset, "caption": fitted(caption) or trigger_word}


def _start(plan: DrawingPlan, content: bytes | None) -> Body:
    if plan.source_image is None or content is None:
        return {}
    return {"image_base64": base64.b64encode(content).decode(), "strength": plan.source_image.change}


def _component(name: str, **args: str) -> Body:
    return {"name": name, "args": [{"name": key, "value": value} for key, value in args.items()]}


def _lora(lora: LoraUse) -> Body:
    return {"model_name": lora.reference, "strength": min(max(0.0, lora.strength), 1.0)}
