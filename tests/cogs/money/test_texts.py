"""What moderators read about money, at its longest."""

from dataclasses import replace

import pytest

from cogs.money import texts as money_texts
from domain.money import limits
from domain.money.errors import Limit, OverBudget
from domain.money.limits import SpendingLimits, Used
from domain.money.orphaned_work import OrphanedWork
from domain.orders.facts import Fact, FactKind, fact
from services.money.spending import BackendStatus, Health, ServerStatus, Standing

LIMITS = SpendingLimits(bot=30_000_000, guild=15_000_000, member=5_000_000)
STANDING = Standing(Used(), LIMITS, is_paused=True)


def said(words: str) -> Fact:
    return fact(FactKind.WORDS, said=words)


def status(*, places: int, findings: int, longest: int = 36) -> ServerStatus:
    name = "n" * longest
    return ServerStatus(
        STANDING,
        [
            BackendStatus("octoai", is_free=False, health=Health.UNWELL, says=said("s" * 300), spent=1)
            for _ in range(places)
        ],
        running=1,
        waiting=2,
        orphans=[OrphanedWork("octoai", f"{n}-{name}", name, "running", 1_000.0) for n in range(findings)],
    )


@pytest.mark.parametrize(
    ("places", "findings", "longest", "end"),
    [
        (1, 0, 36, "everything that costs money."),
        (3, 10, 36, "first seen <t:1000:R>"),
        (3, 12, 36, "… and 2 more"),
        (7, 12, 36, "… and 2 more"),
        (7, 12, 200, "… and 9 more"),
        (12, 1_234, 200, "it may cost money): 1,234"),
    ],
)
def test_a_status_fits_on_one_card_and_counts_the_findings_that_it_leaves_out(
    places: int, findings: int, longest: int, end: str
) -> None:
    text = money_texts.status_text(status(places=places, findings=findings, longest=longest))

    assert len(text) <= 3_900
    assert text.endswith(end)
    assert "Each member: $5.00 a month" in text.split("Unknown work")[0]


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
        limits.check_limits(micros, used, LIMITS)

    assert money_texts.explain(raised.value) == sentence


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
        limits.check_limits(2_000_000, used, LIMITS)

    raised.value.for_moderator = True
    assert money_texts.explain(raised.value) == sentence


def test_a_thousand_dollars_are_written_so_that_they_can_be_read() -> None:
    said = money_texts.explain(OverBudget(Limit.MEMBER, micros=12_345_600_000, cap=5_000_000, left=5_000_000))

    assert said is not None
    assert "$12,345.60, and of your own $5.00" in said


@pytest.mark.parametrize(
    ("health", "says", "words"),
    [
        (Health.WELL, "2 workers", "✅ **cloud** answers · $1.00 this month · 2 workers"),
        (Health.UNWELL, "It is closed.", "⚠️ **cloud** does not answer well · $1.00 this month · It is closed."),
        (
            Health.UNWELL,
            "",
            (
                "⚠️ **cloud** does not answer well · $1.00 this month · "
                "It does not answer as it should; the log says more."
            ),
        ),
        (Health.SILENT, "", "⚠️ **cloud** does not answer well · $1.00 this month · It does not answer."),
    ],
)
def test_a_backend_stands_with_its_health_in_words(health: Health, says: str, words: str) -> None:
    one = replace(
        status(places=0, findings=0),
        backends=[BackendStatus("cloud", is_free=False, health=health, says=said(says), spent=1_000_000)],
    )

    assert words in money_texts.status_text(one)
