"""Drawing: a seed is a picture, LoRAs come and go, the checkpoint stays as it is."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from tests.worker.conftest import fingerprint_of
from worker.drawing import DrawRequest, LoraFile, draw
from worker.lora.layers import trainable_lora
from worker.models.unet import UnetModel


@pytest.fixture(scope="module")
def loras(flow_model: UnetModel, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two LoRAs of random weights."""
    folder = tmp_path_factory.mktemp("loras")
    return [_random_lora(flow_model, folder / f"{seed}.safetensors", seed) for seed in (1, 2)]


def _random_lora(model: UnetModel, path: Path, seed: int) -> Path:
    with trainable_lora(model.unet, rank=2, layers=model.family.layers, seed=seed) as lora:
        torch.manual_seed(seed)
        torch.nn.init.normal_(lora.weights, std=0.3)
        tensors: dict[str, torch.Tensor] = {}
        for name, (down, up) in lora.layers.items():
            stem = f"lora_unet_{name.replace('.', '_')}"
            tensors |= {
                f"{stem}.lora_down.weight": down.detach().clone(),
                f"{stem}.lora_up.weight": up.detach().clone(),
            }
            tensors[f"{stem}.alpha"] = torch.tensor(2.0)
    save_file(tensors, path)
    return path


def drawn(model: UnetModel, *seeds: int, loras: tuple[LoraFile, ...] = (), prompt: str = "a dot") -> list[bytes]:
    return [picture.tobytes() for picture in draw(model, DrawRequest(prompt, seeds, loras, steps=3))]


def test_a_seed_gives_the_same_picture_whatever_the_count(flow_model: UnetModel) -> None:
    three = drawn(flow_model, 7, 8, 9)

    assert drawn(flow_model, 8) == [three[1]]
    assert len(set(three)) == 3


def test_the_checkpoint_draws_the_same_before_and_after_loras(flow_model: UnetModel, loras: list[Path]) -> None:
    weights, before = fingerprint_of(flow_model), drawn(flow_model, 7)
    drawn(flow_model, 7, loras=tuple(LoraFile(path) for path in loras))

    assert drawn(flow_model, 7) == before
    assert fingerprint_of(flow_model) == weights


def test_the_checkpoint_is_untouched_when_drawing_is_stopped_halfway(
    flow_model: UnetModel, loras: list[Path]
) -> None:
    weights, before = fingerprint_of(flow_model), drawn(flow_model, 7)

    def stop(done: int, _of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw(flow_model, DrawRequest("a dot", (7,), (LoraFile(loras[0]),), steps=3), on_step=stop)

    assert drawn(flow_model, 7) == before
    assert fingerprint_of(flow_model) == weights


def test_strength_and_company_of_loras_change_the_picture(flow_model: UnetModel, loras: list[Path]) -> None:
    one, other = loras
    base = drawn(flow_model, 7)
    pictures = [
        drawn(flow_model, 7, loras=uses)
        for uses in (
            (LoraFile(one),),
            (LoraFile(one, 0.4),),
            (LoraFile(other),),
            (LoraFile(one), LoraFile(other)),
            (LoraFile(one), LoraFile(other, 0.3)),
        )
    ]

    assert drawn(flow_model, 7, loras=(LoraFile(one, 0.0),)) == base
    assert len({picture[0] for picture in [base, *pictures]}) == 6


def test_sizes_are_rounded_to_what_the_checkpoint_can_draw(flow_model: UnetModel) -> None:
    pictures = draw(flow_model, DrawRequest("a dot", (1,), width=50, height=1, steps=1))

    assert [picture.size for picture in pictures] == [(48, 8)]
    assert all(isinstance(picture, Image.Image) for picture in pictures)


def test_steps_are_counted_over_all_pictures(flow_model: UnetModel) -> None:
    counted: list[tuple[int, int]] = []
    draw(flow_model, DrawRequest("a dot", (1, 2), steps=2), on_step=lambda done, of: counted.append((done, of)))

    assert counted == [(1, 4), (2, 4), (3, 4), (4, 4)]
