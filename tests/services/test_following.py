from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import RemoteTask, TrainingPlan
from domain.errors import (
    BackendAmbiguous,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    InvalidInput,
    NotAllowed,
    NotThereYet,
)
from domain.facts import FactKind, fact
from domain.tasks import Progress, RemoteState, TaskStatus
from services.quoting import Order
from storage.outbox import Posting, PostKind
from tests.services.scripted_backend import ABILITIES, HOSTED, ScriptedBackend
from tests.services.workshop import ANA, BEN, LORA, MODERATOR, Workshop, sha256, workshop

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


async def test_a_training_is_followed_to_its_model(shop: Workshop) -> None:
    task = await shop.started()
    remote = shop.backend.only_training()
    shop.backend.progress[remote] = Progress(RemoteState.RUNNING, step=10, of=60, loss=0.5)
    running = await shop.follow(task, turns=1)
    shop.finish()
    done = await shop.follow(task)
    lora = await shop.loras.of_task(task.id)

    assert running.status is TaskStatus.RUNNING
    assert running.progress.step == 10
    assert done.status is TaskStatus.SUCCEEDED
    assert lora is not None
    assert (lora.title, lora.sha256, lora.size) == ("Robo v1", sha256(LORA), len(LORA))
    assert (lora.base_loss, lora.held_out_loss, lora.trigger_word) == (0.5, 0.38, "robozor")
    assert lora.preview_sha256 == sha256(b"sample")
    assert {p.kind for p in await owed(shop)} == {PostKind.TRAINING, PostKind.COMPLETION}
    assert [new for _, new, _ in await shop.tasks.events(task.id)] == [
        "quoted",
        "submitting",
        "queued",
        "running",
        "collecting",
        "succeeded",
    ]
    assert await shop.follower.open_ids() == []


async def test_the_next_model_of_a_name_is_its_next_version(shop: Workshop) -> None:
    dataset = await shop.dataset()
    for _ in range(2):
        task = await shop.quotes.confirm((await shop.quoted(order=Order(dataset.id))).id, ANA)
        shop.finish(f"remote-{task.remote_name}")
        await shop.follow(task)
    found = await shop.loras.find("ROBO", guild_id=ANA.guild_id, owner_id=ANA.member_id)

    assert found is not None
    assert found.title == "Robo v2"


async def test_a_task_left_submitting_is_adopted_when_its_backend_holds_it(shop: Workshop) -> None:
    shop.backend.lose_answer_of["submit"] = [LOST_ANSWER]
    task = await shop.started()
    shop.restart()
    adopted = await shop.follow(task, turns=1)

    assert adopted.status is TaskStatus.QUEUED
    assert adopted.remote_id == shop.backend.only_training()
    assert shop.backend.count("submit") == 1


async def test_a_hand_over_that_never_arrived_is_repeated_after_three_clean_misses_over_the_grace_time(
    shop: Workshop,
) -> None:
    shop.backend.errors["submit"] = [LOST_ANSWER]
    task = await shop.started()
    begun = shop.now
    for misses in (1, 2, 3):
        await shop.follow(task, turns=1)
        assert (await shop.stored(task)).misses == misses
        assert shop.backend.count("submit") == 1
    await shop.follow(task, turns=1)

    assert shop.now - begun >= 30
    assert shop.backend.count("submit") == 2
    assert {name for method, name in shop.backend.calls if method == "submit"} == {task.remote_name}
    assert (await shop.stored(task)).status is TaskStatus.QUEUED


@pytest.mark.parametrize("can_find", [True, False])
async def test_what_surely_did_not_arrive_is_handed_over_again_a_few_times(shop: Workshop, can_find: bool) -> None:  # noqa: FBT001 - a table's column
    shop.backend.abilities = replace(ABILITIES, find=can_find)
    shop.backend.errors["submit"] = [AWAY] * 3
    began = shop.now
    task = await shop.started()
    shop.restart()
    while (task := await shop.stored(task)).status is TaskStatus.SUBMITTING:
        shop.now += await shop.follower.refresh(task.id) or 0.0

    assert task.status is TaskStatus.QUEUED
    assert shop.now - began == pytest.approx(5 + 30 + 120, abs=1)
    assert shop.backend.count("submit") == 4
    assert shop.backend.count("find") == 0
    assert len(shop.backend.trainings) == 1


