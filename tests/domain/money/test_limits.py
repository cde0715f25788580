"""What may be spent, what needs a moderator's word, and what is charged in the end."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.money.errors import Limit, OverBudget
from domain.money.limits import (
    Settlement,
    SpendingLimits,
    Used,
    check_limits,
    month_of,
    needs_approval,
    settlement,
)

CAPS = SpendingLimits(bot=30_000_000, guild=15_000_000, member=5_000_000)


@pytest.mark.parametrize(
    ("micros", "used"),
    [
        (5_000_000, Used()),
        (1, Used(member=4_999_999)),
        (0, Used(bot=30_000_000, guild=15_000_000, member=5_000_000)),
        (5_000_000, Used(bot=25_000_000, guild=10_000_000, member=0)),
    ],
)
def test_an_order_that_just_fits_is_fine(micros: int, used: Used) -> None:
    check_limits(micros, used, CAPS)


@pytest.mark.parametrize(
    ("micros", "used", "limit", "left"),
    [
        (2_000_000, Used(bot=20_000_000, guild=14_000_000, member=3_000_000), Limit.GUILD, 1_000_000),
        (250_000, Used(bot=29_990_000), Limit.BOT, 10_000),
        (2_500, Used(member=5_250_000), Limit.MEMBER, 0),  # it cost more than was thought
        (1, Used(bot=30_000_000, guild=15_000_000, member=5_000_000), Limit.MEMBER, 0),
    ],
)
def test_an_order_over_a_limit_names_the_first_one_and_what_is_left(
    micros: int, used: Used, limit: Limit, left: int
) -> None:
    with pytest.raises(OverBudget) as raised:
        check_limits(micros, used, CAPS)

    assert (raised.value.limit, raised.value.micros, raised.value.left) == (limit, micros, left)


def test_a_cap_of_nothing_lets_only_what_is_free_through() -> None:
    nothing = SpendingLimits(bot=0, guild=0, member=0)
    check_limits(0, Used(), nothing)
    with pytest.raises(OverBudget):
        check_limits(1, Used(), nothing)


@pytest.mark.parametrize(
    ("micros", "above", "needs"),
    [
        (4_000_000, 4_000_000, False),
        (4_000_001, 4_000_000, True),
        (1, 0, True),
        (0, 0, False),
        (10**12, None, False),
    ],
)
def test_only_what_costs_more_than_the_limit_needs_a_moderators_word(
    micros: int, above: int | None, *, needs: bool
) -> None:
    assert needs_approval(micros, SpendingLimits(bot=1, guild=1, member=1, approval_above=above)) is needs


@pytest.mark.parametrize(
    ("told", "was_accepted", "cost"),
    [
        (None, True, Settlement(2_000_000, is_guess=True)),
        (1_750_000, True, Settlement(1_750_000)),
        (0, True, Settlement(0)),
        (2_500_000, True, Settlement(2_500_000)),  # more than was quoted, but that is what it cost
        (None, False, Settlement(0)),
        (1_750_000, False, Settlement(0)),  # no id: nothing of ours was charged
    ],
)
def test_what_an_order_cost_in_the_end(told: int | None, cost: Settlement, *, was_accepted: bool) -> None:
    assert settlement(quoted=2_000_000, told=told, was_accepted=was_accepted) == cost


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=UTC), "2026-11"),
        (datetime(2026, 12, 1, tzinfo=UTC), "2026-12"),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "2026-12"),
        (datetime(2027, 1, 1, tzinfo=UTC), "2027-01"),
        (datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC), "2028-02"),
        (datetime(2028, 3, 1, tzinfo=UTC), "2028-03"),
        (datetime(2027, 1, 1, 8, tzinfo=timezone(timedelta(hours=9))), "2026-12"),  # morning in Tokyo
        (datetime(2026, 12, 31, 20, tzinfo=timezone(timedelta(hours=-5))), "2027-01"),  # evening in New York
    ],
)
def test_a_month_begins_at_midnight_utc(moment: datetime, month: str) -> None:
    assert month_of(moment.timestamp()) == month
