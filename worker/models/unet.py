"""A checkpoint of the UNet families, loaded from a diffusers StableDiffusionPipeline folder."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from torch import Tensor
from transformers.utils import logging as transformers_logging

from domain.errors import CheckpointUnusable
from domain.orders.facts import FactKind
from worker.models.family import Family
from worker.models.objective import Objective, objective_of
from worker.models.sd15 import SD15
from worker.models.tiny import TINY

log = logging.getLogger(__name__)

BUILT_IN = "atelier-tiny"
BUILT_IN_FOLDER = Path(__file__).resolve().parents[2] / "checkpoints" / "atelier_tiny" / "weights"
PIPELINE_QUANTUM = 8  # pixels; StableDiffusionPipeline draws no other sides
PIXELS_AT_ONCE = 2 * 512 * 512  # through the autoencoder, which would else need more memory than the training
LARGEST_TINY = 128  # pixels; a checkpoint for pictures of up to this side is of the tiny family


@dataclass(slots=True)
class UnetModel:
    """A loaded checkpoint, frozen and in evaluation mode."""

    name: str
    family: Family
    pipeline: StableDiffusionPipeline
    objective: Objective
    resolution: int  # pixels; the side of the square that the checkpoint was made for

    @property
    def unet(self) -> UNet2DConditionModel:
        """Return the denoiser."""
        return self.pipeline.unet

    @property
    def public_name(self) -> str:
        """Return the name that a LoRA file may carry, without the folders that lead to a checkpoint."""
        return _bare(self.name)

    @property
    def device(self) -> torch.device:
        """Return where the weights are."""
        return torch.device(self.pipeline.device)

    @property
    def reduction(self) -> int:
        """Return how many pixels one latent stands for, along one side."""
        return int(self.pipeline.vae_scale_factor)

    @property
    def quantum(self) -> int:
        """Return the pixels that every side must be a multiple of, so that each UNet level halves evenly."""
        return max(PIPELINE_QUANTUM, int(self.reduction * 2 ** (len(self.unet.config.block_out_channels) - 1)))

    @torch.no_grad()
    def encode_pictures(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Encode pixels [n, 3, h, w] in -1…1 to mean and std of their scaled latents, each [n, c, h/r, w/r]."""
        vae = self.pipeline.vae
        few = max(1, PIXELS_AT_ONCE // pixels[0, 0].numel())
        posteriors = [vae.encode(part.to(self.device, vae.dtype)).latent_dist for part in pixels.split(few)]
        mean, std = (
            torch.cat([getattr(posterior, of) for posterior in posteriors]).float() for of in ("mean", "std")
        )
        return mean * vae.config.scaling_factor, std * vae.config.scaling_factor

    @torch.no_grad()
    def encode_captions(self, captions: Sequence[str]) -> Tensor:
        """Encode captions to embeddings [n, tokens, width], just as the pipeline does when it draws."""
        embeddings, _ = self.pipeline.encode_prompt(
            list(captions), self.device, num_images_per_prompt=1, do_classifier_free_guidance=False
        )
        return torch.as_tensor(embeddings)

    def predict(self, noisy: Tensor, timesteps: Tensor, embeddings: Tensor) -> Tensor:
        """Return the UNet's answer in float32, of the latents' shape."""
        precision = self.unet.conv_in.weight.dtype  # the model's own `dtype` walks through all of its parts
        noisy, embeddings = noisy.to(precision), embeddings.to(precision)
        return torch.as_tensor(self.unet(noisy, timesteps, embeddings, return_dict=False)[0]).float()

    def loss(self, clean: Tensor, noise: Tensor, uniform: Tensor, embeddings: Tensor) -> Tensor:
        """Return the training loss of latents and noise [n, c, h, w] at the noise levels of `uniform` [n]."""
        timesteps = self.objective.timesteps(uniform)
        answer = self.predict(self.objective.noisy(clean, noise, timesteps), timesteps, embeddings)
        return self.objective.loss(answer, self.objective.target(clean, noise, timesteps), timesteps)


def load(name: str) -> UnetModel:
    """Load a checkpoint by built-in name, folder or hub id.

    Raises `CheckpointUnusable`.
    """
    _quieten()
    pipeline = _pipeline(name)
    for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder):
        part.requires_grad_(requires_grad=False).eval()
    resolution = int(pipeline.unet.config.sample_size * pipeline.vae_scale_factor)
    family = TINY if resolution <= LARGEST_TINY else SD15
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    pipeline.to(device, _precision(family, device))
    try:
        objective = objective_of(pipeline.scheduler, device)
    except ValueError as error:
        raise CheckpointUnusable(FactKind.OBJECTIVE_UNKNOWN, name=_bare(name), said=str(error)) from error
    return UnetModel(name, family, pipeline, objective, resolution)


def _precision(family: Family, device: torch.device) -> torch.dtype:
    """Return bfloat16 where the family wants it on a GPU that has it, and else float32."""
    has_it = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if has_it and family.bfloat16_on_gpu else torch.float32


def _pipeline(name: str) -> StableDiffusionPipeline:
    folder = BUILT_IN_FOLDER if name == BUILT_IN else Path(name)
    local = bool(name) and folder.is_dir()
    if not local and (name == BUILT_IN or folder.is_absolute() or name.count("/") != 1):
        raise CheckpointUnusable(FactKind.CHECKPOINT_NOT_FOUND, name=_bare(name))
    where = str(folder) if local else name
    try:
        kind = StableDiffusionPipeline.load_config(where, local_files_only=local).get("_class_name")
        if kind != "StableDiffusionPipeline":
            raise CheckpointUnusable(FactKind.CHECKPOINT_OF_OTHER_KIND, name=_bare(name), is_a=str(kind))
        pipeline = StableDiffusionPipeline.from_pretrained(
            where, dtype=torch.float32, safety_checker=None, requires_safety_checker=False, local_files_only=local
        )
    except (OSError, ValueError) as error:
        log.warning("checkpoint %s does not load: %s", name, error)
        raise CheckpointUnusable(FactKind.CHECKPOINT_BROKEN, name=_bare(name), is_local=int(local)) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _bare(name: str) -> str:
    """Return a hub id as it is, and of a folder only its own name."""
    is_hub_id = name.count("/") == 1 and not Path(name).exists() and not Path(name).is_absolute()
    return name if is_hub_id else Path(name).name


def _quieten() -> None:
    """Keep the libraries' progress bars and hints off the worker's terminal."""
    diffusers_logging.set_verbosity_error()
    diffusers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
