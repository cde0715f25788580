"""What comes back from a provider, and what it means."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic_core import from_json

from domain.errors import BackendError, BackendRejected, BackendReplyInvalid, BackendUnavailable, WorkUnknown
from domain.orders.facts import FactKind, fact

M = TypeVar("M")
_readers: dict[object, TypeAdapter[Any]] = {}  # made once for each kind of reply

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
RETRY_AFTER = (1.0, 900.0)  # seconds, whatever a provider asks for
KEY = re.compile(r"[^\s:]{8,}")
_REASONS = {401: FactKind.KEY_REFUSED, 402: FactKind.NO_CREDIT, 403: FactKind.NOT_ALLOWED}


class Reply(BaseModel):
    """A provider's reply.

    Unknown fields are no matter, numbers are finite.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over the wire.

    The body is whole, within its cap, and of an error without our own secrets.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> object:
        """Return the body read as JSON, None when it is none."""
        try:
            return from_json(self.body, allow_inf_nan=False)
        except ValueError:
            return None

    @property
    def text(self) -> str:
        """Return the beginning of the body as one line, for the log."""
        return " ".join(self.body[:200].decode("utf-8", "replace").split())


# Reads a provider's error answer. Returns the error to raise, or None to go by the status alone. The reason of a
# returned error must be a sentence of ours.
Complaint = Callable[[Answer], BackendError | None]


def parsed(answer: Answer, reply: type[M]) -> M:
    """Return an answer as its reply.

    Raises `ValidationError` for anything else.
    """
    if reply is object:  # where nothing is expected anything will do: a stop may be answered with no JSON
        return _reader(reply).validate_python(answer.data)
    return _reader(reply).validate_json(answer.body)


def failure_of(backend: str, answer: Answer, *, method: str, path: str) -> BackendError:
    """Return what an answer that is no success means by its status."""
    detail = f"{method} {path} answered {answer.status}: {answer.text}"
    if may_pass(answer.status):
        return BackendUnavailable(backend, detail, retry_after=retry_after(answer))
    if 300 <= answer.status < 400:
        return BackendReplyInvalid(backend, f"{detail} (redirects are not followed)")
    if method == "GET" and answer.status in (401, 402, 403):  # the work is there still, and the key is not taken
        return BackendUnavailable(backend, detail)
    if answer.status in (404, 410):
        return WorkUnknown(backend, detail)
    kind = _REASONS.get(answer.status)
    return BackendRejected(backend, detail, reason=fact(kind, backend=backend) if kind else None)


def without_secrets(body: bytes, headers: Iterable[str]) -> bytes:
    """Return an error's body without what is long enough in our headers to be a key, or one half of one.

    A page may show them to us again, and parts of it go into the log and into sentences for members.
    """
    for secret in (word for value in headers for word in KEY.findall(value)):
        for spelling in {secret, secret.replace("/", "\\/")}:  # JSON may escape the slashes of base64
            body = body.replace(spelling.encode(), b"[hidden]")
    return body


def retry_after(answer: Answer) -> float | None:
    """Return the pause in seconds that an answer asks for, within reason.

    It is None when it asks for none.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after: seconds, or a date.
    """
    asked = answer.headers.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return None if math.isnan(seconds) else min(max(seconds, RETRY_AFTER[0]), RETRY_AFTER[1])


def may_pass(status: int) -> bool:
    """Whether a status tells of a trouble that may be over soon."""
    return status in AGAIN or status >= 500


def _reader(reply: type[M]) -> TypeAdapter[M]:
    if reply not in _readers:
        _readers[reply] = TypeAdapter(reply)
    return _readers[reply]
