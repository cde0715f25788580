"""What may be asked of an OctoAI-compatible server: every documented field, and its range.

Source: https://github.com/octoml/fern-config (asset-library, fine-tuning, image-gen).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Kind = Literal["file", "checkpoint", "lora", "textual_inversion", "vae", "latent"]
Name = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]+$")]
TransferType = Literal["presigned-url", "sts", "gcp-oauth", "any"]
Engine = Literal[
    "image/stable-diffusion-v1-5",
    "image/stable-diffusion-xl-v1-0",
    "image/stable-diffusion-ssd",
    "image/controlnet-sd15",
    "image/controlnet-sdxl",
    "image/stable-diffusion-v3-medium",
    "image/flux-dev",
    "image/flux-schnell",
]
DataType = Literal["fp16", "fp32", "int4", "int8"]
Weights = Literal["safetensors", "pt"]
Prompt = Annotated[str, Field(max_length=10_000)]
Seed = Annotated[int, Field(gt=0, lt=2**32)]


class FileData(BaseModel):
    asset_type: Literal["file"]
    file_format: Literal["unknown", "png", "jpg", "jpeg", "txt", "mp3", "wav", "jsonl"] = "unknown"
    version: str | None = ""
    preview_url: str | None = None


class LoraData(BaseModel):
    asset_type: Literal["lora"]
    engine: Engine
    file_format: Weights | None = "safetensors"
    data_type: DataType | None = "fp16"
    trigger_words: list[str] | None = None
    checkpoint: str | None = None


class ModelData(BaseModel):
    asset_type: Literal["checkpoint", "vae", "latent"]
    engine: Engine
    file_format: Weights | None = "safetensors"
    data_type: DataType | None = "fp16"


class InversionData(BaseModel):
    asset_type: Literal["textual_inversion"]
    engine: Engine
    file_format: Weights | None = "safetensors"
    data_type: DataType | None = "fp16"
    trigger_words: list[str] = []


class NewAsset(BaseModel):
    asset_type: Kind
    name: Name
    data: Annotated[FileData | LoraData | ModelData | InversionData, Field(discriminator="asset_type")]
    description: str | None = None
    is_public: bool | None = False
    transfer_api_type: TransferType | None = "presigned-url"
    url: Annotated[str, Field(max_length=2083, pattern="^https?://")] | None = None
    skip_validation: bool | None = False
    hf_repo: str | None = None
    hf_token_secret: str | None = None


class Complete(BaseModel):
    token: str | None = None
    skip_validation: bool | None = None


class BaseCheckpoint(BaseModel):
    checkpoint_id: str
    engine: Engine | None = None
    name: str | None = None


class TuneFile(BaseModel):
    file_id: str
    caption: str | None = None


class LoraTune(BaseModel):
    tune_type: Literal["lora_tune"] = "lora_tune"
    base_checkpoint: BaseCheckpoint
    files: Annotated[list[TuneFile], Field(min_length=1)]
    trigger_words: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1, max_length=1)]
    steps: Annotated[int, Field(gt=0)]
    seed: int | None = None
    resize_images: bool | None = False


class NewTune(BaseModel):
    name: Name
    description: str | None = None
    continue_on_rejection: bool | None = False
    details: LoraTune


class Generate(BaseModel):
    prompt: Prompt
    negative_prompt: Prompt | None = None
    prompt_2: Prompt | None = None
    negative_prompt_2: Prompt | None = None
    loras: dict[str, float | None] | None = None
    checkpoint: str | None = None
    vae: str | None = None
    textual_inversions: dict[str, str | None] | None = None
    width: int | None = None
    height: int | None = None
    num_images: Annotated[int, Field(ge=1, le=16)] | None = 1
    steps: Annotated[int, Field(ge=1, le=200)] | None = 30
    cfg_scale: Annotated[float, Field(gt=0, le=50)] | None = 12.0
    sampler: (
        Literal[
            "PNDM",
            "LMS",
            "KLMS",
            "DDIM",
            "DDPM",
            "HEUN",
            "K_HEUN",
            "K_EULER",
            "K_EULER_ANCESTRAL",
            "DPM_SOLVER_MULTISTEP",
            "DPM_PLUS_PLUS_2M_KARRAS",
            "DPM_PLUS_PLUS_2M_SDE",
            "DPM_PLUS_PLUS_2M_SDE_KARRAS",
            "DPM_SINGLE",
            "DPM_2",
            "DPM_2_KARRAS",
            "DPM_2_ANCESTRAL",
            "DPM_2_ANCESTRAL_KARRAS",
            "DPM_PLUS_PLUS_SDE_KARRAS",
            "UNI_PC",
            "LCM",
        ]
        | None
    ) = "DDIM"
    seed: Seed | list[Seed | None] | None = None
    init_image: str | None = None
    strength: Annotated[float, Field(gt=0, le=1)] | None = 0.8
    mask_image: str | None = None
    inpaint_full_res: bool | None = None
    inpaint_full_res_padding: Annotated[int, Field(ge=0)] | None = 32
    outpainting: bool | None = None
    use_refiner: bool | None = True
    high_noise_frac: Annotated[float, Field(ge=0, le=1)] | None = 0.8
    style_preset: str | None = None
    clip_skip: Annotated[int, Field(ge=1, le=12)] | None = None
    image_encoding: Literal["jpeg", "png"] | None = "jpeg"
    controlnet: str | None = None
    controlnet_image: str | None = None
    controlnet_conditioning_scale: Annotated[float, Field(ge=0)] | None = 1.0
    controlnet_early_stop: Annotated[float, Field(ge=0, le=1)] | None = None
    controlnet_preprocess: bool | None = True
    transfer_images: dict[str, list[str] | None] | None = None
    log_prompt: bool | None = False