async def test_what_does_not_arrive_at_the_fourth_time_has_failed_and_nothing_was_charged(shop: Workshop) -> None:
    shop.backend.errors["submit"] = [AWAY] * 4
    task = await shop.follow(await shop.started())

    assert task.status is TaskStatus.FAILED
    assert task.reason == "scripted could not be reached, so the training was not started."
    assert task.charged_micros == 0
    assert shop.backend.count("submit") == 4


async def test_the_next_attempt_waits_as_long_as_the_backend_asks(shop: Workshop) -> None:
    shop.backend.errors["submit"] = [BackendUnavailable("scripted", "429", retry_after=60.0)]
    task = await shop.started()

    assert task.again_at == shop.now + 60
    assert await shop.follower.refresh(task.id) == 60


async def test_the_intent_is_saved_before_each_attempt(shop: Workshop) -> None:
    shop.backend.errors["submit"] = [AWAY, LOST_ANSWER]
    task = await shop.started()
    shop.now += 5
    await shop.follower.refresh(task.id)
    task = await shop.stored(task)

    assert (task.status, task.again_at) == (TaskStatus.SUBMITTING, None)  # from now on it may have arrived


async def test_who_waits_for_the_next_attempt_can_stop_and_nothing_was_charged(shop: Workshop) -> None:
    shop.backend.abilities = replace(HOSTED, cancel=False)
    shop.backend.errors["submit"] = [AWAY]
    task = await shop.started()
    view = await shop.training.status(task.id, ANA)
    stopped = await shop.training.cancel(task.id, ANA)
    shop.now += 1_000

    assert view.can_stop
    assert stopped.status is TaskStatus.CANCELLED
    assert stopped.charged_micros == 0
    assert await shop.follower.refresh(task.id) is None
    assert shop.backend.count("submit") == 1


async def test_a_look_while_it_is_handed_over_changes_nothing_and_is_taken_again_soon(shop: Workshop) -> None:
    looks: list[float | None] = []

    class Slow(ScriptedBackend):
        async def submit(self, plan: TrainingPlan) -> RemoteTask:
            looks.append(await shop.follower.refresh(plan.name.removeprefix("atelier-")))
            return await super().submit(plan)

    shop.backend = Slow(abilities=replace(ABILITIES, poll_seconds=600.0))
    shop.restart()
    task = await shop.started()

    assert looks == [1.0]
    assert task.status is TaskStatus.QUEUED
    assert shop.backend.count("find") == 0


async def test_a_stop_during_an_attempt_that_does_not_arrive_ends_it(shop: Workshop) -> None:
    class Slow(ScriptedBackend):
        async def submit(self, plan: TrainingPlan) -> RemoteTask:
            await shop.training.cancel(plan.name.removeprefix("atelier-"), ANA)
            return await super().submit(plan)

    shop.backend = Slow(errors={"submit": [AWAY]})
    shop.restart()
    task = await shop.started()

    assert task.status is TaskStatus.CANCELLED
    assert task.reason == "It was stopped before it began."


async def test_a_failed_look_up_proves_nothing(shop: Workshop) -> None:
    shop.backend.errors["submit"] = [LOST_ANSWER]
    shop.backend.errors["find"] = [BackendUnavailable("scripted", "500")] * 5
    task = await shop.started()
    for _ in range(5):
        shop.now += 1_000
        with pytest.raises(BackendUnavailable):
            await shop.follower.refresh(task.id)

    assert (await shop.stored(task)).misses == 0
    assert shop.backend.count("submit") == 1


