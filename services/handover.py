"""Handing confirmed tasks to their backends: the plan, the paid call, and what its answer means."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from backends.base import PlanImage, RemoteTask, TrainingBackend, TrainingPlan
from domain.backend_names import spoken
from domain.captions import training_caption
from domain.errors import BackendError, BackendRejected, BackendUnavailable
from domain.facts import FactKind, as_text, fact
from domain.handover import AGAIN, Reply, again_after, reply_of
from domain.tasks import TaskStatus, TrainingTask, move
from storage.datasets import DatasetStore
from storage.files import FileStore
from storage.tasks import TaskStore

log = logging.getLogger(__name__)

NEVER_ARRIVED = "It was stopped before it began."
PICTURES_GONE = "Its pictures were deleted for good. A new one starts with /train start."
PICTURE_GONE = "One of its pictures is damaged on this bot's disk. Remove it with /dataset remove and start again."


class HandOver:
    """Makes the paid call for tasks that are saved as `submitting`, at most once at a time for each."""

    def __init__(
        self,
        *,
        tasks: TaskStore,
        datasets: DatasetStore,
        files: FileStore,
        backends: Mapping[str, TrainingBackend],
        now: Callable[[], float],
        again: Sequence[float] = AGAIN,
    ) -> None:
        self._tasks = tasks
        self._datasets = datasets
        self._files = files
        self._backends = backends
        self._now = now
        self._again = again
        self._under_way: set[str] = set()

    def backend(self, name: str) -> TrainingBackend:
        """Return the backend of that name; raise `BackendUnavailable` when it is not set up here any more."""
        if name not in self._backends:
            raise BackendUnavailable(name, "it is not set up on this bot any more")
        return self._backends[name]

    def is_under_way(self, task_id: str) -> bool:
        """Whether this process is making the call for that task right now."""
        return task_id in self._under_way

    async def plan(self, task: TrainingTask) -> TrainingPlan:
        """Return everything that a backend needs to train the task."""
        version = await self._datasets.version(task.version_id)
        if version is None:  # its pictures went for good while it was being confirmed
            raise BackendRejected(
                task.backend, f"task {task.id} has no pictures", reason=fact(FactKind.WORDS, said=PICTURES_GONE)
            )
        return TrainingPlan(
            name=task.remote_name,
            member=str(task.owner_id),
            checkpoint=task.checkpoint,
            kind=task.kind,
            trigger_word=task.trigger_word,
            settings=task.settings,
            images=tuple(
                PlanImage(
                    sha256=image.sha256,
                    size=image.size,
                    caption=training_caption(image.caption, trigger_word=task.trigger_word, kind=task.kind),
                    held_out=image.held_out,
                    read=partial(self._read, image.sha256, task.backend),
                )
                for image in version.images
            ),
        )

    async def _read(self, sha256: str, backend: str) -> bytes:
        try:
            return await asyncio.to_thread(self._files.read, sha256)
        except OSError as error:  # it will not come back by being looked up: this can't be handed over
            reason = fact(FactKind.WORDS, said=PICTURE_GONE)
            raise BackendRejected(backend, f"the picture {sha256} is gone or damaged", reason=reason) from error

    async def submit(self, task: TrainingTask) -> TrainingTask:
        """Make the paid call for a task that is saved as `submitting`; return it as the answer leaves it.

        An unclear answer leaves it as it is: it is looked up later. What surely did not arrive waits for its next
        attempt, until there were enough of them.
        """
        self._under_way.add(task.id)
        try:
            remote = await self._call(task)
        except Exception as error:
            log.warning("task=%s backend=%s was not handed over: %r", task.id, task.backend, error)
            if not isinstance(error, BackendError):
                log.exception("task=%s", task.id)
            return await self._settle(task, error)
        else:
            return await self.adopt(task, remote)
        finally:
            self._under_way.discard(task.id)

    async def adopt(self, task: TrainingTask, remote: RemoteTask) -> TrainingTask:
        """Save that the backend holds the task under that id; a stop that was asked meanwhile stays asked."""

        def decide(now_stored: TrainingTask) -> TrainingTask:
            return replace(move(now_stored, TaskStatus.QUEUED, now=self._now()), remote_id=remote.id, misses=0)

        moved = await self._tasks.update(task.id, decide)
        log.info("task=%s backend=%s holds it as %s", task.id, task.backend, remote.id)
        return moved.after

    async def republish(self, task: TrainingTask) -> None:
        """Hand a task over again, under its name, to a free backend that lost it."""
        log.warning("task=%s backend=%s lost it; handing it over again", task.id, task.backend)
        await self._call(task)

    async def _call(self, task: TrainingTask) -> RemoteTask:
        return await self.backend(task.backend).submit(await self.plan(task))

    async def _settle(self, task: TrainingTask, error: Exception) -> TrainingTask:
        reply = reply_of(error)
        moved = await self._tasks.update(task.id, partial(self._settled, reply=reply, error=error))
        return moved.after

    def _settled(self, stored: TrainingTask, *, reply: Reply, error: Exception) -> TrainingTask:
        """Return the task as an answer leaves it that does not say that it was taken."""
        if stored.status is not TaskStatus.SUBMITTING:
            return stored
        if reply is Reply.UNCLEAR:
            return replace(stored, lost_answers=stored.lost_answers + 1)
        now = self._now()
        if reply is Reply.NOT_STARTED:
            if stored.cancel_asked:
                return move(stored, TaskStatus.CANCELLED, now=now, reason=NEVER_ARRIVED)
            attempts = stored.attempts + 1
            pause = again_after(attempts, asked=getattr(error, "retry_after", None), pauses=self._again)
            if pause is not None:
                return replace(stored, attempts=attempts, again_at=now + pause, updated_at=now)
        return move(stored, TaskStatus.FAILED, now=now, reason=_why(stored, reply, error))


def _why(task: TrainingTask, reply: Reply, error: Exception) -> str:
    if reply is Reply.NOT_STARTED:
        what = "could not be reached, so the training was not started."
    else:
        what = "does not accept this training, so it was not started."
    reason = error.reason if isinstance(error, BackendError) else None
    return as_text(f"{spoken(task.backend, first=True)} {what}", reason)
