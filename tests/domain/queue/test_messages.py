"""Records that older versions left in the queue."""

import pytest

from domain.queue.messages import current_drawing, current_failure, current_progress


@pytest.mark.parametrize(
    ("message", "current"),
    [
        ("training", {"kind": "words", "values": {"said": "training"}}),
        ("", None),
        ({"kind": "training", "values": {}}, {"kind": "training", "values": {}}),
    ],
)
def test_a_sentence_of_progress_becomes_a_fact(message: object, current: object) -> None:
    assert current_progress({"step": 3, "message": message}) == {"step": 3, "message": current}


def test_progress_without_a_message_has_none() -> None:
    assert current_progress({"step": 3}) == {"step": 3, "message": None}


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"message": "It broke.", "reference": "ab12"}, "It broke. Reference `ab12`."),
        ({"message": "It broke.", "reference": ""}, "It broke."),
    ],
)
def test_a_sentence_of_a_failure_becomes_a_fact(record: dict[str, object], said: str) -> None:
    assert current_failure(record) == {"reason": {"kind": "words", "values": {"said": said}}}


def test_a_failure_of_this_version_stays_as_it_is() -> None:
    record: dict[str, object] = {"reason": {"kind": "disk full", "values": {}}}

    assert current_failure(record) == record


def test_the_start_of_an_older_drawing_is_its_source() -> None:
    assert current_drawing({"seed": 1, "start": {"sha256": "a"}}) == {"seed": 1, "source": {"sha256": "a"}}
