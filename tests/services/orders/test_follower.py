from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import RemoteTask, TrainingPlan
from domain.errors import (
    BackendAmbiguous,
    BackendRejected,
    BackendUnavailable,
)
from domain.money.charges import PERHAPS
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.orders.states import OrderStatus
from storage.outbox import Posting
from tests.services.scripted_backend import ABILITIES, ScriptedBackend
from tests.services.workshop import ANA, Workshop, workshop

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


async def test_a_task_left_submitting_is_adopted_when_its_backend_holds_it(shop: Workshop) -> None:
    shop.backend.lose_answer_of["submit"] = [LOST_ANSWER]
    task = await shop.started()
    shop.restart()
    adopted = await shop.follow(task, turns=1)

    assert adopted.order.status is OrderStatus.QUEUED
    assert adopted.order.hand_over.remote_id == shop.backend.only_training()
    assert shop.backend.count("submit") == 1


async def test_a_hand_over_that_never_arrived_is_repeated_after_three_clean_misses_over_the_grace_time(
    shop: Workshop,
) -> None:
    shop.backend.errors["submit"] = [LOST_ANSWER]
    task = await shop.started()
    begun = shop.now
    for misses in (1, 2, 3):
        await shop.follow(task, turns=1)
        assert (await shop.stored(task)).order.hand_over.misses == misses
        assert shop.backend.count("submit") == 1
    await shop.follow(task, turns=1)

    assert shop.now - begun >= 30
    assert shop.backend.count("submit") == 2
    assert {name for method, name in shop.backend.calls if method == "submit"} == {task.remote_name}
    assert (await shop.stored(task)).order.status is OrderStatus.QUEUED


@pytest.mark.parametrize("can_find", [True, False])
async def test_what_surely_did_not_arrive_is_handed_over_again_a_few_times(shop: Workshop, can_find: bool) -> None:  # noqa: FBT001 - a table's column
    shop.backend.abilities = replace(ABILITIES, find=can_find)
    shop.backend.errors["submit"] = [AWAY] * 3
    began = shop.now
    task = await shop.started()
    shop.restart()
    while (task := await shop.stored(task)).order.status is OrderStatus.SUBMITTING:
        shop.now += await shop.follower.refresh(task.id) or 0.0

    assert task.order.status is OrderStatus.QUEUED
    assert shop.now - began == pytest.approx(5 + 30 + 120, abs=1)
    assert shop.backend.count("submit") == 4
    assert shop.backend.count("find") == 0
    assert len(shop.backend.trainings) == 1


async def test_what_does_not_arrive_at_the_fourth_time_has_failed_and_nothing_was_charged(shop: Workshop) -> None:
    shop.backend.errors["submit"] = [AWAY] * 4
    task = await shop.follow(await shop.started())

    assert task.order.status is OrderStatus.FAILED
    assert task.order.reason == fact(FactKind.NOT_REACHED, backend="scripted")
    assert task.order.price.booked_micros == 0
    assert shop.backend.count("submit") == 4


async def test_the_next_attempt_waits_as_long_as_the_backend_asks(shop: Workshop) -> None:
    shop.backend.errors["submit"] = [BackendUnavailable("scripted", "429", retry_after=60.0)]
    task = await shop.started()

    assert task.order.hand_over.again_at == shop.now + 60
    assert await shop.follower.refresh(task.id) == 60


async def test_the_intent_is_saved_before_each_attempt(shop: Workshop) -> None:
    shop.backend.errors["submit"] = [AWAY, LOST_ANSWER]
    task = await shop.started()
    shop.now += 5
    await shop.follower.refresh(task.id)
    task = await shop.stored(task)

    assert (task.order.status, task.order.hand_over.again_at) == (
        OrderStatus.SUBMITTING,
        None,
    )  # from now on it may have arrived


async def test_a_press_while_it_is_handed_over_orders_nothing_twice(shop: Workshop) -> None:
    seen: list[OrderStatus] = []

    class Slow(ScriptedBackend):
        async def submit(self, plan: TrainingPlan) -> RemoteTask:
            pressed = await shop.confirmations.confirm(plan.name.removeprefix("atelier-"), ANA)
            seen.append(pressed.order.status)
            return await super().submit(plan)

    shop.backend = Slow()
    shop.restart()
    task = await shop.started()

    assert seen == [OrderStatus.SUBMITTING]
    assert task.order.status is OrderStatus.QUEUED
    assert shop.backend.count("submit") == 1
    assert shop.backend.count("find") == 0


