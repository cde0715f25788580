"""One life of Atelier without Discord: members order trainings at hosted backends, and each is followed."""

import asyncio
import importlib
import os
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from backends.base import Backend
from backends.http import Http
from backends.wire import certificates, transport
from bot.background import watcher
from domain.errors import BackendError
from domain.money.errors import OverBudget
from domain.money.limits import SpendingLimits
from domain.training.errors import TooManyOpen
from domain.training.settings import Preset
from services.caller import Caller
from services.datasets.datasets import DatasetService
from services.orders.follower import OrderFollower
from services.training.confirmations import ConfirmationService
from services.training.orders import TrainingOrders
from services.training.quotes import QuoteService, TrainingWish
from services.training.targets import Targets
from storage.database import open_database
from storage.datasets.datasets import DatasetStore
from storage.files import FileStore
from storage.ids import new_id
from storage.outbox import OutboxStore
from storage.pictures.pool import PicturePool
from storage.results import ResultFiles
from storage.training.tasks import TaskStore
from tests.backends.case import Case

PROVIDERS = ("replicate", "novita", "fal")  # the last one can't be asked for a name
CASES: Mapping[str, Case] = {
    name: importlib.import_module(f"tests.backends.cases.{name}").CASES[0] for name in PROVIDERS
}
certificates()  # read before the lives are forked
AGAIN = (0.05, 0.1, 0.2)  # seconds between hand-overs that surely did not arrive
GUILD, CHANNEL = 100, 1000
MEMBERS, GREEDY = 100, 101  # ids of members: 1 to 100, and one who orders more than the cap allows
CAPS = SpendingLimits(bot=10_000_000_000, guild=9_000_000_000, member=12_000_000)
POLL, GRACE = 0.05, 1.5  # seconds: the stand-ins hide nothing and train at once
AT_ONCE = 4  # members who press at the same time
PAUSE = 0.05  # seconds between two looks at what is left to do
LATER = 0.5  # seconds after which a member tries again who has too many open trainings


@dataclass(frozen=True, slots=True)
class Address:
    """Where a stand-in is, as much of it as its backend needs to know."""

    base_url: str
    files_url: str
    key: str
    name: str
    values: Mapping[str, Any]

    def settings(self) -> Mapping[str, Any]:
        """Return the owner's settings that switch its backend on."""
        return self.values

    def now(self) -> float:
        """Return the stand-in's time, which is the true one here."""
        return time.time()


@dataclass(frozen=True, slots=True)
class Life:
    """What a child is started for: the first so many orders, and whether it may end when all is over."""

    folder: Path
    addresses: Mapping[str, Address]
    orders: int
    to_the_end: bool = False


def door_of(order: int) -> Caller:
    """Return who makes the order of that number: every eleventh is the greedy one's."""
    return Caller(GUILD, CHANNEL, GREEDY if order % 11 == 10 else 1 + order % MEMBERS)


class Witness:
    """What members saw, one line for each answer, in a file outside the bot's data: it outlives every kill."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def say(self, *words: object) -> None:
        """Add a line, whole or not at all."""
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, (" ".join(map(str, words)) + "\n").encode())
        finally:
            os.close(descriptor)

    def seen(self, what: str) -> dict[int, Sequence[str]]:
        """Return what was seen of that kind, by the order's number."""
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        words = [line.split() for line in lines]
        return {int(number): rest for said, number, *rest in words if said == what}


def live(life: Life, ready: Connection) -> None:
    """Run until killed, or until all is over."""
    asyncio.run(_live(life, ready))


async def _live(life: Life, ready: Connection) -> None:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(life.folder / "data" / "atelier.sqlite"))
        web = await stack.enter_async_context(transport())
        files = FileStore(life.folder / "data" / "files", free_floor=0)
        store = ResultFiles(files, PicturePool())  # never opened: who only trains gets no pictures
        backends = {
            name: _quick(case.backend(life.addresses[name], web, store, seconds=1.0)) for name, case in CASES.items()
        }
        tasks, datasets = TaskStore(database), DatasetStore(database)
        kind = TrainingOrders(tasks, datasets, files, backends, now=time.time, new_id=new_id)
        kind.rules = replace(kind.rules, pauses=AGAIN)
        follower = OrderFollower(kind, OutboxStore(database), now=time.time)
        watching = watcher.Watcher((follower,), tick=PAUSE)
        quotes = QuoteService(
            tasks,
            datasets,
            DatasetService(datasets, now=time.time, new_id=new_id),
            files,
            Targets(backends),
            now=time.time,
            chance=random.Random(),
            new_id=new_id,
        )
        look_now = partial(watching.look_now, follower)
        confirmations = ConfirmationService(tasks, look_now, Targets(backends), caps=CAPS, now=time.time)
        ready.send("ready")
        watcher.FIRST_PAUSE = POLL  # after a look that failed: who lives for a second can't wait for one
        running = asyncio.create_task(watching.run())
        await Members(quotes, confirmations, backends, Witness(life.folder / "witness")).order(life.orders)
        while not life.to_the_end or await tasks.open_orders():  # noqa: ASYNC110 - no event tells that all is over
            await asyncio.sleep(PAUSE)
        running.cancel()


def _quick(backend: Backend) -> Backend:
    """Let a backend look often and wait little, for its life is short."""
    backend.abilities = replace(backend.abilities, poll_seconds=POLL, find_grace_seconds=GRACE)
    for name, value in vars(backend).items():
        if isinstance(value, Http):
            setattr(backend, name, replace(value, sleep=_nap))
    return backend


async def _nap(_: float) -> None:
    await asyncio.sleep(PAUSE)


class Members:
    """Members who order: a quote, then its Confirm button, which is pressed again when a kill ate the answer."""

    def __init__(
        self,
        quotes: QuoteService,
        confirmations: ConfirmationService,
        backends: Mapping[str, Backend],
        witness: Witness,
    ) -> None:
        self._quotes = quotes
        self._confirmations = confirmations
        self._backends = backends
        self._witness = witness
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def order(self, orders: int) -> None:
        """Make the first so many orders, until each was confirmed or refused for good."""
        while left := sorted(set(range(orders)) - {*self._witness.seen("confirmed"), *self._witness.seen("refused")}):
            quoted = self._witness.seen("quoted")
            async with asyncio.TaskGroup() as group:
                for number in left:
                    group.create_task(self._press(number, quoted[number][0] if number in quoted else None))
            await asyncio.sleep(LATER)

    async def _press(self, number: int, task_id: str | None) -> None:
        caller = door_of(number)
        async with self._gate:
            try:
                if task_id is None:
                    task_id = (await self._quotes.quote(caller, self._wish(number, caller))).task.id
                    self._witness.say("quoted", number, task_id)
                task = await self._confirmations.confirm(task_id, caller)
            except OverBudget:
                self._witness.say("refused", number, task_id)
            except (TooManyOpen, BackendError):
                return  # and again a little later
            else:
                self._witness.say("confirmed", number, task_id, task.order.status)

    def _wish(self, number: int, caller: Caller) -> TrainingWish:
        name = PROVIDERS[number % len(PROVIDERS)]
        place = f"{name}/{CASES[name].checkpoint or self._backends[name].abilities.checkpoints[0].name}"
        return TrainingWish(f"set{caller.member_id}", preset=Preset.FAST, checkpoint=place, name=f"order {number}")
