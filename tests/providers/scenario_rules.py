"""What Scenario takes: its types, its base models, and the bounds of everything, as `scenario-sdk` 2.4.0 has them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Json = dict[str, Any]

# https://pypi.org/project/scenario-sdk/ 2.4.0, type of `models.create`
IMAGE_TYPES = (
    "flux.2-dev-lora flux.2-klein-4b-lora flux.2-klein-9b-lora flux.2-klein-base-4b-lora flux.2-klein-base-9b-lora "
    "qwen-image-lora qwen-image-2512-lora zimage-lora zimage-turbo-lora zimage-de-turbo-lora"
).split()
EDIT_TYPES = (
    "flux.2-dev-edit-lora flux.2-klein-4b-edit-lora flux.2-klein-9b-edit-lora flux.2-klein-base-4b-edit-lora "
    "flux.2-klein-base-9b-edit-lora qwen-image-edit-lora qwen-image-edit-2509-lora qwen-image-edit-2511-lora"
).split()
FLUX_TYPES = ["flux.1-lora", "flux.1-kontext-lora", "flux.1-krea-lora"]
OTHER_TYPES = (
    "flux.1-composition elevenlabs-voice custom flux.1 flux.1-kontext-dev flux.1-krea-dev flux.1-pro flux1.1-pro "
    "flux.1.1-pro-ultra gpt-image-1"
).split()
TYPES = [*IMAGE_TYPES, *EDIT_TYPES, *FLUX_TYPES, *OTHER_TYPES]
TRAINABLE = [*IMAGE_TYPES, *EDIT_TYPES, *FLUX_TYPES]
ZIMAGE = ["zimage-lora", "zimage-turbo-lora", "zimage-de-turbo-lora"]

MOST_IMAGES = 50
MOST_REQUEST = 6 * 1024 * 1024
UNITS_PER_STEP = 0.0625  # 12 pictures, 20 repeats, 10 epochs: 150 units
ALL_RANGES = {"batchSize": (1, 4), "nbEpochs": (1, 100), "nbRepeats": (1, 100), "seed": (0, 2**31 - 1)}
MUSUBI_RANGES = {**ALL_RANGES, "learningRate": (0.00001, 0.001), "rank": (2, 128)}
FLUX_RANGES = {
    **ALL_RANGES,
    "learningRate": (0, 1),
    "rank": (2, 64),
    "maxTrainSteps": (0, 10_000),
    "learningRateTextEncoder": (0.000001, 0.001),
}
TEXTS = {"samplePrompts", "sampleSourceImages", "optimizeFor", "conceptPrompt", "wandbKey"}


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, reason: str = "", **body: object) -> None:
        super().__init__(reason)
        self.status = status
        self.body: Json = {"reason": reason, **body} if reason else dict(body)


class Trained(Protocol):
    """What a drawing needs to know of a model."""

    type: str
    status: str


def base_model(number: int, model_id: str, types: Sequence[str], **more: tuple[float, float]) -> Json:
    """Return a public model that draws with LoRAs of those types."""
    ranges = {"numOutputs": (1, 4), "width": (128, 2048), "height": (128, 2048), "seed": (0, 2**31 - 1), **more}
    inputs: list[Json] = [
        {"name": "prompt", "type": "string", "maxLength": 2048, "required": {"always": True}},
        {"name": "modelId", "type": "model", "modelTypes": list(types)},
        {"name": "loras", "type": "model_array", "maxLength": 6, "modelTypes": list(types)},
        {"name": "lorasScale", "type": "number_array", "min": 0, "max": 2, "step": 0.05},
        *({"name": name, "type": "number", "min": low, "max": high} for name, (low, high) in ranges.items()),
    ]
    for known in inputs:
        if known["name"] in ("width", "height"):
            known["step"] = 16
    return {"id": model_id, "name": model_id.removeprefix("model_"), "inputs": inputs, "number": number}


STEPS_100 = {"numInferenceSteps": (1.0, 100.0), "guidance": (1.0, 10.0)}
BASES = {
    base["id"]: base
    for base in (
        base_model(1, "model_bfl-flux-1-dev", ["flux.1-lora", "flux.1-composition"], numInferenceSteps=(1, 50)),
        base_model(2, "model_bfl-flux-2-dev", ["flux.2-dev-lora", "flux.2-dev-edit-lora"], **STEPS_100),
        base_model(3, "model_z-image", ZIMAGE, **STEPS_100),
        base_model(4, "model_bfl-flux-2-klein-4b", ["flux.2-klein-4b-lora", "flux.2-klein-4b-edit-lora"]),
        base_model(5, "model_bfl-flux-2-klein-base-9b", ["flux.2-klein-base-9b-lora"]),
        base_model(6, "model_qwen-image-2512", ["qwen-image-2512-lora", "qwen-image-lora"]),
    )
}


def check_training(model_type: str, parameters: Json, *, images: int, pairs: int, strict: bool) -> None:
    """Raise `Refusal` when a model of that type can't be trained like that."""
    if model_type not in TRAINABLE:
        raise Refusal(400, f"Models of type {model_type} cannot be trained")
    if images == 0:
        raise Refusal(400, "Invalid training-image count: 0. At least 1 training image is required")
    if images > MOST_IMAGES:
        raise Refusal(400, f"Invalid training-image count: {images}. At most {MOST_IMAGES} are allowed")
    if model_type in EDIT_TYPES and pairs < 2:
        raise Refusal(400, "At least 2 complete training image pairs are required")
    ranges = FLUX_RANGES if model_type in FLUX_TYPES else MUSUBI_RANGES
    for name, value in parameters.items():
        if name in ranges:
            check_range(name, value, *ranges[name])
        elif strict and name not in TEXTS:
            raise Refusal(400, f"Unknown parameter {name}")
    if len(parameters.get("samplePrompts", [])) > 4:
        raise Refusal(400, "Input samplePrompts must be at most 4 items long")
    if parameters.get("learningRate", 1) <= 0:
        raise Refusal(400, "Input learningRate must be greater than 0")


