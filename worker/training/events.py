"""What a training tells while it runs and when it is done, and how it is asked to stop."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Preparing:
    """So many pictures are encoded."""

    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything is encoded; training goes on after step `resumed_at` (0: from the start)."""

    pictures: int
    held_out: int
    resumed_at: int


@dataclass(frozen=True, slots=True)
class Stepped:
    """A sign of life: at least one per step, and some while samples are drawn; `loss` is a running mean."""

    step: int
    of: int
    loss: float | None
    steps_per_second: float


@dataclass(frozen=True, slots=True)
class Measured:
    """An exam on the held-out pictures; `step` 0 is the base model."""

    step: int
    loss: float
    base: float
    best: float | None
    best_step: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """Samples drawn with fixed prompts and seeds, one file per prompt; `step` 0 is the base model."""

    step: int
    paths: tuple[Path, ...]


TrainEvent = Preparing | Prepared | Stepped | Measured | Sampled


class Cancelled(Exception):
    """Raised by `on_event`: stop, nothing is kept."""


class Drained(Exception):
    """Raised by `on_event`: stop now, save the state, continue later."""


@dataclass(frozen=True, slots=True)
class TrainOutcome:
    """A finished training: the proved file, held-out losses (None without held-out pictures), samples, duration."""

    lora: Path
    sha256: str
    size: int  # bytes
    base_loss: float | None
    best_loss: float | None
    best_step: int
    steps: int  # done in all
    stopped_early: bool
    samples: tuple[Sampled, ...]
    seconds: float  # since the first start, pauses included
