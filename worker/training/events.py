"""What a training reports while it runs and when it is done."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Preparing:
    """So many pictures are encoded."""

    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything is encoded, and training goes on after step `resumed_at` (0 is the start)."""

    pictures: int
    held_out: int
    resumed_at: int


@dataclass(frozen=True, slots=True)
class Stepped:
    """A sign of life, at least one per step and some while samples are drawn."""

    step: int
    of: int
    loss: float | None  # a running mean
    steps_per_second: float


@dataclass(frozen=True, slots=True)
class Validated:
    """The loss on the held-out pictures after a step, where step 0 is the base model."""

    step: int
    loss: float
    base: float
    best: float | None
    best_step: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """Samples with fixed prompts and seeds, one file per prompt, where step 0 is the base model."""

    step: int
    paths: tuple[Path, ...]


TrainEvent = Preparing | Prepared | Stepped | Validated | Sampled


@dataclass(frozen=True, slots=True)
class TrainOutcome:
    """A finished training with its proved file.

    Held-out losses are None without held-out pictures.
    """

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
