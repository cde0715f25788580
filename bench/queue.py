"""Bench (e), 10,000 jobs through the queue with two worker processes."""

import asyncio
import sqlite3
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from bench.table import Row, show
from domain.queue.jobs import Job, JobKind, Outcome, WorkerCapabilities
from storage.queue.sqlite import open_queue

JOBS = 10_000
MEMBERS = 20
WORKERS = 2
BARE_COMMITS = 300
FEWEST_A_SECOND = 300


def run() -> list[Row]:
    """Enqueue all jobs one by one, have two processes claim and finish them, and return two rows."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder) / "queue.sqlite"))


async def _measure(path: Path) -> list[Row]:
    bare = _bare_commits(path.with_name("bare.sqlite"))
    async with open_queue(path) as queue:
        began = time.monotonic()
        for number in range(JOBS):
            await queue.enqueue(Job(f"job-{number}", JobKind.TRAIN, f"member-{number % MEMBERS}", "{}"))
        enqueued = JOBS / (time.monotonic() - began)
        workers = [await _start(path, f"worker-{number}") for number in range(WORKERS)]
        began = time.monotonic()
        counts = await asyncio.gather(*(_let_go(worker) for worker in workers))
        finished = sum(counts) / (time.monotonic() - began)
        left = await queue.open_jobs()
    complete = sum(counts) == JOBS and not left
    return [
        Row(
            "(e) enqueue, one by one",
            f"{enqueued:,.0f} /s = {enqueued / bare:.2f} × bare commits",
            "—",
            reached=True,
            note=f"bare commits, synced by this disk: {bare:,.0f} /s",
        ),
        Row(
            f"(e) claim + finish {JOBS:,} jobs, {WORKERS} worker processes",
            f"{finished:,.0f} /s = {finished / bare:.2f} × bare commits",
            f"≥ {FEWEST_A_SECOND} /s",
            reached=complete and finished >= FEWEST_A_SECOND,
            note=f"each job once: {'yes' if complete else 'no'}; {' + '.join(map(str, counts))}",
        ),
    ]


def _bare_commits(path: Path) -> float:
    """Return how many one-row transactions a second plain sqlite3 gets onto this disk, as durable as the queue's."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA journal_mode = PERSIST; PRAGMA synchronous = FULL; CREATE TABLE t (n INTEGER)")
    began = time.monotonic()
    for number in range(BARE_COMMITS):
        connection.execute("INSERT INTO t VALUES (?)", (number,))
    seconds = time.monotonic() - began
    connection.close()
    return BARE_COMMITS / seconds


async def _start(path: Path, name: str) -> Process:
    command = (sys.executable, "-m", "bench.queue", str(path), name)
    worker = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    if worker.stdout is not None:
        await worker.stdout.readline()  # it is ready
    return worker


async def _let_go(worker: Process) -> int:
    said, _ = await worker.communicate(b"go\n")
    return int(said)


async def _work(path: Path, name: str) -> int:
    """Claim and finish until nothing is left, and return how many counted."""
    capabilities, count = WorkerCapabilities(name, frozenset(JobKind)), 0
    async with open_queue(path) as queue:
        print("ready", flush=True)
        sys.stdin.readline()
        while lease := await queue.claim(capabilities, 0):
            count += await queue.finish(lease, Outcome.DONE, "{}")
    return count


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(asyncio.run(_work(Path(sys.argv[1]), sys.argv[2])))
    else:
        show(run())
