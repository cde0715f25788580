"""What a member means by what was typed."""

import pytest

from domain.models.search import named_in, ranked


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ("Old robo", "Robot", "Cat")),
        ("rob", ("Robot", "Old robo")),
        ("ROBO", ("Robot", "Old robo")),
        (" cat ", ("Cat",)),
        ("dog", ()),
    ],
)
def test_names_that_start_with_it_come_first_and_the_rest_stays_in_order(typed: str, found: tuple[str, ...]) -> None:
    assert ranked(["Old robo", "Robot", "Cat"], typed, name=str) == found


def test_at_most_25_are_offered() -> None:
    assert len(ranked([f"Robo {n}" for n in range(60)], "robo", name=str)) == 25


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("these are for robo", "Robo"),
        ("ROBO!", "Robo"),
        ("for snow cat, please", "Snow cat"),
        ("for my cat", "Cat"),
        ("robotic things", None),
        ("", None),
    ],
)
def test_a_name_counts_only_as_whole_words_and_the_longest_wins(sentence: str, named: str | None) -> None:
    assert named_in(sentence, ["Robo", "Cat", "Snow cat", "🤖"], name=str) == named
