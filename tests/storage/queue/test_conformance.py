"""What every implementation of the queue promises.

Tried with real worker processes that are killed and frozen.
"""

import asyncio
import json
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from domain.queue.jobs import (
    HeartbeatAnswer,
    Job,
    JobKind,
    JobState,
    JobView,
    Lease,
    Outcome,
    WorkerCapabilities,
)
from storage.queue.ledger import LeaseTerms
from tests.storage.queue.implementations import IMPLEMENTATIONS, Queue

ROOT = Path(__file__).parents[3]
SHORT = 0.6  # seconds of a lease that a test waits out
LONG = LeaseTerms()
EVERY_KIND = frozenset(JobKind)
WORKER = WorkerCapabilities("me", EVERY_KIND)


@pytest.fixture(params=IMPLEMENTATIONS)
def implementation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def queue(implementation: str, tmp_path: Path) -> AsyncIterator[Queue]:
    async with IMPLEMENTATIONS[implementation](tmp_path, LONG) as opened:
        yield opened


@pytest.fixture
async def short_lease_queue(implementation: str, tmp_path: Path) -> AsyncIterator[Queue]:
    """The queue with leases short enough to wait for their end."""
    async with IMPLEMENTATIONS[implementation](tmp_path, LeaseTerms(SHORT, SHORT)) as opened:
        yield opened


@dataclass
class Worker:
    process: asyncio.subprocess.Process
    lines: asyncio.StreamReader
    orders: asyncio.StreamWriter

    async def ask(self, *order: str) -> object:
        self.tell(*order)
        return await self.answer()

    def tell(self, *order: str) -> None:
        self.orders.write(json.dumps(order).encode() + b"\n")

    async def answer(self) -> object:
        return json.loads(await self.lines.readline())

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def running_worker(
    implementation: str, folder: Path, name: str, *, lease: float = SHORT
) -> AsyncIterator[Worker]:
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "tests.storage.queue.worker_child",
            implementation,
            str(folder),
            str(lease),
            "3",
            name,
        ),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout
    assert process.stdin
    started = Worker(process, process.stdout, process.stdin)
    try:
        assert await started.answer() == "ready"
        yield started
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


class StartWorker(Protocol):
    """Starts a worker process on the queue of the test."""

    def __call__(self, name: str, *, lease: float = SHORT) -> AbstractAsyncContextManager[Worker]: ...


@pytest.fixture
def start_worker(implementation: str, tmp_path: Path) -> StartWorker:
    return partial(running_worker, implementation, tmp_path)


def job(id_: str, member: str = "anna", kind: JobKind = JobKind.TRAIN, *, vram_mb: int = 0) -> Job:
    return Job(id=id_, kind=kind, member=member, payload=json.dumps({"of": id_}), vram_mb=vram_mb)


async def take(queue: Queue, capabilities: WorkerCapabilities = WORKER, wait: float = 0) -> Lease:
    lease = await queue.claim(capabilities, wait)
    assert lease is not None
    return lease


async def view_of(queue: Queue, job_id: str) -> JobView:
    view = await queue.get(job_id)
    assert view is not None
    return view


# Enqueue


async def test_a_job_comes_out_as_it_went_in_and_its_result_is_kept(queue: Queue) -> None:
    assert await queue.enqueue(job("a"))

    lease = await take(queue)
    assert (lease.job_id, lease.kind, lease.payload, lease.attempt) == ("a", JobKind.TRAIN, '{"of": "a"}', 1)
    assert await queue.finish(lease, Outcome.DONE, "fine")
    view = await view_of(queue, "a")
    assert (view.state, view.result, view.worker) == (JobState.DONE, "fine", "me")
    assert await queue.claim(WORKER, 0) is None


async def test_the_same_id_is_one_job_for_ever(queue: Queue) -> None:
    assert await queue.enqueue(job("a"))
    assert not await queue.enqueue(job("a"))

    await queue.finish(await take(queue), Outcome.DONE, "fine")
    assert not await queue.enqueue(job("a"))
    await queue.purge(before=4e9)
    assert not await queue.enqueue(job("a"))
    assert await queue.claim(WORKER, 0) is None


