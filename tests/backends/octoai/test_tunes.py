"""How an OctoAI-compatible server's tunes are read."""

import logging

import pytest

from backends.octoai.tunes import Tune, progress_of, state_of
from bot.interactions.fact_words import words
from domain.orders.progress import RemoteState


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", RemoteState.QUEUED),
        ("running", RemoteState.RUNNING),
        ("succeeded", RemoteState.SUCCEEDED),
        ("failed", RemoteState.FAILED),
        ("cancelled", RemoteState.CANCELLED),
        ("canceled", RemoteState.RUNNING),  # Novita's spelling: here it means nothing
        ("succeded", RemoteState.RUNNING),  # a slip in the vendor's sample, which no server says
    ],
)
def test_a_status_is_translated(status: str, state: RemoteState) -> None:
    assert state_of(Tune(id="tune_1", name="atelier-1", status=status)) is state


def test_an_unknown_status_is_logged_on_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        state_of(Tune(id="tune_1", name="atelier-1", status="defrag\nmenting" * 99))

    assert len(caplog.records) == 1
    assert "\n" not in caplog.messages[0]
    assert len(caplog.messages[0]) < 120


def test_what_the_server_says_is_shown_as_its_words_only() -> None:
    tune = Tune(id="tune_1", name="atelier-1", status="failed", status_details="`@everyone`\n" + "a" * 900)
    message = words(progress_of(tune).message)

    assert message.startswith("The OctoAI-compatible server could not finish it. It said: `ˋ@everyoneˋ aaa")
    assert message.endswith("…`.")
    assert len(message) < 280
