"""The replies of Krea, and what they mean in our words."""

import logging
from collections.abc import Sequence

import httpx
from pydantic import Field

from backends.answers import Answer, Reply
from backends.krea.settings import NAME
from domain.errors import BackendRejected
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.text import shown

log = logging.getLogger(__name__)


class Asset(Reply):
    """An uploaded picture."""

    image_url: str


class Result(Reply):
    """What a job brought.

    It is a style, pictures, or an error, of which no page gives the form.
    """

    style_id: str | None = None
    urls: Sequence[str] | None = None
    error: object = None


class Job(Reply):
    """A training or a picture."""

    job_id: str = Field(min_length=1)
    status: str
    result: Result | None = None


class Jobs(Reply):
    """The newest jobs."""

    items: Sequence[Job]


class Ticket(Reply):
    """A drawing, as our remote id.

    It has its jobs, how many pictures it was to have, and whether the rest was refused.

    Otherwise the answer to one more order was lost, so that there may be a job that nobody knows.
    """

    jobs: Sequence[str] = Field(min_length=1)
    count: int
    rest_was_refused: bool = False


def state_of(job: Job) -> RemoteState:
    """Return where a job stands.

    A status that is not known is no end. Source: https://docs.krea.ai/developers/job-lifecycle.
    """
    match job.status:
        case "backlogged" | "queued" | "scheduled":
            return RemoteState.QUEUED
        case "processing" | "sampling" | "intermediate-complete":  # the last brings a preview only
            return RemoteState.RUNNING
        case "completed":
            return RemoteState.SUCCEEDED
        case "failed":
            return RemoteState.FAILED
        case "cancelled":
            return RemoteState.CANCELLED
        case unknown:
            log.warning("job=%s has the unknown status %s", job.job_id, shown(unknown, longest=40))
            return RemoteState.RUNNING


def progress_of(job: Job) -> Progress:
    """Return how a job stands.

    A failed or cancelled one is not billed, so it costs nothing.
    """
    match state_of(job):
        case RemoteState.CANCELLED:
            return Progress(RemoteState.CANCELLED, message=fact(FactKind.STOPPED), cost_micros=0)
        case RemoteState.FAILED:
            error = job.result.error if job.result else None
            said = {"said": shown(error)} if isinstance(error, str) else {}
            return Progress(RemoteState.FAILED, message=fact(FactKind.FAILED, backend=NAME, **said), cost_micros=0)
        case state:
            return Progress(state)


def complaint(answer: Answer) -> BackendRejected | None:
    """Return what is wrong with an order, where Krea says so.

    None means to go by the status alone.
    """
    said = answer.data.get("error") if isinstance(answer.data, dict) else None
    if answer.status != httpx.codes.BAD_REQUEST or not isinstance(said, str):
        return None
    reason = fact(FactKind.REFUSED, backend=NAME, said=shown(said))
    return BackendRejected(NAME, "answered 400 with a reason", reason=reason)
