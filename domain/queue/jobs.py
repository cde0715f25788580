"""Jobs as the queue sees them."""

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import AppError


class QueueUnavailable(AppError):
    """The queue can't be read or written right now.

    What was asked did not happen.
    """


class JobKind(StrEnum):
    """What a job asks of a worker, most urgent first.

    A waiting drawing goes before any training.
    """

    DRAW = "draw"
    TRAIN = "train"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DEAD = "dead"  # given up, because each of its workers stopped in the middle of it

    @property
    def is_final(self) -> bool:
        """Whether a job in this state never moves again."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


class Outcome(StrEnum):
    """How a worker ends a delivery.

    A released job is handed out again and costs no attempt.
    """

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RELEASE = "release"


class HeartbeatAnswer(StrEnum):
    """What the queue answers to a heartbeat."""

    OK = "ok"
    CANCEL = "cancel"  # stop, and finish as cancelled
    LOST = "lost"  # another worker has the job now, or it has ended, so nothing that is sent counts


@dataclass(frozen=True, slots=True)
class Job:
    """One unit of work.

    `id` stays known for ever. `payload` is JSON that the queue does not read. `work` is how big the job is, in the
    same unit for all jobs of its kind (steps, pictures), and members share by it. `vram_mb` is what a worker must
    have.
    """

    id: str
    kind: JobKind
    member: str
    payload: str
    work: float = 1.0
    vram_mb: int = 0


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it stands.

    Times are UNIX seconds. `ahead` counts the waiting jobs that are served before it.
    """

    id: str
    kind: JobKind
    member: str
    state: JobState
    attempt: int
    ahead: int
    work: float
    payload: str
    progress: str
    result: str
    worker: str
    cancel_asked: bool
    enqueued_at: float
    started_at: float | None
    finished_at: float | None
    sign_of_life: float | None


@dataclass(frozen=True, slots=True)
class WorkerCapabilities:
    """What a worker can do.

    `worker` is its name, one per process.
    """

    worker: str
    kinds: frozenset[JobKind]
    vram_mb: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """One delivery of a job to one worker.

    `token` is the fencing number, which makes every earlier delivery void. `progress` is the last one that the
    delivery before it reported.
    """

    job_id: str
    token: int
    kind: JobKind
    payload: str
    attempt: int
    worker: str
    progress: str = ""
