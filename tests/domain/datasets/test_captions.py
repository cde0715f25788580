"""Captions and their bulk replacement."""

from dataclasses import replace

import pytest

from domain.datasets.captions import fingerprint, replace_all, training_caption
from domain.datasets.dataset import Kind, TrainingImage
from domain.errors import InvalidInput
from tests.domain.datasets.test_pending_uploads import image


def captioned(*captions: str) -> list[TrainingImage]:
    return [replace(image(n, str(n), "0"), caption=caption) for n, caption in enumerate(captions, start=1)]


@pytest.mark.parametrize(
    ("caption", "kind", "trained"),
    [
        ("a robo in the snow", Kind.CHARACTER, "a robo in the snow"),
        ("in the snow", Kind.CHARACTER, "robo, in the snow"),
        ("", Kind.CHARACTER, "a picture of robo"),
        ("", Kind.STYLE, "a picture in robo style"),
        ("robots", Kind.OBJECT, "robo, robots"),
    ],
)
def test_the_trained_caption_always_holds_the_trigger_word(caption: str, kind: Kind, trained: str) -> None:
    assert training_caption(caption, trigger_word="robo", kind=kind) == trained


def test_only_captions_that_really_change_count() -> None:
    changes = replace_all(captioned("a red robot", "blue", "red red"), "red", "green")

    assert [(c.image.number, c.after) for c in changes] == [(1, "a green robot"), (3, "green green")]


def test_replacing_with_nothing_leaves_tidy_captions() -> None:
    (change,) = replace_all(captioned("a red robot"), "red", "")

    assert change.after == "a robot"


def test_nothing_to_look_for_is_refused() -> None:
    with pytest.raises(InvalidInput):
        replace_all(captioned("x"), "  ", "y")


def test_a_replace_that_would_make_a_caption_too_long_is_refused() -> None:
    with pytest.raises(InvalidInput, match="800"):
        replace_all(captioned("a" * 400), "a", "bb")


def test_the_mark_of_a_replace_changes_with_the_captions_it_would_change() -> None:
    before = fingerprint(replace_all(captioned("red", "blue"), "red", "green"))

    assert fingerprint(replace_all(captioned("red", "other"), "red", "green")) == before
    assert fingerprint(replace_all(captioned("very red", "blue"), "red", "green")) != before
    assert fingerprint(replace_all(captioned("red", "red"), "red", "green")) != before
