"""The inputs that Replicate's two trainers and their LoRAs take, as JSON schemas, and what is wrong with an input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Properties = Mapping[str, Mapping[str, Any]]

TEXT = {"type": "string"}
FLAG = {"type": "boolean"}

# https://github.com/replicate/flux-fine-tuner (train.py)
STANDARD_TRAINER: Properties = {
    "input_images": {"type": "string", "format": "uri"},
    "trigger_word": TEXT,
    "autocaption": FLAG,
    "autocaption_prefix": TEXT,
    "autocaption_suffix": TEXT,
    "steps": {"type": "integer", "minimum": 3, "maximum": 6000},
    "learning_rate": {"type": "number"},
    "batch_size": {"type": "integer"},
    "resolution": TEXT,
    "lora_rank": {"type": "integer", "minimum": 1, "maximum": 128},
    "caption_dropout_rate": {"type": "number", "minimum": 0, "maximum": 1},
    "optimizer": {
        "type": "string",
        "enum": "prodigy adam8bit adamw8bit lion8bit adam adamw lion adagrad adafactor".split(),
    },
    "cache_latents_to_disk": FLAG,
    "layers_to_optimize_regex": TEXT,
    "gradient_checkpointing": FLAG,
    "hf_repo_id": TEXT,
    "hf_token": TEXT,
    "wandb_api_key": TEXT,
    "wandb_project": TEXT,
    "wandb_run": TEXT,
    "wandb_entity": TEXT,
    "wandb_sample_interval": {"type": "integer", "minimum": 1},
    "wandb_sample_prompts": TEXT,
    "wandb_save_interval": {"type": "integer", "minimum": 1},
    "skip_training_and_use_pretrained_hf_lora_url": TEXT,
}
FAST_TRAINER: Properties = {
    "input_images": {"type": "string", "format": "uri"},
    "trigger_word": TEXT,
    "lora_type": {"type": "string", "enum": ["subject", "style"]},
    "training_steps": {"type": "integer", "minimum": 100, "maximum": 2000},
}
RATIOS = "1:1 16:9 21:9 3:2 2:3 4:5 5:4 3:4 4:3 9:16 9:21 custom".split()
LORA: Properties = {
    "prompt": TEXT,
    "aspect_ratio": {"type": "string", "enum": RATIOS},
    "width": {"type": "integer", "minimum": 256, "maximum": 1440},
    "height": {"type": "integer", "minimum": 256, "maximum": 1440},
    "num_outputs": {"type": "integer", "minimum": 1, "maximum": 4},
    "lora_scale": {"type": "number", "minimum": -1, "maximum": 2},
    "num_inference_steps": {"type": "integer", "minimum": 1, "maximum": 50},
    "model": {"type": "string", "enum": ["dev", "schnell"]},
    "guidance_scale": {"type": "number", "minimum": 0, "maximum": 10},
    "seed": {"type": "integer"},
    "extra_lora": TEXT,
    "extra_lora_scale": {"type": "number", "minimum": -1, "maximum": 2},
    "output_format": {"type": "string", "enum": ["webp", "jpg", "png"]},
    "output_quality": {"type": "integer", "minimum": 0, "maximum": 100},
    "replicate_weights": TEXT,
    "disable_safety_checker": FLAG,
    "image": {"type": "string", "format": "uri"},
    "mask": {"type": "string", "format": "uri"},
    "prompt_strength": {"type": "number", "minimum": 0, "maximum": 1},
}
TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one field."""

    field: str
    description: str


def schema(name: str, properties: Properties, required: Sequence[str]) -> dict[str, Any]:
    """Return a version's OpenAPI schema."""
    described = {"title": name, "type": "object", "required": list(required), "properties": dict(properties)}
    return {"openapi": "3.0.2", "info": {"title": "Cog"}, "components": {"schemas": {name: described}}}


def faults(given: object, properties: Properties, *, required: Sequence[str], strict: bool) -> list[Wrong]:
    """Return all that is wrong with an input; unknown names are wrong only where it is strict."""
    if not isinstance(given, dict):
        return [Wrong("input", "input is required")]
    wrong = [Wrong(f"input.{name}", f"{name} is required") for name in required if name not in given]
    for name, value in given.items():
        if name not in properties:
            wrong += [Wrong(f"input.{name}", "Additional property is not allowed")] if strict else []
        elif said := _fault(value, properties[name]):
            wrong.append(Wrong(f"input.{name}", said))
    return wrong


def _fault(value: object, rule: Mapping[str, Any]) -> str:
    kinds = TYPES[rule["type"]]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        return f"Invalid type. Expected: {rule['type']}, given: {type(value).__name__}"
    if "enum" in rule and value not in rule["enum"]:
        return f"Must be one of {', '.join(rule['enum'])}"
    if isinstance(value, int | float) and value < rule.get("minimum", value):
        return f"Must be greater than or equal to {rule['minimum']}"
    if isinstance(value, int | float) and value > rule.get("maximum", value):
        return f"Must be less than or equal to {rule['maximum']}"
    return ""
