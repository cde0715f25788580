"""What travels between the bot and a worker: the work, how it goes, and what came out."""

from dataclasses import dataclass

from domain.datasets.dataset import Kind
from domain.training.settings import TrainingSettings
from domain.training.tasks import Sample

MOST_PROGRESS_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class BlobRef:
    """A file by its content: SHA-256 and size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class TrainImage:
    """One image to train on, or to measure on when it is held out."""

    blob: BlobRef
    caption: str
    held_out: bool


@dataclass(frozen=True, slots=True)
class TrainJob:
    """A training, complete: a worker needs nothing but the files it names."""

    checkpoint: str
    kind: Kind
    trigger_word: str
    settings: TrainingSettings
    images: tuple[TrainImage, ...]


@dataclass(frozen=True, slots=True)
class DrawLora:
    """A LoRA to draw with: the stored file's hash, and how strongly."""

    sha256: str
    strength: float


@dataclass(frozen=True, slots=True)
class DrawStart:
    """A picture to start from: the stored file's hash, and how much of it may change (0.05 to 1)."""

    sha256: str
    change: float


@dataclass(frozen=True, slots=True)
class DrawJob:
    """A drawing, complete; picture `i` uses seed `seed + i`; width and height in pixels."""

    checkpoint: str
    prompt: str
    loras: tuple[DrawLora, ...]
    count: int
    seed: int
    width: int
    height: int
    start: DrawStart | None = None


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How a job goes; losses are mean squared errors, held-out ones on images that are not trained on."""

    step: int = 0
    of: int = 0
    message: str = ""
    steps_per_second: float | None = None
    loss: float | None = None
    base_loss: float | None = None
    held_out_loss: float | None = None
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainResult:
    """A finished training; `best_step` is the step whose weights the file holds, `seconds` the time it took."""

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
    """A finished drawing, its pictures in the order of their seeds."""

    checkpoint: str
    pictures: tuple[BlobRef, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed: a sentence for the member, and the id under which the log has the details."""

    message: str
    reference: str = ""
