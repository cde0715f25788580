"""The drawing services on real storage, for tests."""

import asyncio
import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

from backends.base import DrawingPlan, DrawingProgress
from domain.drawing.drawings import Drawing
from domain.errors import (
    BackendError,
)
from domain.models.loras import Lora
from domain.orders.progress import RemoteState
from domain.posts import PostKind
from services.caller import Caller
from services.drawing.drawings import DrawingService
from services.drawing.orders import DrawingOrders
from services.drawing.source_images import SourceImages
from services.models.models import ModelService
from services.orders.follower import OrderFollower
from storage.database import Database
from storage.drawing.drawings import DrawingStore
from storage.files import FileStore
from storage.models.loras import LoraStore
from storage.outbox import OutboxStore
from storage.pictures.pool import PicturePool
from tests.services import trained
from tests.services.scripted_backend import ScriptedBackend
from tests.services.workshop import CAPS

ANA, BEN = 7, 8
CLUB, OTHER = 100, 200
SEEN = Caller(CLUB, 55, ANA)


@dataclass
class Drawings:
    """The drawing services on real storage, with a backend that plays a script."""

    database: Database
    files: FileStore
    pool: PicturePool
    storing: asyncio.Lock = field(default_factory=asyncio.Lock)
    backend: ScriptedBackend = field(default_factory=ScriptedBackend)
    now: float = 1_000.0
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    is_on: bool = True  # whether the backend is; to be changed before the first drawing, or by `restart`
    looked_at: set[str] = field(default_factory=set)

    @property
    def models(self) -> ModelService:
        return ModelService(LoraStore(self.database), self.files, now=lambda: self.now)

    @property
    def backends(self) -> dict[str, ScriptedBackend]:
        return {"scripted": self.backend} if self.is_on else {}

    def restart(self) -> None:
        """Forget what only memory knows."""
        del self.follower
        self.looked_at.clear()

    @cached_property
    def follower(self) -> OrderFollower[Drawing]:
        kind = DrawingOrders(
            DrawingStore(self.database), self.models, self.files, self.backends, now=lambda: self.now
        )
        return OrderFollower(kind, OutboxStore(self.database), now=lambda: self.now)

    async def look_now(self, drawing_id: str) -> None:
        """Look at a drawing as the watcher does: never twice at once, and an error ends with the look."""
        if drawing_id in self.looked_at:
            return
        self.looked_at.add(drawing_id)
        with contextlib.suppress(BackendError):
            await self.follower.refresh(drawing_id)
        self.looked_at.discard(drawing_id)

    async def open_ids(self) -> list[str]:
        return [each.id for each in await self.follower.open_orders()]

    @property
    def service(self) -> DrawingService:
        drawings = DrawingStore(self.database)
        return DrawingService(
            drawings,
            self.models,
            self.files,
            SourceImages(drawings, self.files, self.pool),
            self.backends,
            look_now=self.look_now,
            caps=CAPS,
            now=lambda: self.now,
            chance=random.Random(1),
            new_id=lambda: f"{next(self.numbers):04x}" + "0" * 28,
        )

    def caller(self, member: int = ANA, guild: int = CLUB, interaction: int | None = None) -> Caller:
        return Caller(guild, 55, member, interaction_id=interaction or next(self.numbers))

    async def stored(self, drawing: Drawing) -> Drawing:
        return (await self.service.recipe(drawing.id, SEEN)).drawing

    async def charged(self) -> int:
        """Return what all drawings together cost, or are still set aside for."""
        return await self.database.read(
            lambda connection: int(connection.execute("SELECT COALESCE(SUM(micros), 0) FROM ledger").fetchone()[0])
        )

    async def train(self, name: str = "Robo", owner: int = ANA, guild: int = CLUB) -> Lora:
        lora = trained.lora(next(self.numbers), name=name, owner_id=owner, guild_id=guild)
        return await self.database.transaction(lambda connection: trained.keep(connection, lora))

    def draw_at_once(self) -> None:
        def answer(plan: DrawingPlan) -> DrawingProgress:
            contents = [f"{plan.prompt} {plan.seed + i}".encode() for i in range(plan.count)]
            pictures = tuple(self.files.folder.put(content) for content in contents)
            return DrawingProgress(RemoteState.SUCCEEDED, pictures=pictures)

        self.backend.draw_answer = answer

    async def posts(self, later: float = 60.0) -> list[str]:
        due = await OutboxStore(self.database).due(self.now + later)
        return [posting.subject_id for posting in due if posting.kind is PostKind.PICTURES]
