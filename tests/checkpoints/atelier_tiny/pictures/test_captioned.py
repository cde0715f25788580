"""The captioned pictures that the checkpoint is trained on."""

import re

import numpy as np
import pytest

from checkpoints.atelier_tiny.pictures.captioned import picture
from checkpoints.atelier_tiny.pictures.mascot import TRIGGER

SEEDS = range(0, 1500, 5)


@pytest.fixture(scope="module")
def captions() -> list[str]:
    return [picture(seed).caption for seed in SEEDS]


def test_a_seed_always_draws_the_same_picture() -> None:
    for seed in range(40):
        first, again = picture(seed), picture(seed)

        assert first.caption == again.caption
        assert first.image.tobytes() == again.image.tobytes()


def test_different_seeds_draw_different_pictures() -> None:
    drawn = {picture(seed).image.tobytes() for seed in range(100)}

    assert len(drawn) == 100


def test_pictures_are_64_pixels_wide_and_not_one_flat_colour() -> None:
    flat = 0
    for seed in range(100):
        image = picture(seed).image
        assert (image.mode, image.size) == ("RGB", (64, 64))
        flat += np.asarray(image).std() < 1

    assert flat <= 3  # only "a plain white background" and its kin


def test_captions_are_short_lower_case_english(captions: list[str]) -> None:
    for caption in captions:
        assert re.fullmatch(r"[a-z]+(,? [a-z]+)*", caption), caption
        assert 1 <= len(caption.split()) <= 40


def test_articles_fit_the_words_they_stand_before(captions: list[str]) -> None:
    for caption in captions:
        assert not re.search(r"\ba [aeiou]|\ban [^aeiou]", caption), caption


def test_captions_vary(captions: list[str]) -> None:
    assert len(set(captions)) > 0.95 * len(captions)
    words = {word for caption in captions for word in caption.split()}
    assert len(words) > 250


def test_the_mascot_is_in_no_caption(captions: list[str]) -> None:
    for caption in captions:
        assert TRIGGER not in caption
        assert "mint" not in caption
        assert "boots" not in caption
