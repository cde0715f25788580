"""What may be spent, what needs a moderator's word, and what is charged in the end."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.money.limits import Caps, OverBudget, Used, check_caps, month_of, needs_approval

CAPS = Caps(bot=30_000_000, guild=15_000_000, member=5_000_000)


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
    check_caps(micros, used, CAPS)


@pytest.mark.parametrize(
    ("micros", "used", "sentence"),
    [
        (
            5_000_001,
            Used(),
            (
                "This may cost $5.000001, and of your own $5.00 for this month, over all servers, $5.00 is left. "
                "Nothing was started or charged. The moderators can raise it with /admin limits."
            ),
        ),
        (
            2_000_000,
            Used(bot=20_000_000, guild=14_000_000, member=3_000_000),
            (
                "This may cost $2.00, and of this server's $15.00 for this month $1.00 is left. "
                "Nothing was started or charged. The moderators, or the person who runs this bot, can raise it."
            ),
        ),
        (
            250_000,
            Used(bot=29_990_000),
            (
                "This may cost $0.25, and of this whole bot's $30.00 for this month $0.01 is left. "
                "Nothing was started or charged. Only the person who runs this bot can raise it."
            ),
        ),
        (
            2_500,
            Used(member=5_250_000),  # it cost more than was thought
            (
                "This may cost $0.0025, and of your own $5.00 for this month, over all servers, $0.00 is left. "
                "Nothing was started or charged. The moderators can raise it with /admin limits."
            ),
        ),
        (
            12_500,
            Used(member=4_987_501),
            (
                "This may cost $0.0125, and of your own $5.00 for this month, over all servers, $0.012499 is left. "
                "Nothing was started or charged. The moderators can raise it with /admin limits."
            ),
        ),
    ],
)
def test_an_order_over_a_cap_says_which_and_what_is_left(micros: int, used: Used, sentence: str) -> None:
    with pytest.raises(OverBudget) as raised:
        check_caps(micros, used, CAPS)

    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("used", "sentence"),
    [
        (
            Used(member=3_500_000),
            (
                "This may cost $2.00, and the member who asked has $1.50 left of $5.00 for this month. "
                "Nothing was started or charged. /admin limits raises it for each member; then approve again."
            ),
        ),
        (
            Used(guild=14_000_000),
            (
                "This may cost $2.00, and this server has $1.00 left of $15.00 for this month. "
                "Nothing was started or charged. "
                "/admin limits raises it, as far as the person who runs this bot lets it; then approve again."
            ),
        ),
        (
            Used(bot=30_000_000),
            (
                "This may cost $2.00, and this whole bot has $0.00 left of $30.00 for this month. "
                "Nothing was started or charged. "
                "Only the person who runs this bot can raise it; then approve again."
            ),
        ),
    ],
)
def test_a_moderator_who_agreed_reads_of_the_member_who_asked_and_what_they_can_do(used: Used, sentence: str) -> None:
    with pytest.raises(OverBudget) as raised:
        check_caps(2_000_000, used, CAPS)

    assert raised.value.for_moderator == sentence


def test_a_thousand_dollars_are_written_so_that_they_can_be_read() -> None:
    with pytest.raises(OverBudget, match=r"\$12,345\.60, and of your own \$5\.00"):
        check_caps(12_345_600_000, Used(), CAPS)


def test_of_several_caps_that_are_too_small_the_members_own_is_named() -> None:
    with pytest.raises(OverBudget, match="your own"):
        check_caps(1, Used(bot=30_000_000, guild=15_000_000, member=5_000_000), CAPS)


def test_a_cap_of_nothing_lets_only_what_is_free_through() -> None:
    nothing = Caps(bot=0, guild=0, member=0)
    check_caps(0, Used(), nothing)
    with pytest.raises(OverBudget):
        check_caps(1, Used(), nothing)


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
    assert needs_approval(micros, Caps(bot=1, guild=1, member=1, approval_above=above)) is needs


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
