"""What fal's error answers mean, in our words.

The shapes and words are those of https://docs.fal.ai/model-apis/errors and of fal's own clients.
"""

from collections.abc import Sequence
from http import HTTPStatus

from pydantic import ValidationError

from backends.fal.settings import NAME
from backends.http import Answer, Reply
from domain.errors import BackendError, BackendRejected, BackendUnavailable
from domain.text import shown
from domain.training.tasks import RemoteState

NOTHING_CHARGED = "Nothing was charged."
STOPPED = "It was stopped."
NO_CREDIT = "This bot's account at fal has no credit left. Please tell the person who runs this bot."
BROKE = "Something broke at fal. Please try again later."
NO_MACHINE = "fal found no machine for it in time. Please try again later."
NOT_AS_WRITTEN = "fal does not take this order as this bot wrote it. Please tell the person who runs this bot."


class Ended(BackendRejected):
    """Completed work that brought nothing: it failed, or was stopped; `reason` says why."""

    def __init__(self, detail: str, *, state: RemoteState, reason: str) -> None:
        super().__init__(NAME, detail, reason=reason)
        self.state = state


class NothingToStop(BackendRejected):
    """What was to be stopped is over already, or gone."""


class _Item(Reply):
    """One thing that a model found wrong; its `input` and `msg` can echo a prompt, so they are not read."""

    type: str = ""


class _Problem(Reply):
    """An error answer: models send a list of items, the platform a text and its `error_type`."""

    detail: Sequence[_Item] | str | None = None
    error_type: str | None = None
    status: str | None = None

    @property
    def text(self) -> str:
        return self.detail if isinstance(self.detail, str) else ""

    @property
    def types(self) -> Sequence[str]:
        """Return what the model called its problems, empty where the model is not who speaks."""
        return [] if self.detail is None or isinstance(self.detail, str) else [item.type for item in self.detail]


def refusal(answer: Answer) -> BackendRejected | None:
    """Return why fal does not take an order, an upload or a stop; None to go by the status alone."""
    problem = _read(answer)
    detail = f"answered {answer.status}: {answer.text}"
    if problem.status in ("ALREADY_COMPLETED", "NOT_FOUND"):
        return NothingToStop(NAME, detail)
    if answer.status == HTTPStatus.FORBIDDEN and ("locked" in problem.text or "balance" in problem.text):
        return BackendRejected(NAME, detail, reason=f"{NO_CREDIT} {NOTHING_CHARGED}")
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        reason = f"{sentence(problem.types)} {NOTHING_CHARGED}"
        return BackendRejected(NAME, _named(answer, problem.types), reason=reason)
    return None


def ending(answer: Answer) -> BackendError | None:
    """Return what became of work whose result is an error; None where fal only could not give the result just now."""
    problem = _read(answer)
    kind = problem.error_type or answer.headers.get("x-fal-error-type", "")
    types = problem.types or ([kind] if kind else [])
    if kind == "client_cancelled" or (answer.status == 499 and not kind):
        return ended(["client_cancelled"])
    if answer.status == HTTPStatus.BAD_REQUEST and "in progress" in problem.text:
        return BackendUnavailable(NAME, "the result of completed work is not there yet")
    from_model = bool(problem.types)  # a model's own 5xx stays; the platform's passes
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY or from_model or kind == "bad_request":
        return Ended(_named(answer, types), state=RemoteState.FAILED, reason=sentence(types))
    return None


def ended(types: Sequence[str]) -> Ended:
    """Return the end of work by the word that its status has for it."""
    if "client_cancelled" in types:
        return Ended("it was cancelled", state=RemoteState.CANCELLED, reason=STOPPED)
    return Ended(f"it failed with {types}", state=RemoteState.FAILED, reason=sentence(types))


def sentence(types: Sequence[str]) -> str:
    """Return in a sentence or two what a list of fal's error types means, by the first of them."""
    match types[0] if types else "":
        case "":
            return "fal could not finish it and did not say why. Please try again later."
        case "content_policy_violation":
            return "fal's rules do not allow these pictures or words. Please use others."
        case "image_too_small":
            return "One of the pictures is too small for fal. Please remove the smallest ones."
        case "image_too_large":
            return "One of the pictures is too large for fal. Please remove the largest ones."
        case "image_load_error":
            return "fal could not read one of the pictures. Please check the dataset and try again."
        case "file_download_error":
            return (
                "fal could not fetch a file that it needs: the pictures, or the LoRA's own file, which it keeps only "
                "for a time. Please train the LoRA again."
            )
        case "generation_timeout":
            return "It took fal too long, so it gave up. Please try again later."
        case "request_timeout" | "startup_timeout" | "runner_scheduling_failure":
            return NO_MACHINE
        case (
            "downstream_service_error"
            | "downstream_service_unavailable"
            | "internal_server_error"
            | "internal_error"
            | "runner_connection_timeout"
            | "runner_disconnected"
            | "runner_connection_refused"
            | "runner_connection_error"
            | "runner_incomplete_response"
            | "runner_server_error"
            | "client_disconnected"
        ):
            return BROKE
        case "missing" | "value_error" | "bad_request":
            return NOT_AS_WRITTEN
        case other:
            return f"fal could not finish it and calls that {shown(other, longest=60)}. Please try again later."


def _read(answer: Answer) -> _Problem:
    try:
        return _Problem.model_validate(answer.data)
    except (ValidationError, RecursionError):
        return _Problem()


def _named(answer: Answer, types: Sequence[str]) -> str:
    """Return the detail for the log without the body, which can echo a prompt."""
    return f"answered {answer.status} with {', '.join(types) or 'no type'}"
