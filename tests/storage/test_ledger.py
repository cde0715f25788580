"""The ledger: append-only, each order once, counted against its caps inside the transaction that starts it."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.errors import InvalidInput, NotAllowed, NotFound
from domain.money.charges import UNKNOWN, amount
from domain.money.errors import Limit, OverBudget, Paused, PriceUnknown
from domain.money.limits import SpendingLimits, Used
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.orders.states import OrderStatus
from domain.posts import PostKind
from domain.training import errors
from domain.training.settings import Estimate
from domain.training.tasks import Approval, TrainingTask
from services.caller import Caller
from storage import ledger
from storage.database import Database, open_database
from storage.ledger import GuildLimits, LedgerAccount, LedgerStore
from tests.services.scripted_backend import HOSTED
from tests.services.workshop import ANA, ANA_ELSEWHERE, BEN, MODERATOR, Workshop, workshop

CAPS = SpendingLimits(bot=30_000_000, guild=15_000_000, member=5_000_000, approval_above=4_000_000)
MANAGER = replace(MODERATOR, is_manager=True)
DOLLAR = 1_000_000
DAY = 24 * 3600.0
NOVEMBER = datetime(2026, 11, 30, 23, 59, 50, tzinfo=UTC).timestamp()
DECEMBER = datetime(2026, 12, 1, 0, 0, 10, tzinfo=UTC).timestamp()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "atelier.sqlite") as opened:
        yield opened


def account(subject: str, *, guild: int = 100, member: int = 7, backend: str = "novita") -> LedgerAccount:
    return LedgerAccount(guild, member, backend, subject)


async def reserve(
    database: Database, who: LedgerAccount, micros: int, *, caps: SpendingLimits = CAPS, now: float = NOVEMBER
) -> None:
    await database.transaction(lambda c: ledger.reserve(c, who, micros, defaults=caps, now=now))


async def settle(database: Database, subject: str, cost: int, *, now: float = NOVEMBER) -> None:
    await database.transaction(lambda c: ledger.settle(c, account(subject), cost, now=now))


async def used(database: Database, *, guild: int = 100, member: int = 7, month: str = "2026-11") -> Used:
    return await database.read(lambda c: ledger.used(c, guild_id=guild, member_id=member, month=month))


async def lines(database: Database) -> list[tuple[str, str, str, int]]:
    def work(connection: sqlite3.Connection) -> list[tuple[str, str, str, int]]:
        rows = connection.execute("SELECT subject_id, entry, month, micros FROM ledger ORDER BY id")
        return [tuple(row) for row in rows]

    return await database.read(work)


# --- one line after the other


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger SET micros = 0",
        "UPDATE ledger SET month = '2026-10' WHERE entry = 'reserve'",
        "DELETE FROM ledger",
        "DELETE FROM ledger WHERE subject_id = 'a'",
    ],
)
async def test_no_line_of_the_ledger_can_be_changed_or_taken_away(database: Database, change: str) -> None:
    await reserve(database, account("a"), DOLLAR)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        await database.transaction(lambda c: c.execute(change))

    assert await lines(database) == [("a", "reserve", "2026-11", DOLLAR)]


async def test_an_order_sets_aside_gives_back_and_settles_once(database: Database) -> None:
    await reserve(database, account("a"), 2 * DOLLAR)
    set_aside = await used(database)
    await settle(database, "a", 1_750_000)
    await settle(database, "a", 9 * DOLLAR)
    settled = await used(database)
    with pytest.raises(sqlite3.IntegrityError):
        await reserve(database, account("a"), DOLLAR)

    assert set_aside == Used(2 * DOLLAR, 2 * DOLLAR, 2 * DOLLAR)
    assert settled == Used(1_750_000, 1_750_000, 1_750_000)
    assert await lines(database) == [
        ("a", "reserve", "2026-11", 2 * DOLLAR),
        ("a", "release", "2026-11", -2 * DOLLAR),
        ("a", "settle", "2026-11", 1_750_000),
    ]


async def test_a_charge_for_which_nothing_was_set_aside_has_its_own_line(database: Database) -> None:
    await settle(database, "a", DOLLAR)
    await settle(database, "a", DOLLAR)
    await settle(database, "free", 0)

    assert await lines(database) == [("a", "settle", "2026-11", DOLLAR)]


async def test_what_a_member_spends_counts_over_all_servers(database: Database) -> None:
    await reserve(database, account("a", guild=100), 3 * DOLLAR)
    with pytest.raises(OverBudget) as refused:
        await reserve(database, account("b", guild=200), 3 * DOLLAR)

    assert (refused.value.limit, refused.value.cap, refused.value.left) == (Limit.MEMBER, 5 * DOLLAR, 2 * DOLLAR)
    assert await used(database, guild=200) == Used(3 * DOLLAR, 0, 3 * DOLLAR)


async def test_an_order_that_cost_nothing_frees_everything(database: Database) -> None:
    await reserve(database, account("a"), 5 * DOLLAR)
    await settle(database, "a", 0)
    await reserve(database, account("b"), 5 * DOLLAR)

    assert (await used(database)).member == 5 * DOLLAR


async def test_an_order_counts_in_the_month_in_which_it_was_confirmed(database: Database) -> None:
    await reserve(database, account("a"), 5 * DOLLAR, now=NOVEMBER)
    with pytest.raises(OverBudget):
        await reserve(database, account("b"), DOLLAR, now=NOVEMBER)
    await reserve(database, account("b"), 5 * DOLLAR, now=DECEMBER)  # a new month, a new budget
    await settle(database, "a", 4 * DOLLAR, now=DECEMBER)

    assert (await used(database, month="2026-11")).member == 4 * DOLLAR
    assert (await used(database, month="2026-12")).member == 5 * DOLLAR
    assert [line[2] for line in await lines(database)] == ["2026-11", "2026-12", "2026-11", "2026-11"]


async def test_members_servers_and_the_whole_bot_are_counted_apart(database: Database) -> None:
    await reserve(database, account("a", guild=100, member=7), 3 * DOLLAR)
    await reserve(database, account("b", guild=100, member=8), 2 * DOLLAR)
    await reserve(database, account("c", guild=200, member=7), DOLLAR)

    assert await used(database, guild=100, member=7) == Used(bot=6 * DOLLAR, guild=5 * DOLLAR, member=4 * DOLLAR)
    assert await used(database, guild=200, member=7) == Used(bot=6 * DOLLAR, guild=DOLLAR, member=4 * DOLLAR)
    assert await used(database, guild=300, member=9) == Used(bot=6 * DOLLAR, guild=0, member=0)


@pytest.mark.parametrize(
    ("caps", "limit"),
    [
        (replace(CAPS, member=2 * DOLLAR), Limit.MEMBER),
        (replace(CAPS, guild=2 * DOLLAR), Limit.GUILD),
        (replace(CAPS, bot=2 * DOLLAR), Limit.BOT),
    ],
)
async def test_an_order_over_any_cap_leaves_no_line(database: Database, caps: SpendingLimits, limit: Limit) -> None:
    await reserve(database, account("a"), DOLLAR, caps=caps)
    with pytest.raises(OverBudget) as refused:
        await reserve(database, account("b"), DOLLAR + 1, caps=caps)
    await reserve(database, account("c"), DOLLAR, caps=caps)

    assert refused.value.limit is limit
    assert [line[0] for line in await lines(database)] == ["a", "c"]


# --- what moderators set


async def caps_of(database: Database, limits: GuildLimits) -> SpendingLimits:
    await LedgerStore(database).change_limits(100, lambda _: limits, by=9, now=NOVEMBER)
    return await database.read(lambda c: ledger.spending_limits_of(c, 100, CAPS))


@pytest.mark.parametrize(
    ("limits", "caps"),
    [
        (GuildLimits(), CAPS),
        (GuildLimits(guild_cap=DOLLAR), replace(CAPS, guild=DOLLAR)),
        (
            GuildLimits(guild_cap=0, member_cap=0, approval_above=0),
            replace(CAPS, guild=0, member=0, approval_above=0),
        ),
        (GuildLimits(guild_cap=500 * DOLLAR), CAPS),  # no server goes over what the bot's owner allows
        (GuildLimits(member_cap=12 * DOLLAR), replace(CAPS, member=12 * DOLLAR)),
        (GuildLimits(approval_above=20 * DOLLAR), replace(CAPS, approval_above=20 * DOLLAR)),
    ],
)
async def test_the_caps_of_a_server_are_its_own_but_never_above_the_bots(
    database: Database, limits: GuildLimits, caps: SpendingLimits
) -> None:
    assert await caps_of(database, limits) == caps
    assert await LedgerStore(database).limits(100) == limits
    assert await LedgerStore(database).limits(200) == GuildLimits()


async def test_a_server_that_set_more_than_the_bot_allows_is_still_stopped_there(database: Database) -> None:
    await caps_of(database, GuildLimits(guild_cap=500 * DOLLAR, member_cap=500 * DOLLAR))
    await reserve(database, account("a"), 15 * DOLLAR)
    with pytest.raises(OverBudget) as refused:
        await reserve(database, account("b", member=8), 1)

    assert (refused.value.limit, refused.value.cap) == (Limit.GUILD, 15 * DOLLAR)


async def test_a_paused_server_starts_nothing_that_costs_money_and_others_go_on(database: Database) -> None:
    await LedgerStore(database).change_limits(100, lambda _: GuildLimits(is_paused=True), by=9, now=NOVEMBER)
    with pytest.raises(Paused):
        await reserve(database, account("a"), 1)
    with pytest.raises(Paused):
        await reserve(database, account("priced at nothing"), 0)
    await reserve(database, account("b", guild=200), 1)

    assert [line[0] for line in await lines(database)] == ["b"]


async def test_what_each_backend_took_is_told_the_most_first(database: Database) -> None:
    await reserve(database, account("a", backend="fal"), DOLLAR)
    await reserve(database, account("b", backend="novita"), 3 * DOLLAR)
    await reserve(database, account("c", guild=200, backend="replicate"), DOLLAR)
    await settle(database, "b", 2 * DOLLAR)

    store = LedgerStore(database)
    assert await store.by_backend(guild_id=100, now=NOVEMBER) == [("novita", 2 * DOLLAR), ("fal", DOLLAR)]
    assert await store.by_backend(guild_id=100, now=DECEMBER) == []


# --- with real tasks, at a backend that wants money


def priced(micros: int | None, *, ceiling: int | None = None) -> Estimate:
    return Estimate(micros, 0.0, 60.0, "Your pictures go to nobody.", ceiling_micros=ceiling)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path) as opened:
        opened.now = NOVEMBER
        opened.backend.abilities = HOSTED
        opened.backend.estimated = priced(DOLLAR)
        opened.caps = CAPS
        opened.restart()
        yield opened


async def entries(shop: Workshop, task: TrainingTask) -> list[tuple[str, int]]:
    return [(entry, micros) for subject, entry, _, micros in await lines(shop.database) if subject == task.id]


async def questions(shop: Workshop) -> int:
    return sum(posting.kind is PostKind.APPROVAL for posting in await shop.outbox.due(shop.now + DAY))


async def test_of_a_hundred_confirmations_at_once_a_budget_for_ten_lets_ten_through(shop: Workshop) -> None:
    shop.caps = replace(CAPS, guild=10 * DOLLAR)
    shop.restart()
    doors = [Caller(guild_id=100, channel_id=1000, member_id=member) for member in range(1_000, 1_100)]
    tasks = [await shop.quoted(caller) for caller in doors]
    results = await asyncio.gather(
        *(shop.confirmations.confirm(task.id, caller) for task, caller in zip(tasks, doors, strict=True)),
        return_exceptions=True,
    )
    statuses = Counter([(await shop.stored(task)).order.status for task in tasks])

    assert sum(isinstance(result, OverBudget) for result in results) == 90
    assert statuses == {OrderStatus.QUEUED: 10, OrderStatus.QUOTED: 90}
    assert len(shop.backend.trainings) == shop.backend.count("submit") == 10
    assert (await used(shop.database, member=1_000)).guild == 10 * DOLLAR


async def test_a_confirmed_training_sets_its_ceiling_aside_and_settles_what_it_cost(shop: Workshop) -> None:
    shop.backend.estimated = priced(2 * DOLLAR, ceiling=3 * DOLLAR)
    task = await shop.started()
    set_aside = await entries(shop, task)
    shop.finish()
    shop.backend.progress[shop.backend.only_training()] = Progress(RemoteState.SUCCEEDED, cost_micros=1_900_000)
    done = await shop.follow(task)

    assert set_aside == [("reserve", 3 * DOLLAR)]
    assert await entries(shop, task) == [("reserve", 3_000_000), ("release", -3_000_000), ("settle", 1_900_000)]
    assert (done.order.price.booked_micros, done.order.price.charge) == (1_900_000, amount(1_900_000))


async def test_a_training_that_ends_next_month_is_paid_from_the_month_it_began_in(shop: Workshop) -> None:
    task = await shop.started()
    shop.now = DECEMBER
    shop.backend.progress[shop.backend.only_training()] = Progress(
        RemoteState.FAILED, message=fact(FactKind.WORDS, said="Out of memory.")
    )
    done = await shop.follow(task)

    assert (done.order.price.booked_micros, done.order.price.charge) == (
        DOLLAR,
        UNKNOWN,
    )  # it said nothing: counted as quoted
    assert (await used(shop.database, month="2026-11")).member == DOLLAR
    assert (await used(shop.database, month="2026-12")).member == 0


async def test_what_nobody_can_price_is_not_started(shop: Workshop) -> None:
    shop.backend.estimated = priced(None)
    task = await shop.quoted()
    with pytest.raises(PriceUnknown):
        await shop.confirmations.confirm(task.id, ANA)

    assert await shop.stored(task) == task
    assert shop.backend.count("submit") == 0


async def test_a_paused_server_keeps_its_quotes_and_goes_on_later(shop: Workshop) -> None:
    task = await shop.quoted()
    await shop.money.pause(MANAGER, is_paused=True)
    with pytest.raises(Paused):
        await shop.confirmations.confirm(task.id, ANA)
    kept = await shop.stored(task)
    await shop.money.pause(MANAGER, is_paused=False)
    started = await shop.confirmations.confirm(task.id, ANA)

    assert kept == task
    assert started.order.status is OrderStatus.QUEUED


# --- a moderator's word


@pytest.fixture
async def dear(shop: Workshop) -> TrainingTask:
    """Return a task that waits for a moderator's word."""
    shop.backend.estimated = priced(4_500_000)
    return await shop.started()