async def test_a_backend_that_can_not_be_asked_leaves_an_interrupted_task(shop: Workshop) -> None:
    shop.backend.abilities = replace(ABILITIES, find=False, is_free=False)
    shop.backend.lose_answer_of["submit"] = [LOST_ANSWER]
    task = await shop.follow(await shop.started())

    assert task.status is TaskStatus.INTERRUPTED
    assert "may have been charged" in task.reason
    assert shop.backend.count("submit") == 1


async def test_a_stopped_task_that_never_arrived_is_cancelled_not_handed_over(shop: Workshop) -> None:
    shop.backend.errors["submit"] = [LOST_ANSWER]
    task = await shop.started()
    await shop.training.cancel(task.id, ANA)
    ended = await shop.follow(task)

    assert ended.status is TaskStatus.CANCELLED
    assert shop.backend.count("submit") == 1


async def test_a_stop_that_the_backend_did_not_hear_is_told_again(shop: Workshop) -> None:
    task = await shop.started()
    shop.backend.errors["cancel"] = [BackendUnavailable("scripted", "500"), BackendUnavailable("scripted", "500")]
    asked = await shop.training.cancel(task.id, ANA)
    with pytest.raises(BackendUnavailable):
        await shop.follower.refresh(task.id)
    ended = await shop.follow(task)

    assert asked.cancel_asked
    assert not asked.status.is_final
    assert ended.status is TaskStatus.CANCELLED


async def test_a_stop_that_the_backend_refuses_leaves_the_training_on_its_way(shop: Workshop) -> None:
    task = await shop.started()
    shop.backend.errors["cancel"] = [BackendRejected("scripted", "too far")] * 2
    await shop.training.cancel(task.id, ANA)
    shop.finish()
    done = await shop.follow(task)

    assert done.status is TaskStatus.SUCCEEDED


async def test_who_may_stop_a_task_by_its_card(shop: Workshop) -> None:
    task = await shop.started()
    with pytest.raises(NotAllowed):
        await shop.training.stop(task.id, BEN)
    stopped = await shop.training.stop(task.id, MODERATOR)

    assert stopped.cancel_asked
    with pytest.raises(InvalidInput, match="over already"):
        await shop.training.stop((await shop.follow(task)).id, ANA)


async def test_a_task_being_collected_can_not_be_stopped_any_more(shop: Workshop) -> None:
    task = await shop.started()
    shop.finish()
    await shop.follow(task, turns=1)
    with pytest.raises(InvalidInput, match="just finished"):
        await shop.training.cancel(task.id, ANA)


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

    assert (await shop.stored(task)).progress.sign_of_life == pytest.approx(shop.now + 1, abs=0.2)
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
    assert view.task.status is TaskStatus.RUNNING
    assert (lost_cards, repeated) == (1, 0)
    assert back is not None
    assert not back.is_lost


async def test_a_free_backend_that_lost_a_task_gets_it_again(shop: Workshop) -> None:
    task = await shop.started()
    shop.backend.trainings.clear()
    await shop.follow(task, turns=4)
    shop.finish()
    done = await shop.follow(task)

    assert done.status is TaskStatus.SUCCEEDED
    assert shop.backend.count("submit") == 2


async def test_a_training_whose_pictures_went_for_good_meanwhile_fails_with_a_sentence(shop: Workshop) -> None:
    task = await shop.quoted()
    await shop.database.transaction(lambda connection: connection.execute("DELETE FROM version_images"))
    failed = await shop.quotes.confirm(task.id, ANA)

    assert failed.status is TaskStatus.FAILED
    assert "Its pictures were deleted for good." in failed.reason
    assert shop.backend.count("submit") == 0


async def test_a_stopped_task_that_a_free_backend_lost_is_not_begun_again(shop: Workshop) -> None:
    task = await shop.started()
    shop.backend.trainings.clear()
    await shop.training.stop(task.id, ANA)
    ended = await shop.follow(task)

    assert ended.status is TaskStatus.CANCELLED
    assert shop.backend.count("submit") == 1


