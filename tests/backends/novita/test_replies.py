"""How Novita's replies are read."""

import json
from typing import Any

import pytest

from backends.answers import Answer
from backends.novita.replies import Training, progress_of, refusal
from bot.interactions.fact_words import words
from domain.errors import BackendRejected
from domain.money.charges import NOTHING
from domain.orders.progress import RemoteState


@pytest.mark.parametrize(
    ("said", "state", "step"),
    [
        ({"task_status": "QUEUING", "models": [], "extra": None}, RemoteState.QUEUED, 0),
        ({"task_status": "QUEUING", "models": None}, RemoteState.QUEUED, 0),
        ({"task_status": "TRAINING", "extra": {"progress_percent": 40}}, RemoteState.RUNNING, 40),
        ({"task_status": "TRAINING", "extra": {"progress_percent": "40"}}, RemoteState.RUNNING, 40),
        (
            {"task_status": "TRAINING", "extra": {"progress_percent": "", "eta_relative": None}},
            RemoteState.RUNNING,
            0,
        ),
        ({"task_status": "TRAINING", "extra": {"progress_percent": 4000}}, RemoteState.RUNNING, 100),
        ({"task_status": "SUCCESS", "models": []}, RemoteState.RUNNING, 100),
        ({"task_status": "SUCCESS", "models": [{"model_name": "m", "model_status": ""}]}, RemoteState.RUNNING, 100),
        (
            {"task_status": "SUCCESS", "models": [{"model_name": "m", "model_status": "DEPLOYING"}]},
            RemoteState.RUNNING,
            100,
        ),
        (
            {"task_status": "SUCCESS", "models": [{"model_name": "m", "model_status": "SERVING"}]},
            RemoteState.SUCCEEDED,
            100,
        ),
        ({"task_status": "FAILED", "models": []}, RemoteState.FAILED, 0),
        ({"task_status": "CANCELED"}, RemoteState.CANCELLED, 0),
    ],
)
def test_a_training_s_status_in_our_words(said: dict[str, Any], state: RemoteState, step: int) -> None:
    progress = progress_of(Training.model_validate(said))

    assert progress is not None
    assert (progress.state, progress.step) == (state, step)


@pytest.mark.parametrize("status", ["UNKNOWN", "", None, "CANCELLED", "success"])
def test_a_status_outside_the_documented_ones_says_nothing(status: str | None) -> None:
    assert progress_of(Training.model_validate({"task_status": status})) is None


def test_the_time_left_is_told_when_novita_tells_it() -> None:
    said = {"task_status": "TRAINING", "extra": {"eta_relative": "120", "progress_percent": 80}}
    progress = progress_of(Training.model_validate(said))

    assert progress is not None
    assert progress.eta_seconds == 120


@pytest.mark.parametrize(
    ("status", "reason", "meaning"),
    [
        (400, "BILLING_BALANCE_NOT_ENOUGH", "no credit left"),
        (403, "NOT_ENOUGH_BALANCE", "no credit left"),
        (402, "BALANCE_TOO_LOW", "no credit left"),
        (400, "MISSING_API_KEY", "key"),
        (403, "INVALID_API_KEY", "key"),
        (403, "BILLING_AUTH_FAILED", "key"),
        (403, "API_NOT_ALLOWED", "may not do that"),
        (403, "NEED_REAL_NAME_VERIFY", "may not do that"),
        (404, "API_NOT_FOUND", "does not offer this any more"),
        (400, "ILLEGAL_PROMPT", "word it differently"),
        (400, "ILLEGAL_IMAGE_CONTENT", "take it out"),
        (400, "IMAGE_NO_FACE_DETECTED", "no face"),
        (400, "IMAGE_FILE_EXCEEDS_MAX_SIZE", "can't use one of the pictures"),
        (400, "INVALID_REQUEST_BODY", "`base_model is wrong`"),
        (400, "VALIDATOR", "`base_model is wrong`"),
    ],
)
def test_a_refused_order_is_explained(status: int, reason: str, meaning: str) -> None:
    said = {"code": status, "reason": reason, "message": "base_model\nis wrong", "metadata": {}}
    error = refusal(Answer(status, {}, json.dumps(said).encode()))

    assert isinstance(error, BackendRejected)
    assert meaning in words(error.reason)
    assert error.charge == NOTHING


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, '{"reason": "RATE_LIMIT_EXCEEDED"}'),
        (500, '{"reason": "BILLING_BALANCE_NOT_ENOUGH"}'),
        (400, '{"reason": "SOMETHING_NEW", "message": "no"}'),
        (400, "<html>"),
        (400, "[]"),
        (403, '{"reason": null}'),
    ],
)
def test_what_novita_does_not_explain_goes_by_its_status(status: int, body: str) -> None:
    assert refusal(Answer(status, {}, body.encode())) is None


def test_what_a_refusal_says_cannot_break_out_of_its_place() -> None:
    said = {"reason": "VALIDATOR", "message": "`@everyone` <#1> \u202e" + "x" * 1_000}
    error = refusal(Answer(400, {}, json.dumps(said).encode()))

    assert error is not None
    assert words(error.reason).count("`") == 2
    assert "\u202e" not in words(error.reason)
    assert len(words(error.reason)) < 400
