"""Trainings as their owners see and stop them."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from backends.base import Abilities, TrainingBackend
from domain.models.loras import Lora
from domain.money.charges import NOTHING
from domain.orders.facts import FactKind, fact
from domain.orders.hand_over import may_be_held, stopped
from domain.orders.orders import is_lost, is_stuck, known_charge
from domain.orders.states import OrderStatus
from domain.posts import PostKind
from domain.training.errors import BeingSaved, CannotStop, TrainingOver
from domain.training.tasks import TrainingTask
from services.caller import Caller
from services.orders.looks import LookNow
from services.training.access import TaskAccess
from services.training.orders import given_up
from storage.datasets.datasets import DatasetStore
from storage.models.loras import LoraStore
from storage.outbox import OutboxStore
from storage.training.tasks import TaskStore

log = logging.getLogger(__name__)

MOST_SUGGESTIONS = 25


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with everything that its cards show."""

    task: TrainingTask
    checkpoint: str  # as members read it
    trained_on: int
    held_out: int
    is_lost: bool
    can_stop: bool
    is_undeliverable: bool = False
    is_stuck: bool = False  # waits at its backend for unusually long
    can_go_elsewhere: bool = False  # its backend did not take it, nothing was paid, and there are others
    lora: Lora | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The member's own open tasks, and how many trainings run and wait in all."""

    own: Sequence[TaskView]
    running: int
    waiting: int


class TrainingService:
    """What members see of their trainings, and how they stop them. Methods raise `UserError`."""

    def __init__(
        self,
        *,
        tasks: TaskStore,
        loras: LoraStore,
        outbox: OutboxStore,
        datasets: DatasetStore,
        backends: Mapping[str, TrainingBackend],
        look_now: LookNow,
        now: Callable[[], float],
    ) -> None:
        self._tasks = tasks
        self._access = TaskAccess(tasks)
        self._loras = loras
        self._outbox = outbox
        self._datasets = datasets
        self._backends = backends
        self._look_now = look_now
        self._now = now

    async def cancel(self, task: str, caller: Caller) -> TrainingTask:
        """Stop the member's task of that id or model name, unless it ended."""
        return await self._stop(await self._access.named(task, caller, is_open=True), caller)

    async def stop(self, task_id: str, caller: Caller) -> TrainingTask:
        """Stop the task whose public card is seen, for its owner and the server's moderators."""
        return await self._stop(await self._access.on_card(task_id, caller, staff_may=True), caller)

    async def status(self, task: str, caller: Caller) -> TaskView:
        """Return the member's task of that id or model name, their newest when it is empty."""
        return await self._view(await self._access.named(task, caller))

    async def list(self, caller: Caller, *, limit: int = 10) -> Sequence[TaskView]:
        """Return the member's tasks on this server, newest first."""
        tasks = await self._tasks.of_member(guild_id=caller.guild_id, owner_id=caller.member_id, limit=limit)
        return [await self._view(task) for task in tasks]

    async def search(self, typed: str, caller: Caller, *, is_open: bool | None = None) -> Sequence[TrainingTask]:
        """Return at most 25 of the member's tasks for autocomplete, those starting with `typed` first."""
        key = typed.casefold().strip()
        tasks = await self._tasks.of_member(guild_id=caller.guild_id, owner_id=caller.member_id)
        wanted = [
            t
            for t in tasks
            if key in t.model_name.casefold() and (is_open is None or t.order.status.is_final is not is_open)
        ]
        return sorted(wanted, key=lambda t: not t.model_name.casefold().startswith(key))[:MOST_SUGGESTIONS]

    async def line(self, caller: Caller) -> Line:
        """Return the queue as this member sees it."""
        own = [view for view in await self.list(caller, limit=50) if not view.task.order.status.is_final]
        running, waiting = await self._tasks.open_counts()
        return Line(own, running, waiting)

    async def view(self, task_id: str) -> TaskView | None:
        """Return what a task's public card shows, whoever looks."""
        task = await self._tasks.load(task_id)
        return await self._view(task) if task else None

    async def _stop(self, task: TrainingTask, caller: Caller) -> TrainingTask:
        """Save that a task is to stop. The watcher tells its backend, at once if that is there."""
        is_own = caller.member_id == task.order.owner_id
        why = FactKind.STOPPED_BY_OWNER if is_own else FactKind.STOPPED_BY_STAFF
        decide = partial(_stopped, abilities=self._abilities(task), why=why, now=self._now())
        moved = await self._tasks.update(task.id, decide)
        log.info("order=%s is to stop, asked by member=%d", task.id, caller.member_id)
        if moved.after.order.status.is_final:
            return moved.after
        await self._look_now(task.id)
        return await self._tasks.load(task.id) or moved.after

    async def _view(self, task: TrainingTask) -> TaskView:
        version = await self._datasets.version(task.version_id)
        abilities = self._abilities(task)
        images = version.images if version else ()
        held_out = sum(image.held_out for image in images)
        known = abilities.checkpoint(task.checkpoint) if abilities else None
        return TaskView(
            task=task,
            checkpoint=known.label if known else task.checkpoint,
            trained_on=len(images) - held_out,
            held_out=held_out,
            is_lost=abilities is not None
            and is_lost(task.order, now=self._now(), grace_seconds=abilities.grace_seconds),
            can_stop=abilities is None or abilities.cancel or not may_be_held(task.order),
            is_stuck=abilities is not None
            and is_stuck(task.order, now=self._now(), after_seconds=abilities.stuck_seconds),
            can_go_elsewhere=task.order.status in (OrderStatus.FAILED, OrderStatus.CANCELLED)
            and known_charge(task.order) == NOTHING
            and task.order.hand_over.remote_id is None
            and any(name != task.order.backend for name in self._backends),
            is_undeliverable=await self._is_undeliverable(task),
            lora=await self._loras.of_task(task.id) if task.order.status is OrderStatus.SUCCEEDED else None,
        )

    async def _is_undeliverable(self, task: TrainingTask) -> bool:
        kind = PostKind.COMPLETION if task.order.status is OrderStatus.SUCCEEDED else PostKind.TRAINING
        return await self._outbox.is_undeliverable(kind, task.id)

    def _abilities(self, task: TrainingTask) -> Abilities | None:
        backend = self._backends.get(task.order.backend)
        return backend.abilities if backend else None


def _stopped(task: TrainingTask, *, abilities: Abilities | None, why: FactKind, now: float) -> TrainingTask:
    """Return the task as a stop leaves it. Raises `InvalidInput` when it can't be stopped."""
    order = task.order
    if order.status.is_final:
        raise TrainingOver
    if order.status is OrderStatus.COLLECTING and abilities is not None:
        raise BeingSaved
    if abilities is not None and not abilities.cancel and may_be_held(order):
        raise CannotStop(order.backend)
    give_up = partial(given_up, now=now)
    return replace(
        task, order=stopped(order, why=fact(why), can_tell=abilities is not None, given_up=give_up, now=now)
    )
