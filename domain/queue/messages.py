"""What travels between the bot and a worker."""

from dataclasses import dataclass

from domain.datasets.dataset import Kind
from domain.orders.facts import Fact, FactKind
from domain.orders.progress import Sample
from domain.training.settings import TrainingSettings

MOST_PROGRESS_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class BlobRef:
    """A file by its SHA-256 and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class TrainImage:
    """One image to train on, or a held-out one for validation."""

    blob: BlobRef
    caption: str
    held_out: bool


@dataclass(frozen=True, slots=True)
class TrainJob:
    """A complete training, for which a worker needs nothing but the files that it names."""

    checkpoint: str
    kind: Kind
    trigger_word: str
    settings: TrainingSettings
    images: tuple[TrainImage, ...]


@dataclass(frozen=True, slots=True)
class DrawLora:
    """A LoRA to draw with, as the hash of its stored file and its strength."""

    sha256: str
    strength: float


@dataclass(frozen=True, slots=True)
class DrawSource:
    """The source image of a drawing, as the hash of its stored file and how much of it may change (0.05 to 1)."""

    sha256: str
    change: float


@dataclass(frozen=True, slots=True)
class DrawJob:
    """A complete drawing.

    Picture `i` uses seed `seed + i`. Width and height are in pixels.
    """

    checkpoint: str
    prompt: str
    loras: tuple[DrawLora, ...]
    count: int
    seed: int
    width: int
    height: int
    source: DrawSource | None = None


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How a job goes.

    Losses are mean squared errors, the held-out one on images that are not trained on.
    """

    step: int = 0
    of: int = 0
    message: Fact | None = None
    steps_per_second: float | None = None
    loss: float | None = None
    base_loss: float | None = None
    held_out_loss: float | None = None
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainResult:
    """A finished training.

    `best_step` is the step whose weights the file holds, and `seconds` the time that it took.
    """

    checkpoint: str
    lora: BlobRef
    base_loss: float | None
    held_out_loss: float | None
    best_step: int
    steps: int
    stopped_early: bool
    samples: tuple[Sample, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class DrawResult:
    """A finished drawing with its pictures in the order of their seeds."""

    checkpoint: str
    pictures: tuple[BlobRef, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed."""

    reason: Fact


def current_drawing(record: dict[str, object]) -> dict[str, object]:
    """Return a record of `DrawJob` in which an older bot's `start` is called `source`."""
    return {"source" if name == "start" else name: value for name, value in record.items()}


def current_progress(record: dict[str, object]) -> dict[str, object]:
    """Return a record of `JobProgress` in which an older worker's sentence is a fact."""
    message = record.get("message")
    return {**record, "message": _words(message) if isinstance(message, str) else message}


def current_failure(record: dict[str, object]) -> dict[str, object]:
    """Return a record of `Failure` in which an older worker's sentence is a fact."""
    if "message" not in record:
        return record
    reference = f" Reference `{record['reference']}`." if record.get("reference") else ""
    return {"reason": _words(f"{record['message']}{reference}")}


def _words(said: str) -> dict[str, object] | None:
    return {"kind": FactKind.WORDS, "values": {"said": said}} if said else None
