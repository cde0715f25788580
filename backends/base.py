"""The contract between Atelier and any place that trains or draws."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from domain.datasets.dataset import Kind
from domain.orders.facts import Fact
from domain.orders.progress import Progress, RemoteState, Sample
from domain.training.settings import CheckpointInfo, Estimate, TrainingSettings


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a backend can do, and so what members are offered."""

    checkpoints: tuple[CheckpointInfo, ...]
    fewest_images: int = 1
    most_images: int = 200
    captions: bool = True
    cancel: bool = True
    lists: bool = False  # can say how many trainings stand at once
    find: bool = True  # can say whether work of a given name exists
    poll_seconds: float = 2.0  # a good pause between two looks at running work
    grace_seconds: float = 120.0  # without a sign of life for longer, a running task is shown as lost
    find_grace_seconds: float = 300.0  # `find` may see work this late that it was handed over
    stuck_seconds: float = 24 * 3600.0  # waiting at the backend for longer is unusual, and said so
    is_free: bool = False  # costs nothing: own machines; so work that it lost may be handed over again
    draws_by_name: bool = False  # a drawing handed over twice under one name is one drawing
    stops_drawings: bool = True  # a drawing that was ordered can still be stopped
    draws_from_image: bool = False  # can draw from a picture and words, not from words alone

    def checkpoint(self, name: str) -> CheckpointInfo | None:
        """Return the checkpoint of that name, if this backend has it."""
        return next((c for c in self.checkpoints if c.name == name), None)


@dataclass(frozen=True, slots=True)
class PlanImage:
    """One image to train on, stored under `sha256`, `size` bytes long, whose bytes `read` gives."""

    sha256: str
    size: int
    caption: str
    held_out: bool
    read: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """Everything a backend needs to train, with the idempotency name."""

    name: str
    member: str  # an opaque key by which a queue is fair between members
    checkpoint: str
    kind: Kind
    trigger_word: str
    settings: TrainingSettings
    images: Sequence[PlanImage]


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """Work at a backend, by its id there."""

    id: str


@dataclass(frozen=True, slots=True)
class RemoteWork:
    """Work that a backend holds under one of our names, for the daily audit."""

    id: str
    name: str
    state: RemoteState