async def test_a_dear_training_waits_and_starts_once_with_a_moderators_word(
    shop: Workshop, dear: TrainingTask
) -> None:
    waiting = (
        dear.order.status,
        dear.approval,
        dear.quote_ends_at,
        shop.backend.count("submit"),
        await questions(shop),
    )
    results = await asyncio.gather(
        *(shop.confirmations.approve(dear.id, MANAGER) for _ in range(5)), return_exceptions=True
    )
    task = await shop.stored(dear)

    assert waiting == (OrderStatus.QUOTED, Approval.ASKED, NOVEMBER + DAY, 0, 1)
    assert (task.order.status, task.approval, task.approved_by) == (
        OrderStatus.QUEUED,
        Approval.GIVEN,
        MANAGER.member_id,
    )
    assert shop.backend.count("submit") == 1
    assert all(isinstance(result, TrainingTask | InvalidInput) for result in results)
    assert await entries(shop, task) == [("reserve", 4_500_000)]
    with pytest.raises(errors.ApprovalOver):
        await shop.confirmations.decline(dear.id, MANAGER)


async def test_its_owner_can_not_give_it_and_confirming_again_changes_nothing_for_the_worse(
    shop: Workshop, dear: TrainingTask
) -> None:
    with pytest.raises(NotAllowed):
        await shop.confirmations.approve(dear.id, ANA)
    again = await shop.confirmations.confirm(dear.id, ANA)

    assert (again.order.status, again.approval) == (OrderStatus.QUOTED, Approval.ASKED)
    assert shop.backend.count("submit") == 0
    assert await entries(shop, dear) == []


