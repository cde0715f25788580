import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import pytest

from backends.base import RemoteTask
from bot.background.watcher import Watcher
from domain.errors import BackendRejected, BackendUnavailable
from domain.orders.progress import NOTHING_YET, Progress, RemoteState
from domain.orders.states import OrderStatus
from domain.training.tasks import TrainingTask
from services.caller import Caller
from storage.database import Database
from tests.services.scripted_backend import ABILITIES, ScriptedBackend
from tests.services.workshop import ANA, Workshop, workshop

T = TypeVar("T")

MANY = 12
POLL = 10.0
RUNNING = Progress(RemoteState.RUNNING, step=1, of=60)


@dataclass
class ListingBackend(ScriptedBackend):
    """The scripted backend with a list, which leaves out what is in `unlisted`."""

    unlisted: set[str] = field(default_factory=set)

    async def poll_many(self, remotes: Sequence[RemoteTask]) -> Mapping[str, Progress]:
        """Tell of all that is asked for and held."""
        self._begin("poll_many", str(len(remotes)))
        listed = {remote.id for remote in remotes} & self.trainings.keys() - self.unlisted
        return {remote_id: self.progress.get(remote_id, NOTHING_YET) for remote_id in listed}


class CountingDatabase(Database):
    """The real database, which counts how often it is used."""

    def __init__(self, real: Database) -> None:
        self._real = real
        self.reads = self.transactions = 0

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self.reads += 1
        return await self._real.read(work)

    async def transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self.transactions += 1
        return await self._real.transaction(work)


