"""Rounds: everything that one backend holds, read and asked for together, so that a task that rests costs nothing."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from backends.base import RemoteTask, TrainingBackend
from domain.errors import BackendUnavailable
from domain.training.tasks import Progress, TrainingTask
from storage.training.tasks import TaskStore

log = logging.getLogger(__name__)

HANDFUL = 8  # tasks at one backend: so many are simply looked at one by one
LIST_SECONDS = 20.0  # for a whole list: the turns of all that a backend holds wait for it


@dataclass(frozen=True, slots=True)
class Round:
    """The tasks that a backend holds as they were stored, and what its list told of them, by task id."""

    backend: TrainingBackend
    began_at: float
    ends_at: float
    tasks: dict[str, TrainingTask] = field(default_factory=dict)
    told: Mapping[str, Progress] = field(default_factory=dict)
    refusal: BackendUnavailable | None = None  # the backend asked to be left alone until the round ends

    def is_on(self, now: float) -> bool:
        """Whether the round still holds; a clock that was set back ends it."""
        return self.began_at <= now < self.ends_at


class Rounds:
    """Begins a round at each backend once per its poll interval, at the first turn that wants it."""

    def __init__(self, tasks: TaskStore, *, now: Callable[[], float]) -> None:
        self._tasks = tasks
        self._now = now
        self._rounds: dict[str, Round] = {}
        self._beginning: dict[str, asyncio.Lock] = {}

    async def task(self, task_id: str) -> TrainingTask | None:
        """Return a task as it was stored when the round began; None when no round knows it: load it then."""
        known = next((each for each in self._rounds.values() if task_id in each.tasks), None)
        return (await self._round(known.backend)).tasks.get(task_id) if known else None

    async def told(self, task: TrainingTask, backend: TrainingBackend) -> Progress | None:
        """Return what the backend's list tells of a task; None when it tells nothing: ask for that task then.

        Raises `BackendUnavailable` while the backend wants to be left alone.
        """
        present = await self._round(backend)
        if present.refusal is not None:
            left = present.ends_at - self._now()
            raise BackendUnavailable(backend.name, present.refusal.detail, retry_after=left) from present.refusal
        return present.told.get(task.id) if task.id in present.tasks else None

    def drop(self, task_id: str) -> None:
        """Forget a task until the next round: it is not any more as it was stored then."""
        for each in self._rounds.values():
            each.tasks.pop(task_id, None)

    async def _round(self, backend: TrainingBackend) -> Round:
        if present := self._present(backend.name):
            return present
        async with self._beginning.setdefault(backend.name, asyncio.Lock()):
            if present := self._present(backend.name):
                return present
            last = self._rounds.get(backend.name)
            # A list that was refused is left out once, so that it can't keep the single looks away for ever.
            begun = await self._begin(backend, may_list=last is None or last.refusal is None)
            self._rounds[backend.name] = begun
            return begun

    def _present(self, backend: str) -> Round | None:
        last = self._rounds.get(backend)
        return last if last is not None and last.is_on(self._now()) else None

    async def _begin(self, backend: TrainingBackend, *, may_list: bool) -> Round:
        now = self._now()
        ends_at = now + backend.abilities.poll_seconds
        held = await self._tasks.held_by(backend.name)
        if len(held) <= HANDFUL:
            return Round(backend, now, ends_at)
        tasks = {task.id: task for task in held}
        try:
            async with asyncio.timeout(LIST_SECONDS):
                listed = await backend.poll_many([_remote(task) for task in held]) if may_list else {}
        except Exception as error:  # noqa: BLE001 - a list only spares looks: without it there is one for each task
            log.warning("backend=%s can't list its trainings: %r", backend.name, error)
            if isinstance(error, BackendUnavailable) and error.retry_after is not None:
                return Round(backend, now, max(ends_at, now + error.retry_after), tasks, refusal=error)
            listed = {}
        told = {task.id: listed[_remote(task).id] for task in held if _remote(task).id in listed}
        return Round(backend, now, ends_at, tasks, told)


def _remote(task: TrainingTask) -> RemoteTask:
    return RemoteTask(task.remote_id or "")