@pytest.mark.parametrize("caller", [ANA, BEN, MODERATOR])
async def test_who_may_not_manage_the_server_decides_nothing(
    shop: Workshop, dear: TrainingTask, caller: Caller
) -> None:
    for attempt in (shop.confirmations.approve(dear.id, caller), shop.confirmations.decline(dear.id, caller)):
        with pytest.raises(errors.NotAModerator):
            await attempt

    assert await shop.stored(dear) == dear
    assert not await shop.confirmations.pending_approvals("", caller)
    assert shop.backend.count("submit") == 0


async def test_the_managers_of_another_server_do_not_even_see_it(shop: Workshop, dear: TrainingTask) -> None:
    elsewhere = replace(ANA_ELSEWHERE, is_manager=True)
    for attempt in (shop.confirmations.approve(dear.id, elsewhere), shop.confirmations.decline(dear.id, elsewhere)):
        with pytest.raises(NotFound):
            await attempt

    assert not await shop.confirmations.pending_approvals("", elsewhere)
    assert [task.id for task in await shop.confirmations.pending_approvals("rob", MANAGER)] == [dear.id]


async def test_a_declined_training_ends_and_costs_nothing(shop: Workshop, dear: TrainingTask) -> None:
    ended = await shop.confirmations.decline(dear.id, MANAGER)
    with pytest.raises(errors.QuoteCancelled):
        await shop.confirmations.confirm(dear.id, ANA)
    with pytest.raises(errors.ApprovalOver):
        await shop.confirmations.approve(dear.id, MANAGER)

    assert (ended.order.status, ended.approval, ended.approved_by) == (OrderStatus.CANCELLED, Approval.DECLINED, 9)
    assert ended.order.reason == fact(FactKind.DECLINED)
    assert shop.backend.count("submit") == 0
    assert await entries(shop, dear) == []
    assert await questions(shop) == 1  # the question is still to be redrawn, as answered


