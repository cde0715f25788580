"""The contract between Atelier and any place that trains or draws."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.datasets import Kind
from domain.tasks import Progress, RemoteState, Sample
from domain.training import CheckpointInfo, Estimate, TrainingSettings


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a backend can do; the rest of Atelier offers only that."""

    checkpoints: tuple[CheckpointInfo, ...]
    fewest_images: int = 1
    most_images: int = 200
    captions: bool = True
    cancel: bool = True
    find: bool = True  # can say whether work of a given name exists
    poll_seconds: float = 2.0  # a good pause between two looks at running work
    grace_seconds: float = 120.0  # without a sign of life for longer, a running task is shown as lost
    find_grace_seconds: float = 300.0  # `find` may see work this late that it was handed over
    is_free: bool = False  # costs nothing: own machines; so work that it lost may be handed over again

    def checkpoint(self, name: str) -> CheckpointInfo | None:
        """Return the checkpoint of that name, if this backend has it."""
        return next((c for c in self.checkpoints if c.name == name), None)


@dataclass(frozen=True, slots=True)
class PlanImage:
    """One image to train on: stored under `sha256`, `size` bytes long; `read` gives the bytes."""

    sha256: str
    size: int
    caption: str
    held_out: bool
    read: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """Everything a backend needs to train; `name` is the idempotency name."""

    name: str
    member: str  # an opaque key by which a queue is fair between members
    checkpoint: str
    kind: Kind
    trigger_word: str
    settings: TrainingSettings
    images: Sequence[PlanImage]


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """Work at a backend: its id there."""

    id: str


@dataclass(frozen=True, slots=True)
class TrainedLora:
    """A finished LoRA, its file already in the file store under `sha256`."""

    sha256: str
    size: int
    base_loss: float | None
    held_out_loss: float | None
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class LoraUse:
    """A LoRA to draw with: the stored file's hash, and how strongly."""

    sha256: str
    strength: float


@dataclass(frozen=True, slots=True)
class DrawingPlan:
    """Everything a backend needs to draw; picture `i` uses `seed + i`; `name` is the idempotency name."""

    name: str
    member: str
    checkpoint: str
    prompt: str
    loras: tuple[LoraUse, ...]
    count: int
    seed: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a backend says about a drawing; `pictures` are stored files, complete only when it succeeded."""

    state: RemoteState
    position: int | None = None
    message: str = ""
    pictures: tuple[str, ...] = ()


class TrainingBackend(Protocol):
    """A place that trains. Every call may raise `BackendError`."""

    name: str
    abilities: Abilities

    async def estimate(self, plan: TrainingPlan) -> Estimate:
        """Say what this training will cost and take."""

    async def submit(self, plan: TrainingPlan) -> RemoteTask:
        """Hand the work over: the paid call. Raises `BackendAmbiguous` when the answer was lost."""

    async def find(self, name: str) -> RemoteTask | None:
        """Say whether work of that idempotency name exists."""

    async def poll(self, remote: RemoteTask) -> Progress:
        """Say how the work stands."""

    async def cancel(self, remote: RemoteTask) -> None:
        """Ask to stop the work; stopping twice is fine."""

    async def fetch(self, remote: RemoteTask) -> TrainedLora:
        """Bring the finished LoRA into the file store."""


class ImageBackend(Protocol):
    """A place that draws. Every call may raise `BackendError`."""

    name: str
    abilities: Abilities

    async def draw(self, plan: DrawingPlan) -> RemoteTask:
        """Hand a drawing over; the same name twice is the same drawing."""

    async def drawing(self, remote: RemoteTask) -> Drawing:
        """Say how a drawing stands."""

    async def cancel_drawing(self, remote: RemoteTask) -> None:
        """Ask to stop a drawing; stopping twice is fine."""


class Backend(TrainingBackend, ImageBackend, Protocol):
    """A place that does both."""
