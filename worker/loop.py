"""The worker's loop, which claims jobs and keeps their leases while a thread works on them."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from domain.errors import StorageFull, TrainingError
from domain.orders.facts import FactKind, fact
from domain.queue.jobs import HeartbeatAnswer, JobKind, Lease, Outcome, QueueUnavailable, WorkerCapabilities
from domain.queue.messages import DrawJob, DrawResult, Failure, TrainJob, TrainResult
from domain.queue.protocol import WorkerQueue
from worker.job_control import Cancelled, Drained, JobControl, Stop
from worker.messages import read_job, read_progress, write_progress, write_result
from worker.workdirs import Workdirs

log = logging.getLogger(__name__)

Run = Callable[[TrainJob | DrawJob, JobControl], TrainResult | DrawResult]
RunInThread = Callable[[TrainJob | DrawJob, JobControl], Awaitable[TrainResult | DrawResult]]

DRAWINGS_PER_PAUSE = 8  # then the training goes on for a while, however many wait
FINISH_TRIES = 20
AFTER_DRAIN = 0.5  # seconds for the thread to come to rest


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a worker does what, in seconds."""

    heartbeat: float = 10.0
    claim_wait: float = 30.0
    between_pauses: float = 5.0  # a training runs at least so long before drawings may preempt it
    drain: float = 8.0  # after that, work that does not stop is left behind


