"""Perceptual hashes, equal to those of ImageHash, which older databases hold."""

import random
from collections.abc import Callable

import imagehash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from domain.datasets.pictures import are_alike
from storage.pictures.perceptual_hash import BITS, perceptual_hash

Colour = tuple[int, int, int]


def noise(size: tuple[int, int], chance: random.Random) -> Image.Image:
    return Image.frombytes("RGB", size, chance.randbytes(size[0] * size[1] * 3))


def flat(size: tuple[int, int], chance: random.Random) -> Image.Image:
    return Image.new("RGB", size, colour(chance))


def gradient(size: tuple[int, int], chance: random.Random) -> Image.Image:
    ramp = Image.linear_gradient("L").rotate(90 * chance.randrange(4)).resize(size)
    return Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_180).resize(size), ramp))


def circles(size: tuple[int, int], chance: random.Random) -> Image.Image:
    circle, scale = Image.radial_gradient("L").resize(size), chance.random()
    return Image.merge("RGB", (circle, circle.point(lambda value: value * scale), circle))


def stripes(size: tuple[int, int], chance: random.Random) -> Image.Image:
    image, width = flat(size, chance), chance.randrange(1, 40)
    for left in range(0, size[0], 2 * width):
        ImageDraw.Draw(image).rectangle((left, 0, left + width - 1, size[1]), fill=colour(chance))
    return image


def halves(size: tuple[int, int], chance: random.Random) -> Image.Image:
    image = flat(size, chance)
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1]), fill=colour(chance))
    return image


def shapes(size: tuple[int, int], chance: random.Random) -> Image.Image:
    image = flat(size, chance)
    for _ in range(chance.randrange(1, 12)):
        (left, right), (top, bottom) = (sorted(chance.randrange(side) for _ in range(2)) for side in size)
        draw = chance.choice((ImageDraw.Draw(image).ellipse, ImageDraw.Draw(image).rectangle))
        draw((left, top, right, bottom), fill=colour(chance))
    return image


def blurred(size: tuple[int, int], chance: random.Random) -> Image.Image:
    """Return something smooth with a little grain, as photos are."""
    smooth = shapes(size, chance).filter(ImageFilter.GaussianBlur(chance.uniform(0.5, 12)))
    return Image.blend(smooth, noise(size, chance), 0.03)


def mirrored(size: tuple[int, int], chance: random.Random) -> Image.Image:
    image = shapes(size, chance)
    left = image.crop((0, 0, size[0] // 2, size[1]))
    image.paste(left.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (size[0] // 2, 0))
    return image


def colour(chance: random.Random) -> Colour:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)


KINDS = [noise, flat, gradient, circles, stripes, halves, shapes, blurred, mirrored]


@pytest.mark.parametrize("kind", KINDS)
@given(width=st.integers(32, 300), height=st.integers(32, 300), seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_every_hash_equals_that_of_imagehash(
    kind: Callable[[tuple[int, int], random.Random], Image.Image], width: int, height: int, seed: int
) -> None:
    image = kind((width, height), random.Random(seed))

    assert perceptual_hash(image) == str(imagehash.phash(image, hash_size=BITS))


def test_a_smaller_copy_is_alike_and_another_picture_is_not() -> None:
    one, other = (blurred((256, 256), random.Random(seed)) for seed in (1, 2))

    assert are_alike(perceptual_hash(one), perceptual_hash(one.resize((128, 128))))
    assert not are_alike(perceptual_hash(one), perceptual_hash(other))
