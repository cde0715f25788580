"""The worker's loop on a real queue and real threads, with scripted work in place of torch."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from domain.datasets.dataset import Kind
from domain.errors import AppError, StorageFull, TrainingError
from domain.orders.facts import FactKind
from domain.orders.progress import Sample
from domain.queue.jobs import (
    HeartbeatAnswer,
    Job,
    JobKind,
    JobState,
    JobView,
    Lease,
    Outcome,
    QueueUnavailable,
    WorkerCapabilities,
)
from domain.queue.messages import BlobRef, DrawJob, DrawResult, JobProgress, TrainJob, TrainResult
from domain.training.settings import TrainingSettings
from storage.queue.sqlite import SqliteQueue, open_queue
from tests.worker.job_views import view_when
from worker.job_control import JobControl
from worker.loop import Rhythm, Run, run_worker
from worker.messages import read_progress, write_progress
from worker.workdirs import Workdirs

SHORT_RHYTHM = Rhythm(heartbeat=0.02, claim_wait=5, between_pauses=0, drain=20)
TRAINING = TrainJob("atelier-tiny", Kind.CHARACTER, "zorbi", TrainingSettings(10, 1e-3, 4, 64), images=())
DRAWING = DrawJob("atelier-tiny", "zorbi in the rain", (), count=1, seed=7, width=64, height=64)
TRAINED = TrainResult(
    "atelier-tiny", BlobRef("a" * 64, 9), 1.0, 0.7, 8, 10, stopped_early=True, samples=(), seconds=3
)
DRAWN = DrawResult("atelier-tiny", (BlobRef("b" * 64, 5),), 0.5)

Work = Callable[[TrainJob | DrawJob, JobControl], TrainResult | DrawResult]


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[SqliteQueue]:
    async with open_queue(tmp_path / "queue.sqlite", poll=0.01) as opened:
        yield opened


@pytest.fixture
def workdirs(tmp_path: Path) -> Workdirs:
    return Workdirs(tmp_path / "work")


async def order(queue: SqliteQueue, id_: str, job: TrainJob | DrawJob = TRAINING) -> None:
    kind = JobKind.TRAIN if isinstance(job, TrainJob) else JobKind.DRAW
    payload = TypeAdapter(type(job)).dump_json(job).decode()
    await queue.enqueue(Job(id_, kind, "anna", payload))


@asynccontextmanager
async def serving(
    queue: SqliteQueue, run: Run, workdirs: Workdirs, *, rhythm: Rhythm = SHORT_RHYTHM
) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """A worker at work; gives the call that stops it and says whether it came to rest."""
    stopping = asyncio.Event()
    capabilities = WorkerCapabilities("me", frozenset(JobKind))
    task = asyncio.create_task(run_worker(queue, run, workdirs, capabilities, stopping=stopping, rhythm=rhythm))

    async def stop() -> bool:
        stopping.set()
        return await task

    try:
        yield stop
    finally:
        await stop()


async def ended(queue: SqliteQueue, job_id: str) -> JobView:
    return await view_when(queue, job_id, lambda view: view.state.is_final)


class Endless:
    """Training that goes on and on, a thousandth of a second per step, until it is told to stop."""

    def __init__(self) -> None:
        self.calls: list[tuple[JobProgress, list[str]]] = []  # what it began with: progress, and files
        self.step = threading.Event()

    def __call__(self, job: TrainJob | DrawJob, control: JobControl) -> TrainResult | DrawResult:
        if isinstance(job, DrawJob):
            return DRAWN
        self.calls.append((control.progress, sorted(path.name for path in control.workdir.iterdir())))
        (control.workdir / "state").write_text("saved")
        for step in range(1, 1_000_000):
            control.report(JobProgress(step=step, of=1_000_000))
            self.step.wait(0.001)
        raise AssertionError("it was not stopped")


async def test_what_came_out_of_a_job_is_handed_in_and_its_folder_goes(
    queue: SqliteQueue, workdirs: Workdirs, tmp_path: Path
) -> None:
    await order(queue, "t")
    await order(queue, "d", DRAWING)
    async with serving(queue, lambda job, _: TRAINED if job == TRAINING else DRAWN, workdirs):
        trained, drawn = await ended(queue, "t"), await ended(queue, "d")

    assert (trained.state, drawn.state) == (JobState.DONE, JobState.DONE)
    assert TypeAdapter(TrainResult).validate_json(trained.result) == TRAINED
    assert TypeAdapter(DrawResult).validate_json(drawn.result) == DRAWN
    assert list((tmp_path / "work").iterdir()) == []


async def test_heartbeats_go_on_and_carry_progress_while_a_step_takes_long(
    queue: SqliteQueue, workdirs: Workdirs
) -> None:
    release = threading.Event()

    def one_long_step(_: TrainJob | DrawJob, control: JobControl) -> TrainResult:
        control.report(JobProgress(step=3, of=10))
        release.wait(20)
        return TRAINED

    await order(queue, "t")
    async with serving(queue, one_long_step, workdirs):
        view = await view_when(queue, "t", lambda view: '"step":3' in view.progress)
        first = view.sign_of_life
        assert first is not None
        later = await view_when(queue, "t", lambda view: (view.sign_of_life or 0) > first)
        release.set()

        assert later.state is JobState.RUNNING
        assert (await ended(queue, "t")).state is JobState.DONE


async def test_a_cancel_reaches_the_work_at_the_next_heartbeat(
    queue: SqliteQueue, workdirs: Workdirs, tmp_path: Path
) -> None:
    await order(queue, "t")
    async with serving(queue, Endless(), workdirs):
        await view_when(queue, "t", lambda view: '"step":0' not in view.progress and view.progress != "")
        await queue.cancel("t")

        assert (await ended(queue, "t")).state is JobState.CANCELLED
    assert list((tmp_path / "work").iterdir()) == []


async def test_a_worker_that_lost_its_job_stops_and_its_result_is_refused(
    queue: SqliteQueue, workdirs: Workdirs
) -> None:
    only_train = WorkerCapabilities("the other", frozenset({JobKind.TRAIN}))
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    release = threading.Event()

    def frozen(_: TrainJob | DrawJob, __: JobControl) -> TrainResult:
        loop.call_soon_threadsafe(asked.set)
        release.wait(20)  # it hears nothing, and comes back with a result
        return TRAINED

    await order(queue, "t")
    async with serving(queue, frozen, workdirs, rhythm=Rhythm(heartbeat=1000, between_pauses=1000)):
        await asked.wait()
        await queue.disown("me")
        lease = await queue.claim(only_train, 0)
        assert lease
        release.set()
        await order(queue, "next", DRAWING)
        await ended(queue, "next")  # so the first one is over for this worker

        assert (await queue.get("t")).state is JobState.RUNNING  # type: ignore[union-attr]  # it is known
        assert await queue.extend(lease) == "ok"


async def test_a_drained_worker_saves_releases_and_the_next_one_goes_on(
    queue: SqliteQueue, workdirs: Workdirs
) -> None:
    first, second = Endless(), Endless()
    await order(queue, "t")
    async with serving(queue, first, workdirs) as stop:
        seen = await view_when(queue, "t", lambda view: read_progress(view.progress).step > 3)
        assert await stop() is True

    view = await queue.get("t")
    assert view
    assert (view.state, view.attempt) == (JobState.QUEUED, 0)
    async with serving(queue, second, workdirs):
        await view_when(queue, "t", lambda view: view.state is JobState.RUNNING and bool(second.calls))
    said, files = second.calls[0]
    assert said.step >= read_progress(seen.progress).step
    assert files == ["state"]


async def test_work_that_does_not_stop_is_given_back_all_the_same(queue: SqliteQueue, workdirs: Workdirs) -> None:
    release = threading.Event()

    def deaf(_: TrainJob | DrawJob, __: JobControl) -> TrainResult:
        release.wait(60)
        return TRAINED

    await order(queue, "t")
    async with serving(queue, deaf, workdirs, rhythm=Rhythm(heartbeat=0.02, drain=0)) as stop:
        await view_when(queue, "t", lambda view: view.progress != "")
        came_to_rest = await stop()
    release.set()

    assert came_to_rest is False
    view = await queue.get("t")
    assert view
    assert view.state is JobState.QUEUED


async def test_a_drawing_does_not_wait_behind_a_whole_training(queue: SqliteQueue, workdirs: Workdirs) -> None:
    training = Endless()
    await order(queue, "t")
    async with serving(queue, training, workdirs):
        await view_when(queue, "t", lambda view: read_progress(view.progress).step > 3)
        for name in ("d1", "d2", "d3"):
            await order(queue, name, DRAWING)
            assert (await ended(queue, name)).state is JobState.DONE
        view = await view_when(queue, "t", lambda _: len(training.calls) >= 2)

        assert view.state is JobState.RUNNING
        assert view.attempt == 1
        assert training.calls[1][1] == ["state"]


async def test_a_training_that_is_cancelled_while_it_is_paused_is_cancelled(
    queue: SqliteQueue, workdirs: Workdirs
) -> None:
    training = Endless()
    release = threading.Event()
    drawing = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow_drawing(job: TrainJob | DrawJob, control: JobControl) -> TrainResult | DrawResult:
        if isinstance(job, TrainJob):
            return training(job, control)
        loop.call_soon_threadsafe(drawing.set)
        release.wait(20)
        return DRAWN

    await order(queue, "t")
    async with serving(queue, slow_drawing, workdirs):
        await view_when(queue, "t", lambda view: read_progress(view.progress).step > 3)
        await order(queue, "d", DRAWING)
        await drawing.wait()
        await queue.cancel("t")
        release.set()

        assert (await ended(queue, "t")).state is JobState.CANCELLED
        assert (await ended(queue, "d")).state is JobState.DONE


async def test_no_broken_job_ends_the_worker(
    queue: SqliteQueue, workdirs: Workdirs, caplog: pytest.LogCaptureFixture
) -> None:
    endings = iter([TrainingError(FactKind.PICTURE_DAMAGED, name="torn.png"), ZeroDivisionError("oops")])

    def failing(_: TrainJob | DrawJob, __: JobControl) -> TrainResult:
        for error in endings:
            raise error
        return TRAINED

    for name in ("torn", "bug", "fine"):
        await order(queue, name)
    await queue.enqueue(Job("strange", JobKind.TRAIN, "anna", '{"from": "the future"}'))
    async with serving(queue, failing, workdirs):
        views = [await ended(queue, name) for name in ("torn", "bug", "fine", "strange")]

    assert [view.state for view in views] == [JobState.FAILED, JobState.FAILED, JobState.DONE, JobState.FAILED]
    torn, bug, _, strange = (json.loads(view.result) for view in views)
    assert (torn["reason"]["kind"], torn["reason"]["values"]) == ("picture damaged", {"name": "torn.png"})
    assert bug["reason"]["kind"] == "worker broke"
    assert f"reference={bug['reason']['values']['reference']}" in caplog.text
    assert "ZeroDivisionError: oops" in caplog.text
    assert strange["reason"]["kind"] == "job unknown"


class FailingOnceQueue:
    """The real queue, but each thing that is asked of it fails the first time."""

    def __init__(self, queue: SqliteQueue) -> None:
        self._queue = queue
        self._errors: dict[str, AppError] = {
            "claim": QueueUnavailable("locked"),
            "extend": QueueUnavailable("locked"),
            "finish": StorageFull(),
        }

    def _once(self, verb: str) -> None:
        if error := self._errors.pop(verb, None):
            raise error

    async def claim(self, capabilities: WorkerCapabilities, wait: float) -> Lease | None:
        self._once("claim")
        return await self._queue.claim(capabilities, wait)

    async def extend(self, lease: Lease, progress: str = "") -> HeartbeatAnswer:
        self._once("extend")
        return await self._queue.extend(lease, progress)

    async def finish(self, lease: Lease, outcome: Outcome, result: str = "") -> bool:
        self._once("finish")
        return await self._queue.finish(lease, outcome, result)


async def test_a_queue_that_can_not_be_reached_for_a_moment_loses_nothing(
    queue: SqliteQueue, workdirs: Workdirs
) -> None:
    async def briefly(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))

    stopping = asyncio.Event()
    capabilities = WorkerCapabilities("me", frozenset(JobKind))
    await order(queue, "t")
    task = asyncio.create_task(
        run_worker(
            FailingOnceQueue(queue), lambda _, __: TRAINED, workdirs, capabilities, stopping=stopping, sleep=briefly
        )
    )
    view = await ended(queue, "t")
    stopping.set()

    assert await task is True
    assert view.state is JobState.DONE


def test_too_much_progress_keeps_the_base_models_and_the_newest_samples() -> None:
    samples = tuple(Sample(step, "zorbi in the rain, " * 3, "c" * 64) for step in range(400))

    text = write_progress(JobProgress(step=399, samples=samples))
    kept = [sample.step for sample in read_progress(text).samples]
    assert len(text.encode()) <= 32_768
    assert kept[0] == 0
    assert kept[-1] == 399
    assert len(kept) > 50


def test_progress_that_cannot_be_read_is_no_progress() -> None:
    assert read_progress("") == JobProgress()
    assert read_progress('{"step": "many"}') == JobProgress()


def test_a_folder_passes_to_the_next_delivery_and_the_frozen_one_can_not_spoil_it(workdirs: Workdirs) -> None:
    first = workdirs.take("job", 1)
    (first / "state").write_text("first")
    second = workdirs.take("job", 2)

    assert (second / "state").read_text() == "first"
    assert not first.exists()
    workdirs.take("job", 1).joinpath("state").write_text("from the frozen one")
    assert (workdirs.take("job", 3) / "state").read_text() == "first"
    workdirs.drop("job")
    assert not second.exists()


def test_folders_that_nobody_came_back_to_go_after_a_week(tmp_path: Path) -> None:
    now = 0.0
    workdirs = Workdirs(tmp_path, clock=lambda: now)
    folder = workdirs.take("job", 1)
    now = folder.stat().st_mtime + 6 * 24 * 3600
    workdirs.sweep()
    assert folder.exists()

    now += 2 * 24 * 3600
    workdirs.sweep()
    assert not folder.exists()
