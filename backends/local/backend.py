"""The backend that is this machine.

Its jobs wait in the local queue until a worker process takes them.
"""

import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

from pydantic import TypeAdapter

from backends.base import (
    Abilities,
    DrawingPlan,
    DrawingProgress,
    RemoteTask,
    RemoteWork,
    TrainedLora,
    TrainingPlan,
)
from backends.local.pace import HISTORY, Pace, pace_of, total
from domain.backend_names import LOCAL
from domain.errors import (
    BackendAmbiguous,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    FileDamaged,
    StorageFull,
)
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.queue.jobs import Job, JobKind, JobState, JobView, QueueUnavailable
from domain.queue.messages import (
    BlobRef,
    DrawJob,
    DrawLora,
    DrawResult,
    DrawSource,
    Failure,
    JobProgress,
    TrainImage,
    TrainJob,
    TrainResult,
    current_failure,
    current_progress,
)
from domain.queue.protocol import BotQueue
from domain.training.checkpoints import BUILT_IN
from domain.training.settings import CheckpointInfo, Estimate

log = logging.getLogger(__name__)
T = TypeVar("T")
Record = dict[str, object]

WHERE = "On the machine that runs this bot: your pictures stay there, and it costs nothing."


_TRAIN = TypeAdapter(TrainJob)
_DRAW = TypeAdapter(DrawJob)
_PROGRESS = TypeAdapter(JobProgress)
_TRAINED = TypeAdapter(TrainResult)
_DRAWN = TypeAdapter(DrawResult)
_FAILURE = TypeAdapter(Failure)


def _said(reason: Fact | None) -> str:
    return str(reason.values.get("said", "")) if reason else ""


class FileView(Protocol):
    """What this backend needs of the file store, where the workers of this machine put their results."""

    async def has(self, sha256: str) -> bool:
        """Say whether the file is there."""

    async def read(self, sha256: str) -> bytes:
        """Return the bytes, or raise `OSError` when they are gone or damaged."""


