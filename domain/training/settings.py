"""How a training is set, within which bounds, and what a backend says that it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.datasets.dataset import Kind
from domain.orders.facts import Fact
from domain.training.errors import LearningRateUnknown, MethodUnknown, ResolutionUneven, SettingOutOfBounds

QUOTE_SECONDS = 600  # a quote is valid for ten minutes
APPROVAL_SECONDS = 24 * 3600  # how long a confirmed quote waits for an approval
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
        """Raise `SettingOutOfBounds` when `value` lies outside."""
        if not self.low <= value <= self.high:
            raise SettingOutOfBounds(name, self.low, self.high, value)


STEPS = Bounds(10, 4_000)
LEARNING_RATE = Bounds(1e-6, 1e-2)
RANK = Bounds(2, 128)
RESOLUTION = Bounds(64, 1_024)
SEED = Bounds(0, 2**31 - 1)


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How a LoRA is trained. Steps are optimizer steps. Resolution is the side of the square in pixels."""

    steps: int
    learning_rate: float
    rank: int
    resolution: int
    seed: int = 0
    method: str = ""  # which of its ways of training the checkpoint uses; empty where there is only one


@dataclass(frozen=True, slots=True)
class AllowedSettings:
    """The bounds of what a member may set for a checkpoint, None where the backend decides itself."""

    steps: Bounds | None = STEPS
    learning_rate: Bounds | None = LEARNING_RATE
    learning_rates: Sequence[float] = ()  # when only these are taken
    rank: Bounds | None = RANK
    resolution: Bounds | None = RESOLUTION
    resolution_step: int = 8  # pixels; a resolution is a multiple of it
    seed: Bounds | None = SEED
    methods: Sequence[str] = ()  # ways of training to choose from; empty where there is only one

    def check(self, settings: TrainingSettings) -> None:
        """Raise `InvalidInput` naming the first setting that is out of bounds."""
        for name, bounds, value in (
            ("Steps", self.steps, settings.steps),
            ("Learning rate", self.learning_rate, settings.learning_rate),
            ("Rank", self.rank, settings.rank),
            ("Resolution", self.resolution, settings.resolution),
            ("Seed", self.seed, settings.seed),
        ):
            if bounds is not None:
                bounds.check(name, value)
        if self.resolution is not None and settings.resolution % self.resolution_step:
            raise ResolutionUneven(self.resolution_step, settings.resolution)
        if self.learning_rates and settings.learning_rate not in self.learning_rates:
            raise LearningRateUnknown(self.learning_rates, settings.learning_rate)
        if self.methods and settings.method not in self.methods:
            raise MethodUnknown(self.methods)


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """A base model that a backend can adapt. `presets` are its own settings for each preset."""

    name: str
    label: str
    family: str
    resolution: int
    presets: Mapping[Preset, TrainingSettings]
    allowed: AllowedSettings = AllowedSettings()
    method_for: Mapping[Kind, str] = field(default_factory=dict)  # the usual way of training for each kind

    def settings(self, preset: Preset, *, kind: Kind, seed: int) -> TrainingSettings:
        """Return this checkpoint's settings for a preset and a kind of dataset."""
        return replace(self.presets[preset], seed=seed, method=self.method_for.get(kind, ""))


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of a quote with its price in millionths of a US dollar."""

    what: Fact
    micros: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a backend says a training will take. None means that it is not known."""

    cost_micros: int | None  # millionths of a US dollar
    wait_seconds: float | None
    train_seconds: float | None
    where: str  # a sentence: where the pictures go
    lines: Sequence[QuoteLine] = ()  # what the cost is made of
    ceiling_micros: int | None = None  # the most that it may come to; None when that is the cost itself
    price_source: Fact | None = None  # where the price is from

    @property
    def most_micros(self) -> int | None:
        """Return the amount to set aside for it, None when it is not known."""
        return self.cost_micros if self.ceiling_micros is None else self.ceiling_micros
