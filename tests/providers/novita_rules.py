"""What Novita's documentation demands of a training and of a drawing: whoever breaks a rule is refused with 400."""

import base64
import binascii
import io
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from PIL import Image

# Written down apart from the backend's own table, so that a slip in one of them shows.
FAMILIES = {
    **dict.fromkeys(
        (
            "stable-diffusion-xl-base-1.0",
            "dreamshaperXL09Alpha_alpha2Xl10_91562",
            "protovisionXLHighFidelity3D_release0630Bakedvae_154359",
            "sdxlUnstableDiffusers_v11_216694",
            "epicrealismXL_v10_247189",
            "yesmixXL_v10_283329",
            "animagineXLV31_v31_325600",
        ),
        "sdxl",
    ),
    **dict.fromkeys(
        (
            "v1-5-pruned-emaonly",
            "epicrealism_naturalSin_121250",
            "chilloutmix_NiPrunedFp32Fix",
            "abyssorangemix3AOM3_aom3a3_10864",
            "dreamshaper_8_93211",
            "WFChild_v1.0",
            "majichenmixrealistic_v10",
            "realisticVisionV51_v51VAE_94301",
            "realisticVisionV40_v40VAE_81510",
            "somboy_v10_172675",
        ),
        "sd15",
    ),
}
DRAWS = {
    "sd_xl_base_1.0.safetensors": "sdxl",
    **{f"{name}.safetensors": family for name, family in FAMILIES.items() if not name.startswith("stable-diffusion")},
}
MOST_IMAGES = 50
LONGEST_TEXT = 1_024
RATES = {1e-4, 1e-5, 1e-6, 2e-4, 5e-5}
SCHEDULERS = {"constant", "linear", "cosine", "cosine_with_restarts", "polynomial", "constant_with_warmup"}
COMPONENTS = {
    "face_crop_region": {"ratio"},
    "resize": {"width", "height"},
    "face_restore": {"method", "upscale"},
}
EXPERT = {
    "train_batch_size",
    "learning_rate",
    "max_train_steps",
    "seed",
    "lr_scheduler",
    "lr_warmup_steps",
    "instance_prompt",
    "class_prompt",
    "with_prior_preservation",
    "prior_loss_weight",
    "train_text_encoder",
    "lora_r",
    "lora_alpha",
    "lora_text_encoder_r",
    "lora_text_encoder_alpha",
}
SAMPLERS = {
    "Euler a",
    "Euler",
    "LMS",
    "Heun",
    "DPM2",
    "DPM2 a",
    "DPM++ 2S a",
    "DPM++ 2M",
    "DPM++ SDE",
    "DPM fast",
    "DPM adaptive",
    "LMS Karras",
    "DPM2 Karras",
    "DPM2 a Karras",
    "DPM++ 2S a Karras",
    "DPM++ 2M Karras",
    "DPM++ SDE Karras",
    "DDIM",
    "PLMS",
    "UniPC",
}
UPSCALERS = {"RealESRGAN_x4plus_anime_6B", "RealESRNet_x4plus", "Latent"}
IP_ADAPTERS = {"ip-adapter_sd15.bin", "ip-adapter_sdxl.bin"}
SHARED = {
    "model_name",
    "prompt",
    "negative_prompt",
    "width",
    "height",
    "image_num",
    "steps",
    "guidance_scale",
    "sampler_name",
    "seed",
    "loras",
    "embeddings",
    "sd_vae",
    "clip_skip",
}
REQUESTS = {
    "txt2img": SHARED | {"hires_fix", "refiner", "enable_transparent_background", "restore_faces"},
    # The SDK's img2img repeats `extra` inside.
    "img2img": SHARED | {"image_base64", "strength", "controlnet", "ip_adapters", "extra"},
}
EXTRAS = {
    "response_image_type",
    "enable_nsfw_detection",
    "nsfw_detection_level",
    "webhook",
    "custom_storage",
    "enterprise_plan",
}


class Refused(Exception):
    """An answer that is no success, in Novita's words."""

    def __init__(self, message: str, *, status: int = 400, reason: str = "INVALID_REQUEST_BODY") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


