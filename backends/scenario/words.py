"""What Scenario's answers mean, in our words."""

from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import ValidationError

from backends.answers import RETRY_AFTER, Answer
from backends.scenario.replies import Complained, Job, Model, TrainedWith, TrainingProgress
from backends.scenario.settings import NAME
from domain.errors import BackendAmbiguous, BackendError, BackendRejected, BackendUnavailable
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.text import shown

SHOWN_CAPTIONS = 3  # of those that Scenario wrote, on a card
LONGEST_SHOWN = 100  # characters of each


class Refused(BackendRejected):
    """Scenario's own check of an order said no (400)."""


def complaint(answer: Answer) -> BackendError | None:
    """Return what Scenario's error answer means, None when its status says enough."""
    try:
        said = Complained.model_validate(answer.data)
    except ValidationError:
        return None
    detail = f"answered {answer.status}: {said.text[:200]} {said.trace_id or ''}".rstrip()
    match answer.status:
        case 429 if said.action_limit is not None:
            return BackendRejected(NAME, detail, reason=_ceiling(said, said.action_limit))
        case 429 if said.remaining_seconds is not None:
            pause = min(max(said.remaining_seconds, RETRY_AFTER[0]), RETRY_AFTER[1])
            return BackendUnavailable(NAME, detail, retry_after=pause)
        case 400 if "already training" in said.text:
            return BackendAmbiguous(NAME, detail)  # an earlier start has arrived: it can be found
        case 400 if said.text:
            reason = fact(FactKind.REFUSED, backend=NAME, said=shown(said.text))
            return Refused(NAME, detail, reason=reason)
        case _:
            return None


def _ceiling(said: Complained, limit: int) -> Fact:
    what = f"{said.action or ''} {said.text}"
    if "add-training-image" in what:
        return fact(FactKind.MOST_PICTURES, backend=NAME, limit=limit)
    if "parallel-training" in what and limit > 0:
        return fact(FactKind.MOST_AT_ONCE, backend=NAME, limit=limit)
    return fact(FactKind.PLAN_EXHAUSTED, backend=NAME)


def training_state(status: str | None, stage: str | None) -> RemoteState | None:
    """Return our word for how a training stands, None for what nobody documented."""
    match status, stage:
        case (("new" | "draft"), _):  # it was started, and does not show it yet
            return RemoteState.QUEUED
        case "training", (None | "" | "pending" | "queued-for-train"):
            return RemoteState.QUEUED
        case "training", ("starting-train" | "running-train"):
            return RemoteState.RUNNING
        case "trained", _:
            return RemoteState.SUCCEEDED
        case "failed", _:
            return RemoteState.FAILED
        case "training-canceled", _:
            return RemoteState.CANCELLED
        case _:
            return None


def job_state(status: str | None) -> RemoteState | None:
    """Return our word for how a job stands, None for what nobody documented."""
    match status:
        case "pending" | "queued" | "warming-up":
            return RemoteState.QUEUED
        case "in-progress" | "finalizing":
            return RemoteState.RUNNING
        case "success":
            return RemoteState.SUCCEEDED
        case "failure":
            return RemoteState.FAILED
        case "canceled":
            return RemoteState.CANCELLED
        case _:
            return None


def is_open(state: RemoteState) -> bool:
    """Whether work in that state goes on."""
    return state in (RemoteState.QUEUED, RemoteState.RUNNING)


def progress_of(model: Model, job: Job | None, state: RemoteState, *, price: Callable[[float], int]) -> Progress:
    """Return how a training stands.

    `job` is its job where it has ended, `price` turns units into money.
    """
    said = model.training_progress or TrainingProgress()
    of = steps_of(model)
    share = 1.0 if state is RemoteState.SUCCEEDED else min(1.0, max(0.0, said.progress or 0.0))
    units = _units(job, state)
    is_waiting = state is RemoteState.QUEUED and said.position is not None
    return Progress(
        state=state,
        step=int(share * of),
        of=of,
        message=_message(said, job, state),
        position=max(0, int(said.position or 0)) if is_waiting else None,
        eta_seconds=None if said.remaining_time_ms is None else max(0.0, said.remaining_time_ms / 1000),
        cost_micros=None if units is None else price(units),
        notes=notes_of(model),
    )


def steps_of(model: Model) -> int:
    """Return how many steps a training takes in all, 0 when its model does not say it."""
    chosen = model.parameters or TrainedWith()
    if chosen.max_train_steps:  # of FLUX.1, whose epochs and repeats are not ours
        return int(chosen.max_train_steps)
    images = model.training_images_number or len(model.images)
    return int(images * (chosen.nb_epochs or 0) * (chosen.nb_repeats or 0) / (chosen.batch_size or 1))


def notes_of(model: Model) -> tuple[Fact, ...]:
    """Return how many captions Scenario wrote, with some of them, if it wrote any."""
    written = [image.description or "" for image in model.images if image.has_caption_of_scenario]
    if not written:
        return ()
    some = ", ".join(shown(caption, longest=LONGEST_SHOWN) for caption in written[:SHOWN_CAPTIONS])
    is_all = int(len(written) <= SHOWN_CAPTIONS)
    return (fact(FactKind.CAPTIONS_WRITTEN, backend=NAME, count=len(written), examples=some, is_all=is_all),)


def age_seconds(model: Model, *, now: float) -> float | None:
    """Return how long ago a model was changed, None when that can't be read."""
    try:
        changed = datetime.fromisoformat(model.updated_at or "")
    except ValueError:
        return None
    return now - (changed if changed.tzinfo else changed.replace(tzinfo=UTC)).timestamp()


def why(job: Job | None) -> Fact:
    """Return why a job failed."""
    said = {"said": shown(job.failure)} if job and job.failure else {}
    return fact(FactKind.FAILED, backend=NAME, **said)


def _units(job: Job | None, state: RemoteState) -> float | None:
    if job is None or state is RemoteState.CANCELLED:  # what a stop costs, Scenario does not say
        return None
    return job.units_of_failure if state is RemoteState.FAILED else job.units


def _message(said: TrainingProgress, job: Job | None, state: RemoteState) -> Fact | None:
    match state:
        case RemoteState.FAILED:
            return why(job)
        case RemoteState.CANCELLED:
            return fact(FactKind.STOPPED)
        case RemoteState.RUNNING if said.stage == "starting-train":
            return fact(FactKind.PREPARING_TRAINING, backend=NAME)
        case _:
            return None
