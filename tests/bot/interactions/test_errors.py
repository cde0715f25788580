"""Every error becomes a sentence with what was charged where that is known, never with the detail of the log."""

from collections.abc import Callable

import pytest

from bot.interactions.errors import Explanations
from domain.errors import (
    AppError,
    BackendAmbiguous,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    InvalidInput,
    StorageFull,
    UserError,
)
from domain.money.charges import NOTHING, PERHAPS, UNKNOWN, Charge, amount

SECRET = "token=abc at /srv/secret"  # noqa: S105 - what must not come out
TROUBLES = [
    lambda: StorageFull(SECRET),
    lambda: BackendUnavailable("cloud", SECRET),
    lambda: BackendRejected("cloud", SECRET),
]


class TooManyRobots(InvalidInput):
    """An error of one feature."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StorageFull(SECRET), ["disk is full", "tell the person who"]),
        (BackendUnavailable("local", SECRET), ["My own worker can't be reached", "Try again"]),
        (BackendUnavailable("cloud", SECRET), ["cloud can't be reached", "Try again"]),
        (BackendAmbiguous("cloud", SECRET), ["cloud did not answer clearly", "checking", "please wait"]),
        (BackendRejected("local", SECRET), ["My own worker could not do this"]),
        (BackendReplyInvalid("cloud", SECRET), ["cloud could not do this"]),
        (KeyError(SECRET), ["something went wrong on my side", "before you try again", "reference `"]),
    ],
)
def test_an_error_is_told_in_words_without_its_detail(error: Exception, words: list[str]) -> None:
    sentence = Explanations().words(error)

    assert [each for each in words if each not in sentence] == []
    assert SECRET not in sentence


@pytest.mark.parametrize("trouble", [*TROUBLES, lambda: KeyError(SECRET)])
def test_an_error_that_does_not_know_what_was_charged_claims_nothing_about_it(
    trouble: Callable[[], Exception],
) -> None:
    assert "charged" not in Explanations().words(trouble())


@pytest.mark.parametrize(
    ("charge", "words"),
    [
        (amount(1_250_000), "It was charged: $1.25."),
        (PERHAPS, "It may have been charged."),
        (UNKNOWN, "It was charged; how much is not known."),
    ],
)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_error_that_knows_what_was_charged_says_so(
    trouble: Callable[[], AppError], charge: Charge, words: str
) -> None:
    error = trouble()
    error.charge = charge

    assert words in Explanations().words(error)


def test_a_call_that_cost_nothing_says_nothing_of_the_order_that_it_was_about() -> None:
    error = BackendUnavailable("cloud", "connection refused")

    assert error.charge == NOTHING
    assert "charged" not in Explanations().words(error)


def test_the_feature_that_knows_an_error_words_it() -> None:
    explanations = Explanations()
    explanations.add(lambda _: None)
    explanations.add(lambda error: "No more robots." if isinstance(error, TooManyRobots) else None)

    assert explanations.words(TooManyRobots()) == "No more robots."


def test_nothing_is_charged_by_what_is_refused() -> None:
    assert UserError().charge == NOTHING
