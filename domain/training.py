"""Training settings: presets, the bounds of every field, and the quote a member confirms."""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.errors import InvalidInput

QUOTE_SECONDS = 600  # a quote is valid for ten minutes
RUNNING_TASKS_PER_MEMBER = 3  # waiting or running at once


class Preset(StrEnum):
    """How much time a training takes."""

    FAST = "fast"
    BALANCED = "balanced"
    BEST = "best"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and highest value of one setting."""

    low: float
    high: float

    def check(self, name: str, value: float) -> None:
        """Raise `InvalidInput` when `value` lies outside."""
        if not self.low <= value <= self.high:
            raise InvalidInput(
                f"{name} must be between {self.low:g} and {self.high:g}; you gave {value:g}. "
                "Nothing was changed or charged."
            )


STEPS = Bounds(10, 4_000)
LEARNING_RATE = Bounds(1e-6, 1e-2)
RANK = Bounds(2, 128)
RESOLUTION = Bounds(64, 1_024)
SEED = Bounds(0, 2**31 - 1)


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How a LoRA is trained. Steps are optimizer steps; resolution is the side of the square in pixels."""

    steps: int
    learning_rate: float
    rank: int
    resolution: int
    seed: int = 0

    def check(self) -> None:
        """Raise `InvalidInput` naming the first setting that is out of bounds."""
        STEPS.check("Steps", self.steps)
        LEARNING_RATE.check("Learning rate", self.learning_rate)
        RANK.check("Rank", self.rank)
        RESOLUTION.check("Resolution", self.resolution)
        SEED.check("Seed", self.seed)
        if self.resolution % 8:
            raise InvalidInput(
                f"Resolution must be a multiple of 8; {self.resolution} is not. Nothing was changed or charged."
            )


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """A base model that a backend can adapt; `presets` are its own settings for each preset."""

    name: str
    label: str
    family: str
    resolution: int
    presets: dict[Preset, TrainingSettings]

    def settings(self, preset: Preset, *, seed: int) -> TrainingSettings:
        """Return this checkpoint's settings for a preset."""
        return replace(self.presets[preset], seed=seed)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a backend says a training will take. None means that it is not known."""

    cost_micros: int | None  # millionths of a US dollar
    wait_seconds: float | None
    train_seconds: float | None
    where: str  # a sentence: where the pictures go
