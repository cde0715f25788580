"""The making of a small checkpoint, up to a folder that plain diffusers draws with."""

from dataclasses import replace
from pathlib import Path

import pytest
from diffusers import StableDiffusionPipeline

from checkpoints.atelier_tiny.training.checkpoint import make
from checkpoints.atelier_tiny.training.recipe import Recipe

SMALL = replace(
    Recipe(),
    drawings=96,
    held_out=16,
    autoencoder_channels=(12, 12, 24),
    autoencoder_batch=4,
    text_width=32,
    text_layers=1,
    denoiser_channels=(16, 16, 16),
    denoiser_batch=4,
    warm_up=2,
    half_precision=True,
    sheet_prompts=1,
)
INSTANT = 0.01  # minutes: at least one step of each kind


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> tuple[Path, Path]:
    work, out = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("made")
    make(SMALL, work=work, out=out, minutes=INSTANT, report=lines.append)
    return work, out


def test_the_folder_draws_in_plain_diffusers(folders: tuple[Path, Path]) -> None:
    pipeline = StableDiffusionPipeline.from_pretrained(folders[1])
    pipeline.set_progress_bar_config(disable=True)
    image = pipeline("a red circle", height=64, width=64, num_inference_steps=2).images[0]

    assert image.size == (64, 64)


def test_the_card_tells_what_the_run_reported(folders: tuple[Path, Path], lines: list[str]) -> None:
    card = (folders[1] / "README.md").read_text()
    result = next(line for line in lines if "held-out loss" in line)

    assert result in card
    assert "drawings = 96" in card


def test_a_second_run_continues_from_what_the_first_one_kept(folders: tuple[Path, Path], tmp_path: Path) -> None:
    work, _ = folders
    again: list[str] = []
    before = (work / "autoencoder" / "diffusion_pytorch_model.safetensors").read_bytes()
    make(SMALL, work=work, out=tmp_path, minutes=INSTANT, report=again.append)

    assert (work / "autoencoder" / "diffusion_pytorch_model.safetensors").read_bytes() == before
    assert any("going on from step" in line for line in again)
    assert not any("drew 96" in line for line in again)
