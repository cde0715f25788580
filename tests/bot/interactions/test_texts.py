"""Counts, times, amounts and shared errors in words."""

import pytest

from bot.interactions.texts import about, count, dollars, explain, when
from domain.errors import UserError
from domain.numbers import NumberMissing
from domain.text import NameMissing, PromptTooLong


@pytest.mark.parametrize(("number", "words"), [(0, "0 pictures"), (1, "1 picture"), (1_200, "1,200 pictures")])
def test_counts_are_read_as_words(number: int, words: str) -> None:
    assert count(number, "picture") == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            NameMissing("model"),
            "A model needs a name with at least one letter. Please give it one. Nothing was made.",
        ),
        (
            PromptTooLong(5_000),
            "The prompt has 5,000 characters; I can read 1,000. Please shorten it. Nothing was drawn.",
        ),
        (
            NumberMissing("Steps", is_whole=True),
            "Steps must be a whole number, such as 3. Nothing was started or charged.",
        ),
        (
            NumberMissing("Rate", is_whole=False),
            "Rate must be a number, such as 0.8. Nothing was started or charged.",
        ),
    ],
)
def test_an_error_of_every_feature_says_what_to_do(error: UserError, words: str) -> None:
    assert explain(error) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (65, "about 1 min"),
        (5_399, "about 90 min"),
        (7_200, "about 2 h"),
        (9_000, "about 2.5 h"),
    ],
)
def test_lengths_of_time_in_words(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_prices_and_times() -> None:
    assert [dollars(micros) for micros in (1_500_000, 10_000, 2_500)] == ["$1.50", "$0.01", "$0.0025"]
    assert when(1_000.9) == "<t:1000:R>"