def training(method: str, body: Mapping[str, Any], *, strict: bool) -> None:
    """Check the body of a training."""
    known(
        body,
        {"name", "base_model", "width", "height", "image_dataset_items", "expert_setting", "components"},
        strict=strict,
    )
    text(body, "name", needed=True)
    choice(body, "base_model", FAMILIES, needed=True)
    whole(body, "width", 1, needed=True)
    whole(body, "height", 1, needed=True)
    items = rows(body, "image_dataset_items", most=MOST_IMAGES)
    if not items:
        raise Refused("image_dataset_items must hold 1 to 50 items")
    for item in items:
        known(item, {"assets_id", "caption"}, strict=strict)
        text(item, "caption", needed=method == "style")
    _expert(method, body.get("expert_setting") or {}, strict=strict)
    for component in rows(body, "components"):
        _component(component)


def _expert(method: str, body: Mapping[str, Any], *, strict: bool) -> None:
    known(body, EXPERT, strict=strict)
    whole(body, "train_batch_size", 1, 4)
    for name in ("max_train_steps", "seed"):
        whole(body, name, 1)
    whole(body, "lr_warmup_steps", 0)
    choice(body, "lr_scheduler", SCHEDULERS)
    for name in ("lora_r", "lora_alpha", "lora_text_encoder_r", "lora_text_encoder_alpha"):
        whole(body, name, 4, 128)
    for name in ("with_prior_preservation", "train_text_encoder"):
        flag(body, name)
    if (number(body, "prior_loss_weight") or 1) <= 0:
        raise Refused("prior_loss_weight must be more than 0")
    rate = body.get("learning_rate")
    if rate is not None:
        try:
            value = float(rate)  # the SDK sends it as a string
        except (TypeError, ValueError) as error:
            raise Refused("learning_rate is no number") from error
        if strict and value not in RATES:
            raise Refused("learning_rate must be one of 1e-4, 1e-5, 1e-6, 2e-4, 5e-5")
    text(body, "instance_prompt", needed=method == "subject")
    choice(body, "class_prompt", {"person"}, needed=method == "subject")


def _component(body: Mapping[str, Any]) -> None:
    choice(body, "name", COMPONENTS, needed=True)
    for argument in rows(body, "args"):
        if argument.get("name") not in COMPONENTS[body["name"]]:
            raise Refused(f"{body['name']} has no argument {argument.get('name')}")
        if not isinstance(argument.get("value"), str):
            raise Refused(f"{argument['name']} must be a string")