async def test_a_hundred_enqueues_of_one_id_at_once_are_one_job(queue: Queue) -> None:
    added = await asyncio.gather(*(queue.enqueue(job("a")) for _ in range(100)))

    assert sum(added) == 1


async def test_an_unknown_id_has_no_view_and_nothing_to_cancel(queue: Queue) -> None:
    assert await queue.get("never seen") is None
    assert not await queue.cancel("never seen")


# Order


async def test_one_members_twenty_jobs_do_not_stand_before_anothers_first(queue: Queue) -> None:
    await queue.enqueue(job("U", "uma"))
    running = await take(queue)
    for number in range(20):
        await queue.enqueue(job(f"A{number}", "anna"))
    for number in range(3):
        await queue.enqueue(job(f"B{number}", "ben"))

    served = [running.job_id] + [(await take(queue)).job_id for _ in range(7)]
    assert served == ["U", "A0", "B0", "A1", "B1", "A2", "B2", "A3"]


async def test_a_big_job_counts_for_more_than_a_small_one(queue: Queue) -> None:
    await queue.enqueue(Job("A0", JobKind.TRAIN, "anna", "{}", work=240))
    await queue.enqueue(Job("A1", JobKind.TRAIN, "anna", "{}", work=240))
    for number in range(4):
        await queue.enqueue(Job(f"B{number}", JobKind.TRAIN, "ben", "{}", work=60))

    assert [(await take(queue)).job_id for _ in range(6)] == ["A0", "B0", "B1", "B2", "B3", "A1"]


async def test_a_member_that_was_served_alone_is_not_behind_the_others_later(queue: Queue) -> None:
    for number in range(3):
        await queue.enqueue(job(f"quiet{number}", "anna"))
        await queue.finish(await take(queue), Outcome.DONE, "")
    await queue.enqueue(job("A", "anna"))
    await queue.enqueue(job("B", "ben"))

    assert [(await take(queue)).job_id for _ in range(2)] == ["A", "B"]


async def test_a_drawing_goes_before_every_waiting_training(queue: Queue) -> None:
    for number in range(3):
        await queue.enqueue(job(f"T{number}"))
    await queue.enqueue(job("D", kind=JobKind.DRAW))

    assert (await take(queue)).job_id == "D"


async def test_a_view_says_how_many_are_served_before(queue: Queue) -> None:
    await queue.enqueue(job("A0", "anna"))
    await queue.enqueue(job("A1", "anna"))
    await queue.enqueue(job("B0", "ben"))
    await queue.enqueue(job("D", "carl", JobKind.DRAW))

    assert [(await view_of(queue, name)).ahead for name in ("D", "A0", "B0", "A1")] == [0, 1, 2, 3]
    assert [(view.id, view.ahead) for view in await queue.open_jobs()] == [
        ("D", 0),
        ("A0", 1),
        ("B0", 2),
        ("A1", 3),
    ]


async def test_a_worker_gets_only_what_it_can_do(queue: Queue) -> None:
    await queue.enqueue(job("big", vram_mb=24_000))
    await queue.enqueue(job("small", vram_mb=4_000))
    await queue.enqueue(job("drawing", kind=JobKind.DRAW))

    trains_small = WorkerCapabilities("small one", frozenset({JobKind.TRAIN}), vram_mb=8_000)
    assert (await take(queue, trains_small)).job_id == "small"
    assert await queue.claim(trains_small, 0) is None
    assert (
        await take(queue, WorkerCapabilities("big one", frozenset({JobKind.TRAIN}), vram_mb=48_000))
    ).job_id == "big"
    assert (await take(queue, WorkerCapabilities("painter", frozenset({JobKind.DRAW})))).job_id == "drawing"


async def test_a_waiting_claim_gets_the_job_when_it_comes(queue: Queue) -> None:
    waiting = asyncio.create_task(queue.claim(WORKER, 30))
    await asyncio.sleep(0)
    await queue.enqueue(job("a"))

    lease = await waiting
    assert lease is not None
    assert lease.job_id == "a"


async def test_a_claim_that_is_given_up_holds_no_job(queue: Queue) -> None:
    await queue.enqueue(job("a"))
    claims = [asyncio.create_task(queue.claim(WORKER, 0)) for _ in range(20)]
    for turns in range(20):  # each claim is given up at another moment of its way
        await asyncio.sleep(0)
        claims[turns].cancel()
    taken = [lease for lease in await asyncio.gather(*claims, return_exceptions=True) if isinstance(lease, Lease)]

    again = await queue.claim(WORKER, 0)
    assert len(taken) + (again is not None) == 1


