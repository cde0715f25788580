"""Trainings as their owners see and stop them."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from backends.base import Abilities, RemoteTask, TrainingBackend
from domain.backend_names import spoken
from domain.errors import BackendError, InvalidInput
from domain.models.loras import Lora
from domain.orders.hand_over import UNKNOWN_WHETHER
from domain.posts import PostKind
from domain.training.tasks import TaskStatus, TrainingTask, is_lost, is_stuck, move
from services.caller import Caller
from services.training.access import TaskAccess
from storage.datasets.datasets import DatasetStore
from storage.files import FileStore
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
    is_free: bool
    can_stop: bool
    is_undeliverable: bool = False
    is_stuck: bool = False  # waits at its backend for unusually long
    can_go_elsewhere: bool = False  # its place would not take it, nothing was paid, and there are others
    lora: Lora | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The queue as one member sees it: their own open tasks, and how many trainings run and wait in all."""

    own: Sequence[TaskView]
    running: int
    waiting: int


class TrainingService:
    """What members see of their trainings, and how they stop them. Methods raise `UserError` with a sentence."""

    def __init__(
        self,
        *,
        tasks: TaskStore,
        loras: LoraStore,
        outbox: OutboxStore,
        datasets: DatasetStore,
        files: FileStore,
        backends: Mapping[str, TrainingBackend],
        now: Callable[[], float],
    ) -> None:
        self._tasks = tasks
        self._access = TaskAccess(tasks)
        self._loras = loras
        self._outbox = outbox
        self._datasets = datasets
        self._files = files
        self._backends = backends
        self._now = now

    async def cancel(self, task: str, caller: Caller) -> TrainingTask:
        """Stop the member's task of that id or model name, unless it ended."""
        return await self._stop(await self._access.named(task, caller, is_open=True), caller)

    async def stop(self, task_id: str, caller: Caller) -> TrainingTask:
        """Stop the task whose public card somebody sees: its owner may, and the server's moderators."""
        return await self._stop(await self._access.on_card(task_id, caller, staff_may=True), caller)

    async def status(self, task: str, caller: Caller) -> TaskView:
        """Return the member's task of that id or model name; with an empty one, their newest."""
        return await self._view(await self._access.named(task, caller))

    async def list(self, caller: Caller, *, limit: int = 10) -> Sequence[TaskView]:
        """Return the member's tasks on this server, newest first."""
        tasks = await self._tasks.of_member(guild_id=caller.guild_id, owner_id=caller.member_id, limit=limit)
        return [await self._view(task) for task in tasks]

    async def search(self, typed: str, caller: Caller, *, is_open: bool | None = None) -> Sequence[TrainingTask]:
        """Return at most 25 of the member's tasks for autocomplete: those starting with `typed` first."""
        key = typed.casefold().strip()
        tasks = await self._tasks.of_member(guild_id=caller.guild_id, owner_id=caller.member_id)
        wanted = [
            t
            for t in tasks
            if key in t.model_name.casefold() and (is_open is None or t.status.is_final is not is_open)
        ]
        return sorted(wanted, key=lambda t: not t.model_name.casefold().startswith(key))[:MOST_SUGGESTIONS]

    async def line(self, caller: Caller) -> Line:
        """Return the queue as this member sees it."""
        own = [view for view in await self.list(caller, limit=50) if not view.task.status.is_final]
        running, waiting = await self._tasks.open_counts()
        return Line(own, running, waiting)

    async def view(self, task_id: str) -> TaskView | None:
        """Return what a task's public card shows, whoever looks."""
        task = await self._tasks.load(task_id)
        return await self._view(task) if task else None

    async def _stop(self, task: TrainingTask, caller: Caller) -> TrainingTask:
        _check_stoppable(task, self._abilities(task))
        who = "You" if caller.member_id == task.owner_id else "Somebody of the server's staff"
        decide = partial(_stopped, why=f"{who} stopped it.", can_tell=task.backend in self._backends, now=self._now())
        moved = await self._tasks.update(task.id, decide)
        log.info("task=%s is to stop, asked by member=%d", task.id, caller.member_id)
        await self._tell_stop(moved.after)
        return moved.after

    async def _tell_stop(self, task: TrainingTask) -> None:
        """Tell the backend at once; when that fails, the watcher tells it again."""
        if not task.cancel_asked or task.remote_id is None:
            return
        try:
            await self._backends[task.backend].cancel(RemoteTask(task.remote_id))
        except BackendError as error:
            log.warning("task=%s backend=%s did not hear the stop: %s", task.id, task.backend, error.detail)

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
            is_lost=abilities is not None and is_lost(task, now=self._now(), grace_seconds=abilities.grace_seconds),
            is_free=abilities is not None and abilities.is_free,
            can_stop=abilities is None or abilities.cancel or not _may_be_held(task),
            is_stuck=abilities is not None and is_stuck(task, now=self._now(), after_seconds=abilities.stuck_seconds),
            can_go_elsewhere=task.status in (TaskStatus.FAILED, TaskStatus.CANCELLED)
            and task.charged_micros == 0
            and task.remote_id is None
            and any(name != task.backend for name in self._backends),
            is_undeliverable=await self._is_undeliverable(task),
            lora=await self._loras.of_task(task.id) if task.status is TaskStatus.SUCCEEDED else None,
        )

    async def _is_undeliverable(self, task: TrainingTask) -> bool:
        kind = PostKind.COMPLETION if task.status is TaskStatus.SUCCEEDED else PostKind.TRAINING
        return await self._outbox.is_undeliverable(kind, task.id)

    def _abilities(self, task: TrainingTask) -> Abilities | None:
        backend = self._backends.get(task.backend)
        return backend.abilities if backend else None


def _may_be_held(task: TrainingTask) -> bool:
    """Whether a backend may have the task; if not, nothing but this bot has to hear that it is to stop."""
    return task.status is not TaskStatus.QUOTED and task.again_at is None


def _stopped(task: TrainingTask, *, why: str, can_tell: bool, now: float) -> TrainingTask:
    """Return the task as a stop leaves it; `can_tell` says whether its backend is still on, and hears of it."""
    if task.status.is_final:
        return task
    if not _may_be_held(task):
        return move(task, TaskStatus.CANCELLED, now=now, reason=why)
    if can_tell:
        return replace(task, cancel_asked=True, updated_at=now)
    match task.status:
        case TaskStatus.SUBMITTING:  # nobody can be asked whether it arrived
            return move(task, TaskStatus.INTERRUPTED, now=now, reason=UNKNOWN_WHETHER)
        case TaskStatus.COLLECTING:
            what = f"{spoken(task.backend, first=True)} is switched off here, so its model can't be fetched."
            return move(task, TaskStatus.FAILED, now=now, reason=f"{what} {why}")
        case _:
            return move(task, TaskStatus.CANCELLED, now=now, reason=why)


def _check_stoppable(task: TrainingTask, abilities: Abilities | None) -> None:
    if task.status.is_final:
        raise InvalidInput(
            "This training is over already, so there is nothing to stop. /train status shows how it ended."
        )
    if task.status is TaskStatus.COLLECTING and abilities is not None:
        raise InvalidInput("This training has just finished; its model is being saved, so there is nothing to stop.")
    if abilities is not None and not abilities.cancel and _may_be_held(task):
        raise InvalidInput(
            f"{spoken(task.backend, first=True)} can't stop a training once it was handed over, so it goes on."
        )