@dataclass
class Trainings:
    """Many running trainings at one backend, each looked at once per round."""

    shop: Workshop
    backend: ListingBackend
    database: CountingDatabase
    tasks: list[TrainingTask] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget what only memory knows."""
        self.shop.restart()
        self.watcher = Watcher((self.shop.follower,), clock=self.shop.clock)

    async def start(self, count: int) -> None:
        """Begin so many trainings, and let the backend run them."""
        for number in range(count):
            self.tasks.append(await self.shop.started(Caller(ANA.guild_id, ANA.channel_id, 100 + number)))
        for task in self.tasks:
            self.backend.progress[self.remote(task)] = RUNNING
        await self.round()
        self.forget()

    def forget(self) -> None:
        """Begin to count from zero."""
        self.backend.calls.clear()
        self.database.reads = self.database.transactions = 0

    def remote(self, task: TrainingTask) -> str:
        """Return what the backend calls the task."""
        return f"remote-{task.remote_name}"

    async def round(self) -> None:
        """Give each task its look at one moment, first those by the list, and go on to the next moment."""
        for _ in range(2):
            await self.watcher.look_around()
            await self.watcher.settled()
        self.shop.now += POLL

    async def stored(self) -> list[TrainingTask]:
        """Return all tasks as they are stored."""
        return [await self.shop.stored(task) for task in self.tasks]


@pytest.fixture
async def trainings(tmp_path: Path) -> AsyncIterator[Trainings]:
    async with workshop(tmp_path) as opened:
        backend = ListingBackend(replace(ABILITIES, poll_seconds=POLL, lists=True))
        database = CountingDatabase(opened.database)
        yield Trainings(Workshop(database, opened.files, backend), backend, database)


async def test_tasks_that_rest_cost_one_list_and_no_transaction(trainings: Trainings) -> None:
    await trainings.start(MANY)
    for _ in range(3):
        await trainings.round()

    assert trainings.backend.calls == [("poll_many", str(MANY))] * 3
    assert trainings.database.transactions == 0
    assert trainings.database.reads == 9  # twice what is open, and once all that is held


async def test_one_alone_is_asked_for_by_itself(trainings: Trainings) -> None:
    await trainings.start(1)
    await trainings.round()

    assert (trainings.backend.count("poll_many"), trainings.backend.count("poll")) == (0, 1)


async def test_what_a_list_says_moves_just_its_task(trainings: Trainings) -> None:
    await trainings.start(MANY)
    moved, *others = trainings.tasks
    before = [await trainings.shop.stored(task) for task in others]
    trainings.backend.progress[trainings.remote(moved)] = replace(RUNNING, step=30)
    await trainings.round()

    assert (await trainings.shop.stored(moved)).order.progress.step == 30
    assert [await trainings.shop.stored(task) for task in others] == before
    assert trainings.database.transactions == 1
    assert trainings.backend.count("poll") == 0


async def test_what_a_list_leaves_out_is_asked_for_by_itself(trainings: Trainings) -> None:
    await trainings.start(MANY)
    left_out = trainings.tasks[3]
    trainings.backend.unlisted = {trainings.remote(left_out)}
    trainings.backend.progress[trainings.remote(left_out)] = replace(RUNNING, step=30)
    await trainings.round()

    assert [call for call in trainings.backend.calls if call[0] == "poll"] == [("poll", trainings.remote(left_out))]
    assert (await trainings.shop.stored(left_out)).order.progress.step == 30


async def test_all_are_followed_to_their_ends(trainings: Trainings) -> None:
    await trainings.start(MANY)
    for task in trainings.tasks:
        trainings.shop.finish(trainings.remote(task))
    while await trainings.shop.follower.open_orders():
        await trainings.round()

    assert {task.order.status for task in await trainings.stored()} == {OrderStatus.SUCCEEDED}


async def test_a_restart_between_two_rounds_misses_nothing(trainings: Trainings) -> None:
    await trainings.start(MANY)
    for task in trainings.tasks:
        trainings.backend.progress[trainings.remote(task)] = replace(RUNNING, step=50)
    await trainings.shop.follower.refresh(trainings.tasks[0].id)
    trainings.restart()
    await trainings.round()

    assert {task.order.progress.step for task in await trainings.stored()} == {50}


@pytest.mark.parametrize(
    "error",
    [
        BackendUnavailable("scripted", "500"),
        BackendRejected("scripted", "404"),
        KeyError("a bug"),
    ],
    ids=["away", "refused", "a bug of ours"],
)
async def test_a_list_that_fails_leaves_all_to_single_looks(trainings: Trainings, error: Exception) -> None:
    await trainings.start(MANY)
    trainings.backend.errors["poll_many"] = [error]
    await trainings.round()

    assert trainings.backend.count("poll") == MANY


async def test_a_backend_that_asks_to_be_left_alone_gets_no_look_for_so_long_and_then_single_ones(
    trainings: Trainings,
) -> None:
    await trainings.start(MANY)
    trainings.backend.errors["poll_many"] = [BackendUnavailable("scripted", "429", retry_after=60.0)]
    for _ in range(6):
        await trainings.round()
    asked = list(trainings.backend.calls)
    await trainings.round()
    singly = trainings.backend.count("poll")
    await trainings.round()

    assert asked == [("poll_many", str(MANY))]
    assert singly == MANY
    assert trainings.backend.count("poll_many") == 2


async def test_one_failure_stays_in_its_look(trainings: Trainings) -> None:
    await trainings.start(MANY)
    trainings.backend.unlisted = {trainings.remote(task) for task in trainings.tasks}
    for task in trainings.tasks:
        trainings.backend.progress[trainings.remote(task)] = replace(RUNNING, step=30)
    trainings.backend.errors["poll"] = [BackendUnavailable("scripted", "500")]
    await trainings.round()
    steps = sorted(task.order.progress.step for task in await trainings.stored())
    await trainings.round()

    assert steps == [1] + [30] * (MANY - 1)
    assert {task.order.progress.step for task in await trainings.stored()} == {30}


async def test_a_stop_that_the_backend_did_not_get_is_told_at_the_next_round(trainings: Trainings) -> None:
    await trainings.start(MANY)
    task = trainings.tasks[5]
    trainings.backend.errors["cancel"] = [BackendUnavailable("scripted", "500")]
    await trainings.shop.training.stop(task.id, Caller(ANA.guild_id, ANA.channel_id, task.order.owner_id))
    await trainings.round()
    await trainings.round()

    assert (await trainings.shop.stored(task)).order.status is OrderStatus.CANCELLED
    assert trainings.backend.count("cancel") == 2
    assert {other.order.status for other in await trainings.stored() if other.id != task.id} == {OrderStatus.RUNNING}


async def test_a_task_that_its_backend_lost_is_counted_and_believed_as_ever(trainings: Trainings) -> None:
    trainings.backend.abilities = replace(trainings.backend.abilities, is_free=False)
    await trainings.start(MANY)
    task = trainings.tasks[2]
    del trainings.backend.trainings[trainings.remote(task)]
    misses = []
    for _ in range(2):
        await trainings.round()
        misses.append((await trainings.shop.stored(task)).order.hand_over.misses)
    trainings.shop.now += 600.0
    await trainings.round()

    assert misses == [1, 2]
    assert (await trainings.shop.stored(task)).order.status is OrderStatus.FAILED


async def test_an_answer_in_between_forgives_what_was_missed(trainings: Trainings) -> None:
    await trainings.start(MANY)
    task = trainings.tasks[2]
    plan = trainings.backend.trainings.pop(trainings.remote(task))
    await trainings.round()
    missed = (await trainings.shop.stored(task)).order.hand_over.misses
    trainings.backend.trainings[trainings.remote(task)] = plan
    await trainings.round()

    assert missed == 1
    assert (await trainings.shop.stored(task)).order.hand_over.misses == 0


async def test_silence_is_noticed_although_nothing_changes(trainings: Trainings) -> None:
    await trainings.start(MANY)
    for task in trainings.tasks:
        trainings.backend.progress[trainings.remote(task)] = replace(RUNNING, sign_of_life=trainings.shop.now)
    await trainings.round()
    shown = await trainings.shop.outbox.due(trainings.shop.now)
    for number, posting in enumerate(shown):
        await trainings.shop.outbox.shown(posting, 500 + number, due_at=trainings.shop.now)
    trainings.shop.now += ABILITIES.grace_seconds + 1
    await trainings.round()

    assert len(await trainings.shop.outbox.due(trainings.shop.now)) == MANY
