"""What fal's error answers mean, in our words.

The shapes and words are those of https://docs.fal.ai/model-apis/errors and of fal's own clients.
"""

from collections.abc import Sequence
from http import HTTPStatus

from pydantic import ValidationError

from backends.answers import Answer, Reply
from backends.fal.settings import NAME
from domain.errors import BackendError, BackendRejected, BackendUnavailable
from domain.money.charges import UNKNOWN
from domain.orders.facts import Fact, FactKind, Value, fact
from domain.orders.progress import RemoteState
from domain.text import shown


class Ended(BackendRejected):
    """Completed work that brought nothing.

    It failed, or was stopped. `reason` says why.
    """

    charge = UNKNOWN

    def __init__(self, detail: str, *, state: RemoteState, reason: Fact) -> None:
        super().__init__(NAME, detail, reason=reason)
        self.state = state


class NothingToStop(BackendRejected):
    """What was to be stopped is over already, or gone."""


class _Item(Reply):
    """One thing that a model found wrong.

    Its `input` and `msg` can echo a prompt, so they are not read.
    """

    type: str = ""


class _Problem(Reply):
    """An error answer.

    Models send a list of items, the platform a text and its `error_type`.
    """

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
    """Return why fal does not take an order, an upload or a stop.

    None means to go by the status alone.
    """
    problem = _read(answer)
    detail = f"answered {answer.status}: {answer.text}"
    if problem.status in ("ALREADY_COMPLETED", "NOT_FOUND"):
        return NothingToStop(NAME, detail)
    if answer.status == HTTPStatus.FORBIDDEN and ("locked" in problem.text or "balance" in problem.text):
        return BackendRejected(NAME, detail, reason=fact(FactKind.NO_CREDIT, backend=NAME))
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return BackendRejected(NAME, _named(answer, problem.types), reason=meaning(problem.types))
    return None


def ending(answer: Answer) -> BackendError | None:
    """Return what became of work whose result is an error.

    It is None where fal only could not give the result just now.
    """
    problem = _read(answer)
    kind = problem.error_type or answer.headers.get("x-fal-error-type", "")
    types = problem.types or ([kind] if kind else [])
    if kind == "client_cancelled" or (answer.status == 499 and not kind):
        return ended(["client_cancelled"])
    if answer.status == HTTPStatus.BAD_REQUEST and "in progress" in problem.text:
        return BackendUnavailable(NAME, "the result of completed work is not there yet")
    from_model = bool(problem.types)  # a model's own 5xx stays; the platform's passes
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY or from_model or kind == "bad_request":
        return Ended(_named(answer, types), state=RemoteState.FAILED, reason=meaning(types))
    return None


def ended(types: Sequence[str]) -> Ended:
    """Return the end of work by the word that its status has for it."""
    if "client_cancelled" in types:
        return Ended("it was cancelled", state=RemoteState.CANCELLED, reason=fact(FactKind.STOPPED))
    return Ended(f"it failed with {types}", state=RemoteState.FAILED, reason=meaning(types))


def meaning(types: Sequence[str]) -> Fact:
    """Return what a list of fal's error types means, by the first of them."""
    said: dict[str, Value] = {}
    match types[0] if types else "":
        case "":
            kind = FactKind.FAILED
        case "content_policy_violation":
            kind = FactKind.FILTER_REFUSED
        case "image_too_small":
            kind = FactKind.PICTURE_TOO_SMALL
        case "image_too_large":
            kind = FactKind.PICTURE_TOO_LARGE
        case "image_load_error":
            kind = FactKind.PICTURE_UNREADABLE
        case "file_download_error":
            kind = FactKind.FILE_UNREACHABLE
        case "generation_timeout":
            kind = FactKind.TOOK_TOO_LONG
        case "request_timeout" | "startup_timeout" | "runner_scheduling_failure":
            kind = FactKind.NO_MACHINE
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
            kind = FactKind.BROKE
        case "missing" | "value_error" | "bad_request":
            kind = FactKind.NOT_AS_WRITTEN
        case other:
            kind, said = FactKind.FAILED, {"said": shown(other, longest=60)}
    return fact(kind, backend=NAME, **said)


def _read(answer: Answer) -> _Problem:
    try:
        return _Problem.model_validate(answer.data)
    except (ValidationError, RecursionError):
        return _Problem()


def _named(answer: Answer, types: Sequence[str]) -> str:
    """Return the detail for the log without the body, which can echo a prompt."""
    return f"answered {answer.status} with {', '.join(types) or 'no type'}"
