"""A kill before and after every commit and every paid call: nothing lost, nothing paid twice, nothing untrue."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from domain.errors import BackendError, InvalidInput
from domain.orders.states import OrderStatus
from services.training.quotes import TrainingWish
from storage.database import Database
from tests.services.scripted_backend import ScriptedBackend
from tests.services.workshop import ANA, Workshop, workshop

T = TypeVar("T")


class Killed(BaseException):
    """The process is gone: no code of ours may run on."""


@dataclass
class Countdown:
    """Kills at the step of that number; 0 never kills."""

    left: int

    def step(self) -> None:
        """Take one step towards the end."""
        self.left -= 1
        if self.left == 0:
            raise Killed


class KillableDatabase(Database):
    """The real database, with a step before each call and after each commit."""

    def __init__(self, real: Database, countdown: Countdown) -> None:
        self._real = real
        self._countdown = countdown

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._countdown.step()
        return await self._real.read(work)

    async def transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._countdown.step()
        result = await self._real.transaction(work)
        self._countdown.step()
        return result


class KillableBackend(ScriptedBackend):
    """The scripted backend, with a step before each call and after each that has an effect."""

    countdown: Countdown = Countdown(0)

    def _begin(self, method: str, what: str) -> None:
        self.countdown.step()
        super()._begin(method, what)

    def _end(self, method: str) -> None:
        super()._end(method)
        self.countdown.step()


async def one_life(shop: Workshop) -> None:
    """Do what a member and the watcher do until the training has ended, starting from whatever is stored."""
    if not await shop.tasks.of_member(guild_id=ANA.guild_id, owner_id=ANA.member_id):
        quote = await shop.quotes.quote(ANA, TrainingWish("robo"))
        await shop.confirmations.confirm(quote.task.id, ANA)
    while ids := [each.id for each in await shop.follower.open_orders()]:
        for remote_id in shop.backend.trainings:
            shop.finish(remote_id)
        try:
            pause = await shop.follower.refresh(ids[0])
        except BackendError:
            pause = 10.0
        shop.now += pause or 0.0


async def killed_at(folder: Path, number: int, *, stop: bool = False) -> bool:
    """Run a training that is killed at that step and started again; False when it ended before that step."""
    async with workshop(folder) as opened:
        await opened.dataset()
        countdown = Countdown(number)
        backend = KillableBackend()
        backend.countdown = countdown
        shop = Workshop(KillableDatabase(opened.database, countdown), opened.files, backend)
        try:
            await one_life(shop)
        except Killed:
            was_killed = True
        else:
            was_killed = False
        countdown.left = 0  # the second life is not killed
        shop.restart()
        shop.now += 60
        if stop:
            for task_id, _, _ in await shop.tasks.open_orders():
                with suppress(InvalidInput):  # it has just finished
                    await shop.training.cancel(task_id, ANA)
        await one_life(shop)
        await check(shop, was_stopped=stop)
        return was_killed


async def check(shop: Workshop, *, was_stopped: bool) -> None:
    tasks = await shop.tasks.of_member(guild_id=ANA.guild_id, owner_id=ANA.member_id)
    loras = await shop.loras.of_member(guild_id=ANA.guild_id, owner_id=ANA.member_id)
    due = await shop.outbox.due(shop.now + 10_000)
    ended = [task.order.status for task in tasks]

    assert len(tasks) == 1
    assert ended == [OrderStatus.SUCCEEDED] or (was_stopped and ended == [OrderStatus.CANCELLED])
    assert len(shop.backend.trainings) <= 1
    assert shop.backend.count("submit") <= 1  # each that got through is paid
    assert len(loras) == (ended == [OrderStatus.SUCCEEDED])
    assert sorted(posting.kind for posting in due) == (["completion", "training"] if loras else ["training"])
    moves = await shop.tasks.events(tasks[0].id)
    assert [new for _, new, _ in moves[:-1]] == [old for old, _, _ in moves[1:]]


@pytest.mark.parametrize("stop", [False, True], ids=["followed to its end", "stopped after the restart"])
async def test_a_kill_at_any_boundary_loses_nothing_and_pays_nothing_twice(tmp_path: Path, *, stop: bool) -> None:
    number = 1
    while await killed_at(tmp_path / str(number), number, stop=stop):
        number += 1

    assert number > 25
