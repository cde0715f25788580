"""The training services on real storage, with a backend that plays a script, and a clock that the test turns."""

import hashlib
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backends.base import TrainedLora
from domain.datasets.dataset import Dataset, Kind
from domain.money.limits import SpendingLimits
from domain.orders.progress import Progress, RemoteState, Sample
from domain.training.tasks import TrainingTask
from services.caller import Caller
from services.datasets.datasets import DatasetService
from services.money.spending import MoneyService
from services.orders.follower import OrderFollower
from services.training.confirmations import ConfirmationService
from services.training.orders import TrainingOrders
from services.training.quotes import QuoteService, TrainingWish
from services.training.targets import Targets
from services.training.tasks import TrainingService
from services.upkeep.audit import AuditService
from storage.database import Database, open_database
from storage.datasets.datasets import DatasetStore
from storage.files import FileStore
from storage.ids import new_id
from storage.ledger import LedgerStore
from storage.models.loras import LoraStore
from storage.outbox import OutboxStore
from storage.training.tasks import TaskStore
from storage.upkeep.orphaned_work import OrphanedWorkStore
from tests.services.scripted_backend import ScriptedBackend

ANA = Caller(guild_id=100, channel_id=1000, member_id=7)
BEN = Caller(guild_id=100, channel_id=1000, member_id=8)
MODERATOR = Caller(guild_id=100, channel_id=1000, member_id=9, is_staff=True)
ANA_ELSEWHERE = Caller(guild_id=200, channel_id=2000, member_id=7)
log = logging.getLogger(__name__)

LORA = b"a trained LoRA"
CAPS = SpendingLimits(bot=30_000_000, guild=15_000_000, member=5_000_000, approval_above=4_000_000)


@dataclass
class Workshop:
    """Everything that a training needs but Discord; services are made anew at each use, as after a restart."""

    database: Database
    files: FileStore
    backend: ScriptedBackend = field(default_factory=ScriptedBackend)
    others: dict[str, ScriptedBackend] = field(default_factory=dict)  # further backends, by name
    caps: SpendingLimits = CAPS
    now: float = 1_000_000.0

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget all that is only in memory."""
        backends = {self.backend.name: self.backend, **self.others}
        self.tasks, self.loras = TaskStore(self.database), LoraStore(self.database)
        self.outbox, self.datasets = OutboxStore(self.database), DatasetStore(self.database)
        self.collection = DatasetService(self.datasets, now=self.clock, new_id=new_id)
        self.quotes = QuoteService(
            self.tasks,
            self.datasets,
            self.collection,
            self.files,
            Targets(backends),
            now=self.clock,
            chance=random.Random(1),
            new_id=new_id,
        )
        kind = TrainingOrders(self.tasks, self.datasets, self.files, backends, now=self.clock, new_id=new_id)
        self.follower = OrderFollower(kind, self.outbox, now=self.clock)
        self.looked_at: set[str] = set()
        self.confirmations = ConfirmationService(
            self.tasks, self.look_now, Targets(backends), caps=self.caps, now=self.clock
        )
        self.training = TrainingService(
            tasks=self.tasks,
            loras=self.loras,
            outbox=self.outbox,
            datasets=self.datasets,
            backends=backends,
            look_now=self.look_now,
            now=self.clock,
        )
        self.money = MoneyService(
            ledger=LedgerStore(self.database),
            tasks=self.tasks,
            orphans=OrphanedWorkStore(self.database),
            backends=backends,
            limits=self.caps,
            now=self.clock,
        )
        self.audit = AuditService(OrphanedWorkStore(self.database), backends, now=self.clock)

    async def look_now(self, task_id: str) -> None:
        """Look at a task as the watcher does: never twice at once, and an error ends with the look."""
        if task_id in self.looked_at:
            return
        self.looked_at.add(task_id)
        try:
            await self.follower.refresh(task_id)
        except Exception:  # what the watcher does too
            log.exception("a look failed")
        finally:
            self.looked_at.discard(task_id)

    def clock(self) -> float:
        """Return the time that it is in this test."""
        return self.now

    async def dataset(self, caller: Caller = ANA, *, name: str = "Robo", images: int = 6) -> Dataset:
        """Store a dataset of that many images."""
        word = self._word(name, caller)
        made = Dataset(new_id(), caller.guild_id, caller.member_id, name, Kind.CHARACTER, word, self.now)
        await self.datasets.add(made)
        hashes = [self.files.folder.put(f"picture {made.id} {number}".encode()) for number in range(images)]
        await self.database.transaction(
            lambda connection: connection.executemany(
                "INSERT INTO images (id, dataset_id, position, sha256, phash, width, height, size, contributor_id, "
                "caption, added_at) VALUES (?, ?, ?, ?, ?, 64, 64, 10, ?, '', ?)",
                [
                    (new_id(), made.id, number, sha256, sha256, caller.member_id, self.now)
                    for number, sha256 in enumerate(hashes)
                ],
            )
        )
        return made

    def _word(self, name: str, caller: Caller) -> str:
        letters = "".join(c for c in name.lower() if c.isalpha())
        return f"{letters}zor" if caller.member_id == ANA.member_id else f"{letters}zu{caller.member_id}"

    async def quoted(self, caller: Caller = ANA, wish: TrainingWish | None = None) -> TrainingTask:
        """Return a task with a quote, on a new dataset."""
        if wish is None:
            wish = TrainingWish((await self.dataset(caller)).id)
        return (await self.quotes.quote(caller, wish)).task

    async def started(self, caller: Caller = ANA) -> TrainingTask:
        """Return a confirmed task."""
        return await self.confirmations.confirm((await self.quoted(caller)).id, caller)

    async def stored(self, task: TrainingTask) -> TrainingTask:
        """Return the task as it is stored."""
        found = await self.tasks.load(task.id)
        assert found is not None
        return found

    def finish(self, remote_id: str | None = None) -> None:
        """Let the one training that the backend holds (or that one) end well."""
        sample = Sample(60, "robo waves", self.files.folder.put(b"sample"))
        self.backend.trained = TrainedLora(self.files.folder.put(LORA), len(LORA), 0.5, 0.38, (sample,))
        self.backend.progress[remote_id or self.backend.only_training()] = Progress(
            RemoteState.SUCCEEDED, step=60, of=60, cost_micros=0
        )

    async def follow(self, task: TrainingTask, *, turns: int = 20) -> TrainingTask:
        """Look after the task until it ends or `turns` are over, the clock going on by each pause."""
        for _ in range(turns):
            pause = await self.follower.refresh(task.id)
            if pause is None:
                break
            self.now += pause
        return await self.stored(task)


@asynccontextmanager
async def workshop(folder: Path) -> AsyncIterator[Workshop]:
    """Open a workshop in a folder."""
    async with open_database(folder / "atelier.sqlite") as database:
        yield Workshop(database, FileStore(folder / "files", free_floor=0))


def sha256(content: bytes) -> str:
    """Return the name that a file store gives the content."""
    return hashlib.sha256(content).hexdigest()