def drawing(kind: str, body: Mapping[str, Any], *, strict: bool) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Check the body of a drawing, and return its `extra` and its `request`."""
    known(body, {"extra", "request"}, strict=strict)
    request = body.get("request")
    if not isinstance(request, Mapping):
        raise Refused("request is missing")
    extra = body.get("extra") or {}
    _extra(extra, strict=strict)
    known(request, REQUESTS[kind], strict=strict)
    text(request, "model_name", needed=True)
    text(request, "prompt", needed=True)
    if len(request.get("negative_prompt") or "") > LONGEST_TEXT:
        raise Refused("NegativePrompt length must be between 0 and 1024 runes", reason="VALIDATOR")
    whole(request, "width", 128, 2_048, needed=True)
    whole(request, "height", 128, 2_048, needed=True)
    whole(request, "image_num", 1, 8, needed=True)
    whole(request, "steps", 1, 100, needed=True)
    number(request, "guidance_scale", 1, 30, needed=True)
    choice(request, "sampler_name", SAMPLERS, needed=True)
    whole(request, "seed", -1)
    whole(request, "clip_skip", 1, 12)
    for lora in rows(request, "loras", most=5):
        text(lora, "model_name", needed=True)
        number(lora, "strength", 0, 1, needed=True)
    for embedding in rows(request, "embeddings", most=5):
        text(embedding, "model_name", needed=True)
    if kind == "txt2img":
        _txt2img(request, extra)
    else:
        _img2img(request)
    return extra, request


def _extra(body: Mapping[str, Any], *, strict: bool) -> None:
    known(body, EXTRAS, strict=strict)
    choice(body, "response_image_type", {"png", "webp", "jpeg"})
    flag(body, "enable_nsfw_detection")
    whole(body, "nsfw_detection_level", 0, 2)
    webhook = body.get("webhook")
    if webhook is not None:
        text(webhook, "url", needed=True)
        choice(webhook.get("test_mode") or {}, "return_task_status", {"TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED"})
    storage = (body.get("custom_storage") or {}).get("aws_s3")
    if storage is not None:
        for name in ("region", "bucket", "path"):
            text(storage, name, needed=True)


def _txt2img(request: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
    hires = request.get("hires_fix")
    if hires is not None:
        whole(hires, "target_width", 128, 4_096, needed=True)
        whole(hires, "target_height", 128, 4_096, needed=True)
        number(hires, "strength", 0, 1)
        choice(hires, "upscaler", UPSCALERS)
    if request.get("refiner") is not None:
        number(request["refiner"], "switch_at", 0, 1, needed=True)
    flag(request, "restore_faces")
    flag(request, "enable_transparent_background")
    if request.get("enable_transparent_background"):
        is_png = extra.get("response_image_type", "png") == "png"
        if not is_png or DRAWS.get(request["model_name"]) != "sdxl":
            raise Refused("a transparent background needs png and an SDXL checkpoint")


def _img2img(request: Mapping[str, Any]) -> None:
    picture(request, "image_base64")
    number(request, "strength", 0, 1)
    for unit in rows(request.get("controlnet") or {}, "units"):
        text(unit, "model_name", needed=True)
        picture(unit, "image_base64")
        number(unit, "strength", 0, 1, needed=True)
    for adapter in rows(request, "ip_adapters", most=1):
        choice(adapter, "model_name", IP_ADAPTERS, needed=True)
        picture(adapter, "image_base64")
        number(adapter, "strength", 0, 1, needed=True)


def known(body: Mapping[str, Any], fields: Collection[str], *, strict: bool) -> None:
    """Refuse fields that are documented nowhere; the real service may well overlook them."""
    unknown = set(body) - set(fields)
    if strict and unknown:
        raise Refused(f"unknown fields {sorted(unknown)}")


def text(body: Mapping[str, Any], name: str, *, needed: bool = False) -> None:
    """Check a text of 1 to 1,024 characters."""
    value = body.get(name)
    if value is None and not needed:
        return
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_TEXT:
        raise Refused(f"{name} length must be between 1 and 1024 runes")


def choice(body: Mapping[str, Any], name: str, allowed: Collection[str], *, needed: bool = False) -> None:
    """Check a value of a closed set."""
    value = body.get(name)
    if (value is None and needed) or (value is not None and value not in allowed):
        raise Refused(f"{name} is not supported")


def flag(body: Mapping[str, Any], name: str) -> None:
    """Check a true or false."""
    if not isinstance(body.get(name), bool | None):
        raise Refused(f"{name} must be true or false")


def whole(body: Mapping[str, Any], name: str, low: int, high: int | None = None, *, needed: bool = False) -> None:
    """Check a whole number."""
    value = number(body, name, low, high, needed=needed)
    if value is not None and not isinstance(value, int):
        raise Refused(f"{name} must be a whole number")


def number(
    body: Mapping[str, Any],
    name: str,
    low: float | None = None,
    high: float | None = None,
    *,
    needed: bool = False,
) -> float | None:
    """Check a number and return it."""
    value = body.get(name)
    if value is None and not needed:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"{name} must be a number")
    if (low is not None and value < low) or (high is not None and value > high):
        raise Refused(f"{name} must be between {low} and {high}")
    return value


def rows(body: Mapping[str, Any], name: str, *, most: int | None = None) -> Sequence[Mapping[str, Any]]:
    """Check a list of objects and return it; null is an empty one."""
    value = body.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Refused(f"{name} must be a list of objects")
    if most is not None and len(value) > most:
        raise Refused(f"{name} must hold at most {most} items")
    return value


def picture(body: Mapping[str, Any], name: str) -> None:
    """Check a picture in bare base64 of at most 10 MB and 16 megapixels."""
    try:
        content = base64.b64decode(body.get(name) or "", validate=True)
        image = Image.open(io.BytesIO(content))
    except (binascii.Error, OSError) as error:
        raise Refused(f"{name} is no picture", reason="INVALID_IMAGE_FORMAT") from error
    if len(content) > 10 * 1024 * 1024:
        raise Refused(f"{name} is too big", reason="IMAGE_FILE_EXCEEDS_MAX_SIZE")
    if image.width * image.height > 16_000_000:
        raise Refused(f"{name} has too many pixels", reason="IMAGE_EXCEEDS_MAX_RESOLUTION")