class LocalBackend:
    """Trains and draws on this machine's workers. `checkpoints` are those that the workers have, by name."""

    def __init__(
        self,
        queue: BotQueue,
        files: FileView,
        *,
        checkpoints: Mapping[str, CheckpointInfo] = BUILT_IN,
        words: Callable[[Fact | None], str] = _said,
    ) -> None:
        self._words = words
        self.name = LOCAL
        self.abilities = Abilities(
            checkpoints=tuple(checkpoints.values()),
            grace_seconds=30.0,
            find_grace_seconds=5.0,
            is_free=True,
            draws_by_name=True,
            draws_from_image=True,
        )
        self._queue = queue
        self._files = files

    async def health(self) -> str:
        """Say how long the queue is."""
        async with self._asking():
            waiting = len(await self._queue.open_jobs())
        return f"My own worker's queue answers; {waiting} jobs wait or run."

    async def owned(self) -> Sequence[RemoteWork]:
        """Return nothing.

        What the queue holds costs nothing, and unknown jobs end by themselves.
        """
        return ()

    async def estimate(self, plan: TrainingPlan) -> Estimate:
        """Say what this training will take, from how long earlier ones took.

        It costs nothing.
        """
        async with self._asking():
            pace = await self._pace()
            wait = self._seconds(await self._queue.open_jobs(), pace)
        takes = pace.of_training(self.abilities.checkpoint(plan.checkpoint), plan.settings.steps)
        return Estimate(cost_micros=0, wait_seconds=wait, train_seconds=takes, where=WHERE)

    async def submit(self, plan: TrainingPlan) -> RemoteTask:
        """Put the training into the queue.

        The same name twice is one training.
        """
        await self._check(plan.checkpoint, [image.sha256 for image in plan.images])
        job = TrainJob(
            checkpoint=plan.checkpoint,
            kind=plan.kind,
            trigger_word=plan.trigger_word,
            settings=plan.settings,
            images=tuple(
                TrainImage(BlobRef(image.sha256, image.size), image.caption, image.held_out) for image in plan.images
            ),
        )
        payload = _TRAIN.dump_json(job).decode()
        return await self._enqueue(Job(plan.name, JobKind.TRAIN, plan.member, payload, work=plan.settings.steps))

    async def find(self, name: str) -> RemoteTask | None:
        """Say whether the queue knows work of that name."""
        async with self._asking():
            return None if await self._queue.get(name) is None else RemoteTask(name)

    async def poll(self, remote: RemoteTask) -> Progress:
        """Say how a training stands.

        Raises `BackendRejected` when the queue does not know it.
        """
        async with self._asking():
            view = await self._view(remote)
            said = self._progress(view)
            eta = await self._eta(view, said)
        return Progress(
            state=_state(view.state),
            step=said.step,
            of=said.of,
            message=self._message(view, said),
            position=view.ahead if view.state is JobState.QUEUED else None,
            eta_seconds=eta,
            loss=said.loss,
            base_loss=said.base_loss,
            held_out_loss=said.held_out_loss,
            samples=said.samples,
            sign_of_life=view.sign_of_life,
            cost_micros=0,
            worker=view.worker,
        )

    async def poll_many(self, remotes: Sequence[RemoteTask]) -> Mapping[str, Progress]:
        """Return nothing.

        One look into the queue is as cheap as a list.
        """
        del remotes
        return {}

    async def cancel(self, remote: RemoteTask) -> None:
        """Stop a training, at once while it waits, within a heartbeat while it runs."""
        async with self._asking():
            await self._queue.cancel(remote.id)

    async def fetch(self, remote: RemoteTask) -> TrainedLora:
        """Return the finished LoRA after reading its stored file whole, by size and hash."""
        async with self._asking():
            view = await self._view(remote)
        if view.state is not JobState.DONE or not view.result:
            raise BackendRejected(self.name, f"job {remote.id} is {view.state} and has no LoRA")
        result = self._read(_TRAINED, view.result)
        await self._prove(result.lora)
        return TrainedLora(
            sha256=result.lora.sha256,
            size=result.lora.size,
            base_loss=result.base_loss,
            held_out_loss=result.held_out_loss,
            samples=result.samples,
        )

    def price_of_drawing(self, plan: DrawingPlan) -> int | None:
        """Return nothing to pay.

        It is drawn on this machine.
        """
        del plan
        return 0

    async def draw(self, plan: DrawingPlan) -> RemoteTask:
        """Put the drawing into the queue, before every training.

        The same name twice is one drawing.
        """
        loras = tuple(DrawLora(lora.sha256, lora.strength) for lora in plan.loras if lora.sha256 is not None)
        source = DrawSource(plan.source_image.sha256, plan.source_image.change) if plan.source_image else None
        await self._check(plan.checkpoint, [lora.sha256 for lora in loras] + ([source.sha256] if source else []))
        job = DrawJob(
            checkpoint=plan.checkpoint,
            prompt=plan.prompt,
            loras=loras,
            count=plan.count,
            seed=plan.seed,
            width=plan.width,
            height=plan.height,
            source=source,
        )
        payload = _DRAW.dump_json(job).decode()
        return await self._enqueue(Job(plan.name, JobKind.DRAW, plan.member, payload, work=plan.count))

    async def drawing(self, remote: RemoteTask) -> DrawingProgress:
        """Say how a drawing stands, its pictures proved.

        Raises `BackendRejected` when the queue does not know it.
        """
        async with self._asking():
            view = await self._view(remote)
        if view.state is JobState.DONE:
            if not view.result:
                raise BackendRejected(self.name, f"job {remote.id} ended long ago and its pictures are forgotten")
            pictures = self._read(_DRAWN, view.result).pictures
            for picture in pictures:
                await self._prove(picture)
            return DrawingProgress(RemoteState.SUCCEEDED, pictures=tuple(picture.sha256 for picture in pictures))
        return DrawingProgress(
            state=_state(view.state),
            position=view.ahead if view.state is JobState.QUEUED else None,
            message=self._message(view, JobProgress()),
        )

    async def cancel_drawing(self, remote: RemoteTask) -> None:
        """Stop a drawing."""
        await self.cancel(remote)

    async def _check(self, checkpoint: str, hashes: list[str]) -> None:
        if self.abilities.checkpoint(checkpoint) is None:
            raise BackendRejected(self.name, f"there is no checkpoint {checkpoint}")
        missing = [sha256 for sha256 in hashes if not await self._files.has(sha256)]
        if missing:
            raise BackendRejected(self.name, f"{len(missing)} files are missing, the first is {missing[0]}")

    async def _enqueue(self, job: Job) -> RemoteTask:
        try:
            await self._queue.enqueue(job)
        except StorageFull as error:
            raise BackendUnavailable(self.name, f"the queue has no room: {error}") from error
        except QueueUnavailable as error:  # in doubt it is looked up, and handed over again under its name
            raise BackendAmbiguous(self.name, str(error)) from error
        return RemoteTask(job.id)

    async def _view(self, remote: RemoteTask) -> JobView:
        view = await self._queue.get(remote.id)
        if view is None:
            raise BackendRejected(self.name, f"the queue does not know {remote.id}")
        return view

    async def _prove(self, blob: BlobRef) -> None:
        try:
            content = await self._files.read(blob.sha256)
        except OSError as error:
            raise FileDamaged(self.name, f"the file {blob.sha256} is gone or damaged") from error
        if len(content) != blob.size:
            raise FileDamaged(self.name, f"{blob.sha256} has {len(content)} bytes instead of {blob.size}")

    def _progress(self, view: JobView) -> JobProgress:
        return self._read(_PROGRESS, view.progress, current_progress) if view.progress else JobProgress()

    def _failure(self, view: JobView) -> Failure:
        return self._read(_FAILURE, view.result, current_failure)

    def _read(self, adapter: TypeAdapter[T], text: str, current: Callable[[Record], Record] = dict) -> T:
        try:
            return adapter.validate_python(current(json.loads(text)))
        except ValueError as error:
            raise BackendReplyInvalid(self.name, "a worker said something that can't be understood") from error

    def _message(self, view: JobView, said: JobProgress) -> Fact | None:
        match view.state:
            case JobState.QUEUED | JobState.DONE:
                return None
            case JobState.RUNNING:
                return said.message
            case JobState.CANCELLED:
                return fact(FactKind.STOPPED)
            case JobState.DEAD:
                return fact(FactKind.GIVEN_UP)
            case JobState.FAILED:
                return self._failure(view).reason if view.result else fact(FactKind.FAILED_LONG_AGO)

    async def _eta(self, view: JobView, said: JobProgress) -> float | None:
        """Return the seconds until the training ends, its wait included.

        It is None when that can't be said.
        """
        match view.state:
            case JobState.QUEUED:
                pace = await self._pace()
                before = [job for job in await self._queue.open_jobs() if _is_before(job, view)]
                return total([self._seconds(tuple(before), pace), self._left(view, pace)])
            case JobState.RUNNING if said.steps_per_second:
                return max(0, said.of - said.step) / said.steps_per_second
            case JobState.RUNNING:
                return self._left(view, await self._pace())
            case _:
                return None

    async def _pace(self) -> Pace:
        trained = await self._queue.finished(JobKind.TRAIN, HISTORY)
        drawn = await self._queue.finished(JobKind.DRAW, HISTORY)
        return pace_of(self._readable(_TRAINED, trained), self._readable(_DRAWN, drawn))

    def _readable(self, adapter: TypeAdapter[T], views: Sequence[JobView]) -> list[T]:
        """Return the results that can be read.

        One of another version must not spoil everybody's estimate.
        """
        results = []
        for view in views:
            try:
                results += [self._read(adapter, view.result)] if view.result else []
            except BackendReplyInvalid as error:
                log.warning("job=%s is left out of the estimate: %s", view.id, error.detail)
        return results

    def _seconds(self, jobs: tuple[JobView, ...], pace: Pace) -> float | None:
        """Return how long one worker needs for what is left of these jobs, without those that can't be read."""
        left = []
        for job in jobs:
            try:
                left.append(self._left(job, pace))
            except BackendReplyInvalid as error:
                log.warning("job=%s is left out of the estimate: %s", job.id, error.detail)
        return total(left)

    def _left(self, view: JobView, pace: Pace) -> float | None:
        match view.kind:
            case JobKind.DRAW:
                return pace.per_picture * view.work
            case JobKind.TRAIN:
                job = self._read(_TRAIN, view.payload)
                said = self._progress(view)
                steps = max(0.0, view.work - said.step)
                return pace.of_training(self.abilities.checkpoint(job.checkpoint), steps)

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        try:
            yield
        except (QueueUnavailable, StorageFull) as error:
            raise BackendUnavailable(self.name, str(error)) from error


def _is_before(job: JobView, view: JobView) -> bool:
    return job.state is JobState.RUNNING or (job.id != view.id and job.ahead < view.ahead)


def _state(state: JobState) -> RemoteState:
    match state:
        case JobState.QUEUED:
            return RemoteState.QUEUED
        case JobState.RUNNING:
            return RemoteState.RUNNING
        case JobState.DONE:
            return RemoteState.SUCCEEDED
        case JobState.CANCELLED:
            return RemoteState.CANCELLED
        case JobState.FAILED | JobState.DEAD:
            return RemoteState.FAILED
