"""The finished checkpoint as a standard diffusers pipeline folder in half precision."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, StableDiffusionPipeline
from transformers import CLIPTokenizer

from checkpoints.atelier_tiny.training.denoiser import Painter


def new_scheduler() -> DPMSolverMultistepScheduler:
    """Return the solver of the flow x = (1 - sigma) picture + sigma noise, with time step = 1000 sigma."""
    return DPMSolverMultistepScheduler(
        num_train_timesteps=1000,
        prediction_type="flow_prediction",
        use_flow_sigmas=True,
        flow_shift=1.0,
        steps_offset=1,  # unused with flow sigmas, but StableDiffusionPipeline warns about 0
        solver_order=2,
        algorithm_type="dpmsolver++",
        lower_order_final=True,
        final_sigmas_type="zero",
    )


def pipeline_of(autoencoder: AutoencoderKL, painter: Painter, tokenizer: CLIPTokenizer) -> StableDiffusionPipeline:
    """Return the networks as one pipeline.

    It needs no safety checker because it was only trained on drawings.
    """
    return StableDiffusionPipeline(
        vae=autoencoder,
        text_encoder=painter.text_encoder,
        tokenizer=tokenizer,
        unet=painter.unet,
        scheduler=new_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def write_folder(pipeline: StableDiffusionPipeline, folder: Path) -> int:
    """Write the pipeline in half precision and return the folder's size in bytes."""
    pipeline.to(torch.float16)
    pipeline.save_pretrained(folder, safe_serialization=True)
    pipeline.to(torch.float32)
    for file in folder.rglob("*config.json"):
        _tidy(file)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _tidy(file: Path) -> None:
    """Take out where a part was loaded from, and let half-precision words load in full as diffusers' parts do."""
    settings = json.loads(file.read_text())
    settings.pop("_name_or_path", None)
    if "dtype" in settings:  # transformers loads in this precision, not in that of the file
        settings["dtype"] = "float32"
    file.write_text(json.dumps(settings, indent=2) + "\n")
