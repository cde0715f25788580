"""LoRA files: other programs read them, they say no more than they should, and a wrong one never gets through."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image, ImageChops
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from domain.errors import LoraFileInvalid
from tests.worker.conftest import SHORT, fingerprint_of
from worker.drawing import DrawRequest, LoraFile, draw
from worker.lora import file as lora_file
from worker.lora.layers import trainable_lora
from worker.models.unet import UnetModel
from worker.training.request import TrainRequest
from worker.training.trainer import train

PROMPT = "a picture of zorbo"


@pytest.fixture(scope="module")
def trained(flow_model: UnetModel, request_for_dots: TrainRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    strong = replace(request_for_dots, settings=replace(SHORT, learning_rate=0.02, validate_every=6, samples=0))
    return train(
        flow_model, strong, out=folder / "zorbo.safetensors", workdir=folder, on_event=lambda _event: None
    ).lora


def plainly_drawn(folder: Path, lora: Path | None) -> Image.Image:
    """Draw as somebody would who knows diffusers and nothing of us."""
    pipeline = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    if lora is not None:
        pipeline.load_lora_weights(lora.parent, weight_name=lora.name)
    drawn = pipeline(PROMPT, num_inference_steps=4, guidance_scale=4.0, generator=torch.Generator().manual_seed(5))
    picture: Image.Image = drawn.images[0]
    return picture


def largest_difference(one: Image.Image, other: Image.Image) -> int:
    return int(np.asarray(ImageChops.difference(one, other)).max())


def test_a_plain_diffusers_pipeline_draws_with_the_file_just_what_we_draw(
    flow_model: UnetModel, flow_folder: Path, trained: Path
) -> None:
    request = DrawRequest(PROMPT, seeds=(5,), steps=4, guidance=4.0)
    (ours,) = draw(flow_model, replace(request, loras=(LoraFile(trained),)))
    (base,) = draw(flow_model, request)

    assert largest_difference(ours, plainly_drawn(flow_folder, trained)) == 0
    assert largest_difference(base, plainly_drawn(flow_folder, None)) == 0
    assert largest_difference(ours, base) > 8


def test_the_file_has_kohya_names_and_an_alpha_equal_to_the_rank(trained: Path) -> None:
    tensors = load_file(trained)

    assert {name.rsplit(".", 2)[-2] if name.endswith("weight") else name.rsplit(".", 1)[-1] for name in tensors} == {
        "lora_down", "lora_up", "alpha",
    }  # fmt: skip
    assert all(
        name.startswith(("lora_unet_down_blocks_", "lora_unet_mid_block_", "lora_unet_up_blocks_"))
        for name in tensors
    )
    assert {float(value) for name, value in tensors.items() if name.endswith("alpha")} == {4.0}
    assert tensors["lora_unet_mid_block_resnets_0_conv1.lora_down.weight"].shape == (4, 32, 3, 3)


def test_the_metadata_names_the_trigger_word_and_no_path_or_person(trained: Path, picture_folder: Path) -> None:
    with safe_open(trained, framework="pt") as file:
        about = file.metadata()

    assert about["modelspec.trigger_phrase"] == "zorbo"
    assert json.loads(about["ss_tag_frequency"]) == {"training": {"zorbo": 5}}
    assert about["ss_network_module"] == "networks.lora"
    assert about["ss_network_dim"] == "4"
    assert about["ss_base_model_version"] == "atelier_tiny"
    assert about["modelspec.architecture"] == "atelier-tiny/lora"
    assert about["modelspec.prediction_type"] == "flow_prediction"
    whole = trained.read_bytes()
    for secret in (str(picture_folder), str(trained.parent), "/tmp", "dot0", "a green dot"):  # noqa: S108 - must not occur
        assert secret.encode() not in whole


def test_the_trigger_word_is_read_back(trained: Path) -> None:
    assert lora_file.trigger_word(trained) == "zorbo"


def test_a_file_whose_layer_differs_from_what_was_trained_is_refused(
    flow_model: UnetModel, trained: Path, tmp_path: Path
) -> None:
    before = fingerprint_of(flow_model)
    tensors = load_file(trained)
    layers = layers_of(flow_model)
    wrong = tmp_path / "wrong.safetensors"
    save_file({**tensors, "lora_unet_mid_block_resnets_0_conv1.alpha": torch.tensor(8.0)}, wrong)

    lora_file.prove(trained, as_stored(layers, tensors), flow_model.pipeline)
    with pytest.raises(LoraFileInvalid, match=r"mid_block\.resnets\.0\.conv1"):
        lora_file.prove(wrong, as_stored(layers, tensors), flow_model.pipeline)
    assert fingerprint_of(flow_model) == before


def test_a_file_that_lacks_a_layer_is_refused(flow_model: UnetModel, trained: Path, tmp_path: Path) -> None:
    tensors = load_file(trained)
    fewer = {name: tensor for name, tensor in tensors.items() if "mid_block_resnets_0_conv1" not in name}
    save_file(fewer, tmp_path / "fewer.safetensors")

    with pytest.raises(LoraFileInvalid, match="lora lacks layers"):
        lora_file.prove(
            tmp_path / "fewer.safetensors", as_stored(layers_of(flow_model), tensors), flow_model.pipeline
        )


@pytest.mark.parametrize("content", ["text", "other weights", "half", "missing"])
def test_a_file_that_is_no_lora_is_refused_with_its_name(
    flow_model: UnetModel, trained: Path, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "odd.safetensors"
    match content:
        case "text":
            path.write_text("hello")
        case "other weights":
            save_file({"layer.weight": torch.zeros(3)}, path)
        case "half":
            path.write_bytes(trained.read_bytes()[: trained.stat().st_size // 2])
        case _:
            assert not path.exists()
    with pytest.raises(LoraFileInvalid, match=r"odd\.safetensors"):
        draw(flow_model, DrawRequest(PROMPT, seeds=(1,), loras=(LoraFile(path),), steps=1))


def layers_of(model: UnetModel) -> list[str]:
    with trainable_lora(model.unet, rank=4, layers=model.family.layers, seed=1) as lora:
        return list(lora.layers)


def as_stored(names: list[str], tensors: dict[str, torch.Tensor]) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    stems = {name: f"lora_unet_{name.replace('.', '_')}" for name in names}
    return {
        name: (tensors[f"{stem}.lora_down.weight"].float(), tensors[f"{stem}.lora_up.weight"].float())
        for name, stem in stems.items()
    }
