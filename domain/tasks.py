"""Training tasks: what a member ordered and watches, and the only moves a task can make."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.datasets import Kind
from domain.facts import Fact, as_text
from domain.money import Settlement, settlement
from domain.remote_names import training_name
from domain.training import Preset, TrainingSettings


class TaskStatus(StrEnum):
    """Where a task stands; see the diagram in ARCHITECTURE.md."""

    QUOTED = "quoted"
    SUBMITTING = "submitting"
    QUEUED = "queued"
    RUNNING = "running"
    COLLECTING = "collecting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        """Whether a task in this state never moves again."""
        return not MOVES[self]


MOVES: dict[TaskStatus, frozenset[TaskStatus]] = {
    TaskStatus.QUOTED: frozenset({TaskStatus.SUBMITTING, TaskStatus.EXPIRED, TaskStatus.CANCELLED}),
    TaskStatus.SUBMITTING: frozenset(
        {
            TaskStatus.QUEUED,
            TaskStatus.RUNNING,
            TaskStatus.COLLECTING,
            TaskStatus.FAILED,
            TaskStatus.CANCELLED,
            TaskStatus.INTERRUPTED,
        }
    ),
    TaskStatus.QUEUED: frozenset(
        {TaskStatus.RUNNING, TaskStatus.COLLECTING, TaskStatus.FAILED, TaskStatus.CANCELLED}
    ),
    TaskStatus.RUNNING: frozenset({TaskStatus.COLLECTING, TaskStatus.FAILED, TaskStatus.CANCELLED}),
    TaskStatus.COLLECTING: frozenset({TaskStatus.SUCCEEDED, TaskStatus.FAILED}),
    TaskStatus.SUCCEEDED: frozenset(),
    TaskStatus.FAILED: frozenset(),
    TaskStatus.CANCELLED: frozenset(),
    TaskStatus.EXPIRED: frozenset(),
    TaskStatus.INTERRUPTED: frozenset(),
}

HELD = frozenset({TaskStatus.QUEUED, TaskStatus.RUNNING})  # a backend has it
OPEN = tuple(s for s in TaskStatus if not s.is_final and s is not TaskStatus.QUOTED)


class Approval(StrEnum):
    """Whether a quote that is dear has a moderator's word."""

    NONE = "none"  # it needs none, or was not confirmed yet
    ASKED = "asked"
    GIVEN = "given"
    DECLINED = "declined"


