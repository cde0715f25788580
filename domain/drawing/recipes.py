"""All that is needed to draw pictures, made from what a member asks for."""

import math
import random
from dataclasses import dataclass, replace
from enum import StrEnum

from domain import text
from domain.datasets.trigger_words import has_word
from domain.drawing.errors import (
    ChangeOutOfBounds,
    CountOutOfBounds,
    SeedOutOfBounds,
    StrengthOutOfBounds,
    TooManyWaiting,
)
from domain.models.loras import Lora

MOST_PICTURES = 4
STRENGTH_LOWEST, STRENGTH_HIGHEST = 0.0, 2.0
CHANGE_LOWEST, CHANGE_HIGHEST, CHANGE_USUAL = 0.05, 1.0, 0.6  # of a picture to start from
LONGEST_SHAPE = 3  # times its short side: a longer picture to start from is drawn in this shape
WAITING_PER_MEMBER = 4  # drawings waiting or running at once
SEED_HIGHEST = 2**31 - 1
NOTHING_DRAWN = "Nothing was drawn or charged."


class Ratio(StrEnum):
    """The shape of a picture."""

    SQUARE = "1:1"
    PORTRAIT = "3:4"
    LANDSCAPE = "4:3"
    TALL = "9:16"
    WIDE = "16:9"

    @property
    def across(self) -> int:
        """Return its width, in parts of the same size as those of `down`."""
        return int(self.value.split(":")[0])

    @property
    def down(self) -> int:
        """Return its height, in parts of the same size as those of `across`."""
        return int(self.value.split(":")[1])


@dataclass(frozen=True, slots=True)
class SourceImage:
    """A stored picture that a drawing starts from. Sizes are in pixels."""

    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that is needed to draw the same pictures again. Picture `i` uses seed `seed + i`."""

    prompt: str  # as the member wrote it
    full_prompt: str  # with the trigger word
    checkpoint: str
    lora_id: str | None
    strength: float
    count: int
    seed: int
    width: int
    height: int
    source_sha256: str | None = None  # the stored picture that it starts from
    change: float = CHANGE_USUAL  # how much of that may change: 0.05 hardly anything, 1 all of it


def check_waiting(waiting: int) -> None:
    """Raise `InvalidInput` when a member with so many unfinished drawings must wait before the next."""
    if waiting >= WAITING_PER_MEMBER:
        raise TooManyWaiting(waiting)


def size_of(ratio: Ratio, resolution: int) -> tuple[int, int]:
    """Return width and height in pixels, multiples of 8 with about `resolution`² pixels."""
    return _sides(ratio.across, ratio.down, resolution)


def size_like(source: SourceImage, resolution: int) -> tuple[int, int]:
    """Return width and height as `size_of` does, in the shape of a picture. A stripe is drawn less long."""
    longest = LONGEST_SHAPE * min(source.width, source.height)
    return _sides(min(source.width, longest), min(source.height, longest), resolution)


def ratio_again(recipe: Recipe) -> Ratio | None:
    """Return the ratio to ask for so that a recipe's size comes again, None when it comes without one.

    A drawing from a picture has either a ratio's size, which is asked for whether or not the picture has that shape
    too, or else the picture's own.
    """
    width, height = recipe.width, recipe.height
    nearest = min(Ratio, key=lambda ratio: abs(math.log(width / height) - math.log(ratio.across / ratio.down)))
    if recipe.source_sha256 is None:
        return None if nearest is Ratio.SQUARE else nearest
    resolution = round((width * height) ** 0.5 / 8) * 8
    return nearest if size_of(nearest, resolution) == (width, height) else None


def _sides(across: int, down: int, resolution: int) -> tuple[int, int]:
    scale = resolution / (across * down) ** 0.5
    return max(8, round(across * scale / 8) * 8), max(8, round(down * scale / 8) * 8)


def no_start(who: str) -> str:
    """Return the refusal of a source image. `who`, at the start of a sentence, can't use one."""
    return (
        f"{who} draws from words alone and can't start from a picture. Leave `image` out, or pick a model that was "
        f"trained elsewhere. {NOTHING_DRAWN}"
    )


def with_trigger(prompt: str, trigger_word: str) -> str:
    """Return the prompt with the trigger word in it, added in front when the member left it out."""
    if has_word(prompt, trigger_word):
        return prompt
    return f"{trigger_word}, {prompt}"


def recipe(
    *,
    prompt: str,
    lora: Lora | None,
    checkpoint: str,
    resolution: int,
    strength: float = 1.0,
    count: int = 1,
    seed: int | None = None,
    ratio: Ratio | None = None,
    source: SourceImage | None = None,
    change: float = CHANGE_USUAL,
    chance: random.Random,
) -> Recipe:
    """Return the recipe for what a member asked, or raise `InvalidInput`.

    Without a `ratio` it has the shape of the picture that it starts from, or else is square.
    """
    clean = text.prompt(prompt)
    if not STRENGTH_LOWEST <= strength <= STRENGTH_HIGHEST:
        raise StrengthOutOfBounds(strength)
    if not 1 <= count <= MOST_PICTURES:
        raise CountOutOfBounds(count)
    if seed is not None and not 0 <= seed <= SEED_HIGHEST:
        raise SeedOutOfBounds
    check_change(change)
    if source and ratio is None:
        width, height = size_like(source, resolution)
    else:
        width, height = size_of(ratio or Ratio.SQUARE, resolution)
    return Recipe(
        prompt=clean,
        full_prompt=with_trigger(clean, lora.trigger_word) if lora else clean,
        checkpoint=checkpoint,
        lora_id=lora.id if lora else None,
        strength=strength,
        count=count,
        seed=fresh_seed(chance) if seed is None else seed,
        width=width,
        height=height,
        source_sha256=source.sha256 if source else None,
        change=change,
    )


def check_change(change: float) -> None:
    """Raise `InvalidInput` when a picture to start from can't be changed that much."""
    if not CHANGE_LOWEST <= change <= CHANGE_HIGHEST:
        raise ChangeOutOfBounds(change)


def edited(
    old: Recipe, *, prompt: str, strength: float, count: int, seed: int, change: float, lora: Lora | None
) -> Recipe:
    """Return the recipe with a member's changes, in the same shape, from the same picture. Raises `InvalidInput`."""
    new = recipe(
        prompt=prompt,
        lora=lora,
        checkpoint=old.checkpoint,
        resolution=old.width,
        strength=strength,
        count=count,
        seed=seed,
        change=change,
        chance=random.Random(0),
    )
    return replace(new, width=old.width, height=old.height, source_sha256=old.source_sha256)


def fresh_seed(chance: random.Random) -> int:
    """Return a seed by chance, so that every picture of the drawing has one within bounds."""
    return chance.randrange(SEED_HIGHEST - MOST_PICTURES)
