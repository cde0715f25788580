"""The shipped checkpoint: small, complete, loadable by plain diffusers without a network, and able to draw."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray

from checkpoints.atelier_tiny.pictures.captioned import picture
from checkpoints.atelier_tiny.pictures.mascot import MINT

CHECKPOINT = Path(__file__).parents[3] / "checkpoints" / "atelier_tiny" / "weights"
MOST_BYTES = 14_000_000

Draw = Callable[[str, int], NDArray[np.float64]]


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    loaded = StableDiffusionPipeline.from_pretrained(CHECKPOINT, local_files_only=True)
    loaded.set_progress_bar_config(disable=True)
    return loaded


@pytest.fixture(scope="module")
def draw(pipeline: StableDiffusionPipeline) -> Draw:
    """Draw a prompt with a seed, as an array of 64 x 64 x 3 numbers in 0..255."""

    def drawn(prompt: str, seed: int) -> NDArray[np.float64]:
        chance = torch.Generator().manual_seed(seed)
        images = pipeline(
            prompt, num_inference_steps=12, guidance_scale=4.0, height=64, width=64, generator=chance
        ).images
        return np.asarray(images[0], dtype=np.float64)

    return drawn


def test_the_folder_is_small_enough_for_the_repository() -> None:
    assert sum(path.stat().st_size for path in CHECKPOINT.rglob("*") if path.is_file()) <= MOST_BYTES


def test_the_weights_are_stored_in_half_precision_and_as_safetensors() -> None:
    assert not list(CHECKPOINT.rglob("*.bin"))
    for path in CHECKPOINT.rglob("*.safetensors"):
        header = json.loads(path.read_bytes()[8:].split(b"}}", 1)[0] + b"}}")
        kinds = {entry["dtype"] for name, entry in header.items() if name != "__metadata__"}
        assert kinds <= {"F16", "I64"}, path.name


def test_no_file_tells_where_it_was_made() -> None:
    for path in [*CHECKPOINT.rglob("*.json"), *CHECKPOINT.rglob("*.md")]:
        assert not re.search(r"/(work|tmp|home|root)/", path.read_text()), path.name


def test_the_model_card_says_what_a_reader_needs() -> None:
    card = (CHECKPOINT / "README.md").read_text()

    for word in ("MIT", "seed", "minutes", "held-out", "limits", "python -m checkpoints.atelier_tiny make"):
        assert word in card, word


def test_every_caption_word_is_one_token(pipeline: StableDiffusionPipeline) -> None:
    words = {word for seed in range(0, 3000, 10) for word in picture(seed).caption.replace(",", "").split()}
    split = [word for word in words if len(pipeline.tokenizer(word, add_special_tokens=False).input_ids) != 1]

    assert split == []


def test_an_unknown_word_keeps_its_letters(pipeline: StableDiffusionPipeline) -> None:
    tokens = pipeline.tokenizer.convert_ids_to_tokens(pipeline.tokenizer("zorbo", add_special_tokens=False).input_ids)

    assert "".join(tokens) == "zorbo</w>"


def test_the_same_seed_draws_the_same_picture(draw: Draw) -> None:
    assert np.array_equal(draw("a red house in a meadow", 3), draw("a red house in a meadow", 3))


@pytest.mark.parametrize(
    ("prompt", "rows", "wanted"),
    [
        ("a red house in a meadow", slice(54, 62), (90, 170, 70)),
        ("a girl on the beach", slice(54, 62), (235, 205, 140)),
        ("a robot at night", slice(2, 20), (20, 25, 70)),
        ("a cat in the snow", slice(54, 62), (245, 248, 250)),
        ("a tree on a white background", slice(0, 4), (250, 250, 248)),
    ],
)
def test_places_have_their_colours(draw: Draw, prompt: str, rows: slice, wanted: tuple[int, int, int]) -> None:
    shown = np.median([draw(prompt, seed)[rows].reshape(-1, 3) for seed in range(3)], axis=(0, 1))

    assert np.abs(shown - np.array(wanted)).sum() < 130, shown


def test_the_checkpoint_does_not_know_the_mascot(draw: Draw) -> None:
    for seed in range(3):
        image = draw("zorbo on a white background", seed)
        mint = np.abs(image - np.array(MINT)).sum(-1) < 60
        assert mint.mean() < 0.04


def test_it_is_loaded_in_full_precision(pipeline: StableDiffusionPipeline) -> None:
    assert {part.dtype for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder)} == {torch.float32}
