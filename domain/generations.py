"""Drawing: what a member asks for, the recipe it becomes, and the pictures that come back."""

import math
import random
import re
from dataclasses import dataclass, replace
from enum import StrEnum

from domain import text
from domain.errors import InvalidInput
from domain.loras import Lora
from domain.remote_names import drawing_name

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


class GenerationStatus(StrEnum):
    """Where a drawing stands."""

    SUBMITTING = "submitting"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether a drawing in this state never moves again."""
        return self in (GenerationStatus.SUCCEEDED, GenerationStatus.FAILED, GenerationStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Start:
    """A stored picture that a drawing starts from; sizes are pixels."""

    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that is needed to draw the same pictures again; picture `i` uses seed `seed + i`."""

    prompt: str  # as the member wrote it
    full_prompt: str  # with the trigger word
    checkpoint: str
    lora_id: str | None
    strength: float
    count: int
    seed: int
    width: int
    height: int
    start_sha256: str | None = None  # the stored picture that it starts from
    change: float = CHANGE_USUAL  # how much of that may change: 0.05 hardly anything, 1 all of it


@dataclass(frozen=True, slots=True)
class Generation:
    """One drawing that a member asked for; times are UNIX seconds."""

    id: str
    guild_id: int
    channel_id: int
    owner_id: int
    backend: str
    recipe: Recipe
    status: GenerationStatus
    created_at: float
    updated_at: float
    position: int | None = None
    remote_id: str | None = None
    pictures: tuple[str, ...] = ()  # SHA-256 of each stored picture
    reason: str = ""
    parent_id: str | None = None
    deleted_at: float | None = None
    ceiling_micros: int = 0  # what is set aside for it; 0: it is free
    charged_micros: int | None = None  # what it cost, once it ended
    charge_is_guess: bool = False  # its backend did not say what it cost

    @property
    def remote_name(self) -> str:
        """Return the idempotency name under which a backend knows this drawing."""
        return drawing_name(self.id)


def check_waiting(waiting: int) -> None:
    """Raise `InvalidInput` when a member with so many unfinished drawings must wait before the next."""
    if waiting >= WAITING_PER_MEMBER:
        raise InvalidInput(
            f"You have {waiting} drawings waiting already, which is the most for one member. Ask again when one of "
            "them is done. Nothing was drawn or charged."
        )


def alt_text(generation: Generation, model: str, number: int) -> str:
    """Return what a screen reader says for picture `number` (from 1) of a drawing: at most 256 characters."""
    prompt = generation.recipe.prompt
    short = prompt if len(prompt) <= 150 else f"{prompt[:149]}…"
    of = f" ({number} of {generation.recipe.count})" if generation.recipe.count > 1 else ""
    return f"{short}{of} · {model} · AI-generated"


def size_of(ratio: Ratio, resolution: int) -> tuple[int, int]:
    """Return width and height in pixels, multiples of 8 with about `resolution`² pixels."""
    return _sides(ratio.across, ratio.down, resolution)


def size_like(start: Start, resolution: int) -> tuple[int, int]:
    """Return width and height as `size_of` does, in the shape of a picture; a stripe is drawn less long."""
    longest = LONGEST_SHAPE * min(start.width, start.height)
    return _sides(min(start.width, longest), min(start.height, longest), resolution)


def ratio_again(recipe: Recipe) -> Ratio | None:
    """Return the ratio to ask for so that a recipe's size comes again; None when it comes without one.

    A drawing from a picture has either a ratio's size, which is asked for whether or not the picture has that shape
    too, or else the picture's own.
    """
    width, height = recipe.width, recipe.height
    nearest = min(Ratio, key=lambda ratio: abs(math.log(width / height) - math.log(ratio.across / ratio.down)))
    if recipe.start_sha256 is None:
        return None if nearest is Ratio.SQUARE else nearest
    resolution = round((width * height) ** 0.5 / 8) * 8
    return nearest if size_of(nearest, resolution) == (width, height) else None


def _sides(across: int, down: int, resolution: int) -> tuple[int, int]:
    scale = resolution / (across * down) ** 0.5
    return max(8, round(across * scale / 8) * 8), max(8, round(down * scale / 8) * 8)


def no_start(who: str) -> str:
    """Return the refusal of a picture to start from; `who`, at the start of a sentence, can't use one."""
    return (
        f"{who} draws from words alone and can't start from a picture. Leave `image` out, or pick a model that was "
        f"trained elsewhere. {NOTHING_DRAWN}"
    )


def with_trigger(prompt: str, trigger_word: str) -> str:
    """Return the prompt with the trigger word in it, added in front when the member left it out."""
    if re.search(rf"\b{re.escape(trigger_word)}\b", prompt, re.IGNORECASE):
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
    start: Start | None = None,
    change: float = CHANGE_USUAL,
    chance: random.Random,
) -> Recipe:
    """Return the recipe for what a member asked, or raise `InvalidInput`.

    Without a `ratio` it has the shape of the picture that it starts from, or else is square.
    """
    clean = text.prompt(prompt)
    if not STRENGTH_LOWEST <= strength <= STRENGTH_HIGHEST:
        raise InvalidInput(
            f"Strength goes from {STRENGTH_LOWEST:g} to {STRENGTH_HIGHEST:g}; you gave {strength:g}. {NOTHING_DRAWN}"
        )
    if not 1 <= count <= MOST_PICTURES:
        raise InvalidInput(f"I draw 1 to {MOST_PICTURES} pictures at a time; you asked for {count}. {NOTHING_DRAWN}")
    if seed is not None and not 0 <= seed <= SEED_HIGHEST:
        raise InvalidInput(f"A seed is a whole number from 0 to {SEED_HIGHEST:,}. {NOTHING_DRAWN}")
    check_change(change)
    if start and ratio is None:
        width, height = size_like(start, resolution)
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
        start_sha256=start.sha256 if start else None,
        change=change,
    )


def check_change(change: float) -> None:
    """Raise `InvalidInput` when a picture to start from can't be changed that much."""
    if not CHANGE_LOWEST <= change <= CHANGE_HIGHEST:
        raise InvalidInput(
            f"Change goes from {CHANGE_LOWEST:g} to {CHANGE_HIGHEST:g}; you gave {change:g}. {NOTHING_DRAWN}"
        )


def edited(
    old: Recipe, *, prompt: str, strength: float, count: int, seed: int, change: float, lora: Lora | None
) -> Recipe:
    """Return the recipe with a member's changes, in the same shape, from the same picture; raise `InvalidInput`."""
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
    return replace(new, width=old.width, height=old.height, start_sha256=old.start_sha256)


def fresh_seed(chance: random.Random) -> int:
    """Return a seed by chance, so that every picture of the drawing has one within bounds."""
    return chance.randrange(SEED_HIGHEST - MOST_PICTURES)