# Heartbeats and what they carry


async def test_a_heartbeat_carries_progress_out_and_an_empty_one_keeps_it(queue: Queue) -> None:
    await queue.enqueue(job("a"))
    lease = await take(queue)

    assert await queue.extend(lease, '{"step": 3}') is HeartbeatAnswer.OK
    assert await queue.extend(lease) is HeartbeatAnswer.OK
    view = await view_of(queue, "a")
    assert (view.state, view.progress, view.attempt) == (JobState.RUNNING, '{"step": 3}', 1)
    assert view.sign_of_life is not None
    with pytest.raises(ValueError, match="longer than 32768 bytes"):
        await queue.extend(lease, "x" * 32_769)


# Cancel


async def test_a_waiting_job_is_cancelled_at_once(queue: Queue) -> None:
    await queue.enqueue(job("a"))

    assert await queue.cancel("a")
    assert (await view_of(queue, "a")).state is JobState.CANCELLED
    assert await queue.claim(WORKER, 0) is None
    assert not await queue.cancel("a")


async def test_the_next_heartbeat_of_a_cancelled_running_job_says_so(queue: Queue, start_worker: StartWorker) -> None:
    await queue.enqueue(job("a"))
    async with start_worker("w", lease=LONG.lease) as child:
        assert await child.ask("claim", "0") == ["a", 1]
        assert await child.ask("extend") == "ok"
        assert await queue.cancel("a")
        assert (await view_of(queue, "a")).cancel_asked

        assert await child.ask("extend") == "cancel"


async def test_a_cancelled_job_whose_worker_died_is_not_handed_out_again(
    short_lease_queue: Queue, start_worker: StartWorker
) -> None:
    await short_lease_queue.enqueue(job("a"))
    async with start_worker("w") as child:
        assert await child.ask("claim", "0") == ["a", 1]
        assert await child.ask("extend") == "ok"
        await short_lease_queue.cancel("a")
        await child.kill()

    assert await short_lease_queue.claim(WORKER, 2 * SHORT) is None
    assert (await view_of(short_lease_queue, "a")).state is JobState.CANCELLED


async def test_a_job_that_was_done_before_its_cancel_arrived_is_done(queue: Queue) -> None:
    await queue.enqueue(job("a"))
    lease = await take(queue)
    await queue.cancel("a")

    assert await queue.finish(lease, Outcome.DONE, "fine")
    assert (await view_of(queue, "a")).state is JobState.DONE


# Workers that die or freeze


async def test_a_job_whose_worker_was_killed_goes_to_the_next_one(
    short_lease_queue: Queue, start_worker: StartWorker
) -> None:
    await short_lease_queue.enqueue(job("a"))
    async with (
        start_worker("first") as first,
        start_worker("second", lease=LONG.lease) as second,
    ):
        assert await first.ask("claim", "0") == ["a", 1]
        assert await first.ask("extend", '{"step": 7}') == "ok"
        await first.kill()

        assert await second.ask("claim", "20") == ["a", 2]
        assert (await view_of(short_lease_queue, "a")).progress == '{"step": 7}'
        assert await second.ask("finish", "by the second") is True
    view = await view_of(short_lease_queue, "a")
    assert (view.state, view.result, view.worker) == (JobState.DONE, "by the second", "second")


async def test_a_frozen_worker_that_wakes_up_late_learns_that_it_lost(
    short_lease_queue: Queue, start_worker: StartWorker
) -> None:
    await short_lease_queue.enqueue(job("a"))
    async with (
        start_worker("frozen") as frozen,
        start_worker("next", lease=LONG.lease) as following,
    ):
        assert await frozen.ask("claim", "0") == ["a", 1]
        assert await frozen.ask("extend") == "ok"
        frozen.process.send_signal(signal.SIGSTOP)
        assert await following.ask("claim", "20") == ["a", 2]
        frozen.process.send_signal(signal.SIGCONT)

        assert await frozen.ask("extend", '{"step": 99}') == "lost"
        assert await frozen.ask("finish", "too late") is False
        assert await frozen.ask("release") is False
        assert await following.ask("finish", "in time") is True
        assert await frozen.ask("finish", "too late") is False
    view = await view_of(short_lease_queue, "a")
    assert (view.state, view.result, view.progress) == (JobState.DONE, "in time", "")