async def run_worker(
    queue: WorkerQueue,
    run: Run,
    workdirs: Workdirs,
    capabilities: WorkerCapabilities,
    *,
    stopping: asyncio.Event,
    before: Callable[[], None] | None = None,
    rhythm: Rhythm | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> bool:
    """Serve the queue until `stopping` is set, then drain.

    `before` is called once and `run` once per job, on one thread. False when the thread did not stop in time. Then
    its job is given back, but the thread still runs.
    """
    rhythm = rhythm or Rhythm()
    thread = ThreadPoolExecutor(1, thread_name_prefix="work")
    if before is not None:
        thread.submit(before)
    loop = asyncio.get_running_loop()

    def run_in_thread(job: TrainJob | DrawJob, control: JobControl) -> Awaitable[TrainResult | DrawResult]:
        return loop.run_in_executor(thread, run, job, control)

    worker = _Worker(queue, run_in_thread, workdirs, capabilities, rhythm=rhythm, sleep=sleep)
    serving = asyncio.create_task(worker.serve(stopping))
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({serving, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    worker.drain()
    await asyncio.wait({serving}, timeout=rhythm.drain)
    if serving.done():
        serving.result()
    else:
        await worker.give_back()
        serving.cancel()
    idle = asyncio.wrap_future(thread.submit(_nothing))
    await asyncio.wait({idle}, timeout=AFTER_DRAIN)
    thread.shutdown(wait=False, cancel_futures=True)
    return idle.done() and not idle.cancelled()


class _Worker:
    def __init__(
        self,
        queue: WorkerQueue,
        run: RunInThread,
        workdirs: Workdirs,
        capabilities: WorkerCapabilities,
        *,
        rhythm: Rhythm,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._queue = queue
        self._run = run
        self._workdirs = workdirs
        self._capabilities = capabilities
        self._rhythm = rhythm
        self._sleep = sleep
        self._controls: dict[Lease, JobControl] = {}
        self._draining = False

    async def serve(self, stopping: asyncio.Event) -> None:
        """Do one job after the other until `stopping` is set."""
        while not self._draining:
            claim = asyncio.create_task(self._claim(self._capabilities, self._rhythm.claim_wait))
            stop = asyncio.create_task(stopping.wait())
            await asyncio.wait({claim, stop}, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            claim.cancel()  # a claim that is given up holds no job, and one that is done keeps its result
            with suppress(asyncio.CancelledError):
                lease = await claim
                if lease is not None:
                    await self._do(lease)

    def drain(self) -> None:
        """Have every job under way stop at its next report, saved and released."""
        self._draining = True
        for control in self._controls.values():
            control.stop(Stop.DRAIN)

    async def give_back(self) -> None:
        """Release what is still held.

        The thread may go on, but nothing that it does counts.
        """
        for lease, control in list(self._controls.items()):
            control.stop(Stop.LOST)
            log.warning("job=%s did not stop in time and is given back", lease.job_id)
            await self._finish(lease, Outcome.RELEASE, "")

    async def _claim(self, capabilities: WorkerCapabilities, wait: float) -> Lease | None:
        try:
            return await self._queue.claim(capabilities, wait)
        except (QueueUnavailable, StorageFull):
            log.exception("the queue can't be asked for work")
            await self._sleep(1)
            return None

    async def _do(self, lease: Lease) -> None:
        """Do a job, which drawings may preempt when it is a training."""
        control = JobControl(self._workdirs.take(lease.job_id, lease.token), read_progress(lease.progress))
        self._controls[lease] = control
        if self._draining:
            control.stop(Stop.DRAIN)
        try:
            async with self._preemptible(lease, control):
                await self._deliver(lease, control)
        finally:
            del self._controls[lease]

    async def _deliver(self, lease: Lease, control: JobControl) -> None:
        await self._heartbeat(lease, control)  # at once, because it spends the attempt and hears of an early cancel
        heartbeats = asyncio.create_task(self._heartbeats(lease, control))
        try:
            outcome, result = await self._outcome(lease, control)
        finally:
            heartbeats.cancel()
        await self._heartbeat(lease, control)  # what was reported since the last one
        if control.requested is Stop.LOST:
            log.warning("job=%s was lost to another worker", lease.job_id)
            return
        counted = await self._finish(lease, outcome, result)
        log.info("job=%s %s%s", lease.job_id, outcome, "" if counted else ", refused because it was lost meanwhile")
        if counted and outcome is not Outcome.RELEASE:
            self._workdirs.drop(lease.job_id)

    async def _outcome(self, lease: Lease, control: JobControl) -> tuple[Outcome, str]:
        """Work on the job until it ends in some way.

        No job, however broken, ends the worker.
        """
        try:
            result = await self._work(read_job(lease), control)
        except Cancelled:
            return Outcome.CANCELLED, ""
        except Drained:
            return Outcome.RELEASE, ""
        except TrainingError as error:
            log.warning("job=%s failed: %s", lease.job_id, error, exc_info=error)
            return Outcome.FAILED, write_result(Failure(error.reason))
        except StorageFull as error:
            log.warning("job=%s failed: %s", lease.job_id, error)
            return Outcome.FAILED, write_result(Failure(fact(FactKind.DISK_FULL)))
        except Exception:  # the job fails, the worker lives
            reference = secrets.token_hex(4)
            log.exception("job=%s failed, reference=%s", lease.job_id, reference)
            return Outcome.FAILED, write_result(Failure(fact(FactKind.WORKER_BROKE, reference=reference)))
        return Outcome.DONE, write_result(result)

    async def _work(self, job: TrainJob | DrawJob, control: JobControl) -> TrainResult | DrawResult:
        """Run the job, again after each pause."""
        while True:
            try:
                control.check()
                return await self._run(job, control)
            except Drained:
                await control.until_resumed()
                if control.requested is not None:
                    raise

    @asynccontextmanager
    async def _preemptible(self, lease: Lease, control: JobControl) -> AsyncIterator[None]:
        """Let drawings preempt a training in the meantime."""
        if lease.kind is not JobKind.TRAIN or JobKind.DRAW not in self._capabilities.kinds:
            yield
            return
        preemption = asyncio.create_task(self._preempt(control))
        try:
            yield
        finally:
            preemption.cancel()
            with suppress(asyncio.CancelledError):
                await preemption

    async def _preempt(self, control: JobControl) -> None:
        """Wait for drawings, and pause the training for a few of them at a time."""
        only_draws = replace(self._capabilities, kinds=frozenset({JobKind.DRAW}))
        while not self._draining:
            await self._sleep(self._rhythm.between_pauses)
            lease = await self._claim(only_draws, self._rhythm.claim_wait)
            if lease is None:
                continue
            control.pause()
            drawings = asyncio.create_task(self._draw(lease, only_draws))
            try:
                await asyncio.shield(drawings)
            except asyncio.CancelledError:
                await drawings  # the training ended meanwhile, but this drawing has its lease and is still done
                raise
            finally:
                control.resume()

    async def _draw(self, lease: Lease | None, only_draws: WorkerCapabilities) -> None:
        """Do this drawing and those that wait behind it, up to `DRAWINGS_PER_PAUSE`."""
        for _ in range(DRAWINGS_PER_PAUSE):
            if lease is None:
                return
            await self._do(lease)
            lease = None if self._draining else await self._claim(only_draws, 0)
        if lease is not None:
            await self._finish(lease, Outcome.RELEASE, "")

    async def _heartbeats(self, lease: Lease, control: JobControl) -> None:
        while True:
            await self._sleep(self._rhythm.heartbeat)
            await self._heartbeat(lease, control)

    async def _heartbeat(self, lease: Lease, control: JobControl) -> None:
        try:
            answer = await self._queue.extend(lease, write_progress(control.progress))
        except (QueueUnavailable, StorageFull):
            log.exception("job=%s has missed a heartbeat", lease.job_id)
            return
        match answer:
            case HeartbeatAnswer.OK:
                return
            case HeartbeatAnswer.CANCEL:
                control.stop(Stop.CANCEL)
            case HeartbeatAnswer.LOST:
                control.stop(Stop.LOST)

    async def _finish(self, lease: Lease, outcome: Outcome, result: str) -> bool:
        for _ in range(FINISH_TRIES):
            try:
                return await self._queue.finish(lease, outcome, result)
            except (QueueUnavailable, StorageFull):
                log.exception("job=%s is over, but the queue can't be reached", lease.job_id)
                await self._sleep(1)
        return False


def _nothing() -> None:
    """Show that the thread is free."""
