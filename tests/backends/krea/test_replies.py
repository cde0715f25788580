"""How Krea's replies are read."""

import logging

import pytest

from backends.answers import Answer
from backends.krea.replies import Job, Result, complaint, progress_of
from bot.interactions.fact_words import words
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from tests.providers.krea import STATUSES

STOPPED = Progress(RemoteState.CANCELLED, message=fact(FactKind.STOPPED), cost_micros=0)


def failed(**said: str) -> Progress:
    return Progress(RemoteState.FAILED, message=fact(FactKind.FAILED, backend="krea", **said), cost_micros=0)


@pytest.mark.parametrize(
    ("status", "result", "progress"),
    [
        ("backlogged", None, Progress(RemoteState.QUEUED)),
        ("queued", None, Progress(RemoteState.QUEUED)),
        ("scheduled", None, Progress(RemoteState.QUEUED)),
        ("processing", None, Progress(RemoteState.RUNNING)),
        ("sampling", None, Progress(RemoteState.RUNNING)),
        ("intermediate-complete", Result(urls=["https://gen.krea.ai/a.png"]), Progress(RemoteState.RUNNING)),
        ("completed", Result(style_id="s"), Progress(RemoteState.SUCCEEDED)),
        ("failed", None, failed()),
        ("failed", Result(error={"code": "NSFW"}), failed()),
        ("failed", Result(error="no `@everyone`\n"), failed(said="`no ˋ@everyoneˋ`")),
        ("cancelled", None, STOPPED),
    ],
)
def test_each_status_has_its_progress(status: str, result: Result | None, progress: Progress) -> None:
    assert status in STATUSES
    assert progress_of(Job(job_id="job-1", status=status, result=result)) == progress


def test_a_status_that_nobody_knows_is_logged_once_on_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        progress = progress_of(Job(job_id="job-1", status="day\ndreaming" * 99))

    assert progress == Progress(RemoteState.RUNNING)
    assert len(caplog.messages) == 1
    assert "\n" not in caplog.messages[0]
    assert len(caplog.messages[0]) < 120


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (
            400,
            b'{"error": "urls is `required`"}',
            "Krea did not accept the order. It said: `urls is ˋrequiredˋ`.",
        ),
        (400, b'{"error": {"code": 7}}', None),
        (400, b"[]", None),
        (400, b"<html>", None),
        (402, b'{"error": "Insufficient credits"}', None),  # told by the status alone
    ],
)
def test_a_refusal_is_told_with_its_reason(status: int, body: bytes, reason: str | None) -> None:
    said = complaint(Answer(status, {}, body))

    assert (words(said.reason) if said else None) == reason