async def test_a_lost_task_that_a_free_backend_can_not_begin_again_has_failed(shop: Workshop) -> None:
    task = await shop.started()
    shop.backend.trainings.clear()
    shop.backend.errors["submit"] = [
        BackendRejected("scripted", "gone", reason=fact(FactKind.WORDS, said="There is no such checkpoint."))
    ]
    ended = await shop.follow(task)

    assert ended.status is TaskStatus.FAILED
    assert "can't begin it again. There is no such checkpoint." in ended.reason


async def test_a_paid_backend_that_lost_a_task_is_believed_after_ten_minutes_and_never_paid_again(
    shop: Workshop,
) -> None:
    shop.backend.abilities = replace(ABILITIES, is_free=False, poll_seconds=30.0)
    task = await shop.started()
    held = dict(shop.backend.trainings)
    shop.backend.trainings.clear()
    began = shop.now
    while shop.now < began + 570.0:
        assert not (await shop.follow(task, turns=1)).status.is_final
    shop.backend.trainings.update(held)
    forgiven = await shop.follow(task, turns=1)
    shop.backend.trainings.clear()
    began = shop.now
    ended = await shop.follow(task, turns=10_000)

    assert forgiven.misses == 0
    assert ended.status is TaskStatus.FAILED
    assert "does not know this training any more" in ended.reason
    assert shop.now - began >= 600.0
    assert shop.backend.count("submit") == 1


async def test_what_is_lost_each_time_is_not_paid_for_ever(shop: Workshop) -> None:
    shop.backend.abilities = replace(ABILITIES, is_free=False, find=True)
    shop.backend.errors["submit"] = [BackendAmbiguous("scripted", "reset")] * 100
    task = await shop.started()
    ended = await shop.follow(task, turns=10_000)

    assert ended.status is TaskStatus.INTERRUPTED
    assert "may have been charged" in ended.reason
    assert shop.backend.count("submit") == 5


@pytest.mark.parametrize("is_free", [True, False])
async def test_a_file_that_arrives_damaged_for_ten_minutes_fails_the_training(
    shop: Workshop,
    is_free: bool,  # noqa: FBT001 - a table's column
) -> None:
    shop.backend.abilities = replace(ABILITIES, is_free=is_free)
    task = await shop.started()
    shop.finish()
    shop.files.path(sha256(LORA)).write_bytes(b"something else")
    await shop.follow(task, turns=1)
    for _ in range(10):
        with pytest.raises(BackendReplyInvalid):
            await shop.follower.refresh(task.id)
        shop.now += 60.0
    ended = await shop.follow(task)

    assert ended.status is TaskStatus.FAILED
    assert "arrives damaged each time" in ended.reason
    assert await shop.loras.of_task(task.id) is None


@pytest.mark.parametrize(
    "odd", [BackendRejected("x", "404"), BackendReplyInvalid("x", "html"), NotThereYet("x", "403")]
)
async def test_what_a_paid_backend_does_not_give_just_now_is_asked_for_again(shop: Workshop, odd: Exception) -> None:
    shop.backend.abilities = replace(ABILITIES, is_free=False)
    task = await shop.started()
    shop.finish()
    shop.backend.errors["fetch"] = [odd] * 9
    await shop.follow(task, turns=1)
    for _ in range(9):
        with pytest.raises(type(odd)):
            await shop.follower.refresh(task.id)
        shop.now += 60.0

    assert (await shop.follow(task)).status is TaskStatus.SUCCEEDED


async def test_a_file_that_arrives_whole_the_second_time_is_a_success(shop: Workshop) -> None:
    task = await shop.started()
    shop.finish()
    shop.backend.errors["fetch"] = [BackendReplyInvalid("scripted", "short"), BackendUnavailable("scripted", "503")]
    await shop.follow(task, turns=1)
    for kind in (BackendReplyInvalid, BackendUnavailable):
        with pytest.raises(kind):
            await shop.follower.refresh(task.id)

    assert (await shop.follow(task)).status is TaskStatus.SUCCEEDED


