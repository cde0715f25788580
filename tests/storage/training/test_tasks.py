import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from domain.datasets.dataset import Dataset, Kind
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.orders import move
from domain.orders.progress import Progress, RemoteState, Sample
from domain.orders.states import OrderStatus
from domain.posts import PostKind
from domain.training.confirmation import OwnerStanding
from domain.training.tasks import TrainingTask
from storage.database import Database, open_database
from storage.datasets.datasets import DatasetStore
from storage.models.loras import LoraStore
from storage.outbox import OutboxStore
from storage.training.tasks import Decide, TaskStore
from tests.domain.models.some_lora import ROBO
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import TASK
from tests.services.workshop import CAPS

ANA = {"guild_id": 100, "owner_id": 7}
LORA = replace(ROBO, version=0, held_out_loss=None)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "atelier.sqlite") as opened:
        dataset = Dataset(TASK.dataset_id, 100, 7, "Robo", Kind.CHARACTER, "robozor", 1.0)
        await DatasetStore(opened).add(dataset)
        await opened.transaction(
            lambda c: c.execute("INSERT INTO dataset_versions VALUES (?, ?, 1)", (TASK.version_id, TASK.dataset_id))
        )
        yield opened


async def added(database: Database, **changes: object) -> TrainingTask:
    task = changed(TASK, **changes)
    await TaskStore(database).add(task)
    return task


def to(status: OrderStatus, now: float = 2_000.0) -> Decide:
    return lambda task: replace(task, order=move(task.order, status, now=now))


async def owed(database: Database) -> list[tuple[PostKind, int]]:
    return [(p.kind, p.wanted) for p in await OutboxStore(database).due(1e6)]


async def test_a_task_comes_back_as_it_was_stored(database: Database) -> None:
    progress = Progress(
        RemoteState.RUNNING,
        step=3,
        of=60,
        message=fact(FactKind.WORDS, said="ü"),
        position=0,
        eta_seconds=3,
        loss=1e-9,
        samples=(Sample(0, "robo", "f" * 64),),
        sign_of_life=12.5,
        cost_micros=0,
    )
    task = await added(
        database,
        progress=progress,
        parent_channel_id=5,
        remote_id="r",
        is_stop_asked=True,
        misses=2,
        reason=Fact(FactKind.NOT_REACHED, {"backend": "novita"}, fact(FactKind.WORDS, said="ü")),
    )

    assert await TaskStore(database).load(task.id) == task
    assert await TaskStore(database).get(task.id, **ANA) == task


async def test_a_loss_that_is_no_number_is_stored_as_unknown(database: Database) -> None:
    task = await added(database, progress=Progress(RemoteState.RUNNING, loss=float("nan"), base_loss=float("inf")))
    stored = await TaskStore(database).load(task.id)

    assert stored is not None
    assert (stored.order.progress.loss, stored.order.progress.base_loss) == (None, None)


@pytest.mark.parametrize("who", [{"guild_id": 100, "owner_id": 8}, {"guild_id": 200, "owner_id": 7}])
async def test_another_members_task_does_not_exist(database: Database, who: dict[str, int]) -> None:
    task = await added(database)

    assert await TaskStore(database).get(task.id, **who) is None
    assert await TaskStore(database).of_member(**who) == []


async def test_every_move_is_an_event_and_bumps_the_card(database: Database) -> None:
    store = TaskStore(database)
    task = await added(database, status=OrderStatus.QUOTED)
    quoted = await owed(database)
    for status in (
        OrderStatus.SUBMITTING,
        OrderStatus.QUEUED,
        OrderStatus.QUEUED,
        OrderStatus.FAILED,
        OrderStatus.RUNNING,
    ):
        await store.update(task.id, to(status))

    assert quoted == []
    assert await owed(database) == [(PostKind.TRAINING, 3)]
    assert [(old, new) for old, new, _ in await store.events(task.id)] == [
        ("", "quoted"),
        ("quoted", "submitting"),
        ("submitting", "queued"),
        ("queued", "failed"),
    ]


async def test_a_move_that_does_not_exist_is_refused_by_the_store_too(database: Database) -> None:
    task = await added(database, status=OrderStatus.SUCCEEDED)
    with pytest.raises(ValueError, match="never goes from succeeded to running"):
        await TaskStore(database).update(task.id, lambda t: changed(t, status=OrderStatus.RUNNING))
    with pytest.raises(LookupError):
        await TaskStore(database).update("nobody", lambda t: t)

    assert await TaskStore(database).load(task.id) == task


