"""A small, randomly initialised checkpoint folder that has every part of a real one."""

from pathlib import Path
from typing import Literal

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

type_of_noise = Literal["flow_prediction", "epsilon", "v_prediction"]


def write(
    folder: Path,
    *,
    prediction: type_of_noise,
    channels: tuple[int, ...] = (16, 32),
    vae_channels: tuple[int, ...] = (8, 16),
    picture: int = 32,
    seed: int = 0,
) -> Path:
    """Write the checkpoint of one seed into `folder` as a diffusers pipeline; return the folder."""
    torch.manual_seed(seed)
    reduction = 2 ** (len(vae_channels) - 1)
    pipeline = StableDiffusionPipeline(
        vae=_autoencoder(vae_channels),
        text_encoder=_text_encoder(),
        tokenizer=_tokenizer(),
        unet=_unet(channels, picture // reduction),
        scheduler=_scheduler(prediction),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder)
    return folder


def _autoencoder(channels: tuple[int, ...]) -> AutoencoderKL:
    deep = len(channels)
    return AutoencoderKL(
        block_out_channels=channels,
        down_block_types=("DownEncoderBlock2D",) * deep,
        up_block_types=("UpDecoderBlock2D",) * deep,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
    )


def _text_encoder() -> CLIPTextModel:
    config = CLIPTextConfig(
        vocab_size=len(_vocabulary()),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=24,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return CLIPTextModel(config).eval()


def _unet(channels: tuple[int, ...], size: int) -> UNet2DConditionModel:
    deep = len(channels)
    return UNet2DConditionModel(
        sample_size=size,
        block_out_channels=channels,
        down_block_types=(*("CrossAttnDownBlock2D",) * (deep - 1), "DownBlock2D"),
        up_block_types=("UpBlock2D", *("CrossAttnUpBlock2D",) * (deep - 1)),
        layers_per_block=1,
        cross_attention_dim=32,
        attention_head_dim=4,
        norm_num_groups=8,
    )


def _scheduler(prediction: type_of_noise) -> DPMSolverMultistepScheduler | DDIMScheduler:
    if prediction == "flow_prediction":
        return DPMSolverMultistepScheduler(prediction_type=prediction, use_flow_sigmas=True, steps_offset=1)
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type=prediction,
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def _vocabulary() -> dict[str, int]:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789,.-'"
    pieces = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    return {piece: number for number, piece in enumerate(pieces)}


def _tokenizer() -> CLIPTokenizer:
    return CLIPTokenizer(vocab=_vocabulary(), merges=[], model_max_length=24)
