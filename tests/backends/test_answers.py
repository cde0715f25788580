"""What an answer means by its status and its headers."""

import pytest

from backends.answers import Answer, failure_of, retry_after, without_secrets
from domain.errors import BackendError, BackendRejected, BackendReplyInvalid, BackendUnavailable, WorkUnknown
from domain.orders.facts import FactKind


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("7", 7.0),
        ("2.5", 2.5),
        ("0", 1.0),
        ("-30", 1.0),
        ("901", 900.0),
        ("9" * 5_000, 900.0),
        ("inf", 900.0),
        ("-inf", 1.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 900.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 1.0),
        ("", None),
        ("nan", None),
        ("soon", None),
        ("1 minute", None),
        ("Wed, 21 Oct 2015", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 +99999999", None),
        ("\x00\xff", None),
    ],
)
def test_the_pause_that_is_asked_for_is_within_reason(asked: str, seconds: float | None) -> None:
    assert retry_after(Answer(429, {"retry-after": asked}, b"")) == seconds


@pytest.mark.parametrize(
    ("method", "status", "error"),
    [
        ("POST", 400, BackendRejected),
        ("POST", 401, BackendRejected),
        ("GET", 401, BackendUnavailable),
        ("GET", 404, WorkUnknown),
        ("POST", 410, WorkUnknown),
        ("POST", 302, BackendReplyInvalid),
        ("POST", 429, BackendUnavailable),
        ("GET", 599, BackendUnavailable),
    ],
)
def test_a_status_has_one_meaning(method: str, status: int, error: type[BackendError]) -> None:
    assert type(failure_of("fal", Answer(status, {}, b""), method=method, path="/jobs")) is error


def test_a_refused_account_has_its_reason() -> None:
    error = failure_of("fal", Answer(402, {}, b""), method="POST", path="/jobs")

    assert error.reason
    assert error.reason.kind is FactKind.NO_CREDIT


def test_a_body_that_is_no_json_has_no_data() -> None:
    answer = Answer(200, {}, b"<html>\n  busy\xff")

    assert answer.data is None
    assert answer.text == "<html> busy\ufffd"


def test_a_key_is_hidden_however_json_writes_it() -> None:
    body = b'{"a": "c2VjcmV0/a2V5", "b": "c2VjcmV0\\/a2V5", "c": "short"}'

    assert (
        without_secrets(body, ["Bearer c2VjcmV0/a2V5", "short"])
        == b'{"a": "[hidden]", "b": "[hidden]", "c": "short"}'
    )
