"""What moderators set and see about money, and what an owner says about an interrupted training."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import RemoteWork
from domain.errors import (
    BackendAmbiguous,
    BackendRejected,
    BackendUnavailable,
    NotAllowed,
    NotFound,
)
from domain.money.charges import NOTHING, UNKNOWN
from domain.money.errors import LimitTooHigh, ManagersOnly, NothingToSettle, OverBudget
from domain.money.limits import SpendingLimits, Used
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import RemoteState
from domain.orders.states import OrderStatus
from domain.training.settings import Estimate
from domain.training.tasks import TrainingTask
from services.caller import Caller
from services.money import spending as money_module
from services.money.spending import Health
from tests.services.scripted_backend import HOSTED, ScriptedBackend
from tests.services.workshop import ANA, ANA_ELSEWHERE, BEN, CAPS, MODERATOR, Workshop, workshop

MANAGER = replace(MODERATOR, is_manager=True)
DOLLAR = 1_000_000


def said(words: str) -> Fact:
    return fact(FactKind.WORDS, said=words)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path) as opened:
        opened.backend.abilities = HOSTED
        opened.backend.estimated = Estimate(2 * DOLLAR, 0.0, 60.0, "Your pictures go to nobody.")
        yield opened


async def test_two_moderators_at_once_undo_nothing_of_each_other(shop: Workshop) -> None:
    await asyncio.gather(
        *(shop.money.pause(MANAGER, is_paused=True), shop.money.set_limits(MANAGER, member=1_000_000)),
    )
    standing = await shop.money.standing(MANAGER)

    assert standing.is_paused
    assert standing.limits.member == 1_000_000


async def test_a_new_server_has_the_bots_caps_and_spent_nothing(shop: Workshop) -> None:
    standing = await shop.money.standing(ANA)

    assert standing.used == Used()
    assert standing.limits == CAPS
    assert not standing.is_paused


async def test_what_is_set_aside_shows_at_once(shop: Workshop) -> None:
    await shop.started()

    assert (await shop.money.standing(ANA)).used == Used(bot=2 * DOLLAR, guild=2 * DOLLAR, member=2 * DOLLAR)
    assert (await shop.money.standing(BEN)).used == Used(bot=2 * DOLLAR, guild=2 * DOLLAR)
    assert (await shop.money.standing(ANA_ELSEWHERE)).used == Used(bot=2 * DOLLAR, member=2 * DOLLAR)


async def test_each_cap_is_changed_by_itself(shop: Workshop) -> None:
    await shop.money.set_limits(MANAGER, guild=8 * DOLLAR)
    await shop.money.set_limits(MANAGER, member=3 * DOLLAR)
    await shop.money.pause(MANAGER, is_paused=True)
    standing = await shop.money.set_limits(MANAGER, approval_above=DOLLAR)

    assert standing.limits == SpendingLimits(
        bot=30 * DOLLAR, guild=8 * DOLLAR, member=3 * DOLLAR, approval_above=DOLLAR
    )
    assert standing.is_paused  # caps say nothing about that
    assert (await shop.money.pause(MANAGER, is_paused=False)).limits == standing.limits
    assert (await shop.money.standing(ANA_ELSEWHERE)).limits == CAPS


async def test_a_cap_of_nothing_is_a_cap(shop: Workshop) -> None:
    standing = await shop.money.set_limits(MANAGER, guild=0, member=0, approval_above=0)
    task = await shop.quoted()
    await shop.confirmations.confirm(task.id, ANA)  # it is dearer than nothing, so it waits for a moderator's word
    with pytest.raises(OverBudget) as refused:
        await shop.confirmations.approve(task.id, MANAGER)

    assert (refused.value.cap, refused.value.left, refused.value.for_moderator) == (0, 0, True)

    assert (standing.limits.guild, standing.limits.member, standing.limits.approval_above) == (0, 0, 0)
    assert shop.backend.count("submit") == 0


async def test_a_server_never_allows_itself_more_than_the_bots_owner_does(shop: Workshop) -> None:
    await shop.money.set_limits(MANAGER, guild=15 * DOLLAR)
    with pytest.raises(LimitTooHigh) as refused:
        await shop.money.set_limits(MANAGER, guild=15_010_000, member=DOLLAR)

    assert (refused.value.wanted, refused.value.allowed) == (15_010_000, 15_000_000)

    assert (await shop.money.standing(ANA)).limits == CAPS


@pytest.mark.parametrize("caller", [ANA, BEN, MODERATOR])
async def test_only_who_may_manage_the_server_changes_or_sees_its_money(shop: Workshop, caller: Caller) -> None:
    for attempt in (
        shop.money.set_limits(caller, guild=DOLLAR),
        shop.money.pause(caller, is_paused=True),
        shop.money.status(caller),
    ):
        with pytest.raises(ManagersOnly):
            await attempt

    standing = await shop.money.standing(ANA)
    assert standing.limits == CAPS
    assert not standing.is_paused
    assert shop.backend.count("health") == 0


def test_money_matters_where_one_backend_wants_some(shop: Workshop) -> None:
    paid = shop.money.is_free
    shop.backend.abilities = replace(HOSTED, is_free=True)

    assert not paid
    assert shop.money.is_free


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            BackendUnavailable("scripted", "DNS", reason=said("It is closed for good.")),
            said("It is closed for good."),
        ),
        (BackendUnavailable("scripted", "connection refused by 10.0.0.1"), None),
        (BackendRejected("scripted", "401 sk-secret"), None),
        (BackendAmbiguous("scripted", "?"), None),
    ],
)
async def test_one_sick_backend_stands_with_its_reason_among_the_healthy_ones(
    shop: Workshop, error: Exception, says: Fact | None
) -> None:
    shop.others = {"other": ScriptedBackend(abilities=HOSTED, name="other")}
    shop.restart()
    await shop.started()
    shop.backend.errors["health"] = [error]
    status = await shop.money.status(MANAGER)
    sick, well = status.backends

    assert (sick.name, sick.health, sick.is_free, sick.spent) == ("scripted", Health.UNWELL, False, 2 * DOLLAR)
    assert sick.says == says
    assert (well.name, well.health, well.says, well.spent) == ("other", Health.WELL, said("All is well."), 0)
    assert (status.running, status.waiting) == (0, 1)


async def test_a_backend_that_never_answers_does_not_hold_up_the_others(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(ScriptedBackend):
        async def health(self) -> str:
            await asyncio.Event().wait()
            return ""

    monkeypatch.setattr(money_module, "HEALTH_SECONDS", 0.05)
    shop.others = {"silent": Silent(abilities=HOSTED, name="silent")}
    shop.restart()
    status = await shop.money.status(MANAGER)

    assert [backend.health for backend in status.backends] == [Health.WELL, Health.SILENT]


async def test_what_the_audit_found_is_among_it(shop: Workshop) -> None:
    shop.backend.held = [RemoteWork("r9", "atelier-lost", RemoteState.RUNNING)]
    await shop.audit.audit()
    status = await shop.money.status(MANAGER)

    assert [(f.backend, f.name) for f in status.orphans] == [("scripted", "atelier-lost")]


# --- an interrupted training


@pytest.fixture
async def interrupted(shop: Workshop) -> TrainingTask:
    """Return a task of which nobody can say whether its backend took it."""
    shop.backend.abilities = replace(HOSTED, find=False)
    shop.backend.errors["submit"] = [BackendAmbiguous("scripted", "timeout")]
    return await shop.follow(await shop.started())


@pytest.mark.parametrize(("was_charged", "micros"), [(True, 2 * DOLLAR), (False, 0)])
async def test_the_owner_of_an_interrupted_training_says_what_it_cost_once(
    shop: Workshop, interrupted: TrainingTask, micros: int, *, was_charged: bool
) -> None:
    before = (await shop.money.standing(ANA)).used.member
    told = await shop.money.settle(interrupted.id, ANA, was_charged=was_charged)
    with pytest.raises(NothingToSettle):
        await shop.money.settle(interrupted.id, ANA, was_charged=not was_charged)

    assert interrupted.order.status is OrderStatus.INTERRUPTED
    assert interrupted.order.price.booked_micros is None
    assert before == 2 * DOLLAR  # as long as nobody knows, it counts
    assert (told.order.status, told.order.price.booked_micros, told.order.price.charge) == (
        OrderStatus.INTERRUPTED,
        micros,
        UNKNOWN if was_charged else NOTHING,
    )
    assert await shop.stored(interrupted) == told
    assert (await shop.money.standing(ANA)).used.member == micros


@pytest.mark.parametrize(("caller", "error"), [(BEN, NotAllowed), (MANAGER, NotAllowed), (ANA_ELSEWHERE, NotFound)])
async def test_nobody_else_says_it(
    shop: Workshop, interrupted: TrainingTask, caller: Caller, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await shop.money.settle(interrupted.id, caller, was_charged=False)

    assert await shop.stored(interrupted) == interrupted


async def test_about_a_training_that_goes_its_way_there_is_no_question(shop: Workshop) -> None:
    task = await shop.started()
    with pytest.raises(NothingToSettle):
        await shop.money.settle(task.id, ANA, was_charged=False)

    assert (await shop.money.standing(ANA)).used.member == 2 * DOLLAR
