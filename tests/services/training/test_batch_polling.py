import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import pytest

from backends.base import RemoteTask
from domain.errors import BackendRejected, BackendUnavailable
from domain.training.tasks import NOTHING_YET, Progress, RemoteState, TaskStatus, TrainingTask
from services.caller import Caller
from services.training.batch_polling import HANDFUL, Round
from storage.database import Database
from tests.services.scripted_backend import ABILITIES, ScriptedBackend
from tests.services.workshop import ANA, Workshop, workshop

T = TypeVar("T")

MANY = HANDFUL + 4
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
class Crowd:
    """Many running tasks at one backend, each looked at once per round."""

    shop: Workshop
    backend: ListingBackend
    database: CountingDatabase
    tasks: list[TrainingTask] = field(default_factory=list)

    async def start(self, count: int) -> None:
        """Begin so many trainings, and let the backend run them."""
        for number in range(count):
            self.tasks.append(await self.shop.started(Caller(ANA.guild_id, ANA.channel_id, 100 + number)))
        for task in self.tasks:
            self.backend.progress[self.remote(task)] = RUNNING
        await self.round()  # what is held is read and asked for
        await self.round()  # and rests from now on, if nothing happens
        self.forget()

    def forget(self) -> None:
        """Begin to count anew."""
        self.backend.calls.clear()
        self.database.reads = self.database.transactions = 0

    def remote(self, task: TrainingTask) -> str:
        """Return what the backend calls the task."""
        return f"remote-{task.remote_name}"

    async def round(self) -> list[Exception]:
        """Give each task its turn at one moment, go on to the next round, and return what went wrong."""
        errors = [error for task in self.tasks if (error := await self.turn(task)) is not None]
        self.shop.now += POLL
        return errors

    async def turn(self, task: TrainingTask) -> Exception | None:
        """Give one task its turn; return what went wrong."""
        try:
            await self.shop.follower.refresh(task.id)
        except BackendUnavailable as error:
            return error
        return None


@pytest.fixture
async def crowd(tmp_path: Path) -> AsyncIterator[Crowd]:
    async with workshop(tmp_path) as opened:
        backend = ListingBackend(replace(ABILITIES, poll_seconds=POLL))
        database = CountingDatabase(opened.database)
        yield Crowd(Workshop(database, opened.files, backend), backend, database)


@pytest.mark.parametrize(
    ("now", "is_on"), [(99.9, False), (100.0, True), (109.9, True), (110.0, False), (1e9, False), (0.0, False)]
)
def test_a_round_is_on_until_its_end_and_ends_when_the_clock_is_set_back(now: float, *, is_on: bool) -> None:
    assert Round(ListingBackend(), 100.0, 110.0).is_on(now) is is_on


async def test_tasks_that_rest_cost_one_read_and_one_list_for_all(crowd: Crowd) -> None:
    await crowd.start(MANY)
    for _ in range(3):
        assert await crowd.round() == []

    assert crowd.backend.calls == [("poll_many", str(MANY))] * 3
    assert (crowd.database.reads, crowd.database.transactions) == (3, 0)


async def test_tasks_that_rest_and_are_asked_one_by_one_cost_one_read_for_all(crowd: Crowd) -> None:
    await crowd.start(MANY)
    crowd.backend.unlisted = set(crowd.backend.trainings)
    await crowd.round()

    assert crowd.backend.count("poll") == MANY
    assert (crowd.database.reads, crowd.database.transactions) == (1, 0)


async def test_a_handful_is_looked_at_one_by_one(crowd: Crowd) -> None:
    await crowd.start(HANDFUL)
    await crowd.round()

    assert (crowd.backend.count("poll_many"), crowd.backend.count("poll")) == (0, HANDFUL)


async def test_what_a_list_tells_moves_just_its_task(crowd: Crowd) -> None:
    await crowd.start(MANY)
    moved, *others = crowd.tasks
    before = [await crowd.shop.stored(task) for task in others]
    crowd.backend.progress[crowd.remote(moved)] = replace(RUNNING, step=30)
    await crowd.round()

    assert (await crowd.shop.stored(moved)).progress.step == 30
    assert [await crowd.shop.stored(task) for task in others] == before
    assert crowd.database.transactions == 1
    assert crowd.backend.count("poll") == 0


async def test_what_a_list_leaves_out_is_asked_for_by_itself(crowd: Crowd) -> None:
    await crowd.start(MANY)
    left_out = crowd.tasks[3]
    crowd.backend.unlisted = {crowd.remote(left_out)}
    crowd.backend.progress[crowd.remote(left_out)] = replace(RUNNING, step=30)
    await crowd.round()

    assert [call for call in crowd.backend.calls if call[0] == "poll"] == [("poll", crowd.remote(left_out))]
    assert (await crowd.shop.stored(left_out)).progress.step == 30


async def test_all_are_followed_to_their_ends_and_nothing_of_them_is_kept(crowd: Crowd) -> None:
    await crowd.start(MANY)
    for task in crowd.tasks:
        crowd.shop.finish(crowd.remote(task))
    while await crowd.shop.follower.open_ids():
        await crowd.round()
    rounds = crowd.shop.follower._rounds._rounds.values()

    assert {(await crowd.shop.stored(task)).status for task in crowd.tasks} == {TaskStatus.SUCCEEDED}
    assert [each.tasks for each in rounds] == [{}]


