from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import (
    BackendAmbiguous,
    BackendUnavailable,
    NotAllowed,
)
from domain.money.charges import PERHAPS
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.orders.states import OrderStatus
from domain.training import errors
from services.training.quotes import TrainingWish
from storage.outbox import Posting
from tests.services.scripted_backend import ABILITIES, HOSTED
from tests.services.workshop import ANA, BEN, MODERATOR, Workshop, workshop

AWAY = BackendUnavailable("scripted", "connection refused")
LOST_ANSWER = BackendAmbiguous("scripted", "read timeout")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path) as opened:
        yield opened


async def owed(shop: Workshop) -> list[Posting]:
    return list(await shop.outbox.due(shop.now))


async def shown(shop: Workshop) -> None:
    """Take everything as posted."""
    for number, posting in enumerate(await owed(shop)):
        await shop.outbox.shown(posting, 500 + number, due_at=shop.now)


async def test_who_waits_for_the_next_attempt_can_stop_and_nothing_was_charged(shop: Workshop) -> None:
    shop.backend.abilities = replace(HOSTED, cancel=False)
    shop.backend.errors["submit"] = [AWAY]
    task = await shop.started()
    view = await shop.training.status(task.id, ANA)
    stopped = await shop.training.cancel(task.id, ANA)
    shop.now += 1_000

    assert view.can_stop
    assert stopped.order.status is OrderStatus.CANCELLED
    assert stopped.order.price.booked_micros == 0
    assert await shop.follower.refresh(task.id) is None
    assert shop.backend.count("submit") == 1


async def test_who_may_stop_a_task_by_its_card(shop: Workshop) -> None:
    task = await shop.started()
    with pytest.raises(NotAllowed):
        await shop.training.stop(task.id, BEN)
    stopped = await shop.training.stop(task.id, MODERATOR)

    assert stopped.order.hand_over.is_stop_asked
    with pytest.raises(errors.TrainingOver):
        await shop.training.stop((await shop.follow(task)).id, ANA)


async def test_a_task_being_collected_can_not_be_stopped_any_more(shop: Workshop) -> None:
    task = await shop.started()
    shop.finish()
    await shop.follow(task, turns=1)
    with pytest.raises(errors.BeingSaved):
        await shop.training.cancel(task.id, ANA)


async def test_a_stop_at_a_backend_that_is_set_up_no_more_never_says_that_nothing_was_charged(shop: Workshop) -> None:
    shop.backend.abilities = replace(ABILITIES, is_free=False)
    shop.backend.errors["submit"] = [BackendAmbiguous("scripted", "reset")]
    unclear = await shop.started()
    collecting = await shop.started(BEN)
    shop.finish()
    await shop.follow(collecting, turns=1)
    shop.backend.name = "another"
    shop.restart()
    await shop.training.stop(unclear.id, ANA)
    await shop.training.stop(collecting.id, BEN)
    first, second = await shop.stored(unclear), await shop.stored(collecting)

    assert (first.order.status, first.order.price.booked_micros) == (OrderStatus.INTERRUPTED, None)
    assert first.order.price.charge == PERHAPS
    assert second.order.status is OrderStatus.FAILED
    because = fact(FactKind.STOPPED_BY_OWNER)
    assert second.order.reason == Fact(FactKind.SWITCHED_OFF, {"backend": "scripted"}, because)


async def test_who_is_told_to_have_stopped_a_training_is_who_did(shop: Workshop) -> None:
    shop.backend.errors["submit"] = [AWAY]
    stopped_by_ana = await shop.started()
    await shop.training.stop(stopped_by_ana.id, ANA)
    shop.backend.errors["submit"] = [AWAY]
    stopped_by_staff = await shop.started(BEN)
    await shop.training.stop(stopped_by_staff.id, MODERATOR)

    assert (await shop.stored(stopped_by_ana)).order.reason == fact(FactKind.STOPPED_BY_OWNER)
    assert (await shop.stored(stopped_by_staff)).order.reason == fact(FactKind.STOPPED_BY_STAFF)


async def test_a_backend_that_is_set_up_no_more_keeps_the_task_until_it_is_stopped(shop: Workshop) -> None:
    task = await shop.started()
    shop.backend.name = "another"
    shop.restart()
    with pytest.raises(BackendUnavailable):
        await shop.follower.refresh(task.id)
    assert (await shop.stored(task)).order.status is OrderStatus.QUEUED
    await shop.training.cancel(task.id, ANA)

    assert (await shop.stored(task)).order.status is OrderStatus.CANCELLED


async def test_a_queue_line_counts_everybody_but_shows_only_ones_own(shop: Workshop) -> None:
    await shop.started(ANA)
    other = await shop.started(BEN)
    shop.backend.progress[f"remote-{other.remote_name}"] = Progress(RemoteState.RUNNING, step=1, of=60)
    await shop.follow(other, turns=1)
    line = await shop.training.line(ANA)

    assert [view.task.order.owner_id for view in line.own] == [ANA.member_id]
    assert (line.running, line.waiting) == (1, 1)


async def test_search_offers_those_that_start_with_the_text_first_and_only_the_wanted_state(shop: Workshop) -> None:
    for name in ("Robo", "Mini Robo", "Dragon"):
        await shop.dataset(name=name)
        await shop.confirmations.confirm((await shop.quoted(wish=TrainingWish(name))).id, ANA)
        shop.now += 1

    assert [t.model_name for t in await shop.training.search("ro", ANA)] == ["Robo", "Mini Robo"]
    assert [t.model_name for t in await shop.training.search("", ANA, is_open=True)] == [
        "Dragon",
        "Mini Robo",
        "Robo",
    ]
    assert await shop.training.search("", ANA, is_open=False) == []
    assert await shop.training.search("", BEN) == []