async def test_a_result_that_never_comes_ends_the_training_after_six_hours(shop: Workshop) -> None:
    shop.backend.abilities = replace(ABILITIES, is_free=False)
    task = await shop.started()
    shop.finish()
    shop.backend.errors["fetch"] = [NotThereYet("x", "the link has expired")] * 100
    await shop.follow(task, turns=1)
    for _ in range(12):
        with pytest.raises(NotThereYet):
            await shop.follower.refresh(task.id)
        shop.now += 1_800.0
    ended = await shop.follow(task)

    assert ended.status is TaskStatus.FAILED
    assert "trained it, but gives no usable file." in ended.reason


async def test_two_odd_answers_around_an_outage_are_not_believed(shop: Workshop) -> None:
    shop.backend.abilities = replace(ABILITIES, is_free=False)
    task = await shop.started()
    shop.finish()
    odd = BackendRejected("x", "404")
    shop.backend.errors["fetch"] = [odd, BackendUnavailable("x", "503"), odd]
    await shop.follow(task, turns=1)
    for _ in range(3):
        with pytest.raises((BackendRejected, BackendUnavailable)):
            await shop.follower.refresh(task.id)
        shop.now += 400.0

    assert (await shop.follow(task)).status is TaskStatus.SUCCEEDED


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

    assert (first.status, first.charged_micros) == (TaskStatus.INTERRUPTED, None)
    assert "may have been charged" in first.reason
    assert second.status is TaskStatus.FAILED
    assert "is switched off here, so its model can't be fetched." in second.reason


async def test_who_is_told_to_have_stopped_a_training_is_who_did(shop: Workshop) -> None:
    shop.backend.errors["submit"] = [AWAY]
    stopped_by_ana = await shop.started()
    await shop.training.stop(stopped_by_ana.id, ANA)
    shop.backend.errors["submit"] = [AWAY]
    stopped_by_staff = await shop.started(BEN)
    await shop.training.stop(stopped_by_staff.id, MODERATOR)

    assert (await shop.stored(stopped_by_ana)).reason == "You stopped it."
    assert (await shop.stored(stopped_by_staff)).reason == "Somebody of the server's staff stopped it."


async def test_a_backend_that_is_set_up_no_more_keeps_the_task_until_it_is_stopped(shop: Workshop) -> None:
    task = await shop.started()
    shop.backend.name = "another"
    shop.restart()
    with pytest.raises(BackendUnavailable):
        await shop.follower.refresh(task.id)
    assert (await shop.stored(task)).status is TaskStatus.QUEUED
    await shop.training.cancel(task.id, ANA)

    assert (await shop.stored(task)).status is TaskStatus.CANCELLED


async def test_a_queue_line_counts_everybody_but_shows_only_ones_own(shop: Workshop) -> None:
    await shop.started(ANA)
    other = await shop.started(BEN)
    shop.backend.progress[f"remote-{other.remote_name}"] = Progress(RemoteState.RUNNING, step=1, of=60)
    await shop.follow(other, turns=1)
    line = await shop.training.line(ANA)

    assert [view.task.owner_id for view in line.own] == [ANA.member_id]
    assert (line.running, line.waiting) == (1, 1)


async def test_search_offers_those_that_start_with_the_text_first_and_only_the_wanted_state(shop: Workshop) -> None:
    for name in ("Robo", "Mini Robo", "Dragon"):
        await shop.dataset(name=name)
        await shop.quotes.confirm((await shop.quoted(order=Order(name))).id, ANA)
        shop.now += 1

    assert [t.model_name for t in await shop.training.search("ro", ANA)] == ["Robo", "Mini Robo"]
    assert [t.model_name for t in await shop.training.search("", ANA, is_open=True)] == [
        "Dragon",
        "Mini Robo",
        "Robo",
    ]
    assert await shop.training.search("", ANA, is_open=False) == []
    assert await shop.training.search("", BEN) == []