@dataclass(frozen=True, slots=True)
class TrainedLora:
    """A finished LoRA, as a stored file, or as what its backend calls it, or both.

    `sha256` and `size` are of the file in the file store (None where the backend keeps the weights). `reference` is
    what the backend calls the LoRA when it draws with it (empty where the file is enough).
    """

    sha256: str | None
    size: int
    base_loss: float | None = None
    held_out_loss: float | None = None
    samples: tuple[Sample, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class LoraUse:
    """A LoRA to draw with, named as `TrainedLora` said, and how strongly."""

    sha256: str | None
    strength: float
    reference: str = ""


@dataclass(frozen=True, slots=True)
class SourceImage:
    """The picture that a drawing starts from (img2img), stored under `sha256`, whose bytes `read` gives.

    `change` is how much of it may change: 0.05 hardly anything, 1 all of it.
    """

    sha256: str
    change: float
    read: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class DrawingPlan:
    """Everything a backend needs to draw, with the idempotency name.

    Picture `i` uses `seed + i`.
    """

    name: str
    member: str
    checkpoint: str
    prompt: str
    loras: tuple[LoraUse, ...]
    count: int
    seed: int
    width: int
    height: int
    source_image: SourceImage | None = None


@dataclass(frozen=True, slots=True)
class DrawingProgress:
    """What a backend says about a drawing.

    `pictures` are stored files, there only when it succeeded. It succeeded when at least one of the pictures came,
    since they are paid. Then `notes` say what became of the others. `message` says why it failed or was stopped.
    """

    state: RemoteState
    position: int | None = None
    message: Fact | None = None
    notes: tuple[Fact, ...] = ()
    pictures: tuple[str, ...] = ()
    cost_micros: int | None = None


class ResultStore(Protocol):
    """Where what a backend sends is checked and kept, before anything else sees it."""

    async def picture(self, content: bytes) -> str:
        """Clean a drawn picture, store it, and return its SHA-256. Raises `Unusable`, `StorageFull`."""

    async def lora(self, content: bytes) -> str:
        """Check a safetensors file, store it, and return its SHA-256. Raises `Unusable`, `StorageFull`."""


class TrainingBackend(Protocol):
    """A place that trains.

    Every call may raise `BackendError`. A remote id holds all that must be known to follow work, so a fresh object
    goes on where the last one stopped. What a backend says is a `Fact`. A status that is not documented is no end. It
    is logged, and counts as waiting or running. `cost_micros` is set only when it is certain.
    """

    name: str
    abilities: Abilities

    async def health(self) -> str:
        """Say in a sentence that the place answers and takes our key.

        It spends nothing. Raises `BackendError` where it does not.
        """

    async def owned(self) -> Sequence[RemoteWork]:
        """Return the trainings that the place holds under our names, none where it can't list them."""

    async def estimate(self, plan: TrainingPlan) -> Estimate:
        """Say what this training will cost and take.

        It orders nothing. The amounts of its lines add up to its cost, and it says where the price is from and where
        the pictures go.
        """

    async def submit(self, plan: TrainingPlan) -> RemoteTask:
        """Hand the work over, which is the paid call.

        It is made once, under the plan's name. Raises `BackendAmbiguous` when its answer was lost or can't be read.
        After any other `BackendError` nothing was ordered.
        """

    async def find(self, name: str) -> RemoteTask | None:
        """Return the work of that idempotency name, None where there is none.

        It finds work that waits or runs too. Where the abilities say that it can't `find`, None proves nothing.
        """

    async def poll(self, remote: RemoteTask) -> Progress:
        """Say how the work stands.

        Raises `BackendRejected` when the place does not know it.
        """

    async def poll_many(self, remotes: Sequence[RemoteTask]) -> Mapping[str, Progress]:
        """Say how many trainings stand, by remote id, in as few requests as the place allows.

        What a list does not say for certain is left out, and polled by itself. A place without a list returns
        nothing.
        """

    async def cancel(self, remote: RemoteTask) -> None:
        """Ask to stop the work.

        It returns quietly when the work is stopped, over or gone already. What it raises is asked again before every
        look. Where the abilities say that it can't `cancel`, it raises `BackendRejected`.
        """

    async def fetch(self, remote: RemoteTask) -> TrainedLora:
        """Bring the finished LoRA into the file store.

        Fetched again it is the same. `BackendRejected` is for good, as the work failed, was stopped, or is not known.
        What is not there yet is `BackendUnavailable`.
        """


class ImageBackend(Protocol):
    """A place that draws.

    Every call may raise `BackendError`.
    """

    name: str
    abilities: Abilities

    def price_of_drawing(self, plan: DrawingPlan) -> int | None:
        """Return what a drawing will cost at most, in millionths of a US dollar.

        None means that it is not known.
        """

    async def draw(self, plan: DrawingPlan) -> RemoteTask:
        """Hand a drawing over, which is the paid call, or one for each picture.

        Raises `BackendAmbiguous` when the answer was lost. Once a picture was taken, no other error is raised. Where
        the abilities say `draws_by_name`, the same name twice is the same drawing. Raises `BackendRejected` for a
        plan with a `source_image`, before anything is sent, where they don't say `draws_from_image`.
        """

    async def drawing(self, remote: RemoteTask) -> DrawingProgress:
        """Say how a drawing stands, and bring its pictures into the file store once it has succeeded."""

    async def cancel_drawing(self, remote: RemoteTask) -> None:
        """Ask to stop a drawing.

        It returns quietly when the drawing is stopped, over or gone already.
        """


@runtime_checkable
class Learning(Protocol):
    """A backend that does not know from the start all that it can train."""

    async def learn(self) -> None:
        """Look up what can be trained now, and let the abilities say so."""


class Backend(TrainingBackend, ImageBackend, Protocol):
    """A place that does both."""