async def test_an_end_keeps_task_lora_and_completion_together_or_not_at_all(database: Database) -> None:
    store, succeed = TaskStore(database), to(OrderStatus.SUCCEEDED)
    task = await added(database, status=OrderStatus.COLLECTING)
    wrong = replace(LORA, task_id="nobody")
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await store.succeed(task.id, succeed, wrong)
    rolled_back = await store.load(task.id), await owed(database)
    for _ in range(2):
        await store.succeed(task.id, succeed, LORA)

    assert rolled_back == (task, [])
    assert sorted(await owed(database)) == [(PostKind.COMPLETION, 1), (PostKind.TRAINING, 1)]
    assert [lora.title for lora in await LoraStore(database).of_member(**ANA)] == ["Robo v1"]


async def test_a_confirmation_sees_the_open_tasks_of_that_member_on_that_server(database: Database) -> None:
    store, seen = TaskStore(database), list[OwnerStanding]()
    await added(database, id="1")
    await added(database, id="2", status=OrderStatus.RUNNING)
    await added(database, id="3", owner_id=8)
    await added(database, id="4", guild_id=9)
    await added(database, id="5", status=OrderStatus.FAILED)
    quote = await added(database, status=OrderStatus.QUOTED)

    def decide(task: TrainingTask, standing: OwnerStanding) -> TrainingTask:
        seen.append(standing)
        return to(OrderStatus.SUBMITTING)(task)

    moved = await store.confirm(quote.id, decide, defaults=CAPS, now=1.0)

    assert seen == [OwnerStanding(2, CAPS)]
    assert moved.after.order.status is OrderStatus.SUBMITTING
    assert await store.open_counts() == (1, 4)


async def test_ten_thousand_finished_tasks_are_never_read_to_find_the_open_ones(database: Database) -> None:
    asked: list[str] = []
    await database.read(lambda connection: connection.set_trace_callback(asked.append))
    store = TaskStore(database)
    await store.open_orders()
    await store.open_counts()
    await store.expire(1.0)
    await database.read(lambda connection: connection.set_trace_callback(None))
    selects = [sql for sql in asked if sql.startswith("SELECT")]

    assert len(selects) == 3
    for sql in selects:
        assert "tasks_open" in await database.read(partial(_plan, sql))


def _plan(sql: str, connection: sqlite3.Connection) -> str:
    return " ".join(row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}"))


async def test_a_lora_is_found_by_id_title_or_name_and_searched_by_its_start_first(database: Database) -> None:
    store = LoraStore(database)
    for number, name in enumerate(["Robo", "Robo", "Mini Robo"]):
        task = await added(database, id=f"{number}", status=OrderStatus.COLLECTING)
        lora = replace(LORA, id=f"lora{number}", task_id=task.id, name=name, created_at=float(number))
        await TaskStore(database).succeed(task.id, to(OrderStatus.SUCCEEDED), lora)

    async def title(text: str) -> str | None:
        found = await store.find(text, **ANA)
        return found.title if found else None

    assert [await title(text) for text in ("lora0", "ROBO v1", "robo", "robo v9")] == [
        "Robo v1",
        "Robo v1",
        "Robo v2",
        None,
    ]
    assert [lora.title for lora in await store.search("ro", **ANA)] == ["Robo v2", "Robo v1", "Mini Robo v1"]
    assert await store.search("ro", guild_id=100, owner_id=8) == []
    assert await store.delete("lora1", guild_id=100, owner_id=8, now=50.0) is False
    assert await store.delete("lora1", **ANA, now=50.0)
    assert await title("robo") == "Robo v1"
    assert not await store.undelete("lora1", **ANA, since=51.0)
    assert await store.undelete("lora1", **ANA, since=50.0)
    assert await title("robo") == "Robo v2"


async def test_a_clock_that_jumped_back_holds_no_message_forever(database: Database) -> None:
    task = await added(database, status=OrderStatus.QUEUED)
    await TaskStore(database).update(task.id, to(OrderStatus.RUNNING, now=1e9))
    store = OutboxStore(database)

    assert len(await store.due(1_000.0)) == 1
