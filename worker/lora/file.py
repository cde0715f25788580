"""LoRA files that ComfyUI, A1111 and diffusers load.

They have kohya's names, alpha = rank and metadata, and are read back after writing.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from peft.tuners.lora import LoraLayer
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from domain.errors import LoraFileInvalid
from domain.orders.facts import FactKind
from worker.lora.layers import Layers

PROOF = "proof"  # the adapter name under which a new file is read back
CLOSE_ENOUGH = 1e-5  # largest difference between trained and re-read B·A, as a share of the largest value


@dataclass(frozen=True, slots=True)
class About:
    """What a LoRA file says about itself, which is never a path or a person's name."""

    title: str
    trigger_word: str
    checkpoint: str
    base_model_version: str
    architecture: str
    prediction: str
    rank: int
    resolution: int  # pixels
    pictures: int
    steps: int
    epochs: int
    learning_rate: float
    seed: int
    started_at: float  # UNIX seconds


@dataclass(frozen=True, slots=True)
class Written:
    """A LoRA file that was written and proved."""

    path: Path
    sha256: str
    size: int  # bytes


def write(path: Path, layers: Layers, about: About, *, reader: StableDiffusionPipeline) -> Written:
    """Write a LoRA file under a temporary name, prove it by `reader`, then give it its own name.

    Raises `LoraFileInvalid` when the file does not hold what was trained. Then nothing is left behind.
    """
    content = save(_tensors(layers, about.rank), _metadata(about))
    partial = path.with_name(f".{path.stem}.partial.safetensors")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        prove(partial, layers, reader)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Written(path, hashlib.sha256(content).hexdigest(), len(content))


def prove(path: Path, layers: Layers, reader: StableDiffusionPipeline) -> None:
    """Load a file as diffusers' users do and compare every layer's B·A with the trained one.

    Raises `LoraFileInvalid` when they differ.
    """
    with loaded(reader, {PROOF: path}):
        found = {name: part for name, part in reader.unet.named_modules() if isinstance(part, LoraLayer)}
        if found.keys() != layers.keys():
            lost = len(layers.keys() - found.keys())
            raise LoraFileInvalid(FactKind.LORA_LACKS_LAYERS, missing=lost, layers=len(layers))
        for name, (down, up) in layers.items():
            read_down, read_up = found[name].lora_A[PROOF].weight, found[name].lora_B[PROOF].weight
            stored = product(read_down.float(), read_up.float()) * found[name].scaling[PROOF]
            # The reader's precision may be lower than the file's.
            trained = product(down.to(read_down.dtype).float(), up.to(read_up.dtype).float())
            if not (trained - stored).abs().max() <= CLOSE_ENOUGH * trained.abs().max():
                raise LoraFileInvalid(FactKind.LORA_LAYER_WRONG, layer=name)


@contextmanager
def loaded(pipeline: StableDiffusionPipeline, files: dict[str, Path]) -> Iterator[None]:
    """Load LoRA files under adapter names, and take them all out again at the end.

    Raises `LoraFileInvalid` for a file that can't be read or of which the pipeline would silently use nothing.
    """
    try:
        for name, path in files.items():
            _load(pipeline, name, path)
        yield
    finally:
        pipeline.unload_lora_weights()


def _load(pipeline: StableDiffusionPipeline, name: str, path: Path) -> None:
    try:
        with safe_open(path, framework="pt") as file:
            stored = sum("lora_down" in key or "lora_A" in key or ".lora.down" in key for key in file.keys())  # noqa: SIM118 - not a dict
        pipeline.load_lora_weights(str(path.parent), weight_name=path.name, adapter_name=name, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise LoraFileInvalid(FactKind.LORA_UNUSABLE, name=path.name) from error
    used = sum(isinstance(part, LoraLayer) and name in part.lora_A for part in pipeline.unet.modules())
    if not stored or used < stored:
        raise LoraFileInvalid(FactKind.LORA_OF_OTHER_SHAPE, name=path.name, used=used, layers=stored)


def trigger_word(path: Path) -> str:
    """Return the trigger word that a LoRA file names in its metadata, or an empty text."""
    try:
        with safe_open(path, framework="pt") as file:
            return str((file.metadata() or {}).get("modelspec.trigger_phrase", ""))
    except (OSError, SafetensorError) as error:
        raise LoraFileInvalid(FactKind.LORA_UNUSABLE, name=path.name) from error


def rounded(layers: Layers) -> Layers:
    """Return copies in float32 with the values that a file in half precision holds."""
    return {name: (down.detach().half().float(), up.detach().half().float()) for name, (down, up) in layers.items()}


def product(down: Tensor, up: Tensor) -> Tensor:
    """Return B·A, what a layer adds to its weight, as [outputs, inputs]."""
    return up.detach().flatten(1) @ down.detach().flatten(1)


def _tensors(layers: Layers, rank: int) -> dict[str, Tensor]:
    """Name the weights as kohya does.

    With alpha = rank, readers that know no alpha are right as well.
    """
    tensors = {}
    for name, (down, up) in layers.items():
        stem = f"lora_unet_{name.replace('.', '_')}"
        tensors[f"{stem}.lora_down.weight"] = down.detach().half().contiguous().cpu()
        tensors[f"{stem}.lora_up.weight"] = up.detach().half().contiguous().cpu()
        tensors[f"{stem}.alpha"] = torch.tensor(float(rank))
    return tensors


def _metadata(about: About) -> dict[str, str]:
    """Return the keys that A1111 and Civitai read (`ss_`) and those of ModelSpec 1.0.1.

    All values are text.
    """
    side = f"{about.resolution}x{about.resolution}"
    conv = json.dumps({"conv_dim": str(about.rank), "conv_alpha": str(about.rank)})
    return {
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(about.rank),
        "ss_network_alpha": str(float(about.rank)),
        "ss_network_args": conv,
        "ss_base_model_version": about.base_model_version,
        "ss_sd_model_name": about.checkpoint,
        "ss_output_name": about.title,
        "ss_tag_frequency": json.dumps({"training": {about.trigger_word: about.pictures}}),
        "ss_resolution": f"({about.resolution}, {about.resolution})",
        "ss_num_train_images": str(about.pictures),
        "ss_steps": str(about.steps),
        "ss_epoch": str(about.epochs),
        "ss_learning_rate": str(about.learning_rate),
        "ss_optimizer": "torch.optim.AdamW",
        "ss_seed": str(about.seed),
        "ss_training_started_at": str(about.started_at),
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": about.architecture,
        "modelspec.implementation": "https://github.com/huggingface/diffusers",
        "modelspec.title": about.title,
        "modelspec.resolution": side,
        "modelspec.date": datetime.fromtimestamp(about.started_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "modelspec.trigger_phrase": about.trigger_word,
        "modelspec.prediction_type": about.prediction,
    }
