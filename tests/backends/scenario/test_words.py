"""How Scenario's words are read."""

import json

import pytest

from backends.answers import Answer
from backends.scenario.replies import Model
from backends.scenario.words import complaint, job_state, notes_of, steps_of, training_state
from bot.interactions.fact_words import words
from domain.errors import (
    BackendRejected,
    BackendUnavailable,
)
from domain.money.charges import NOTHING
from domain.orders.progress import RemoteState


def said(**body: object) -> Answer:
    status = body.pop("status", 400)
    assert isinstance(status, int)
    return Answer(status, {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "stage", "state"),
    [
        ("new", None, RemoteState.QUEUED),
        ("draft", None, RemoteState.QUEUED),
        ("training", None, RemoteState.QUEUED),
        ("training", "pending", RemoteState.QUEUED),
        ("training", "queued-for-train", RemoteState.QUEUED),
        ("training", "starting-train", RemoteState.RUNNING),
        ("training", "running-train", RemoteState.RUNNING),
        ("trained", "running-train", RemoteState.SUCCEEDED),
        ("failed", None, RemoteState.FAILED),
        ("training-canceled", None, RemoteState.CANCELLED),
        ("copying", None, None),
        ("training", "pending-captcha", None),
        (None, None, None),
    ],
)
def test_each_status_of_a_model_has_one_meaning(
    status: str | None, stage: str | None, state: RemoteState | None
) -> None:
    assert training_state(status, stage) is state


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", RemoteState.QUEUED),
        ("queued", RemoteState.QUEUED),
        ("warming-up", RemoteState.QUEUED),
        ("in-progress", RemoteState.RUNNING),
        ("finalizing", RemoteState.RUNNING),
        ("success", RemoteState.SUCCEEDED),
        ("failure", RemoteState.FAILED),
        ("canceled", RemoteState.CANCELLED),
        ("succeeded", None),  # some prose says so; no job does
        (None, None),
    ],
)
def test_each_status_of_a_job_has_one_meaning(status: str | None, state: RemoteState | None) -> None:
    assert job_state(status) is state


@pytest.mark.parametrize(
    ("model", "steps"),
    [
        ({"parameters": {"nbEpochs": 10, "nbRepeats": 20, "batchSize": 2}, "trainingImagesNumber": 12}, 1_200),
        ({"parameters": {"maxTrainSteps": 750, "nbEpochs": 10, "nbRepeats": 20}, "trainingImagesNumber": 12}, 750),
        ({"parameters": {}}, 0),
        ({}, 0),
    ],
)
def test_the_steps_of_a_training_are_read_from_its_model(model: dict[str, object], steps: int) -> None:
    assert steps_of(Model.model_validate({"id": "model_1", **model})) == steps


def test_many_captions_of_scenario_are_told_by_example() -> None:
    images = [{"id": f"asset_{n}", "description": f"zorbo, {n}`", "automaticCaptioning": f"{n}`"} for n in range(9)]
    model = Model.model_validate({"id": "model_1", "trainingImages": images})

    assert tuple(map(words, notes_of(model))) == (
        "9 pictures had no caption; Scenario wrote for example `zorbo, 0ˋ`, `zorbo, 1ˋ`, `zorbo, 2ˋ`.",
    )


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (
            said(reason="Input rank must be at most 64"),
            BackendRejected,
            "`Input rank must be at most 64`",
        ),
        (said(message="Bad *request*"), BackendRejected, "`Bad *request*`"),
        (
            said(status=429, reason="Limit", action="add-training-image", actionLimit=20),
            BackendRejected,
            "at most 20 pictures",
        ),
        (
            said(status=429, reason="parallel-training", actionLimit=2),
            BackendRejected,
            "at most 2 LoRAs at once",
        ),
        (
            said(status=429, reason="Limit", action="parallel-training", actionLimit=0),
            BackendRejected,
            "tell the person who runs this bot",
        ),
    ],
)
def test_a_refusal_says_what_to_do(answer: Answer, kind: type[Exception], reason: str) -> None:
    error = complaint(answer)

    assert isinstance(error, kind)
    assert isinstance(error, BackendRejected)
    assert reason in words(error.reason)
    assert error.charge == NOTHING


@pytest.mark.parametrize(("seconds", "pause"), [(90, 90.0), (0, 1.0), (86_400, 900.0)])
def test_a_cooldown_is_kept(seconds: int, pause: float) -> None:
    error = complaint(
        said(
            status=429,
            reason="Training cooldown",
            remainingSeconds=seconds,
            trace_id="tr_9",
        )
    )

    assert isinstance(error, BackendUnavailable)
    assert error.retry_after == pause
    assert "tr_9" in error.detail


@pytest.mark.parametrize(
    "answer",
    [
        Answer(502, {}, b"<html>bad gateway</html>"),
        Answer(429, {}, b"slow down"),
        said(status=404, reason="Model model_X not found"),
        said(status=503, message="Service Unavailable"),
        Answer(400, {}, b"[1]"),
        said(status=400, reason={"no": "text"}),
    ],
)
def test_what_says_nothing_special_goes_by_its_status(answer: Answer) -> None:
    assert complaint(answer) is None
