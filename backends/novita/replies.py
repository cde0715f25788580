"""What Novita's answers mean, its replies, its statuses, and its refusals in words for members.

https://novita.ai/docs/llms.txt (the pages on getting and listing trainings, and on the task result),
https://novita.ai/docs/api-reference/basic-error-code
"""

from typing import Annotated

import httpx
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from backends.answers import AGAIN, Answer, Reply
from backends.novita.settings import NAME
from domain.errors import BackendError, BackendRejected, BackendUnavailable
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.text import one_line, shown

LOOK_SECONDS = 15.0  # between two looks at running work


def _or_zero(value: object) -> object:
    return 0 if value in (None, "") else value


Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
Number = Annotated[float, BeforeValidator(_or_zero)]  # 64-bit numbers come as strings, unset ones as null or ""


class Asset(Reply):
    """A place for one training image.

    The documentation shows its id as a number and as a string.
    """

    assets_id: int | str
    upload_url: str


class Started(Reply):
    """Accepted work.

    Some samples still wrap it in version 2's envelope.
    """

    task_id: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, reply: object) -> object:
        inner = reply.get("data") if isinstance(reply, dict) else None
        return inner if isinstance(inner, dict) else reply


class Model(Reply):
    """A LoRA that came out of a training."""

    model_name: Text = ""
    model_status: Text = ""


class TrainingExtra(Reply):
    """How far a training is.

    It is often left out.
    """

    eta_relative: Number = 0
    progress_percent: Number = 0


class Training(Reply):
    """How a training stands."""

    task_status: Text
    models: Annotated[tuple[Model, ...], BeforeValidator(lambda value: value or ())] = ()
    extra: TrainingExtra | None = None


class ListedTraining(Training):
    """A row of the list of trainings."""

    task_id: str
    task_name: Text = ""
    task_type: Text = ""

    @property
    def remote_id(self) -> str:
        """Return what we call it."""
        return f"{self.task_type}:{self.task_id}"


class Pagination(Reply):
    """Where the list goes on.

    It says so on the last page too.
    """

    next_cursor: Text = ""


class TrainingPage(Reply):
    """A page of the list of trainings.

    An answer without rows is none, or it would pass for an empty list.
    """

    tasks: Annotated[tuple[ListedTraining, ...], BeforeValidator(lambda value: value or ())]
    pagination: Pagination | None = None


class DrawingTask(Reply):
    """How a drawing stands.

    A failed one has a reason.
    """

    status: Text = ""
    reason: Text = ""


class DrawnImage(Reply):
    """A picture, for an hour."""

    image_url: str


class Result(Reply):
    """A drawing and its pictures."""

    task: DrawingTask
    images: Annotated[tuple[DrawnImage, ...], BeforeValidator(lambda value: value or ())] = ()


class Balance(Reply):
    """What is left on the account, in 0.0001 US dollars."""

    units: float = Field(alias="availableBalance")


class User(Reply):
    """The older call for the same."""

    units: float = Field(alias="credit_balance")


class Refusal(Reply):
    """Novita's error body.

    `reason` is a word of a closed set, `message` is not.
    """

    reason: Text = ""
    message: Text = ""


def progress_of(training: Training) -> Progress | None:
    """Return how a training stands, None for a status that says nothing.

    It is no end.

    SUCCESS alone is not the end: the LoRA can be used once its `model_status` is SERVING. Of how far it is, Novita
    tells the percentage.
    """
    extra = training.extra or TrainingExtra()
    match training.task_status:
        case "QUEUING":
            return Progress(RemoteState.QUEUED)
        case "TRAINING":
            percent = min(max(0, int(extra.progress_percent)), 100)
            eta = extra.eta_relative if extra.eta_relative > 0 else None
            return Progress(RemoteState.RUNNING, step=percent, of=100, is_percent=True, eta_seconds=eta)
        case "SUCCESS" if served(training):
            return Progress(RemoteState.SUCCEEDED, step=100, of=100, is_percent=True)
        case "SUCCESS":
            return Progress(
                RemoteState.RUNNING, step=100, of=100, is_percent=True, message=fact(FactKind.DEPLOYING, backend=NAME)
            )
        case "FAILED":
            return Progress(RemoteState.FAILED, message=fact(FactKind.FAILED, backend=NAME))
        case "CANCELED":
            return Progress(RemoteState.CANCELLED, message=fact(FactKind.CANCELLED_THERE, backend=NAME))
        case _:
            return None


