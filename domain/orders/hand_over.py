"""What to do with a task whose hand-over to a backend has no clear answer: decisions only."""

from collections.abc import Sequence
from enum import StrEnum

from domain.errors import BackendRejected, BackendReplyInvalid, BackendUnavailable
from domain.training.tasks import TaskStatus, TrainingTask

AGAIN = (5.0, 30.0, 120.0)  # seconds between hand-overs that surely did not arrive; then it has failed
MOST_LOST = 5  # answers of a paid backend that were lost, and its work never found; then its owner decides
UNKNOWN_WHETHER = (
    "The connection broke while I handed this training over, and there is no way to ask whether it arrived. "
    "It may have been charged."
)
CLEAN_MISSES = 3  # look-ups that found nothing, before a lost hand-over is believed to have never arrived


class Reply(StrEnum):
    """What a failed hand-over means."""

    NOT_STARTED = "not started"  # surely not accepted, and nothing is paid
    REFUSED = "refused"
    UNCLEAR = "unclear"  # it may have been accepted: look it up, never repeat it on a guess


class Step(StrEnum):
    """What to do next with a task that may or may not have reached its backend."""

    LOOK_UP = "look up"
    WAIT = "wait"  # and look it up again later
    HAND_OVER = "hand over"  # again, under the same name
    CANCEL = "cancel"  # its owner stopped it, and it never arrived
    INTERRUPT = "interrupt"  # nobody can be asked, or asking leads nowhere: the owner decides


def reply_of(error: Exception) -> Reply:
    """Say what an error of the hand-over means; whatever is not known to be harmless is unclear.

    A broken reply is one to a call that is free: for the paid one it is `BackendAmbiguous` (`backends/base.py`).
    """
    if isinstance(error, BackendUnavailable | BackendReplyInvalid):
        return Reply.NOT_STARTED
    return Reply.REFUSED if isinstance(error, BackendRejected) else Reply.UNCLEAR


def again_after(attempts: int, *, asked: float | None, pauses: Sequence[float] = AGAIN) -> float | None:
    """Return the seconds until the next hand-over after so many that surely did not arrive; None: no more of them.

    `asked` is the pause that the backend asked for.
    """
    return max(pauses[attempts - 1], asked or 0.0) if attempts <= len(pauses) else None


def first_step(task: TrainingTask, *, can_find: bool, now: float) -> Step:
    """Say what to do with a task that its backend does not hold, as far as this bot knows."""
    if task.status is not TaskStatus.SUBMITTING:
        return Step.WAIT
    if task.again_at is not None:
        return Step.WAIT if now < task.again_at else Step.HAND_OVER
    return Step.LOOK_UP if can_find else Step.INTERRUPT


def after_miss(task: TrainingTask, *, now: float, grace_seconds: float, is_free: bool) -> Step:
    """Say what to do after one more clean look-up found nothing; `task.misses` counts it already.

    `task.updated_at` is the time of the first such look-up, before which the last call surely ended, and
    `grace_seconds` how late it may still show up.
    """
    if task.misses < CLEAN_MISSES or now - task.updated_at < grace_seconds:
        return Step.WAIT
    if task.cancel_asked:
        return Step.CANCEL
    return Step.HAND_OVER if is_free or task.lost_answers < MOST_LOST else Step.INTERRUPT


def look_up_pause(grace_seconds: float) -> float:
    """Return the seconds between two look-ups, such that the needed ones span the grace time."""
    return max(0.5, grace_seconds / CLEAN_MISSES)
