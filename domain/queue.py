"""The queue between the bot and its workers: the words of its protocol, and what each side may ask."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.errors import AppError


class QueueUnavailable(AppError):
    """The queue can't be read or written right now; what was asked did not happen."""


class JobKind(StrEnum):
    """What a job asks of a worker, most urgent first: a waiting drawing goes before any training."""

    DRAW = "draw"
    TRAIN = "train"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DEAD = "dead"  # given up: each of its workers stopped in the middle of it

    @property
    def is_final(self) -> bool:
        """Whether a job in this state never moves again."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


class Outcome(StrEnum):
    """How a worker ends a delivery; a released job is handed out again, at no cost of an attempt."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RELEASE = "release"


class Beat(StrEnum):
    """What a heartbeat answers."""

    OK = "ok"
    CANCEL = "cancel"  # stop, and finish as cancelled
    LOST = "lost"  # somebody else has the job now, or it has ended: stop, nothing you send counts


@dataclass(frozen=True, slots=True)
class Job:
    """One unit of work. `id` is known for ever; `payload` is JSON that the queue does not read.

    `work` is how big the job is, in the same unit for all jobs of its kind (steps, pictures): members share by it.
    `vram_mb` is what a worker must have.
    """

    id: str
    kind: JobKind
    member: str
    payload: str
    work: float = 1.0
    vram_mb: int = 0


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it stands; times are UNIX seconds, `ahead` the waiting jobs that are served before it."""

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
class Event:
    """A job's move, or its newest progress (state `running`); told at least once, in the order of cursors."""

    cursor: int
    job_id: str
    state: JobState
    at: float


@dataclass(frozen=True, slots=True)
class Caps:
    """What a worker can do; `worker` is its name, one per process."""

    worker: str
    kinds: frozenset[JobKind]
    vram_mb: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """One delivery of a job to one worker; `token` fences off every earlier delivery.

    `progress` is what the delivery before it said last.
    """

    job_id: str
    token: int
    kind: JobKind
    payload: str
    attempt: int
    worker: str
    progress: str = ""


class BotQueue(Protocol):
    """What the bot asks of the queue. Every call may raise `QueueUnavailable`."""

    async def enqueue(self, job: Job) -> bool:
        """Add the job; False when its id is known already, however long ago."""

    async def cancel(self, job_id: str) -> bool:
        """Stop the job: gone at once while it waits, told at the next heartbeat while it runs.

        False when there is nothing to stop.
        """

    async def get(self, job_id: str) -> JobView | None:
        """Return how the job stands, None when its id was never seen."""

    async def open_jobs(self) -> tuple[JobView, ...]:
        """Return the running jobs, then the waiting ones in the order in which they will be served."""

    async def finished(self, kind: JobKind, limit: int) -> tuple[JobView, ...]:
        """Return the latest jobs of that kind that were done, newest first."""

    def events(self, after: int = 0) -> AsyncIterator[Event]:
        """Tell what happens from that cursor on, for as long as somebody listens."""

    async def disown(self, worker: str) -> int:
        """Take back what a worker holds that is known to be dead; return how many jobs."""

    async def purge(self, before: float) -> int:
        """Forget events and contents of jobs that ended before that time, not their ids; return how many jobs."""


class WorkerQueue(Protocol):
    """What a worker asks of the queue. Every call may raise `QueueUnavailable`."""

    async def claim(self, caps: Caps, wait: float) -> Lease | None:
        """Take the next job that this worker can do, waiting up to `wait` seconds for one."""

    async def extend(self, lease: Lease, progress: str = "") -> Beat:
        """Keep the job, say how it goes (JSON, at most 32 KiB; empty: nothing new), hear whether to go on."""

    async def finish(self, lease: Lease, outcome: Outcome, result: str = "") -> bool:
        """End this delivery; False when it no longer counts, and then nothing was recorded."""
