import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import Abilities, RemoteTask, TrainingPlan
from domain.errors import (
    BackendAmbiguous,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    InvalidInput,
    NotAllowed,
    NotFound,
)
from domain.facts import FactKind, fact
from domain.tasks import Progress, RemoteState, TaskStatus
from domain.training import Preset
from services.access import Door
from services.quoting import Order
from storage.tasks import TooManyOpen
from tests.services.scripted_backend import ABILITIES, TINY, ScriptedBackend
from tests.services.workshop import ANA, ANA_ELSEWHERE, BEN, MODERATOR, Workshop, workshop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path) as opened:
        yield opened


async def test_a_quote_freezes_the_dataset_and_starts_nothing(shop: Workshop) -> None:
    dataset = await shop.dataset(images=10)
    quote = await shop.quotes.quote(ANA, Order("robo", preset=Preset.FAST, name="My Robo"))

    assert (quote.trained_on, quote.held_out) == (8, 2)
    assert quote.task.status is TaskStatus.QUOTED
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
    await shop.quotes.confirm(task.id, ANA)

    plan = shop.backend.trainings[f"remote-{task.remote_name}"]
    assert plan.name == f"atelier-{task.id}"
    assert len(plan.images) == 6
    assert sum(image.held_out for image in plan.images) == 2
    assert plan.images[0].caption == "a picture of robozor"
    assert await plan.images[0].read() == f"picture {task.dataset_id} 0".encode()


@pytest.mark.parametrize("dataset", ["Nobody", "", "0" * 32])
async def test_an_unknown_dataset_is_a_clear_sentence(shop: Workshop, dataset: str) -> None:
    with pytest.raises(NotFound):
        await shop.quotes.quote(ANA, Order(dataset))


async def test_another_members_dataset_is_as_unknown_as_any(shop: Workshop) -> None:
    dataset = await shop.dataset()
    for door in (BEN, ANA_ELSEWHERE, MODERATOR):
        with pytest.raises(NotFound):
            await shop.quotes.quote(door, Order(dataset.id))


async def test_an_unknown_checkpoint_names_those_there_are(shop: Workshop) -> None:
    dataset = await shop.dataset()
    with pytest.raises(InvalidInput, match="atelier-tiny"):
        await shop.quotes.quote(ANA, Order(dataset.id, checkpoint="flux"))
    assert (await shop.quotes.quote(ANA, Order(dataset.id, checkpoint="Atelier tiny (64 px)"))).checkpoint == TINY


async def test_more_images_than_the_backend_takes_are_refused_before_anything_starts(shop: Workshop) -> None:
    shop.backend.abilities = replace(ABILITIES, most_images=5)
    with pytest.raises(InvalidInput, match="takes 1 to 5"):
        await shop.quoted()


async def test_confirm_saves_the_intent_before_the_paid_call(shop: Workshop) -> None:
    task = await shop.quoted()
    seen: list[TaskStatus] = []

    class Watched(ScriptedBackend):
        async def submit(self, plan: TrainingPlan) -> RemoteTask:
            seen.append((await shop.stored(task)).status)
            return await super().submit(plan)

    shop.backend = Watched()
    shop.restart()
    await shop.quotes.confirm(task.id, ANA)

    assert seen == [TaskStatus.SUBMITTING]
    assert (await shop.stored(task)).status is TaskStatus.QUEUED
    assert [new for _, new, _ in await shop.tasks.events(task.id)] == ["quoted", "submitting", "queued"]


async def test_a_quote_confirmed_ten_times_at_once_is_submitted_once(shop: Workshop) -> None:
    task = await shop.quoted()
    await asyncio.gather(*(shop.quotes.confirm(task.id, ANA) for _ in range(10)))

    assert shop.backend.count("submit") == 1


async def test_a_quote_is_valid_for_ten_minutes_and_not_a_second_longer(shop: Workshop) -> None:
    task = await shop.quoted()
    shop.now += 600
    with pytest.raises(InvalidInput, match="is over"):
        await shop.quotes.confirm(task.id, ANA)
    with pytest.raises(InvalidInput, match="is over"):
        await shop.quotes.quoted(task.id, ANA)

    assert (await shop.stored(task)).status is TaskStatus.EXPIRED
    assert shop.backend.count("submit") == 0