async def test_a_job_of_which_three_workers_died_is_given_up(
    short_lease_queue: Queue, start_worker: StartWorker
) -> None:
    await short_lease_queue.enqueue(job("poison"))
    for attempt in (1, 2, 3):
        async with start_worker(f"w{attempt}") as child:
            assert await child.ask("claim", "20") == ["poison", attempt]
            assert await child.ask("extend") == "ok"
            await child.kill()

    assert await short_lease_queue.claim(WORKER, 2 * SHORT) is None
    assert (await view_of(short_lease_queue, "poison")).state is JobState.DEAD


async def test_a_claim_whose_answer_was_lost_costs_no_attempt(short_lease_queue: Queue) -> None:
    await short_lease_queue.enqueue(job("a"))
    attempts = [(await take(short_lease_queue, wait=20)).attempt for _ in range(5)]

    assert attempts == [1, 1, 1, 1, 1]


async def test_a_released_job_is_handed_out_again_and_costs_no_attempt(
    queue: Queue, start_worker: StartWorker
) -> None:
    await queue.enqueue(job("a"))
    async with start_worker("drained", lease=LONG.lease) as child:
        for _ in range(4):
            assert await child.ask("claim", "0") == ["a", 1]
            assert await child.ask("extend", '{"step": 5}') == "ok"
            assert await child.ask("release") is True

    view = await view_of(queue, "a")
    assert (view.state, view.attempt, view.progress) == (JobState.QUEUED, 0, '{"step": 5}')
    assert (await take(queue)).progress == '{"step": 5}'


async def test_what_a_dead_worker_held_can_be_taken_back_at_once(queue: Queue, start_worker: StartWorker) -> None:
    await queue.enqueue(job("a"))
    await queue.enqueue(job("b"))
    async with start_worker("w", lease=LONG.lease) as child:
        assert await child.ask("claim", "0") == ["a", 1]
        assert await child.ask("extend") == "ok"
        await child.kill()
    mine = await take(queue)

    assert await queue.disown("w") == 1
    assert (await take(queue)).attempt == 2
    assert await queue.extend(mine) is HeartbeatAnswer.OK


async def test_random_kills_lose_nothing_and_double_nothing(
    short_lease_queue: Queue, start_worker: StartWorker
) -> None:
    seed = random.randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)
    names = [f"job{number}" for number in range(60)]
    for name in names:
        await short_lease_queue.enqueue(job(name, f"member{chance.randrange(4)}"))
    for number in range(6):
        async with start_worker(f"short lived {number}") as child:
            child.tell("work", "1000")
            for _ in range(chance.randrange(1, 9)):
                await child.answer()
            await child.kill()  # somewhere between two claims
    async with start_worker("last") as last:
        last.tell("work", "15")
        while isinstance(await last.answer(), str):
            pass

    views = [await view_of(short_lease_queue, name) for name in names]
    assert all(view.state is JobState.DONE and view.result == view.worker for view in views)


async def test_purge_empties_the_jobs_that_ended_before(queue: Queue) -> None:
    await queue.enqueue(job("ended"))
    await queue.finish(await take(queue), Outcome.DONE, "fine")
    await queue.enqueue(job("open"))

    assert await queue.purge(before=4e9) == 1
    view = await view_of(queue, "ended")
    assert (view.state, view.payload, view.result) == (JobState.DONE, "", "")
    assert (await take(queue)).payload == '{"of": "open"}'


async def test_the_latest_done_jobs_come_newest_first(queue: Queue) -> None:
    for name in ("a", "b", "c"):
        await queue.enqueue(job(name))
        outcome = Outcome.FAILED if name == "b" else Outcome.DONE
        await queue.finish(await take(queue), outcome, name)

    assert [view.id for view in await queue.finished(JobKind.TRAIN, 5)] == ["c", "a"]
    assert [view.id for view in await queue.finished(JobKind.TRAIN, 1)] == ["c"]
    assert await queue.finished(JobKind.DRAW, 5) == ()