async def test_what_was_confirmed_right_before_a_kill_is_handed_over_by_the_next_start(shop: Workshop) -> None:
    quoted = await shop.quoted()
    shop.looked_at.add(quoted.id)  # the process dies before the watcher looks at it
    intended = await shop.confirmations.confirm(quoted.id, ANA)
    shop.restart()
    after = await shop.follow(intended, turns=1)

    assert intended.order.status is OrderStatus.SUBMITTING
    assert intended.order.hand_over.again_at is not None
    assert after.order.status is OrderStatus.QUEUED
    assert shop.backend.count("find") == 0


async def test_a_stop_during_an_attempt_that_does_not_arrive_ends_it(shop: Workshop) -> None:
    class Slow(ScriptedBackend):
        async def submit(self, plan: TrainingPlan) -> RemoteTask:
            await shop.training.cancel(plan.name.removeprefix("atelier-"), ANA)
            return await super().submit(plan)

    shop.backend = Slow(errors={"submit": [AWAY]})
    shop.restart()
    task = await shop.started()

    assert task.order.status is OrderStatus.CANCELLED
    assert task.order.reason == fact(FactKind.STOPPED_BEFORE_IT_BEGAN)


async def test_a_failed_look_up_proves_nothing(shop: Workshop) -> None:
    shop.backend.errors["submit"] = [LOST_ANSWER]
    shop.backend.errors["find"] = [BackendUnavailable("scripted", "500")] * 5
    task = await shop.started()
    for _ in range(5):
        shop.now += 1_000
        with pytest.raises(BackendUnavailable):
            await shop.follower.refresh(task.id)

    assert (await shop.stored(task)).order.hand_over.misses == 0
    assert shop.backend.count("submit") == 1


async def test_a_backend_that_can_not_be_asked_leaves_an_interrupted_task(shop: Workshop) -> None:
    shop.backend.abilities = replace(ABILITIES, find=False, is_free=False)
    shop.backend.lose_answer_of["submit"] = [LOST_ANSWER]
    task = await shop.follow(await shop.started())

    assert task.order.status is OrderStatus.INTERRUPTED
    assert task.order.price.charge == PERHAPS
    assert shop.backend.count("submit") == 1


async def test_a_stopped_task_that_never_arrived_is_cancelled_not_handed_over(shop: Workshop) -> None:
    shop.backend.errors["submit"] = [LOST_ANSWER]
    task = await shop.started()
    await shop.training.cancel(task.id, ANA)
    ended = await shop.follow(task)

    assert ended.order.status is OrderStatus.CANCELLED
    assert shop.backend.count("submit") == 1


async def test_a_stop_that_the_backend_did_not_hear_is_told_again(shop: Workshop) -> None:
    task = await shop.started()
    shop.backend.errors["cancel"] = [BackendUnavailable("scripted", "500"), BackendUnavailable("scripted", "500")]
    asked = await shop.training.cancel(task.id, ANA)
    with pytest.raises(BackendUnavailable):
        await shop.follower.refresh(task.id)
    ended = await shop.follow(task)

    assert asked.order.hand_over.is_stop_asked
    assert not asked.order.status.is_final
    assert ended.order.status is OrderStatus.CANCELLED


async def test_a_stop_that_the_backend_refuses_leaves_the_training_on_its_way(shop: Workshop) -> None:
    task = await shop.started()
    shop.backend.errors["cancel"] = [BackendRejected("scripted", "too far")] * 2
    await shop.training.cancel(task.id, ANA)
    shop.finish()
    done = await shop.follow(task)

    assert done.order.status is OrderStatus.SUCCEEDED


async def test_late_and_repeated_polls_change_nothing(shop: Workshop) -> None:
    task = await shop.started()
    remote = shop.backend.only_training()
    shop.backend.progress[remote] = Progress(RemoteState.RUNNING, step=40, of=60)
    await shop.follow(task, turns=1)
    before = await shop.stored(task)
    shop.backend.progress[remote] = Progress(RemoteState.RUNNING, step=30, of=60)
    await shop.follow(task, turns=1)
    shop.backend.progress[remote] = Progress(RemoteState.QUEUED)
    await shop.follow(task, turns=1)

    assert await shop.stored(task) == before


async def test_a_heartbeat_alone_edits_no_card(shop: Workshop) -> None:
    task = await shop.started()
    remote = shop.backend.only_training()
    shop.backend.progress[remote] = Progress(RemoteState.RUNNING, step=40, of=60, sign_of_life=shop.now)
    await shop.follow(task, turns=1)
    await shown(shop)
    shop.backend.progress[remote] = Progress(RemoteState.RUNNING, step=40, of=60, sign_of_life=shop.now + 1)
    await shop.follow(task, turns=1)

    assert (await shop.stored(task)).order.progress.sign_of_life == pytest.approx(shop.now + 1, abs=0.2)
    assert await owed(shop) == []


