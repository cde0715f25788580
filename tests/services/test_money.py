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
    InvalidInput,
    NotAllowed,
    NotFound,
)
from domain.facts import FactKind, fact
from domain.money import Caps, Used
from domain.tasks import RemoteState, TaskStatus, TrainingTask
from domain.training import Estimate
from services import money as money_module
from services.access import Door
from tests.services.scripted_backend import HOSTED, ScriptedBackend
from tests.services.workshop import ANA, ANA_ELSEWHERE, BEN, CAPS, MODERATOR, Workshop, workshop

MANAGER = replace(MODERATOR, is_manager=True)
DOLLAR = 1_000_000


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path) as opened:
        opened.backend.abilities = HOSTED
        opened.backend.estimated = Estimate(2 * DOLLAR, 0.0, 60.0, "Your pictures go to nobody.")
        yield opened


async def test_two_moderators_at_once_undo_nothing_of_each_other(shop: Workshop) -> None:
    await asyncio.gather(
        *(shop.money.pause(MANAGER, is_paused=True), shop.money.set_caps(MANAGER, member=1_000_000)),
    )
    standing = await shop.money.standing(MANAGER)

    assert standing.is_paused
    assert standing.caps.member == 1_000_000


async def test_a_new_server_has_the_bots_caps_and_spent_nothing(shop: Workshop) -> None:
    standing = await shop.money.standing(ANA)

    assert standing.used == Used()
    assert standing.caps == CAPS
    assert not standing.is_paused


async def test_what_is_set_aside_shows_at_once(shop: Workshop) -> None:
    await shop.started()

    assert (await shop.money.standing(ANA)).used == Used(bot=2 * DOLLAR, guild=2 * DOLLAR, member=2 * DOLLAR)
    assert (await shop.money.standing(BEN)).used == Used(bot=2 * DOLLAR, guild=2 * DOLLAR)
    assert (await shop.money.standing(ANA_ELSEWHERE)).used == Used(bot=2 * DOLLAR)


async def test_each_cap_is_changed_by_itself(shop: Workshop) -> None:
    await shop.money.set_caps(MANAGER, guild=8 * DOLLAR)
    await shop.money.set_caps(MANAGER, member=3 * DOLLAR)
    await shop.money.pause(MANAGER, is_paused=True)
    standing = await shop.money.set_caps(MANAGER, approval_above=DOLLAR)

    assert standing.caps == Caps(bot=30 * DOLLAR, guild=8 * DOLLAR, member=3 * DOLLAR, approval_above=DOLLAR)
    assert standing.is_paused  # caps say nothing about that
    assert (await shop.money.pause(MANAGER, is_paused=False)).caps == standing.caps
    assert (await shop.money.standing(ANA_ELSEWHERE)).caps == CAPS


async def test_a_cap_of_nothing_is_a_cap(shop: Workshop) -> None:
    standing = await shop.money.set_caps(MANAGER, guild=0, member=0, approval_above=0)
    task = await shop.quoted()
    await shop.quotes.confirm(task.id, ANA)  # it is dearer than nothing, so it waits for a moderator's word
    with pytest.raises(InvalidInput, match=r"the member who asked has \$0\.00 left of \$0\.00"):
        await shop.quotes.approve(task.id, MANAGER)

    assert (standing.caps.guild, standing.caps.member, standing.caps.approval_above) == (0, 0, 0)
    assert shop.backend.count("submit") == 0


async def test_a_server_never_allows_itself_more_than_the_bots_owner_does(shop: Workshop) -> None:
    await shop.money.set_caps(MANAGER, guild=15 * DOLLAR)
    with pytest.raises(
        InvalidInput, match=r"\$15\.00 a month at most, so it can't be \$15\.01\. Nothing was changed"
    ):
        await shop.money.set_caps(MANAGER, guild=15_010_000, member=DOLLAR)

    assert (await shop.money.standing(ANA)).caps == CAPS


@pytest.mark.parametrize("door", [ANA, BEN, MODERATOR])
async def test_only_who_may_manage_the_server_changes_or_sees_its_money(shop: Workshop, door: Door) -> None:
    for attempt in (
        shop.money.set_caps(door, guild=DOLLAR),
        shop.money.pause(door, is_paused=True),
        shop.money.status(door),
    ):
        with pytest.raises(NotAllowed, match="Nothing was changed"):
            await attempt

    standing = await shop.money.standing(ANA)
    assert standing.caps == CAPS
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
            BackendUnavailable("scripted", "DNS", reason=fact(FactKind.WORDS, said="It is closed for good.")),
            "It is closed for good.",
        ),
        (BackendUnavailable("scripted", "connection refused by 10.0.0.1"), "It does not answer as it should"),
        (BackendRejected("scripted", "401 sk-secret"), "It does not answer as it should"),
        (BackendAmbiguous("scripted", "?"), "It does not answer as it should"),
    ],
)
async def test_one_sick_backend_is_told_in_words_beside_the_healthy_ones(
    shop: Workshop, error: Exception, says: str
) -> None:
    shop.others = {"other": ScriptedBackend(abilities=HOSTED, name="other")}
    shop.restart()
    await shop.started()
    shop.backend.errors["health"] = [error]
    status = await shop.money.status(MANAGER)
    sick, well = status.backends

    assert (sick.name, sick.is_there, sick.is_free, sick.spent) == ("scripted", False, False, 2 * DOLLAR)
    assert sick.says.startswith(says)
    assert (well.name, well.is_there, well.says, well.spent) == ("other", True, "All is well.", 0)
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

    assert [backend.is_there for backend in status.backends] == [True, False]
    assert status.backends[1].says == "It does not answer."


async def test_what_the_audit_found_is_among_it(shop: Workshop) -> None:
    shop.backend.held = [RemoteWork("r9", "atelier-lost", RemoteState.RUNNING)]
    await shop.audit.audit()
    status = await shop.money.status(MANAGER)

    assert [(f.backend, f.name) for f in status.findings] == [("scripted", "atelier-lost")]


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
    with pytest.raises(InvalidInput, match="no open question"):
        await shop.money.settle(interrupted.id, ANA, was_charged=not was_charged)

    assert interrupted.status is TaskStatus.INTERRUPTED
    assert interrupted.charged_micros is None
    assert before == 2 * DOLLAR  # as long as nobody knows, it counts
    assert (told.status, told.charged_micros, told.charge_is_guess) == (TaskStatus.INTERRUPTED, micros, was_charged)
    assert await shop.stored(interrupted) == told
    assert (await shop.money.standing(ANA)).used.member == micros


@pytest.mark.parametrize(("door", "error"), [(BEN, NotAllowed), (MANAGER, NotAllowed), (ANA_ELSEWHERE, NotFound)])
async def test_nobody_else_says_it(
    shop: Workshop, interrupted: TrainingTask, door: Door, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await shop.money.settle(interrupted.id, door, was_charged=False)

    assert await shop.stored(interrupted) == interrupted


async def test_about_a_training_that_goes_its_way_there_is_no_question(shop: Workshop) -> None:
    task = await shop.started()
    with pytest.raises(InvalidInput, match="no open question"):
        await shop.money.settle(task.id, ANA, was_charged=False)

    assert (await shop.money.standing(ANA)).used.member == 2 * DOLLAR
