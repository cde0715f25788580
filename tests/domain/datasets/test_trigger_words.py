"""Trigger words: what is one, and which is suggested."""

import pytest

from domain.datasets.errors import TriggerWordRefused, WordFault
from domain.datasets.trigger_words import COMMON_WORDS, SHAPE, check, has_word, suggest


@pytest.mark.parametrize(
    ("word", "kept"), [("robo", "robo"), (" ROBO ", "robo"), ("r2d2", "r2d2"), ("abc", "abc"), ("a" * 16, "a" * 16)]
)
def test_a_made_up_word_is_kept_in_small_letters(word: str, kept: str) -> None:
    assert check(word, ()) == kept


@pytest.mark.parametrize("word", ["", "ab", "a" * 17, "two words", "2robo", "röbö", "robo!", "@everyone", "робо"])
def test_another_shape_is_refused_with_a_word_that_would_do(word: str) -> None:
    with pytest.raises(TriggerWordRefused) as refused:
        check(word, ())

    assert refused.value.fault is WordFault.SHAPE
    assert check(refused.value.suggestion, ()) == refused.value.suggestion


@pytest.mark.parametrize("word", ["cat", "DRAGON", "style"])
def test_an_everyday_word_is_refused(word: str) -> None:
    with pytest.raises(TriggerWordRefused) as refused:
        check(word, ())

    assert refused.value.fault is WordFault.COMMON


def test_a_word_in_use_is_refused() -> None:
    with pytest.raises(TriggerWordRefused) as refused:
        check("Robo", {"robo"})

    assert refused.value.fault is WordFault.TAKEN


@pytest.mark.parametrize(
    ("name", "taken", "word"),
    [
        ("Robo", (), "robo"),
        ("Robo", {"robo"}, "roboxo"),
        ("Robo", {"robo", "roboxo"}, "robozu"),
        ("Cat", (), "catxo"),
        ("Ünïcode!", (), "unicode"),
        ("🤖", (), "zor"),
        ("My very long name", (), "myverylong"),
    ],
)
def test_a_suggestion_sounds_like_the_name_and_is_free(name: str, taken: set[str], word: str) -> None:
    assert suggest(name, taken) == word


def test_suggestions_never_run_out_on_a_busy_server() -> None:
    taken: set[str] = set()
    for _ in range(500):
        word = suggest("Cat", taken)
        assert SHAPE.fullmatch(word)
        assert word not in taken | COMMON_WORDS
        taken.add(word)


@pytest.mark.parametrize(
    "text",
    [
        "robo",
        "robo, standing on a beach",
        "Robo.",
        "(robo)",
        "a ROBO-like toy",
        "“robo”",
        "my_robo_2",
        "робот robo",
        "绘 robo。",
    ],
)
def test_a_word_is_found_beside_any_punctuation(text: str) -> None:
    assert has_word(text, "robo")


@pytest.mark.parametrize(
    "text", ["", "roboter", "microbo", "robo2", "roboй", "robó", "robo\N{COMBINING ACUTE ACCENT}", "робо"]
)
def test_a_part_of_another_word_is_not_the_word(text: str) -> None:
    assert not has_word(text, "robo")