def check_inputs(body: Json, inputs: Mapping[str, Json], models: Mapping[str, Trained]) -> None:
    """Raise `Refusal` when a base model with those inputs can't draw that."""
    if not body.get("prompt"):
        raise Refusal(400, "Input prompt is required")
    if len(body["prompt"]) > inputs["prompt"]["maxLength"]:
        raise Refusal(400, "Input prompt must be at most 2048 characters long")
    loras = body.get("loras", [])
    if len(loras) > inputs["loras"]["maxLength"]:
        raise Refusal(400, "Input loras must be at most 6 items long")
    for scale in body.get("lorasScale", []):
        if scale > inputs["lorasScale"]["max"]:
            raise Refusal(400, "Input lorasScale must be at most 2")
    _check_loras([*loras, *([body["modelId"]] if "modelId" in body else [])], inputs["loras"]["modelTypes"], models)
    for name, known in inputs.items():
        if known["type"] == "number" and name in body:
            check_range(name, body[name], known["min"], known["max"])
            if body[name] % known.get("step", 1) and "step" in known:
                raise Refusal(400, f"Input {name} must be a multiple of {known['step']}")


def _check_loras(ids: Sequence[str], allowed: Sequence[str], models: Mapping[str, Trained]) -> None:
    for model_id in ids:
        model = models.get(model_id)
        if model is None:
            raise Refusal(404, f"Model {model_id} not found")
        if model.type not in allowed:
            raise Refusal(400, f"Invalid model(s): {model_id}.\nAllowed model types: {', '.join(allowed)}")
        if model.status != "trained":
            raise Refusal(400, f"Model {model_id} is not trained")


def check_range(name: str, value: object, low: float, high: float) -> None:
    """Raise `Refusal` when a number is none, or out of bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal(400, f"Input {name} must be a number")
    if value > high:
        raise Refusal(400, f"Input {name} must be at most {high:g}")
    if value < low:
        raise Refusal(400, f"Input {name} must be at least {low:g}")
