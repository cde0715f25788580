"""Leases over time, with a clock that the test moves."""

from pathlib import Path

from domain.queue.jobs import HeartbeatAnswer, Job, JobKind, JobState, Outcome, WorkerCapabilities
from storage.queue.sqlite import open_queue

WORKER = WorkerCapabilities("me", frozenset(JobKind))
JOB = Job(id="a", kind=JobKind.TRAIN, member="anna", payload="{}")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_late_heartbeat_counts_while_nobody_else_took_the_job(tmp_path: Path) -> None:
    clock = Clock()
    async with open_queue(tmp_path / "queue.sqlite", clock=clock) as queue:
        await queue.enqueue(JOB)
        lease = await queue.claim(WORKER, 0)
        assert lease
        clock.now += 1_000

        assert await queue.extend(lease) is HeartbeatAnswer.OK
        assert await queue.finish(lease, Outcome.DONE, "fine")


async def test_the_first_lease_is_short_and_the_next_ones_long(tmp_path: Path) -> None:
    clock = Clock()
    async with open_queue(tmp_path / "queue.sqlite", clock=clock) as queue:
        await queue.enqueue(JOB)
        await queue.claim(WORKER, 0)
        clock.now += 16
        again = await queue.claim(WORKER, 0)
        assert again
        await queue.extend(again)
        clock.now += 89

        assert await queue.claim(WORKER, 0) is None
        clock.now += 2
        assert await queue.claim(WORKER, 0)


async def test_looking_at_a_job_is_enough_to_see_that_its_worker_fell_silent(tmp_path: Path) -> None:
    clock = Clock()
    async with open_queue(tmp_path / "queue.sqlite", clock=clock) as queue:
        await queue.enqueue(JOB)
        await queue.claim(WORKER, 0)
        clock.now += 16

        view = await queue.get("a")
        assert view
        assert view.state is JobState.QUEUED
