"""The replies, statuses, logs and problem reports of Replicate.

https://replicate.com/docs/reference/http
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Generic, TypeVar

from pydantic import Field, JsonValue

from backends.answers import RETRY_AFTER, Answer, Reply, retry_after
from backends.replicate.settings import NAME
from domain.errors import BackendError, BackendRejected, BackendUnavailable
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import RemoteState
from domain.text import shown

T = TypeVar("T")

LOG_END = 64 * 1024  # characters of the log in which the last progress bar is looked for


Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,64}$")]  # they become part of paths
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
VERSION = re.compile(r"[\w.-]+/[\w.-]+:[0-9a-f]{64}", re.ASCII)
# `flux_train_replicate:  10%|█    | 100/1000 [01:23<11:07, 1.35it/s]`, and there are bars for captions and downloads.
_BAR = re.compile(r"\d{1,3}%\|[^|\n]{0,200}\| {0,8}(\d{1,7})/(\d{1,7})(?: \[[\d:]{1,9}<([\d:]{1,9}))?", re.ASCII)
_MONEY = re.compile(r"\$\s?\d[\d.,]*")
_RESETS = re.compile(r"resets in ~?(\d{1,6})s", re.ASCII)
_FIELD = re.compile(r"^- ((?:input: )?[\w.]{1,60}):", re.ASCII | re.MULTILINE)


class Account(Reply):
    """Whose key this is."""

    username: Name


class Destination(Reply):
    """The model that trained LoRAs become versions of."""

    visibility: str


class Version(Reply):
    """A version of a trainer."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    openapi_schema: Mapping[str, JsonValue] = Field(default_factory=dict)


class TrainerModel(Reply):
    """A trainer, as it is now."""

    latest_version: Version


class Urls(Reply):
    """Where a file is."""

    get: str


class StoredFile(Reply):
    """A file that was uploaded."""

    id: Id
    name: str | None = None
    urls: Urls | None = None


class Started(Reply):
    """The answer to a paid order."""

    id: Id


class Output(Reply):
    """What a training made."""

    version: str | None = None
    weights: str | None = None


class Listed(Reply):
    """A training in a list, where trainings of other trainers stand too.

    No more than is needed is read of it.
    """

    id: Id
    status: str
    input: Mapping[str, JsonValue] | None = None
    started_at: str | None = None


class Training(Listed):
    """A training."""

    output: Output | None = None
    logs: str | None = None
    error: str | None = None
    completed_at: str | None = None


class Prediction(Reply):
    """A drawing."""

    status: str
    input: Mapping[str, JsonValue] | None = None
    output: Sequence[str] | None = None
    error: str | None = None
    started_at: str | None = None
    completed_at: str | None = None


class Work(Reply):
    """Any work, where it stands."""

    status: str


class Page(Reply, Generic[T]):
    """A part of a list."""

    results: Sequence[T]
    next: str | None = None


class Exists(BackendRejected):
    """The model that was to be created is there."""


def complaint(answer: Answer) -> BackendError | None:
    """Read what Replicate's problem reports say beyond their status."""
    match answer.status:
        case 409:
            return Exists(NAME, answer.text)
        case 422:
            return BackendRejected(NAME, f"422: {answer.text}", reason=refusal(answer.data))
        case 429:
            return BackendUnavailable(NAME, f"429: {without_money(answer.text)}", retry_after=pause(answer))
        case _:
            return None


def refusal(problem: object) -> Fact:
    """Return which inputs Replicate does not take."""
    told: Mapping[str, object] = problem if isinstance(problem, dict) else {}
    fields = told.get("invalid_fields")
    names = [entry.get("field") for entry in fields if isinstance(entry, dict)] if isinstance(fields, list) else []
    names = names or list(_FIELD.findall(str(told.get("detail", ""))[:2_000]))
    inner = [re.sub(r"^input[.:]? ?", "", name) for name in names if isinstance(name, str)]
    which = ", ".join(shown(name, longest=40) for name in inner[:5] if name) or "these settings"
    return fact(FactKind.REFUSED_SETTINGS, backend=NAME, names=which)


def pause(answer: Answer) -> float | None:
    """Return the pause in seconds that a busy Replicate asks for, in the header, in the body or in its text."""
    asked = retry_after(answer)
    told = answer.data
    if asked is None and isinstance(told, dict):
        number = told.get("retry_after")
        text = _RESETS.search(str(told.get("detail", ""))[:2_000])
        if isinstance(number, int | float):
            asked = float(number)
        elif text:
            asked = float(text[1])
    return None if asked is None else min(max(asked, RETRY_AFTER[0]), RETRY_AFTER[1])


def state_of(status: str) -> RemoteState | None:
    """Return our word for a status, None for one that nobody documented.

    https://replicate.com/docs/topics/predictions/lifecycle
    """
    match status:
        case "starting":
            return RemoteState.QUEUED
        case "processing":
            return RemoteState.RUNNING
        case "succeeded":
            return RemoteState.SUCCEEDED
        case "failed" | "aborted":  # aborted: its deadline passed before it began
            return RemoteState.FAILED
        case "canceled":
            return RemoteState.CANCELLED
        case _:
            return None


def message_of(status: str, error: str | None) -> Fact | None:
    """Return why work has ended badly."""
    match status:
        case "aborted":
            return fact(FactKind.DROPPED, backend=NAME)
        case "canceled":
            return fact(FactKind.STOPPED)
        case "failed" if error and "NSFW" in error:
            return fact(FactKind.WITHHELD, backend=NAME)
        case "failed":
            said = {"said": shown(without_money(error))} if error else {}
            return fact(FactKind.FAILED, backend=NAME, **said)
        case _:
            return None


def without_money(text: str) -> str:
    """Return a text without its amounts.

    What the owner of this bot has or owes is no member's business.
    """
    return _MONEY.sub("an amount", text)


def steps_done(logs: str, steps: int) -> tuple[int, float | None]:
    """Return how many steps the log tells of, and the seconds that are left by it.

    Only a bar that counts to `steps` is the training's.
    """
    done, left = 0, ""
    for bar in _BAR.finditer(logs[-LOG_END:]):
        if int(bar[2]) == steps:
            done, left = min(int(bar[1]), steps), bar[3] or ""
    return done, _seconds(left)


def _seconds(clock: str) -> float | None:
    """Return the seconds that a time of the log stands for, None when it is no time.

    Times are written `11:07` or `1:02:03`.
    """
    parts = clock.split(":")
    if not 2 <= len(parts) <= 3 or not all(parts):
        return None
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + int(part)
    return float(seconds)


def steps_of(given: Mapping[str, JsonValue]) -> int:
    """Return the steps that a training was ordered with, 0 when its input does not say."""
    steps = given.get("steps", given.get("training_steps"))
    return steps if isinstance(steps, int) and steps > 0 else 0


def name_of(given: Mapping[str, JsonValue], files: Mapping[str, str]) -> str:
    """Return our name for a training.

    It is its label, or else that of the file that it trains on, and empty when it has none.

    `files` are the names of the uploaded files by their ids.
    """
    label = given.get("wandb_run")
    if isinstance(label, str) and label:
        return label
    link = given.get("input_images")
    return files.get(link.rstrip("/").rpartition("/")[2], "") if isinstance(link, str) else ""
