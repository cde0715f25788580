"""The worker's command line, as real processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from worker.__main__ import app

ROOT = Path(__file__).resolve().parents[2]


def worker(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "worker", *map(str, arguments)],
        cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_train_then_draw(flow_folder: Path, picture_folder: Path, tmp_path: Path) -> None:
    lora, samples = tmp_path / "zorbo.safetensors", tmp_path / "samples"
    trained = worker(
        "train", "--images", picture_folder, "--trigger", "zorbo", "--out", lora, "--checkpoint", flow_folder,
        "--steps", 2, "--rank", 2, "--samples", samples, "--json",
    )  # fmt: skip
    answer = json.loads(trained.stdout)

    assert trained.returncode == 0
    assert answer["steps"] == 2
    assert answer["size"] == lora.stat().st_size
    assert answer["base_loss"] > 0
    assert (samples / "step-00000-0.png").is_file()

    drawn = worker(
        "draw", "--lora", lora, "--prompt", "a red dot", "--out", tmp_path / "out", "--checkpoint", flow_folder,
        "--count", 2, "--seed", 5, "--steps", 2,
    )  # fmt: skip

    assert drawn.returncode == 0
    assert "zorbo, a red dot" in drawn.stderr
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["seed-5.png", "seed-6.png"]
    with Image.open(tmp_path / "out" / "seed-5.png") as picture:
        assert picture.size == (32, 32)


@pytest.mark.parametrize(
    ("images", "trigger", "out", "words"),
    [
        ("nowhere", "zorbo", "a.safetensors", "no folder"),
        ("empty", "zorbo", "a.safetensors", "no pictures"),
        ("full", "red", "a.safetensors", "everyday word"),
        ("full", "zorbo", "a.png", "end in .safetensors"),
        ("full", "zorbo", "taken.safetensors", "exists already"),
        ("latin", "zorbo", "a.safetensors", "not text in UTF-8"),
    ],
)
def test_what_can_not_be_trained_is_said_in_a_sentence(
    tmp_path: Path, images: str, trigger: str, out: str, words: str
) -> None:
    for name in ("empty", "full", "latin"):
        (tmp_path / name).mkdir()
    for name in ("full", "latin"):
        Image.new("RGB", (8, 8)).save(tmp_path / name / "a.png")
    (tmp_path / "latin" / "a.txt").write_bytes(b"caf\xe9")
    (tmp_path / "taken.safetensors").touch()
    answer = worker("train", "--images", tmp_path / images, "--trigger", trigger, "--out", tmp_path / out, "--json")

    assert answer.returncode == 1
    assert words in json.loads(answer.stdout)["error"]
    assert not (tmp_path / "a.safetensors").exists()


def test_a_damaged_picture_is_named_and_nothing_is_written(flow_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    order = ("train", "--images", tmp_path, "--trigger", "zorbo", "--out", tmp_path / "a.safetensors", "--json")
    answer = CliRunner().invoke(app, [*map(str, order), "--checkpoint", str(flow_folder)])

    assert answer.exit_code == 1
    assert "broken.png" in json.loads(answer.stdout)["error"]
    assert not (tmp_path / "a.safetensors").exists()