async def test_silence_shows_as_lost_once_and_ends_with_a_sign_of_life(shop: Workshop) -> None:
    task = await shop.started()
    remote = shop.backend.only_training()
    shop.backend.progress[remote] = Progress(RemoteState.RUNNING, step=40, of=60, sign_of_life=shop.now)
    await shop.follow(task, turns=1)
    await shown(shop)
    shop.now += ABILITIES.grace_seconds + 1
    await shop.follow(task, turns=1)
    view = await shop.training.view(task.id)
    lost_cards = len(await owed(shop))
    await shown(shop)
    await shop.follow(task, turns=1)
    repeated = len(await owed(shop))
    shop.backend.progress[remote] = Progress(RemoteState.RUNNING, step=41, of=60, sign_of_life=shop.now)
    await shop.follow(task, turns=1)
    back = await shop.training.view(task.id)

    assert view is not None
    assert view.is_lost
    assert view.task.order.status is OrderStatus.RUNNING
    assert (lost_cards, repeated) == (1, 0)
    assert back is not None
    assert not back.is_lost


async def test_a_free_backend_that_lost_a_task_gets_it_again(shop: Workshop) -> None:
    task = await shop.started()
    shop.backend.trainings.clear()
    await shop.follow(task, turns=4)
    shop.finish()
    done = await shop.follow(task)

    assert done.order.status is OrderStatus.SUCCEEDED
    assert shop.backend.count("submit") == 2


async def test_a_training_whose_pictures_went_for_good_meanwhile_fails_with_a_reason(shop: Workshop) -> None:
    task = await shop.quoted()
    await shop.database.transaction(lambda connection: connection.execute("DELETE FROM version_images"))
    failed = await shop.confirmations.confirm(task.id, ANA)

    assert failed.order.status is OrderStatus.FAILED
    assert failed.order.reason
    assert failed.order.reason.because == fact(FactKind.IMAGES_DELETED)
    assert shop.backend.count("submit") == 0


async def test_a_stopped_task_that_a_free_backend_lost_is_not_begun_again(shop: Workshop) -> None:
    task = await shop.started()
    shop.backend.trainings.clear()
    await shop.training.stop(task.id, ANA)
    ended = await shop.follow(task)

    assert ended.order.status is OrderStatus.CANCELLED
    assert shop.backend.count("submit") == 1


async def test_a_lost_task_that_a_free_backend_can_not_begin_again_has_failed(shop: Workshop) -> None:
    because = fact(FactKind.WORDS, said="There is no such checkpoint.")
    task = await shop.started()
    shop.backend.trainings.clear()
    shop.backend.errors["submit"] = [BackendRejected("scripted", "gone", reason=because)]
    ended = await shop.follow(task)

    assert ended.order.status is OrderStatus.FAILED
    assert ended.order.reason == Fact(FactKind.LOST_AND_REFUSED, {"backend": "scripted"}, because)


async def test_a_paid_backend_that_lost_a_task_is_believed_after_ten_minutes_and_never_paid_again(
    shop: Workshop,
) -> None:
    shop.backend.abilities = replace(ABILITIES, is_free=False, poll_seconds=30.0)
    task = await shop.started()
    held = dict(shop.backend.trainings)
    shop.backend.trainings.clear()
    began = shop.now
    while shop.now < began + 570.0:
        assert not (await shop.follow(task, turns=1)).order.status.is_final
    shop.backend.trainings.update(held)
    forgiven = await shop.follow(task, turns=1)
    shop.backend.trainings.clear()
    began = shop.now
    ended = await shop.follow(task, turns=10_000)

    assert forgiven.order.hand_over.misses == 0
    assert ended.order.status is OrderStatus.FAILED
    assert ended.order.reason == fact(FactKind.UNKNOWN_THERE, backend="scripted")
    assert shop.now - began >= 600.0
    assert shop.backend.count("submit") == 1


async def test_what_is_lost_each_time_is_not_paid_for_ever(shop: Workshop) -> None:
    shop.backend.abilities = replace(ABILITIES, is_free=False, find=True)
    shop.backend.errors["submit"] = [BackendAmbiguous("scripted", "reset")] * 100
    task = await shop.started()
    ended = await shop.follow(task, turns=10_000)

    assert ended.order.status is OrderStatus.INTERRUPTED
    assert ended.order.price.charge == PERHAPS
    assert shop.backend.count("submit") == 5
