"""Facts as rows keep them."""

import pytest

from domain.facts import Fact, FactKind, as_text, fact, from_json, from_text, to_json

KNOWN = fact(FactKind.TOO_LARGE, backend="fal", megabytes=120, most=100)


def test_a_fact_comes_back_from_its_row() -> None:
    assert from_json(to_json(KNOWN)) == KNOWN
    assert from_json(to_json(None)) is None


def test_a_kind_that_is_not_known_is_shown_by_its_name() -> None:
    assert from_json({"kind": "eaten by a whale", "size": 3}) == fact(FactKind.WORDS, said="eaten by a whale")


@pytest.mark.parametrize("known", [(), (KNOWN,), (KNOWN, fact(FactKind.STOPPED))])
def test_facts_come_back_from_a_text(known: tuple[Fact, ...]) -> None:
    assert from_text(as_text(*known)) == known


def test_words_alone_are_plain_text() -> None:
    assert as_text("It was lost.", None, "It may be found.") == "It was lost. It may be found."
    assert from_text("It was lost.") == (fact(FactKind.WORDS, said="It was lost."),)