def served(training: Training) -> Model | None:
    """Return the LoRA of a training once it can be used."""
    return next((m for m in training.models if m.model_status == "SERVING" and m.model_name), None)


def not_drawn(reason: str) -> Fact:
    """Return why a drawing failed."""
    said = {"said": shown(reason)} if one_line(reason) else {}
    return fact(FactKind.FAILED, backend=NAME, **said)


def refusal(answer: Answer) -> BackendError | None:
    """Read Novita's refusal of an order, by its status first, by its `reason` second, never by its message.

    https://novita.ai/docs/api-reference/basic-error-code
    """
    if answer.status in AGAIN or answer.status >= 500:
        return None
    if answer.body.startswith(b"error code:"):  # Cloudflare, before Novita: no question of our key
        return BackendUnavailable(NAME, f"the call was turned away before Novita: {answer.text}")
    said = _said(answer)
    reason = _meaning(said) if said else None
    if said is None or reason is None:
        return None
    return BackendRejected(NAME, f"{answer.status} {said.reason}: {one_line(said.message)[:200]}", reason=reason)


def out_of_sight(answer: Answer) -> BackendError | None:
    """Read a refused look.

    Only a 404 of Novita's own says that it does not know our work.
    """
    if not 400 <= answer.status < 500 or answer.status in AGAIN:
        return None
    said = _said(answer)
    if answer.status == httpx.codes.NOT_FOUND and said is not None and said.reason != "API_NOT_FOUND":
        return None
    detail = f"a look was answered {answer.status}: {answer.text}"
    return BackendUnavailable(NAME, detail, retry_after=LOOK_SECONDS)  # no sooner look will do better


def _said(answer: Answer) -> Refusal | None:
    try:
        return Refusal.model_validate(answer.data)
    except ValidationError:
        return None


def _meaning(said: Refusal) -> Fact | None:
    """Return why Novita refuses an order, None where the status alone must do."""
    match said.reason:
        case reason if "BALANCE" in reason:  # BILLING_BALANCE_NOT_ENOUGH here, NOT_ENOUGH_BALANCE elsewhere
            kind = FactKind.NO_CREDIT
        case "MISSING_API_KEY" | "INVALID_API_KEY" | "BILLING_AUTH_FAILED":
            kind = FactKind.KEY_REFUSED
        case "FEATURE_NOT_ALLOWED" | "API_NOT_ALLOWED" | "NEED_REAL_NAME_VERIFY":
            kind = FactKind.NOT_ALLOWED
        case "API_NOT_FOUND":
            kind = FactKind.NOT_OFFERED
        case "ILLEGAL_PROMPT":
            kind = FactKind.PROMPT_REFUSED
        case "ILLEGAL_IMAGE_CONTENT":
            kind = FactKind.PICTURE_REFUSED
        case "IMAGE_NO_FACE_DETECTED":
            kind = FactKind.NO_FACE
        case (
            "INVALID_IMAGE_FORMAT"
            | "INVALID_IMAGE_SIZE"
            | "IMAGE_FILE_EXCEEDS_MAX_SIZE"
            | "IMAGE_EXCEEDS_MAX_RESOLUTION"
        ):
            kind = FactKind.PICTURE_UNUSABLE
        case "INVALID_REQUEST_BODY" | "VALIDATOR":
            return fact(FactKind.REFUSED, backend=NAME, said=shown(said.message))
        case _:
            return None
    return fact(kind, backend=NAME)


def state_of(training: Training) -> RemoteState:
    """Return the state of a training for the audit, which has nobody to ask again."""
    progress = progress_of(training)
    return RemoteState.QUEUED if progress is None else progress.state
