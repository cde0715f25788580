import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from backends.base import Abilities, RemoteTask, TrainingPlan
from domain.errors import (
    BackendAmbiguous,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    NotAllowed,
    NotFound,
)
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.orders.states import OrderStatus
from domain.training import errors
from domain.training.errors import TooManyOpen
from domain.training.settings import Preset
from services.caller import Caller
from services.training.quotes import TrainingWish
from tests.services.scripted_backend import ABILITIES, TINY, ScriptedBackend
from tests.services.workshop import ANA, ANA_ELSEWHERE, BEN, MODERATOR, Workshop, workshop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path) as opened:
        yield opened


async def test_a_quote_freezes_the_dataset_and_starts_nothing(shop: Workshop) -> None:
    dataset = await shop.dataset(images=10)
    quote = await shop.quotes.quote(ANA, TrainingWish("robo", preset=Preset.FAST, name="My Robo"))

    assert (quote.trained_on, quote.held_out) == (8, 2)
    assert quote.task.order.status is OrderStatus.QUOTED
    assert quote.task.model_name == "My Robo"
    assert quote.task.dataset_id == dataset.id
    assert quote.task.settings.steps == 60
    assert quote.task.quote_ends_at == shop.now + 600
    assert quote.estimate.cost_micros == 0
    assert await shop.stored(quote.task) == quote.task
    assert shop.backend.count("submit") == 0


async def test_what_is_submitted_is_what_was_frozen_even_when_the_dataset_changes(shop: Workshop) -> None:
    task = await shop.quoted()
    await shop.database.transaction(lambda c: c.execute("UPDATE images SET deleted_at = 1"))
    await shop.confirmations.confirm(task.id, ANA)

    plan = shop.backend.trainings[f"remote-{task.remote_name}"]
    assert plan.name == f"atelier-{task.id}"
    assert len(plan.images) == 6
    assert sum(image.held_out for image in plan.images) == 2
    assert plan.images[0].caption == "a picture of robozor"
    assert await plan.images[0].read() == f"picture {task.dataset_id} 0".encode()


@pytest.mark.parametrize("dataset", ["Nobody", "", "0" * 32])
async def test_an_unknown_dataset_is_a_clear_sentence(shop: Workshop, dataset: str) -> None:
    with pytest.raises(NotFound):
        await shop.quotes.quote(ANA, TrainingWish(dataset))


async def test_another_members_dataset_is_as_unknown_as_any(shop: Workshop) -> None:
    dataset = await shop.dataset()
    for caller in (BEN, ANA_ELSEWHERE, MODERATOR):
        with pytest.raises(NotFound):
            await shop.quotes.quote(caller, TrainingWish(dataset.id))


async def test_an_unknown_checkpoint_names_those_there_are(shop: Workshop) -> None:
    dataset = await shop.dataset()
    with pytest.raises(errors.TargetUnknown):
        await shop.quotes.quote(ANA, TrainingWish(dataset.id, checkpoint="flux"))
    assert (
        await shop.quotes.quote(ANA, TrainingWish(dataset.id, checkpoint="Atelier tiny (64 px)"))
    ).checkpoint == TINY


async def test_more_images_than_the_backend_takes_are_refused_before_anything_starts(shop: Workshop) -> None:
    shop.backend.abilities = replace(ABILITIES, most_images=5)
    with pytest.raises(errors.ImageCountUnfit):
        await shop.quoted()


async def test_confirm_saves_the_intent_before_the_paid_call(shop: Workshop) -> None:
    task = await shop.quoted()
    seen: list[OrderStatus] = []

    class Watched(ScriptedBackend):
        async def submit(self, plan: TrainingPlan) -> RemoteTask:
            seen.append((await shop.stored(task)).order.status)
            return await super().submit(plan)

    shop.backend = Watched()
    shop.restart()
    await shop.confirmations.confirm(task.id, ANA)

    assert seen == [OrderStatus.SUBMITTING]
    assert (await shop.stored(task)).order.status is OrderStatus.QUEUED
    assert [new for _, new, _ in await shop.tasks.events(task.id)] == ["quoted", "submitting", "queued"]


async def test_a_quote_confirmed_ten_times_at_once_is_submitted_once(shop: Workshop) -> None:
    task = await shop.quoted()
    await asyncio.gather(*(shop.confirmations.confirm(task.id, ANA) for _ in range(10)))

    assert shop.backend.count("submit") == 1


async def test_a_quote_is_valid_for_ten_minutes_and_not_a_second_longer(shop: Workshop) -> None:
    task = await shop.quoted()
    shop.now += 600
    with pytest.raises(errors.QuoteOver):
        await shop.confirmations.confirm(task.id, ANA)
    with pytest.raises(errors.QuoteOver):
        await shop.quotes.quoted(task.id, ANA)

    assert (await shop.stored(task)).order.status is OrderStatus.EXPIRED
    assert shop.backend.count("submit") == 0


async def test_quotes_that_nobody_confirmed_expire_by_themselves(shop: Workshop) -> None:
    task = await shop.quoted()
    shop.now += 599
    assert await shop.confirmations.expire() == 0
    assert (await shop.stored(task)).order.status is OrderStatus.QUOTED
    shop.now += 1
    assert await shop.confirmations.expire() == 1

    assert (await shop.stored(task)).order.status is OrderStatus.EXPIRED


