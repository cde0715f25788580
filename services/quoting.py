"""Quotes: what a training would be and cost, its confirmation, and a new quote for a task that ended."""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from backends.base import Abilities, TrainingBackend
from domain import text
from domain.datasets import Dataset, DatasetVersion
from domain.errors import InvalidInput
from domain.tasks import NOTHING_YET, TaskStatus, TrainingTask, move
from domain.training import (
    QUOTE_SECONDS,
    RUNNING_TASKS_PER_MEMBER,
    SEED,
    CheckpointInfo,
    Estimate,
    Preset,
    TrainingSettings,
)
from services.access import Door, TaskAccess
from services.collection import CollectionService
from services.handover import HandOver
from storage.datasets import DatasetStore
from storage.tasks import TaskStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What a member wants trained; `dataset` is an id or a name, None means the usual."""

    dataset: str
    preset: Preset = Preset.BALANCED
    checkpoint: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A task to be confirmed, and what is known about its price and time; counts are of images."""

    task: TrainingTask
    checkpoint: CheckpointInfo
    estimate: Estimate
    trained_on: int
    held_out: int


class QuoteService:
    """Makes quotes and starts what was confirmed. Every method raises `UserError` with a sentence for the member."""

    def __init__(
        self,
        *,
        tasks: TaskStore,
        datasets: DatasetStore,
        collection: CollectionService,
        hand_over: HandOver,
        backends: Mapping[str, TrainingBackend],
        now: Callable[[], float],
        chance: random.Random,
        new_id: Callable[[], str],
    ) -> None:
        self._tasks = tasks
        self._access = TaskAccess(tasks)
        self._datasets = datasets
        self._collection = collection
        self._hand_over = hand_over
        self._backends = backends
        self._now = now
        self._chance = chance
        self._new_id = new_id

    def checkpoints(self) -> Sequence[CheckpointInfo]:
        """Return every checkpoint that can be trained here, the usual one first."""
        return [checkpoint for backend in self._backends.values() for checkpoint in backend.abilities.checkpoints]

    async def quote(self, door: Door, order: Order) -> Quote:
        """Freeze the dataset and return what its training would be; nothing starts before the quote is confirmed."""
        backend, checkpoint = self._place(order.checkpoint)
        dataset, version = await self._collection.freeze(
            order.dataset, guild_id=door.guild_id, member_id=door.member_id
        )
        _check_count(len(version.images), backend.abilities)
        name = text.name(order.name, what="model") if order.name else dataset.name
        settings = checkpoint.settings(order.preset, seed=self._chance.randrange(int(SEED.high)))
        task = self._new_task(door, dataset, version, backend.name, name=name, settings=settings, order=order)
        return await self._offer(replace(task, checkpoint=checkpoint.name), version)

    async def quoted(self, task_id: str, door: Door) -> TrainingTask:
        """Return the task of a quote that still can be confirmed."""
        task = await self._access.own(task_id, door)
        _check_quote(task, now=self._now())
        return task

    async def revise(self, task_id: str, settings: TrainingSettings, door: Door) -> Quote:
        """Change the settings of a quote; it is valid for its full time again."""
        settings.check()
        task = await self.quoted(task_id, door)
        now = self._now()

        def decide(stored: TrainingTask) -> TrainingTask:
            if stored.status is not TaskStatus.QUOTED:
                return stored
            return replace(stored, settings=settings, updated_at=now, quote_ends_at=now + QUOTE_SECONDS)

        moved = await self._tasks.update(task.id, decide)
        _check_quote(moved.after, now=now)
        return await self._with_estimate(moved.after)

    async def confirm(self, task_id: str, door: Door) -> TrainingTask:
        """Start what was quoted; a second time changes nothing. The intent is saved before the paid call."""
        await self._access.own(task_id, door)
        now = self._now()

        def decide(stored: TrainingTask) -> TrainingTask:
            is_over = stored.status is TaskStatus.QUOTED and now >= stored.quote_ends_at
            return move(stored, TaskStatus.EXPIRED if is_over else TaskStatus.SUBMITTING, now=now)

        moved = await self._tasks.update(task_id, decide, most_open=RUNNING_TASKS_PER_MEMBER)
        if moved.after.status in (TaskStatus.EXPIRED, TaskStatus.CANCELLED):
            _check_quote(moved.after, now=now)
        if moved.before.status is not TaskStatus.QUOTED:
            return moved.after
        log.info("task=%s %s -> %s", task_id, moved.before.status, moved.after.status)
        return await self._hand_over.submit(moved.after)

    async def drop(self, task_id: str, door: Door) -> None:
        """End a quote that nobody wants; nothing was started."""
        task = await self.quoted(task_id, door)
        await self._tasks.update(task.id, lambda stored: _dropped(stored, now=self._now()))

    async def retry(self, task: str, door: Door) -> Quote:
        """Return a new quote for the member's task of that id or model name, everything kept."""
        return await self._again(await self._access.named(task, door, is_open=False), door)

    async def retry_seen(self, task_id: str, door: Door) -> Quote:
        """Return a new quote for the task whose public card its owner sees, everything kept."""
        return await self._again(await self._access.on_card(task_id, door, staff_may=False), door)

    async def _again(self, old: TrainingTask, door: Door) -> Quote:
        if not old.status.is_final:
            raise InvalidInput(
                "This training is still on its way. Stop it first if you want to start over. Nothing new was started."
            )
        backend, checkpoint = self._place(old.checkpoint)
        version = await self._version(old, again=old.status is TaskStatus.SUCCEEDED, door=door)
        now = self._now()
        task = replace(
            old,
            id=self._new_id(),
            channel_id=door.channel_id,
            parent_id=door.parent_id,
            version_id=version.id,
            backend=backend.name,
            checkpoint=checkpoint.name,
            status=TaskStatus.QUOTED,
            created_at=now,
            updated_at=now,
            quote_ends_at=now + QUOTE_SECONDS,
            remote_id=None,
            progress=NOTHING_YET,
            cancel_asked=False,
            reason="",
            misses=0,
            started_at=None,
            finished_at=None,
            retry_of=old.id,
        )
        return await self._offer(task, version)

    def _place(self, checkpoint: str | None) -> tuple[TrainingBackend, CheckpointInfo]:
        for backend in self._backends.values():
            for known in backend.abilities.checkpoints:
                if checkpoint is None or checkpoint.casefold() in (known.name.casefold(), known.label.casefold()):
                    return backend, known
        names = ", ".join(text.shown(known.name) for known in self.checkpoints())
        raise InvalidInput(f"I don't have that checkpoint here. You can choose from: {names}. Nothing was charged.")

    def _new_task(
        self,
        door: Door,
        dataset: Dataset,
        version: DatasetVersion,
        backend: str,
        *,
        name: str,
        settings: TrainingSettings,
        order: Order,
    ) -> TrainingTask:
        now = self._now()
        return TrainingTask(
            id=self._new_id(),
            guild_id=door.guild_id,
            channel_id=door.channel_id,
            parent_id=door.parent_id,
            owner_id=door.member_id,
            dataset_id=dataset.id,
            dataset_name=dataset.name,
            kind=dataset.kind,
            version_id=version.id,
            trigger_word=dataset.trigger_word,
            model_name=name,
            backend=backend,
            checkpoint="",
            preset=order.preset,
            settings=settings,
            status=TaskStatus.QUOTED,
            created_at=now,
            updated_at=now,
            quote_ends_at=now + QUOTE_SECONDS,
        )

    async def _offer(self, task: TrainingTask, version: DatasetVersion) -> Quote:
        quote = await self._estimated(task, version)
        await self._tasks.add(task)
        log.info("task=%s quoted, backend=%s", task.id, task.backend)
        return quote

    async def _with_estimate(self, task: TrainingTask) -> Quote:
        version = await self._datasets.version(task.version_id)
        if version is None:
            raise LookupError(f"task {task.id} has no dataset version {task.version_id}")
        return await self._estimated(task, version)

    async def _estimated(self, task: TrainingTask, version: DatasetVersion) -> Quote:
        backend, checkpoint = self._place(task.checkpoint)
        held_out = sum(image.held_out for image in version.images)
        estimate = await backend.estimate(await self._hand_over.plan(task))
        return Quote(task, checkpoint, estimate, len(version.images) - held_out, held_out)

    async def _version(self, old: TrainingTask, *, again: bool, door: Door) -> DatasetVersion:
        if again:
            return (await self._collection.freeze(old.dataset_id, guild_id=door.guild_id, member_id=door.member_id))[
                1
            ]
        kept = await self._datasets.version(old.version_id)
        if kept is None:
            raise LookupError(f"task {old.id} has no dataset version {old.version_id}")
        return kept


def _dropped(task: TrainingTask, *, now: float) -> TrainingTask:
    return move(task, TaskStatus.CANCELLED, now=now) if task.status is TaskStatus.QUOTED else task


def _check_count(images: int, abilities: Abilities) -> None:
    if not abilities.fewest_images <= images <= abilities.most_images:
        raise InvalidInput(
            f"This dataset has {images} pictures; this checkpoint takes {abilities.fewest_images} to "
            f"{abilities.most_images}. Add or remove some with /dataset add or /dataset remove. Nothing was charged."
        )


def _check_quote(task: TrainingTask, *, now: float) -> None:
    match task.status:
        case TaskStatus.QUOTED if now < task.quote_ends_at:
            return
        case TaskStatus.QUOTED | TaskStatus.EXPIRED:
            raise InvalidInput(
                "This quote was valid for ten minutes and is over. Nothing was started or charged. "
                "Get a new one with /train start."
            )
        case TaskStatus.CANCELLED:
            raise InvalidInput(
                "This training was cancelled, so it can't be started any more. Get a new quote with /train start."
            )
        case _:
            raise InvalidInput("This training has started already. See how it goes with /train status.")
