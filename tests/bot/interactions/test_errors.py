"""Every error becomes a sentence: what, whether anything was charged, what to do; never the detail of the log."""

import pytest

from bot.interactions import errors
from domain.errors import (
    BackendAmbiguous,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    InvalidInput,
    NotFound,
    StorageFull,
)

SECRET = "token=abc at /srv/secret"  # noqa: S105 - what must not come out


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InvalidInput("Steps must be a whole number."), ["Steps must be a whole number."]),
        (NotFound("model", "See /model list."), ["can't find that model", "See /model list."]),
        (StorageFull(SECRET), ["disk is full", "nothing was stored, started or charged", "tell the person who"]),
        (BackendUnavailable("local", SECRET), ["My own worker can't be reached", "started or charged", "try again"]),
        (BackendUnavailable("cloud", SECRET), ["cloud can't be reached", "started or charged", "try again"]),
        (BackendAmbiguous("cloud", SECRET), ["cloud did not answer clearly", "checking", "please wait"]),
        (BackendRejected("local", SECRET), ["My own worker could not do this", "Nothing was charged"]),
        (BackendReplyInvalid("cloud", SECRET), ["cloud could not do this", "Nothing was charged"]),
        (KeyError(SECRET), ["something went wrong on my side", "Nothing was charged", "try again", "reference `"]),
    ],
)
def test_an_error_is_told_in_words_without_its_detail(error: Exception, words: list[str]) -> None:
    sentence = errors.explain(error)

    assert [each for each in words if each not in sentence] == []
    assert SECRET not in sentence