class RemoteState(StrEnum):
    """What a backend says about its side of a task."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture drawn while training: at which step (0 is the base model), of which prompt."""

    step: int
    prompt: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What a backend says about a task right now, in our words. Losses are mean squared errors."""

    state: RemoteState
    step: int = 0
    of: int = 0
    is_percent: bool = False  # the backend tells only a share: `step` of 100
    message: Fact | None = None  # what it does, or why it ended
    position: int | None = None  # jobs ahead in the queue
    eta_seconds: float | None = None
    loss: float | None = None
    base_loss: float | None = None  # of the held-out images without the LoRA
    held_out_loss: float | None = None  # best so far with the LoRA
    samples: tuple[Sample, ...] = ()
    sign_of_life: float | None = None  # UNIX seconds of the worker's last heartbeat
    cost_micros: int | None = None  # charged so far, as far as the backend says it
    worker: str = ""
    notes: tuple[Fact, ...] = ()  # for the card: pictures that the backend left out, captions it wrote


NOTHING_YET = Progress(RemoteState.QUEUED)


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """One training that a member ordered; times are UNIX seconds."""

    id: str
    guild_id: int
    channel_id: int
    owner_id: int
    dataset_id: str
    dataset_name: str
    kind: Kind
    version_id: str
    trigger_word: str
    model_name: str
    backend: str
    checkpoint: str
    preset: Preset
    settings: TrainingSettings
    status: TaskStatus
    created_at: float
    updated_at: float
    quote_ends_at: float
    remote_id: str | None = None
    progress: Progress = field(default=NOTHING_YET)
    cancel_asked: bool = False
    reason: str = ""  # why it failed or was cancelled, for the member
    misses: int = 0  # clean look-ups after a lost hand-over that found nothing
    attempts: int = 0  # hand-overs that surely did not arrive
    lost_answers: int = 0  # hand-overs that may have arrived
    again_at: float | None = None  # when the next one is made; until then its backend surely does not hold it
    started_at: float | None = None
    finished_at: float | None = None
    retry_of: str | None = None
    parent_id: int | None = None  # of the channel, when that is a thread
    quoted_micros: int | None = None  # what the member was told it costs; None: not known
    ceiling_micros: int | None = None  # what is set aside for it; 0: it is free
    charged_micros: int | None = None  # what it cost, once that is settled
    charge_is_guess: bool = False  # its backend did not say what it cost
    approval: Approval = Approval.NONE
    approved_by: int | None = None  # the moderator who gave or declined it
    queued_at: float | None = None  # since when its backend holds it

    @property
    def remote_name(self) -> str:
        """Return the idempotency name under which a backend knows this task."""
        return training_name(self.id)


def can_move(old: TaskStatus, new: TaskStatus) -> bool:
    """Whether a task may go from `old` to `new`."""
    return new in MOVES[old]


def move(task: TrainingTask, status: TaskStatus, *, now: float, reason: str = "") -> TrainingTask:
    """Return the task in its new state, or unchanged when that move does not exist."""
    if not can_move(task.status, status):
        return task
    return replace(
        task,
        status=status,
        updated_at=now,
        reason=reason or task.reason,
        again_at=None,
        started_at=now if status is TaskStatus.RUNNING else task.started_at,
        queued_at=now if task.queued_at is None and status in HELD else task.queued_at,
        finished_at=now if status.is_final else task.finished_at,
    )


def advance(task: TrainingTask, progress: Progress, *, now: float) -> TrainingTask:
    """Return the task as this progress leaves it: forward only, whatever arrives late or twice."""
    if task.status not in (TaskStatus.SUBMITTING, TaskStatus.QUEUED, TaskStatus.RUNNING):
        return task
    if progress.state in (RemoteState.QUEUED, RemoteState.RUNNING) and progress.step < task.progress.step:
        # An older report, or a worker that starts over: the card waits until it catches up.
        return _alive(task, progress)
    moved = move(task, _status_of(progress.state), now=now, reason=_reason_of(progress))
    if progress == moved.progress:
        return moved
    return replace(moved, progress=_merged(task.progress, progress), updated_at=now)


def is_lost(task: TrainingTask, *, now: float, grace_seconds: float) -> bool:
    """Whether the backend has given no sign of life for longer than it said it may."""
    sign = task.progress.sign_of_life
    return task.status is TaskStatus.RUNNING and sign is not None and now - sign > grace_seconds


def is_stuck(task: TrainingTask, *, now: float, after_seconds: float) -> bool:
    """Whether the task waits at its backend for unusually long."""
    since = task.queued_at
    return task.status is TaskStatus.QUEUED and since is not None and now - since > after_seconds


def settlement_of(task: TrainingTask) -> Settlement | None:
    """Return what a task that ended has cost; None while nobody can say: an interrupted one is for its owner."""
    if not task.status.is_final or task.status is TaskStatus.INTERRUPTED:
        return None
    quoted = task.quoted_micros if task.quoted_micros is not None else task.ceiling_micros
    return settlement(quoted=quoted or 0, told=task.progress.cost_micros, was_accepted=task.remote_id is not None)


def _status_of(state: RemoteState) -> TaskStatus:
    match state:
        case RemoteState.QUEUED:
            return TaskStatus.QUEUED
        case RemoteState.RUNNING:
            return TaskStatus.RUNNING
        case RemoteState.SUCCEEDED:
            return TaskStatus.COLLECTING
        case RemoteState.FAILED:
            return TaskStatus.FAILED
        case RemoteState.CANCELLED:
            return TaskStatus.CANCELLED


def _reason_of(progress: Progress) -> str:
    ended = progress.state in (RemoteState.FAILED, RemoteState.CANCELLED)
    return as_text(progress.message) if ended else ""


def _alive(task: TrainingTask, progress: Progress) -> TrainingTask:
    """Take nothing from a report but that its worker lives."""
    old, new = task.progress.sign_of_life, progress.sign_of_life
    if new is None or (old is not None and new <= old):
        return task
    return replace(task, progress=replace(task.progress, sign_of_life=new, worker=progress.worker))


def _merged(old: Progress, new: Progress) -> Progress:
    """Keep what was known where the new report is silent."""
    return replace(
        new,
        step=max(old.step, new.step),
        of=new.of or old.of,
        loss=old.loss if new.loss is None else new.loss,
        base_loss=old.base_loss if new.base_loss is None else new.base_loss,
        held_out_loss=old.held_out_loss if new.held_out_loss is None else new.held_out_loss,
        samples=new.samples or old.samples,
        sign_of_life=old.sign_of_life if new.sign_of_life is None else new.sign_of_life,
        cost_micros=old.cost_micros if new.cost_micros is None else new.cost_micros,
        notes=new.notes or old.notes,
    )