async def test_a_restart_between_two_rounds_misses_nothing(crowd: Crowd) -> None:
    await crowd.start(MANY)
    for task in crowd.tasks:
        crowd.backend.progress[crowd.remote(task)] = replace(RUNNING, step=50)
    await crowd.turn(crowd.tasks[0])
    crowd.shop.restart()
    await crowd.round()

    assert {(await crowd.shop.stored(task)).progress.step for task in crowd.tasks} == {50}


@pytest.mark.parametrize(
    "error",
    [
        BackendUnavailable("scripted", "500"),
        BackendRejected("scripted", "404"),
        KeyError("a bug"),
    ],
    ids=["away", "refused", "a bug of ours"],
)
async def test_a_list_that_fails_leaves_all_to_single_looks(crowd: Crowd, error: Exception) -> None:
    await crowd.start(MANY)
    crowd.backend.errors["poll_many"] = [error]
    errors = await crowd.round()

    assert errors == []
    assert crowd.backend.count("poll") == MANY


async def test_a_backend_that_asks_to_be_left_alone_gets_no_look_for_so_long_and_then_single_ones(
    crowd: Crowd,
) -> None:
    await crowd.start(MANY)
    crowd.backend.errors["poll_many"] = [BackendUnavailable("scripted", "429", retry_after=60.0)]
    first = await crowd.round()
    second = await crowd.round()
    crowd.shop.now += 40
    asked = list(crowd.backend.calls)
    third = await crowd.round()
    await crowd.round()

    assert [error.retry_after for error in first if isinstance(error, BackendUnavailable)] == [60.0] * MANY
    assert [error.retry_after for error in second if isinstance(error, BackendUnavailable)] == [50.0] * MANY
    assert asked == [("poll_many", str(MANY))]
    assert third == []
    assert crowd.backend.count("poll") == MANY
    assert crowd.backend.count("poll_many") == 2


async def test_one_failure_stays_in_its_turn(crowd: Crowd) -> None:
    await crowd.start(MANY)
    crowd.backend.unlisted = {crowd.remote(task) for task in crowd.tasks}
    crowd.backend.errors["poll"] = [BackendUnavailable("scripted", "500")]
    errors = await crowd.round()

    assert len(errors) == 1
    assert crowd.backend.count("poll") == MANY
    assert await crowd.round() == []


async def test_a_stop_that_the_backend_did_not_hear_is_told_at_the_next_round(crowd: Crowd) -> None:
    await crowd.start(MANY)
    task = crowd.tasks[5]
    await crowd.turn(crowd.tasks[0])
    crowd.backend.errors["cancel"] = [BackendUnavailable("scripted", "500")]
    await crowd.shop.training.stop(task.id, Caller(ANA.guild_id, ANA.channel_id, task.owner_id))
    await crowd.round()
    await crowd.round()

    assert (await crowd.shop.stored(task)).status is TaskStatus.CANCELLED
    assert crowd.backend.count("cancel") == 2
    assert {(await crowd.shop.stored(other)).status for other in crowd.tasks if other is not task} == {
        TaskStatus.RUNNING
    }


async def test_a_task_that_its_backend_lost_is_counted_and_believed_as_ever(crowd: Crowd) -> None:
    crowd.backend.abilities = replace(crowd.backend.abilities, is_free=False)
    await crowd.start(MANY)
    task = crowd.tasks[2]
    del crowd.backend.trainings[crowd.remote(task)]
    misses = []
    for _ in range(2):
        await crowd.round()
        misses.append((await crowd.shop.stored(task)).misses)
    crowd.shop.now += 600.0
    await crowd.round()

    assert misses == [1, 2]
    assert (await crowd.shop.stored(task)).status is TaskStatus.FAILED


async def test_an_answer_in_between_forgives_what_was_missed(crowd: Crowd) -> None:
    await crowd.start(MANY)
    task = crowd.tasks[2]
    plan = crowd.backend.trainings.pop(crowd.remote(task))
    await crowd.turn(task)
    missed = (await crowd.shop.stored(task)).misses
    crowd.backend.trainings[crowd.remote(task)] = plan
    await crowd.turn(task)

    assert missed == 1
    assert (await crowd.shop.stored(task)).misses == 0


async def test_silence_is_noticed_although_nothing_changes(crowd: Crowd) -> None:
    await crowd.start(MANY)
    for task in crowd.tasks:
        crowd.backend.progress[crowd.remote(task)] = replace(RUNNING, sign_of_life=crowd.shop.now)
    await crowd.round()
    shown = await crowd.shop.outbox.due(crowd.shop.now)
    for number, posting in enumerate(shown):
        await crowd.shop.outbox.shown(posting, 500 + number, due_at=crowd.shop.now)
    crowd.shop.now += ABILITIES.grace_seconds + 1
    await crowd.round()

    assert len(await crowd.shop.outbox.due(crowd.shop.now)) == MANY
