"""The price list: exact, rounded up, dated."""

from datetime import date

import pytest

from domain.money.prices import PriceList
from domain.orders.facts import FactKind, fact

PRICES = PriceList({"step": 0.002, "picture": 0.035, "third": 0.000_000_4, "free": 0.0}, date(2026, 3, 9))


@pytest.mark.parametrize(
    ("what", "amount", "micros"),
    [
        ("step", 1, 2_000),
        ("step", 1_000, 2_000_000),
        ("step", 0, 0),
        ("step", 0.5, 1_000),
        ("picture", 3, 105_000),  # in binary fractions 0.035 * 3 is a little more
        ("third", 1, 1),  # never less than it costs
        ("third", 5, 2),
        ("third", 6, 3),
        ("free", 1_000, 0),
    ],
)
def test_a_price_is_exact_and_rounded_up(what: str, amount: float, micros: int) -> None:
    assert PRICES.micros(what, amount) == micros


def test_one_is_meant_where_no_amount_is_said() -> None:
    assert PRICES.micros("picture") == 35_000


def test_what_is_not_on_the_list_has_no_price() -> None:
    with pytest.raises(KeyError):
        PRICES.micros("gold")


def test_a_price_says_that_it_is_an_estimate_and_of_which_day() -> None:
    assert PRICES.source == fact(FactKind.PRICE_LIST, as_of="2026-03-09")


def test_the_usual_price_holds_where_the_list_says_no_other() -> None:
    prices = PRICES.over({"step": 9.0, "gold": 1.0})

    assert (prices.micros("step"), prices.micros("gold")) == (2_000, 1_000_000)
    assert prices.as_of == PRICES.as_of
