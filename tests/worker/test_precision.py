"""Training and drawing in bfloat16, as Stable Diffusion does on a GPU: the same learning, the same proved file."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.nn.functional import cosine_similarity

from tests.worker.conftest import SHORT
from worker.drawing import DrawRequest, LoraFile, draw
from worker.job_control import Drained
from worker.lora.layers import trainable_lora
from worker.models.unet import UnetModel, load
from worker.training.augmentations import PLAIN
from worker.training.events import Stepped, TrainEvent, TrainOutcome
from worker.training.latents import encode
from worker.training.request import TrainRequest
from worker.training.trainer import train

HAS_GPU = torch.cuda.is_available()


@pytest.fixture(scope="module")
def half(epsilon_folder: Path) -> UnetModel:
    """Return a model of the sd15 family, wherever it is, in bfloat16."""
    model = load(str(epsilon_folder))
    model.pipeline.to(dtype=torch.bfloat16)
    return model


def run(model: UnetModel, request: TrainRequest, folder: Path, *, stop_at: int | None = None) -> TrainOutcome:
    def on_event(event: TrainEvent) -> None:
        if isinstance(event, Stepped) and event.step == stop_at:
            raise Drained

    return train(model, request, out=folder / "lora.safetensors", workdir=folder / "work", on_event=on_event)


def first_gradient(model: UnetModel, request: TrainRequest) -> torch.Tensor:
    files = [(picture.path, picture.caption) for picture in request.pictures[:1]]
    encoded = encode(model, files, resolution=160, augmentations=(PLAIN,), on_picture=lambda _done, _of: None)
    clean = encoded.buckets[0].mean[0]
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(1)).to(clean.device)
    with trainable_lora(model.unet, rank=64, layers=model.family.layers, seed=1) as lora:
        torch.nn.init.normal_(lora.weights, std=0.02)
        lora.sync_to_unet()
        model.loss(clean, noise, torch.full((1,), 0.4, device=clean.device), encoded.embeddings[1:2]).backward()
        lora.take_gradient()
        assert lora.weights.grad is not None
        return lora.weights.grad.clone()


def test_the_gradient_is_that_of_float32(
    half: UnetModel, epsilon_model: UnetModel, request_for_dots: TrainRequest
) -> None:
    torch.manual_seed(0)
    rough = first_gradient(half, request_for_dots)
    torch.manual_seed(0)
    exact = first_gradient(epsilon_model, request_for_dots)

    assert rough.dtype is torch.float32
    assert cosine_similarity(rough.cpu(), exact.cpu(), dim=0) > 0.999


def test_a_training_writes_a_proved_file_and_draws_with_it(
    half: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    longer = replace(request_for_dots, settings=replace(SHORT, steps=40, learning_rate=5e-3, validate_every=10))
    outcome = run(half, longer, tmp_path)
    without, drawn = (
        draw(half, DrawRequest("zorbo", seeds=(1,), loras=loras, steps=2))[0].tobytes()
        for loras in ((), (LoraFile(outcome.lora),))
    )

    assert outcome.base_loss is not None
    assert outcome.best_loss is not None
    assert outcome.best_loss < 0.95 * outcome.base_loss
    assert drawn != without


def test_a_training_that_was_stopped_continues_to_the_same_file(
    half: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    whole = run(half, request_for_dots, tmp_path / "whole")
    with pytest.raises(Drained):
        run(half, request_for_dots, tmp_path / "cut", stop_at=4)
    resumed = run(half, request_for_dots, tmp_path / "cut")
    weights, again = load_file(whole.lora), load_file(resumed.lora)

    assert all(torch.equal(weight, again[name]) for name, weight in weights.items())


def test_without_a_gpu_everything_is_float32(flow_model: UnetModel, epsilon_model: UnetModel) -> None:
    assert [(model.device.type, model.unet.dtype) for model in (flow_model, epsilon_model)] == [
        ("cpu", torch.float32),
        ("cpu", torch.float32),
    ]


@pytest.mark.skipif(not HAS_GPU, reason="needs a GPU that torch sees")
def test_on_a_gpu_stable_diffusion_trains_and_draws_in_bfloat16_and_the_small_family_in_float32(
    flow_folder: Path,
    epsilon_folder: Path,
    request_for_dots: TrainRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    models = [load(str(folder)) for folder in (flow_folder, epsilon_folder)]
    for model in models:
        outcome = run(model, request_for_dots, tmp_path / model.family.name)
        draw(model, DrawRequest("zorbo", seeds=(1,), loras=(LoraFile(outcome.lora),), steps=2))

    assert [(model.device.type, model.unet.dtype) for model in models] == [
        ("cuda", torch.float32),
        ("cuda", torch.bfloat16),
    ]
