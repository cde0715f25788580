"""Following tasks at their backends until they end: look-ups after a lost hand-over, polls, and the finished LoRA."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from backends.base import RemoteTask, TrainedLora, TrainingBackend
from domain.backend_names import spoken
from domain.errors import (
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    FileDamaged,
    NotThereYet,
)
from domain.facts import as_text
from domain.handover import CLEAN_MISSES, UNKNOWN_WHETHER, Step, after_miss, first_step, look_up_pause
from domain.loras import Lora
from domain.tasks import Progress, Sample, TaskStatus, TrainingTask, advance, is_lost, is_stuck, move
from services.doubts import LATE_SECONDS, Doubts
from services.handover import NEVER_ARRIVED, HandOver
from services.rounds import Rounds
from storage.files import FileStore
from storage.outbox import OutboxStore, PostKind
from storage.tasks import TaskStore

log = logging.getLogger(__name__)

CALLING_SECONDS = 1.0  # until a task that is just being handed over is looked at again
LOST_TOO_OFTEN = (
    "Each time that I ordered this training the answer got lost, and it is not there. It may have been charged."
)


class TaskFollower:
    """Keeps tasks true to what their backends say. Each call is one task's turn, and may be repeated at any time."""

    def __init__(
        self,
        *,
        tasks: TaskStore,
        outbox: OutboxStore,
        files: FileStore,
        hand_over: HandOver,
        now: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._tasks = tasks
        self._outbox = outbox
        self._files = files
        self._hand_over = hand_over
        self._now = now
        self._new_id = new_id
        self._rounds = Rounds(tasks, now=now)
        self._silent: set[str] = set()  # tasks whose card says that they are lost, or stuck
        self._told: set[str] = set()  # tasks whose backend heard that they are to stop
        self._doubts = Doubts(now)
        self._late = Doubts(now, seconds=LATE_SECONDS)

    async def open_ids(self) -> Sequence[str]:
        """Return the tasks that are on their way, and end the quotes whose time is over."""
        await self._tasks.expire(self._now())
        return await self._tasks.open_ids()

    async def refresh(self, task_id: str) -> float | None:
        """Take one look at a task; return the seconds until the next one, None when it ended.

        Raises `BackendError` when its backend can't say now: nothing changed.
        """
        was_under_way = self._hand_over.is_under_way(task_id)
        task = await self._rounds.task(task_id) or await self._tasks.load(task_id)
        if task is None or task.status.is_final or task.status is TaskStatus.QUOTED:
            self._forget(task_id)
            return None
        backend = self._hand_over.backend(task.backend)
        if task.status is TaskStatus.SUBMITTING:
            if was_under_way or self._hand_over.is_under_way(task_id):
                return min(CALLING_SECONDS, backend.abilities.poll_seconds)
            return await self._reconcile(task, backend)
        turn = self._collect if task.status is TaskStatus.COLLECTING else self._look
        try:
            after = await turn(task, backend)
        except Exception as error:
            if isinstance(error, BackendUnavailable) and not isinstance(error, NotThereYet):
                self._doubts.clear(task_id)  # nobody could say: what was said before is not confirmed
            self._rounds.drop(task_id)
            await self._mind_silence(task, backend)
            raise
        if after is not task:
            self._rounds.drop(task_id)
        await self._mind_silence(after, backend)
        if after.status.is_final:
            self._forget(task_id)
            return None
        return 0.0 if after.status is TaskStatus.COLLECTING else backend.abilities.poll_seconds

    async def _reconcile(self, task: TrainingTask, backend: TrainingBackend) -> float | None:
        pause = look_up_pause(backend.abilities.find_grace_seconds)
        match first_step(task, can_find=backend.abilities.find, now=self._now()):
            case Step.WAIT:
                return max(0.0, (task.again_at or 0.0) - self._now())
            case Step.HAND_OVER:
                return await self._hand_over_again(task, backend, pause)
            case Step.INTERRUPT:
                await self._end(task, TaskStatus.INTERRUPTED, UNKNOWN_WHETHER)
                return None
            case _:
                pass
        remote = await backend.find(task.remote_name)
        if remote is not None:
            await self._hand_over.adopt(task, remote)
            return 0.0
        return await self._missed(task, backend, pause)

    async def _missed(self, task: TrainingTask, backend: TrainingBackend, pause: float) -> float | None:
        """Count a clean look-up that found nothing, and act when there were enough of them."""
        grace = backend.abilities.find_grace_seconds
        moved = await self._tasks.update(task.id, partial(_not_found, now=self._now()))
        match after_miss(moved.after, now=self._now(), grace_seconds=grace, is_free=backend.abilities.is_free):
            case Step.HAND_OVER:
                return await self._hand_over_again(task, backend, pause)
            case Step.CANCEL:
                await self._end(task, TaskStatus.CANCELLED, NEVER_ARRIVED)
                return None
            case Step.INTERRUPT:
                await self._end(task, TaskStatus.INTERRUPTED, LOST_TOO_OFTEN)
                return None
            case _:
                pass
        return pause

    async def _hand_over_again(self, task: TrainingTask, backend: TrainingBackend, pause: float) -> float | None:
        """Make the paid call once more, its intent saved before; stopped meanwhile, nothing is made."""
        log.warning("task=%s never reached backend=%s; handing it over again", task.id, task.backend)
        intent = await self._tasks.update(task.id, partial(_intended, now=self._now()))
        if intent.after.status.is_final:
            return None
        handed = await self._hand_over.submit(intent.after)
        if handed.again_at is not None:
            return max(0.0, handed.again_at - self._now())
        return pause if handed.status is TaskStatus.SUBMITTING else backend.abilities.poll_seconds

    async def _look(self, task: TrainingTask, backend: TrainingBackend) -> TrainingTask:
        remote = RemoteTask(task.remote_id or "")
        if task.cancel_asked and backend.abilities.cancel and task.id not in self._told:
            try:
                await backend.cancel(remote)
            except BackendRejected as error:  # it is too far to be stopped: how it goes on is still to be asked
                log.warning("task=%s backend=%s does not stop it: %s", task.id, task.backend, error.detail)
            self._told.add(task.id)
            self._rounds.drop(task.id)  # what a list told before the stop is old
        try:
            progress = await self._rounds.told(task, backend) or await backend.poll(remote)
        except BackendRejected as error:
            return await self._unknown_there(task, backend, error)
        self._doubts.clear(task.id)
        if _heard(task, progress, now=self._now()) == task:
            return task  # nobody but this turn moves what a backend holds, so the stored task would stay as it is too
        moved = await self._tasks.update(task.id, partial(_heard, progress=progress, now=self._now()))
        if moved.after.status is not moved.before.status:
            log.info("task=%s %s -> %s", task.id, moved.before.status, moved.after.status)
        return moved.after

    async def _unknown_there(
        self, task: TrainingTask, backend: TrainingBackend, error: BackendRejected
    ) -> TrainingTask:
        """Count that the backend does not know its own task; believe it after some clean answers in a row.

        What is paid is not given up for a few minutes of them: they may be a gateway's.
        """
        is_believed = self._doubts.is_believed(task.id) or backend.abilities.is_free
        moved = await self._tasks.update(task.id, _with_one_more_miss)
        if moved.after.misses < CLEAN_MISSES or not is_believed:
            return moved.after
        if backend.abilities.is_free:
            return await self._publish_again(moved.after)
        log.error("task=%s backend=%s: %s", task.id, task.backend, error.detail)
        return await self._end(
            task, TaskStatus.FAILED, f"{spoken(task.backend, first=True)} does not know this training any more."
        )

    async def _publish_again(self, task: TrainingTask) -> TrainingTask:
        """Give a free backend the task that it lost, unless it is to stop anyway, or can't be trained any more."""
        if task.cancel_asked:
            return await self._end(task, TaskStatus.CANCELLED, "It was stopped.")
        try:
            await self._hand_over.republish(task)
        except BackendRejected as error:
            why = f"{spoken(task.backend, first=True)} lost this training and can't begin it again."
            return await self._end(task, TaskStatus.FAILED, as_text(why, error.reason))
        return task

    async def _collect(self, task: TrainingTask, backend: TrainingBackend) -> TrainingTask:
        try:
            trained = await backend.fetch(RemoteTask(task.remote_id or ""))
            await self._check(trained, backend.name)
        except (BackendRejected, BackendReplyInvalid, NotThereYet) as error:
            return await self._gives_no_file(task, backend, error)
        return await self._succeed(task, trained)

    async def _gives_no_file(self, task: TrainingTask, backend: TrainingBackend, error: BackendError) -> TrainingTask:
        """Raise the error to be asked again later, for as long as it may pass; then end the task."""
        is_final = isinstance(error, BackendRejected) and backend.abilities.is_free
        doubts = self._late if isinstance(error, NotThereYet) else self._doubts
        if not doubts.is_believed(task.id) and not is_final:
            raise error
        log.error("task=%s backend=%s gives no file: %s", task.id, task.backend, error.detail)
        is_damaged = isinstance(error, FileDamaged)
        what = "its file arrives damaged each time, so I did not keep it" if is_damaged else "gives no usable file"
        reason = f"{spoken(task.backend, first=True)} trained it, but {what}."
        return await self._end(task, TaskStatus.FAILED, reason)

    async def _check(self, trained: TrainedLora, backend: str) -> None:
        """Read the stored file back: raises `FileDamaged` when it is not what was announced.

        Where the weights stay at the backend, its reference is all there is.
        """
        if trained.sha256 is None:
            if not trained.reference:
                raise FileDamaged(backend, "there is neither a file nor a name for it")
            return
        try:
            content = await asyncio.to_thread(self._files.read, trained.sha256)
        except OSError as error:
            raise FileDamaged(backend, f"the file {trained.sha256} can't be read: {error}") from error
        if len(content) != trained.size:
            raise FileDamaged(backend, f"the file has {len(content)} bytes instead of {trained.size}")

    async def _succeed(self, task: TrainingTask, trained: TrainedLora) -> TrainingTask:
        now = self._now()

        def decide(stored: TrainingTask) -> TrainingTask:
            done = replace(
                stored.progress,
                samples=trained.samples or stored.progress.samples,
                base_loss=trained.base_loss,
                held_out_loss=trained.held_out_loss,
            )
            return replace(move(stored, TaskStatus.SUCCEEDED, now=now), progress=done)

        samples = trained.samples or task.progress.samples
        moved = await self._tasks.succeed(task.id, decide, _lora(task, trained, self._new_id(), now, samples[-1:]))
        log.info("task=%s succeeded, file=%s", task.id, trained.sha256)
        return moved.after

    async def _end(self, task: TrainingTask, status: TaskStatus, reason: str) -> TrainingTask:
        moved = await self._tasks.update(task.id, lambda t: move(t, status, now=self._now(), reason=reason))
        log.info("task=%s %s -> %s: %s", task.id, moved.before.status, moved.after.status, reason)
        return moved.after

    async def _mind_silence(self, task: TrainingTask, backend: TrainingBackend) -> None:
        """Have the card drawn again when a task begins, or ends, to look lost or stuck: no progress tells that."""
        now, abilities = self._now(), backend.abilities
        is_silent = is_lost(task, now=now, grace_seconds=abilities.grace_seconds) or is_stuck(
            task, now=now, after_seconds=abilities.stuck_seconds
        )
        if is_silent == (task.id in self._silent):
            return
        (self._silent.add if is_silent else self._silent.discard)(task.id)
        await self._outbox.touch(PostKind.TRAINING, task.id)

    def _forget(self, task_id: str) -> None:
        self._rounds.drop(task_id)
        self._silent.discard(task_id)
        self._told.discard(task_id)
        self._doubts.clear(task_id)
        self._late.clear(task_id)


def _heard(task: TrainingTask, progress: Progress, *, now: float) -> TrainingTask:
    """Return the task as its backend's answer leaves it."""
    after = advance(task, progress, now=now)
    return replace(after, misses=0) if after.misses else after


def _intended(task: TrainingTask, *, now: float) -> TrainingTask:
    """Return the task as it is saved right before its paid call: from then on, that call may have arrived."""
    if task.status is not TaskStatus.SUBMITTING:
        return task
    return replace(task, misses=0, again_at=None, updated_at=now)


def _with_one_more_miss(task: TrainingTask) -> TrainingTask:
    return replace(task, misses=task.misses + 1)


def _not_found(task: TrainingTask, *, now: float) -> TrainingTask:
    """Count a clean look-up; the grace time begins with the first, since the call may have been made until then."""
    return replace(_with_one_more_miss(task), updated_at=task.updated_at if task.misses else now)


def _lora(task: TrainingTask, trained: TrainedLora, lora_id: str, now: float, last: Sequence[Sample]) -> Lora:
    return Lora(
        id=lora_id,
        guild_id=task.guild_id,
        owner_id=task.owner_id,
        task_id=task.id,
        name=task.model_name,
        version=0,  # the store gives the next number
        checkpoint=task.checkpoint,
        backend=task.backend,
        trigger_word=task.trigger_word,
        sha256=trained.sha256,
        size=trained.size,
        reference=trained.reference,
        base_loss=trained.base_loss,
        held_out_loss=trained.held_out_loss,
        created_at=now,
        preview_sha256=last[0].sha256 if last else None,
    )
