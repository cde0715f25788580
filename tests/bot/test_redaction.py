"""Secrets stay out of the log, wherever in a record they hide."""

import io
import logging
from collections.abc import Iterator

import pytest

from bot.redaction import RedactingFormatter

SECRET = "sk-canary-0123456789"  # noqa: S105 - a canary
LONGER = f"{SECRET}-longer"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Return what a logger of the test writes through the formatter."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        RedactingFormatter("%(levelname)s %(name)s %(message)s", secrets=(SECRET, LONGER, "tiny", ""))
    )
    log = logging.getLogger("redacted")
    log.handlers, log.propagate, level = [handler], False, log.level
    log.setLevel(logging.DEBUG)
    yield stream
    log.handlers, log.propagate = [], True
    log.setLevel(level)


@pytest.fixture
def log() -> logging.Logger:
    return logging.getLogger("redacted")


def test_a_secret_is_hidden_in_the_text_and_in_its_arguments(log: logging.Logger, written: io.StringIO) -> None:
    log.info("key %s and again %r", SECRET, {"Authorization": SECRET})
    log.info(f"in the text itself: {SECRET}")  # noqa: G004 - as somebody may write it

    assert "canary" not in written.getvalue()
    assert written.getvalue().count("[hidden]") == 3


def test_a_longer_secret_leaves_no_tail(log: logging.Logger, written: io.StringIO) -> None:
    log.info("key %s", LONGER)

    assert written.getvalue() == "INFO redacted key [hidden]\n"


def test_a_secret_is_hidden_in_the_traceback_and_in_the_cause(log: logging.Logger, written: io.StringIO) -> None:
    def look_up() -> None:
        raise LookupError(f"no account of {SECRET}")

    def fail() -> None:
        try:
            look_up()
        except LookupError as error:
            raise ValueError(f"https://api.invalid/?a=1 said: {SECRET} is unknown") from error

    try:
        fail()
    except ValueError:
        log.exception("it went wrong")

    told = written.getvalue()
    assert "canary" not in told
    assert "Traceback" in told
    assert "LookupError: no account of [hidden]" in told
    assert "said: [hidden] is unknown" in told


def test_a_filter_would_not_do(written: io.StringIO, log: logging.Logger) -> None:
    """The text of an exception exists only after all filters have run."""
    seen: list[str] = []

    def redact(record: logging.LogRecord) -> bool:
        seen.append(f"{record.getMessage()} {record.exc_text}")
        return True

    log.addFilter(redact)
    log.error("it went wrong", exc_info=ValueError(SECRET))
    log.removeFilter(redact)

    assert seen == ["it went wrong None"]  # there was nothing to redact yet
    assert "ValueError: [hidden]" in written.getvalue()


def test_a_secret_is_hidden_on_every_line_and_in_the_stack(log: logging.Logger, written: io.StringIO) -> None:
    log.warning("first\nkey=%s\nthird: %s", SECRET, SECRET, stack_info=True)

    assert "canary" not in written.getvalue()
    assert "third: [hidden]" in written.getvalue()


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (
            "GET https://x.invalid/f?X-Amz-Signature=deadbeef&a=1",
            "GET https://x.invalid/f?X-Amz-Signature=[hidden]&a=1",
        ),
        ("https://x.invalid/f?ex=66&hm=deadbeef", "https://x.invalid/f?ex=66&hm=[hidden]"),
        ("https://x.invalid/f?Signature=deadbeef", "https://x.invalid/f?Signature=[hidden]"),
        ("https://x.invalid/f?sig=deadbeef'", "https://x.invalid/f?sig=[hidden]'"),
        ('"https://x.invalid/f?token=deadbeef"', '"https://x.invalid/f?token=[hidden]"'),
        ("x-amz-security-token=deadbeef", "x-amz-security-token=[hidden]"),
        ("X-Amz-Credential=AKIA%2F2026 end", "X-Amz-Credential=[hidden] end"),
        (
            "POST /api/v10/webhooks/123/aW50ZXJhY3Rpb246/messages/@original",
            "POST /api/v10/webhooks/123/[hidden]/messages/@original",
        ),
        (
            "POST /api/v10/interactions/123/aW50ZXJhY3Rpb246/callback",
            "POST /api/v10/interactions/123/[hidden]/callback",
        ),
        ("{'id': '5', 'token': 'aW50ZXJhY3Rpb246', 'v': 1}", "{'id': '5', 'token': '[hidden]', 'v': 1}"),
        ('{"token":"aW50ZXJhY3Rpb246"}', '{"token":"[hidden]"}'),
        ("Authorization: Bearer abcdefghijklmnop1234", "Authorization: Bearer [hidden]"),
        ("authorization: basic YXBpX2hlbGxvOndvcmxk==", "authorization: basic [hidden]"),
        ("Authorization: Key 1234-5678-90ab:cdef1234", "Authorization: Key [hidden]"),
        ("Authorization: Bot MTIz.abc.def-ghi_jkl", "Authorization: Bot [hidden]"),
        ("Authorization: Token r8_abcdefghijklmnop", "Authorization: Token [hidden]"),
    ],
)
def test_signatures_and_keys_that_nobody_told_us_are_hidden_too(
    log: logging.Logger, written: io.StringIO, text: str, hidden: str
) -> None:
    log.info("%s", text)

    assert written.getvalue() == f"INFO redacted {hidden}\n"


@pytest.mark.parametrize(
    "text",
    [
        "task=0123456789abcdef0123456789abcdef queued -> running",
        "member=123456789012345678 backend=novita",
        "GET /v3/training/subject answered 503: busy",
        "a bot that trains and draws, tiny and all",
    ],
)
def test_what_is_no_secret_stays(log: logging.Logger, written: io.StringIO, text: str) -> None:
    log.info("%s", text)

    assert written.getvalue() == f"INFO redacted {text}\n"
