"""What a member means by what was typed so far."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

MOST_CHOICES = 25  # that Discord shows


def ranked(things: Sequence[T], typed: str, *, name: Callable[[T], str]) -> tuple[T, ...]:
    """Return at most 25 things whose name holds what was typed, those that start with it first."""
    wanted = typed.casefold().strip()
    fitting = [thing for thing in things if wanted in name(thing).casefold()]
    fitting.sort(key=lambda thing: not name(thing).casefold().startswith(wanted))
    return tuple(fitting[:MOST_CHOICES])


def named_in(sentence: str, things: Sequence[T], *, name: Callable[[T], str]) -> T | None:
    """Return the thing whose name stands in the sentence as whole words, the longest name of several."""
    said = f" {_words(sentence)} "
    named = [thing for thing in things if _words(name(thing)) and f" {_words(name(thing))} " in said]
    return max(named, key=lambda thing: len(name(thing)), default=None)


def _words(sentence: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in sentence.casefold()).split())