async def test_after_a_day_nobody_can_give_the_word_any_more(shop: Workshop, dear: TrainingTask) -> None:
    shop.now += DAY - 1
    await shop.confirmations.expire()
    still = await shop.stored(dear)
    shop.now += 1
    await shop.confirmations.expire()
    with pytest.raises(errors.ApprovalOver):
        await shop.confirmations.approve(dear.id, MANAGER)

    assert still.order.status is OrderStatus.QUOTED
    assert (await shop.stored(dear)).order.status is OrderStatus.EXPIRED
    assert shop.backend.count("submit") == 0


async def test_a_word_given_at_the_very_end_of_the_day_comes_too_late(shop: Workshop, dear: TrainingTask) -> None:
    shop.now += DAY  # and nobody has looked around yet
    with pytest.raises(errors.QuoteOver):
        await shop.confirmations.approve(dear.id, MANAGER)

    assert (await shop.stored(dear)).order.status is OrderStatus.EXPIRED
    assert await entries(shop, dear) == []


async def test_a_budget_that_was_spent_meanwhile_stops_the_approval_and_changes_nothing(
    shop: Workshop, dear: TrainingTask
) -> None:
    await reserve(shop.database, account("other", member=7), DOLLAR, now=shop.now)
    with pytest.raises(OverBudget) as refused:
        await shop.confirmations.approve(dear.id, MANAGER)
    assert refused.value.for_moderator
    kept = await shop.stored(dear)
    await settle(shop.database, "other", 0, now=shop.now)
    await shop.confirmations.approve(dear.id, MANAGER)

    assert kept == dear
    assert (await shop.stored(dear)).order.status is OrderStatus.QUEUED
    assert shop.backend.count("submit") == 1


async def test_a_pause_meanwhile_stops_the_approval_and_changes_nothing(shop: Workshop, dear: TrainingTask) -> None:
    await shop.money.pause(MANAGER, is_paused=True)
    with pytest.raises(Paused):
        await shop.confirmations.approve(dear.id, MANAGER)

    assert await shop.stored(dear) == dear
    assert shop.backend.count("submit") == 0
