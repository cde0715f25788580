"""Every fact has its words."""

import string
from typing import Any

import pytest

from bot.fact_words import SENTENCES, SPECIAL, charge_words, text_words, words
from domain import charges
from domain.charges import Charge
from domain.facts import FactKind, as_text, fact

GIVEN = {"who", "Who", "owner"}


def test_every_kind_has_words() -> None:
    assert {FactKind.WORDS, *SENTENCES, *SPECIAL} == set(FactKind)
    assert not set(SENTENCES) & set(SPECIAL)


@pytest.mark.parametrize("kind", SENTENCES)
def test_a_sentence_is_whole_once_its_values_are_in_it(kind: FactKind) -> None:
    fields = {name for _, name, _, _ in string.Formatter().parse(SENTENCES[kind]) if name}
    values: dict[str, Any] = dict.fromkeys(fields - GIVEN, 7)
    said = words(fact(kind, backend="krea", **values))

    assert "{" not in said
    assert "charged" not in said or kind is FactKind.ONE_MORE_PERHAPS
    assert ("Krea" in said) == bool({"who", "Who"} & fields)


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        (FactKind.FAILED, {"backend": "fal"}, "fal could not finish it. It did not say why."),
        (
            FactKind.FAILED,
            {"backend": "octoai", "said": "`x`"},
            "The OctoAI-compatible server could not finish it. It said: `x`.",
        ),
        (FactKind.HELD_BACK, {"missing": 1, "count": 4}, "1 of 4 was held back by its filter."),
        (FactKind.NOT_GIVEN, {"missing": 2, "count": 4}, "2 of 4 were not given."),
        (FactKind.STEPS, {"steps": 1_000, "label": "FLUX.1"}, "1,000 steps of FLUX.1"),
        (FactKind.PRICE_LIST, {"as_of": "2026-11-01"}, "estimate, price list of 1 November 2026"),
    ],
)
def test_a_fact_with_values_is_worded(kind: FactKind, values: dict[str, Any], said: str) -> None:
    assert words(fact(kind, **values)) == said


def test_nothing_known_is_no_words() -> None:
    assert words(None) == ""
    assert text_words("") == ""


def test_what_a_row_keeps_is_worded_in_its_order() -> None:
    kept = as_text("Krea does not accept this drawing.", fact(FactKind.NO_CREDIT, backend="krea"))

    assert text_words(kept).startswith("Krea does not accept this drawing. This bot's account at Krea has no credit")
    assert text_words("It was stopped.") == "It was stopped."


@pytest.mark.parametrize(
    ("charge", "said"),
    [
        (charges.NOTHING, "Nothing was charged."),
        (charges.PERHAPS, "It may have been charged."),
        (charges.amount(1_500_000), "$1.50 was charged."),
        (charges.UNKNOWN, "It was charged, and nobody says how much."),
    ],
)
def test_a_charge_is_worded(charge: Charge, said: str) -> None:
    assert charge_words(charge) == said
