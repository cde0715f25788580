"""What a backend says about an order, in our words."""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.orders.facts import Fact


class RemoteState(StrEnum):
    """What a backend says about its side of an order."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture drawn while training. Step 0 is the base model."""

    step: int
    prompt: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What a backend says about an order right now. Losses are mean squared errors."""

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


def merged(old: Progress, new: Progress) -> Progress:
    """Return the new report, with what was known before where it says nothing."""
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


def is_behind(new: Progress, old: Progress) -> bool:
    """Whether a report is older than the last one, or comes from a worker that starts over."""
    return new.state in (RemoteState.QUEUED, RemoteState.RUNNING) and new.step < old.step


def with_sign_of_life(old: Progress, new: Progress) -> Progress:
    """Return the old report with nothing from the new one but that its worker is alive."""
    if new.sign_of_life is None or (old.sign_of_life is not None and new.sign_of_life <= old.sign_of_life):
        return old
    return replace(old, sign_of_life=new.sign_of_life, worker=new.worker)
