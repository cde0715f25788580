"""How fal's failures are read."""

import json

import pytest

from backends.answers import Answer
from backends.fal.failures import Ended, ending, meaning
from bot.interactions.fact_words import words
from domain.errors import BackendUnavailable
from domain.orders.progress import RemoteState
from tests.providers.fal import PLATFORM, items

MODEL_WORDS = (
    "content_policy_violation image_too_small image_too_large image_load_error file_download_error "
    "generation_timeout downstream_service_error downstream_service_unavailable internal_server_error value_error "
    "missing"
).split()


@pytest.mark.parametrize("word", [*MODEL_WORDS, *(word for word in PLATFORM if word != "client_cancelled")])
def test_every_documented_failure_has_a_sentence_of_ours(word: str) -> None:
    assert words(meaning([word])).endswith(".")
    assert word not in words(meaning([word]))


def test_an_unknown_failure_is_shown_as_text_that_does_nothing() -> None:
    assert words(meaning(["@everyone `x`"])) == "fal could not finish it. It said: `@everyone ˋxˋ`."


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (422, items("image_too_small", "body"), RemoteState.FAILED),
        (422, {"detail": "no"}, RemoteState.FAILED),
        (422, None, RemoteState.FAILED),
        (500, items("internal_server_error", "body"), RemoteState.FAILED),  # the model's own
        (500, {"detail": "no", "error_type": "internal_error"}, None),  # the platform's: it passes
        (504, {"detail": "no", "error_type": "request_timeout"}, None),
        (400, {"detail": "no", "error_type": "bad_request"}, RemoteState.FAILED),
        (499, {"detail": "no", "error_type": "client_cancelled"}, RemoteState.CANCELLED),
        (499, None, RemoteState.CANCELLED),
        (401, {"detail": "invalid key credentials"}, None),
        (404, {"detail": "Request not found"}, None),
        (429, {"detail": "no"}, None),
        (502, None, None),
    ],
)
def test_each_error_for_a_result_is_an_end_or_passes(status: int, body: object, state: RemoteState | None) -> None:
    said = ending(Answer(status, {}, json.dumps(body).encode()))

    assert (said.state if isinstance(said, Ended) else said) == state


def test_a_result_that_is_not_there_yet_is_waited_for() -> None:
    body = b'{"detail": "Request is still in progress"}'

    assert isinstance(ending(Answer(400, {}, body)), BackendUnavailable)