async def test_a_hundred_confirms_at_once_start_three_trainings(shop: Workshop) -> None:
    dataset = await shop.dataset()
    tasks = [await shop.quoted(wish=TrainingWish(dataset.id)) for _ in range(20)]
    results = await asyncio.gather(*(shop.confirmations.confirm(t.id, ANA) for t in tasks), return_exceptions=True)

    assert sum(isinstance(result, TooManyOpen) for result in results) == 17
    assert len(shop.backend.trainings) == 3


async def test_a_dropped_quote_is_none_of_the_trainings_of_its_member(shop: Workshop) -> None:
    stopped = await shop.started()
    await shop.training.stop(stopped.id, ANA)
    await shop.follow(stopped)
    dropped = await shop.quoted(wish=TrainingWish(stopped.dataset_id))
    await shop.quotes.drop(dropped.id, ANA)

    assert [view.task.id for view in await shop.training.list(ANA)] == [stopped.id]


async def test_a_dropped_quote_can_not_be_confirmed(shop: Workshop) -> None:
    task = await shop.quoted()
    await shop.quotes.drop(task.id, ANA)
    with pytest.raises(errors.QuoteCancelled):
        await shop.confirmations.confirm(task.id, ANA)

    assert shop.backend.count("submit") == 0


async def test_revised_settings_are_checked_kept_and_valid_anew(shop: Workshop) -> None:
    task = await shop.quoted()
    shop.now += 300
    with pytest.raises(errors.SettingOutOfBounds):
        await shop.quotes.revise(task.id, partial(replace, rank=1), ANA)
    quote = await shop.quotes.revise(task.id, partial(replace, rank=8), ANA)

    assert quote.task.settings.rank == 8
    assert quote.task.quote_ends_at == shop.now + 600
    await shop.confirmations.confirm(task.id, ANA)
    with pytest.raises(errors.AlreadyStarted):
        await shop.quotes.revise(task.id, partial(replace, rank=9), ANA)


@pytest.mark.parametrize("caller", [BEN, ANA_ELSEWHERE, MODERATOR])
async def test_nobody_else_confirms_revises_or_drops_a_quote(shop: Workshop, caller: Caller) -> None:
    task = await shop.quoted()
    for attempt in (
        shop.confirmations.confirm(task.id, caller),
        shop.quotes.drop(task.id, caller),
        shop.quotes.revise(task.id, lambda settings: settings, caller),
        shop.quotes.retry(task.id, caller),
        shop.training.cancel(task.id, caller),
        shop.training.status(task.id, caller),
    ):
        with pytest.raises(NotFound):
            await attempt

    assert await shop.stored(task) == task


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (BackendUnavailable("scripted", "refused"), OrderStatus.SUBMITTING, None),
        (BackendRejected("scripted", "402"), OrderStatus.FAILED, fact(FactKind.NOT_ACCEPTED, backend="scripted")),
        (BackendAmbiguous("scripted", "timeout"), OrderStatus.SUBMITTING, None),
        (BackendReplyInvalid("scripted", "an upload was answered with a page"), OrderStatus.SUBMITTING, None),
        (RuntimeError("who knows"), OrderStatus.SUBMITTING, None),
    ],
)
async def test_what_an_error_of_the_paid_call_leaves(
    shop: Workshop, error: Exception, status: OrderStatus, reason: Fact | None
) -> None:
    shop.backend.errors["submit"] = [error]
    task = await shop.started()

    not_executed = isinstance(error, BackendUnavailable | BackendReplyInvalid)
    assert task.order.status is status
    assert task.order.reason == reason
    assert task.order.hand_over.again_at == (shop.now + 5 if not_executed else None)
    assert await shop.stored(task) == task


async def test_retry_keeps_everything_under_a_new_task(shop: Workshop) -> None:
    task = await shop.quoted()
    await shop.quotes.revise(task.id, partial(replace, rank=8), ANA)
    await shop.confirmations.confirm(task.id, ANA)
    with pytest.raises(errors.StillOpen):
        await shop.quotes.retry(task.id, ANA)
    shop.backend.progress[shop.backend.only_training()] = Progress(
        RemoteState.FAILED, message=fact(FactKind.WORDS, said="Out of memory.")
    )
    await shop.follow(task)
    quote = await shop.quotes.retry("robo", ANA)

    assert quote.task.id != task.id
    assert quote.task.retry_of == task.id
    assert quote.task.settings.rank == 8
    assert quote.task.version_id == task.version_id
    assert quote.task.order.hand_over.remote_id is None
    await shop.confirmations.confirm(quote.task.id, ANA)
    assert len(shop.backend.trainings) == 2


async def test_training_again_after_a_success_uses_the_dataset_as_it_is_now(shop: Workshop) -> None:
    task = await shop.started()
    shop.finish()
    await shop.follow(task)
    quote = await shop.quotes.retry_seen(task.id, ANA)

    assert quote.task.version_id != task.version_id
    with pytest.raises(NotAllowed):
        await shop.quotes.retry_seen(task.id, MODERATOR)
    with pytest.raises(NotFound):
        await shop.quotes.retry_seen(task.id, ANA_ELSEWHERE)


async def test_a_backend_without_the_checkpoint_of_an_old_task_says_so(shop: Workshop) -> None:
    task = await shop.started()
    shop.finish()
    await shop.follow(task)
    shop.backend.abilities = Abilities(checkpoints=())
    with pytest.raises(errors.NoOtherTarget):
        await shop.quotes.retry(task.id, ANA)
