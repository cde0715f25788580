"""The drawn pictures: the same for the same seed, well captioned, and without the mascot."""

import re

import numpy as np
import pytest

from checkpoints.atelier_tiny.pictures.captioned import picture
from checkpoints.atelier_tiny.pictures.colours import NAMED, difference
from checkpoints.atelier_tiny.pictures.mascot import MINT, POSES, TRIGGER, draw_mascot, mascot_picture
from checkpoints.atelier_tiny.pictures.things import THINGS

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


def test_every_kind_of_thing_is_drawn_and_named() -> None:
    everything = " ".join(picture(seed).caption for seed in range(1500, 4500))
    unnamed = [name for name, thing in THINGS.items() if not any(word in everything for word in thing.names)]

    assert unnamed == []


def test_the_mascot_is_in_no_caption(captions: list[str]) -> None:
    for caption in captions:
        assert TRIGGER not in caption
        assert "mint" not in caption
        assert "boots" not in caption


def test_no_named_colour_is_the_mascots() -> None:
    for name, rgb in NAMED.items():
        assert difference(rgb, MINT) > 100, name


def test_the_mascot_is_drawn_in_twelve_different_ways() -> None:
    drawn = {mascot_picture(number, pixels=64).finished().tobytes() for number in range(len(POSES))}

    assert len(drawn) == 12
    assert len({pose.words for pose in POSES}) >= 10


def test_the_mascot_is_mint_in_every_picture() -> None:
    for number in range(len(POSES)):
        pixels = np.asarray(mascot_picture(number, pixels=64).finished()).astype(int)
        mint = np.abs(pixels - np.array(MINT)).sum(axis=-1) < 30

        assert mint.mean() > 0.04, number


def test_drawing_the_mascot_leaves_the_rest_of_the_picture_alone() -> None:
    canvas = mascot_picture(0, pixels=64)
    corner = canvas.image.getpixel((2, 2))
    draw_mascot(canvas.pen().at(0, 0, 0.5), POSES[0])

    assert canvas.image.getpixel((2, 2)) == corner