async def test_quotes_that_nobody_confirmed_expire_by_themselves(shop: Workshop) -> None:
    task = await shop.quoted()
    shop.now += 599
    assert await shop.follower.open_ids() == []
    assert (await shop.stored(task)).status is TaskStatus.QUOTED
    shop.now += 1
    await shop.follower.open_ids()

    assert (await shop.stored(task)).status is TaskStatus.EXPIRED


async def test_a_hundred_confirms_at_once_start_three_trainings(shop: Workshop) -> None:
    dataset = await shop.dataset()
    tasks = [await shop.quoted(order=Order(dataset.id)) for _ in range(20)]
    results = await asyncio.gather(*(shop.quotes.confirm(t.id, ANA) for t in tasks), return_exceptions=True)

    assert sum(isinstance(result, TooManyOpen) for result in results) == 17
    assert len(shop.backend.trainings) == 3


async def test_a_dropped_quote_is_none_of_the_trainings_of_its_member(shop: Workshop) -> None:
    stopped = await shop.started()
    await shop.training.stop(stopped.id, ANA)
    await shop.follow(stopped)
    dropped = await shop.quoted(order=Order(stopped.dataset_id))
    await shop.quotes.drop(dropped.id, ANA)

    assert [view.task.id for view in await shop.training.list(ANA)] == [stopped.id]


async def test_a_dropped_quote_can_not_be_confirmed(shop: Workshop) -> None:
    task = await shop.quoted()
    await shop.quotes.drop(task.id, ANA)
    with pytest.raises(InvalidInput, match="was cancelled"):
        await shop.quotes.confirm(task.id, ANA)

    assert shop.backend.count("submit") == 0


async def test_revised_settings_are_checked_kept_and_valid_anew(shop: Workshop) -> None:
    task = await shop.quoted()
    shop.now += 300
    with pytest.raises(InvalidInput, match="Rank"):
        await shop.quotes.revise(task.id, replace(task.settings, rank=1), ANA)
    quote = await shop.quotes.revise(task.id, replace(task.settings, rank=8), ANA)

    assert quote.task.settings.rank == 8
    assert quote.task.quote_ends_at == shop.now + 600
    await shop.quotes.confirm(task.id, ANA)
    with pytest.raises(InvalidInput, match="started already"):
        await shop.quotes.revise(task.id, replace(task.settings, rank=9), ANA)


@pytest.mark.parametrize("door", [BEN, ANA_ELSEWHERE, MODERATOR])
async def test_nobody_else_confirms_revises_or_drops_a_quote(shop: Workshop, door: Door) -> None:
    task = await shop.quoted()
    for attempt in (
        shop.quotes.confirm(task.id, door),
        shop.quotes.drop(task.id, door),
        shop.quotes.revise(task.id, task.settings, door),
        shop.quotes.retry(task.id, door),
        shop.training.cancel(task.id, door),
        shop.training.status(task.id, door),
    ):
        with pytest.raises(NotFound):
            await attempt

    assert await shop.stored(task) == task


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (BackendUnavailable("scripted", "refused"), TaskStatus.SUBMITTING, ""),
        (BackendRejected("scripted", "402"), TaskStatus.FAILED, "does not accept"),
        (BackendAmbiguous("scripted", "timeout"), TaskStatus.SUBMITTING, ""),
        (BackendReplyInvalid("scripted", "an upload was answered with a page"), TaskStatus.SUBMITTING, ""),
        (RuntimeError("who knows"), TaskStatus.SUBMITTING, ""),
    ],
)
async def test_what_an_error_of_the_paid_call_leaves(
    shop: Workshop, error: Exception, status: TaskStatus, reason: str
) -> None:
    shop.backend.errors["submit"] = [error]
    task = await shop.started()

    not_executed = isinstance(error, BackendUnavailable | BackendReplyInvalid)
    assert task.status is status
    assert reason in task.reason
    assert task.again_at == (shop.now + 5 if not_executed else None)
    assert await shop.stored(task) == task


async def test_retry_keeps_everything_under_a_new_task(shop: Workshop) -> None:
    task = await shop.quoted()
    await shop.quotes.revise(task.id, replace(task.settings, rank=8), ANA)
    await shop.quotes.confirm(task.id, ANA)
    with pytest.raises(InvalidInput, match="still on its way"):
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
    assert quote.task.remote_id is None
    await shop.quotes.confirm(quote.task.id, ANA)
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
    with pytest.raises(InvalidInput, match="no other place"):
        await shop.quotes.retry(task.id, ANA)
