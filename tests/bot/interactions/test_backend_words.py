"""The words of facts that need more than their values put in."""

from typing import Any

import pytest

from bot.interactions.fact_words import words
from domain.orders.facts import FactKind, fact


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
        (FactKind.LEFT_OUT_UNSAFE, {"numbers": "3"}, "Picture 3 was judged unsafe there, so it was left out."),
        (
            FactKind.LEFT_OUT_UNSAFE,
            {"numbers": "3, 5"},
            "Pictures 3, 5 were judged unsafe there, so they were left out.",
        ),
        (
            FactKind.LEFT_OUT_UNREADY,
            {"numbers": ""},
            "Some pictures were not ready there in time, so they were left out.",
        ),
        (
            FactKind.PICTURES_USELESS,
            {"numbers": "2", "said": ""},
            "It can't use picture 2. Please remove or replace that.",
        ),
        (FactKind.STEPS, {"steps": 60}, "60 steps"),
        (FactKind.STEPS, {"steps": 1_000, "label": "FLUX.1"}, "1,000 steps of FLUX.1"),
        (FactKind.PRICE_LIST, {"as_of": "2026-11-01"}, "estimate, price list of 1 November 2026"),
    ],
)
def test_a_fact_with_values_is_worded(kind: FactKind, values: dict[str, Any], said: str) -> None:
    assert words(fact(kind, **values)) == said
