from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import (
    BackendAmbiguous,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    NotThereYet,
)
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.orders.states import OrderStatus
from domain.posts import PostKind
from services.training.quotes import TrainingWish
from storage.outbox import Posting
from tests.services.scripted_backend import ABILITIES
from tests.services.workshop import ANA, LORA, Workshop, sha256, workshop

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

    assert running.order.status is OrderStatus.RUNNING
    assert running.order.progress.step == 10
    assert done.order.status is OrderStatus.SUCCEEDED
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
    assert await shop.follower.open_orders() == []


async def test_the_next_model_of_a_name_is_its_next_version(shop: Workshop) -> None:
    dataset = await shop.dataset()
    for _ in range(2):
        task = await shop.confirmations.confirm((await shop.quoted(wish=TrainingWish(dataset.id))).id, ANA)
        shop.finish(f"remote-{task.remote_name}")
        await shop.follow(task)
    found = await shop.loras.find("ROBO", guild_id=ANA.guild_id, owner_id=ANA.member_id)

    assert found is not None
    assert found.title == "Robo v2"


@pytest.mark.parametrize("is_free", [True, False])
async def test_a_file_that_arrives_damaged_for_ten_minutes_fails_the_training(
    shop: Workshop,
    is_free: bool,  # noqa: FBT001 - a table's column
) -> None:
    shop.backend.abilities = replace(ABILITIES, is_free=is_free)
    task = await shop.started()
    shop.finish()
    shop.files.folder.path(sha256(LORA)).write_bytes(b"something else")
    await shop.follow(task, turns=1)
    for _ in range(10):
        with pytest.raises(BackendReplyInvalid):
            await shop.follower.refresh(task.id)
        shop.now += 60.0
    ended = await shop.follow(task)

    assert ended.order.status is OrderStatus.FAILED
    assert ended.order.reason == fact(FactKind.RESULT_DAMAGED, backend="scripted")
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

    assert (await shop.follow(task)).order.status is OrderStatus.SUCCEEDED


async def test_a_file_that_arrives_whole_the_second_time_is_a_success(shop: Workshop) -> None:
    task = await shop.started()
    shop.finish()
    shop.backend.errors["fetch"] = [BackendReplyInvalid("scripted", "short"), BackendUnavailable("scripted", "503")]
    await shop.follow(task, turns=1)
    for kind in (BackendReplyInvalid, BackendUnavailable):
        with pytest.raises(kind):
            await shop.follower.refresh(task.id)

    assert (await shop.follow(task)).order.status is OrderStatus.SUCCEEDED


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

    assert ended.order.status is OrderStatus.FAILED
    assert ended.order.reason == fact(FactKind.NO_RESULT, backend="scripted")


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

    assert (await shop.follow(task)).order.status is OrderStatus.SUCCEEDED
