"""Answers of a child, believed only where they hold together."""

import hashlib

import pytest

from domain.datasets.pictures import CleanPicture, Refusal, RefusedPicture
from storage.pictures import replies
from storage.pictures.frames import FrameInvalid

PNG = b"\x89PNG\r\n\x1a\n and so on"


def _clean(**other: object) -> dict[str, object]:
    fields = {
        "is": "clean",
        "sha256": hashlib.sha256(PNG).hexdigest(),
        "phash": "0" * 64,
        "kind": "PNG",
        "width": 40,
        "height": 40,
        "content": None,
        "arrived_as": "WebP",
    }
    return {**fields, **other}


def test_an_honest_verdict_is_believed() -> None:
    clean = replies.verdict(replies.parse(_clean()), [PNG])

    assert isinstance(clean, CleanPicture)
    assert (clean.content, clean.width, clean.size) == (PNG, 40, len(PNG))


@pytest.mark.parametrize(
    "other",
    [
        {"sha256": "0" * 64},
        {"kind": "JPEG"},
    ],
)
def test_a_picture_that_is_not_what_the_child_says_is_not_believed(other: dict[str, object]) -> None:
    reply = replies.parse(_clean(**other))
    with pytest.raises(FrameInvalid):
        replies.verdict(reply, [PNG])


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"is": "won"},
        _clean(kind="GIF"),
        _clean(sha256="../../etc/passwd"),
        _clean(phash="0"),
        _clean(width=-1),
        _clean(width=2**32),
        _clean(extra="more"),
        {"is": "refused", "reason": "because", "kind": "PNG", "width": 1, "height": 1, "count": 0, "cause": ""},
        {"is": "failed", "cause": "x" * 501},
    ],
)
def test_an_answer_outside_the_protocol_is_not_believed(fields: dict[str, object]) -> None:
    with pytest.raises(FrameInvalid):
        replies.parse(fields)


def test_a_child_that_failed_is_a_refusal_of_the_picture() -> None:
    failed = replies.verdict(replies.parse({"is": "failed", "cause": "it burst"}), [])

    assert failed == RefusedPicture(Refusal.DECODER_DIED, cause="it burst")


def test_a_drawing_must_be_a_jpeg() -> None:
    drawn = replies.parse({"is": "drawn"})

    assert replies.drawing(drawn, [b"\xff\xd8\xff\xe0"]) == b"\xff\xd8\xff\xe0"
    with pytest.raises(FrameInvalid):
        replies.drawing(drawn, [PNG])
    with pytest.raises(FrameInvalid):
        replies.drawing(drawn, [])
    with pytest.raises(FrameInvalid):
        replies.verdict(drawn, [PNG])
