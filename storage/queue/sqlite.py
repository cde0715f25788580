"""The queue of this host in a SQLite file that the bot and every worker process open."""

import asyncio
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from math import ceil
from pathlib import Path
from typing import TypeVar

from domain.errors import StorageFull
from domain.queue.jobs import (
    HeartbeatAnswer,
    Job,
    JobKind,
    JobView,
    Lease,
    Outcome,
    QueueUnavailable,
    WorkerCapabilities,
)
from domain.queue.messages import MOST_PROGRESS_BYTES
from storage.database import Database, connected, statements
from storage.queue import ledger, schema, views
from storage.queue.ledger import LeaseTerms
from storage.transactions import whole

T = TypeVar("T")

BUSY_MILLISECONDS = 10_000
LOCK_PAUSE = 0.002  # seconds at most between two looks at the write lock
LOCK_LOOKS = 20_000  # which is about twenty seconds

# A rollback journal, not WAL: several processes write here, and WAL with several writers can damage the file in
# SQLite 3.7.0 to 3.51.2 (https://sqlite.org/wal.html, "the WAL-reset bug"). PERSIST, not DELETE: with FULL it also
# syncs the end of the journal, where DELETE trusts the folder to be written, and the file system has less to do.
PRAGMAS = f"""
PRAGMA busy_timeout = {BUSY_MILLISECONDS};
PRAGMA journal_mode = PERSIST;
PRAGMA synchronous = FULL;
PRAGMA trusted_schema = OFF;
"""


class SqliteQueue:
    """Both sides of the queue, `BotQueue` and `WorkerQueue`.

    A waiting claim looks every `poll` seconds.
    """

    def __init__(
        self,
        database: Database,
        *,
        terms: LeaseTerms,
        clock: Callable[[], float],
        poll: float,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._database = database
        self._terms = terms
        self._clock = clock
        self._poll = poll
        self._sleep = sleep

    async def enqueue(self, job: Job) -> bool:
        """Add the job.

        False when its id is known already, however long ago it ended.
        """
        return await self._change(partial(ledger.enqueue, job=job, now=self._clock()))

    async def cancel(self, job_id: str) -> bool:
        """Stop the job.

        A waiting job ends at once, a running one at its worker's next heartbeat. False when there is nothing to stop.
        """
        return await self._change(partial(ledger.cancel, job_id=job_id, now=self._clock(), terms=self._terms))

    async def get(self, job_id: str) -> JobView | None:
        """Return how the job stands, None for an unknown id."""
        now = self._clock()
        if await self._look(partial(views.is_silent, job_id=job_id, now=now)):
            await self._change(partial(ledger.sweep, now=now, terms=self._terms))
        return await self._look(partial(views.view, job_id=job_id))

    async def open_jobs(self) -> tuple[JobView, ...]:
        """Return the running jobs, then the waiting ones in the order in which they will be served."""
        return await self._look(views.open_jobs)

    async def finished(self, kind: JobKind, limit: int) -> tuple[JobView, ...]:
        """Return the latest done jobs of that kind, newest first."""
        return await self._look(partial(views.finished, kind=kind, limit=limit))

    async def disown(self, worker: str) -> int:
        """Take back the jobs of a worker that is known to be dead.

        Returns how many they were.
        """
        return await self._change(partial(ledger.disown, worker=worker, now=self._clock(), terms=self._terms))

    async def purge(self, before: float) -> int:
        """Empty the jobs that ended before that time.

        Their ids stay known. Returns how many jobs were emptied.
        """
        return await self._change(partial(ledger.purge, before=before))

    async def claim(self, capabilities: WorkerCapabilities, wait: float) -> Lease | None:
        """Take the next job that this worker can do.

        Waits up to `wait` seconds for one.
        """
        for looks_left in reversed(range(ceil(wait / self._poll) + 1)):
            if await self._look(partial(ledger.has_work, capabilities=capabilities, now=self._clock())):
                lease = await self._take(capabilities)
                if lease is not None:
                    return lease
            if looks_left:
                await self._sleep(self._poll)
        return None

    async def extend(self, lease: Lease, progress: str = "") -> HeartbeatAnswer:
        """Keep the job for longer and report its progress.

        Empty text keeps what was reported before. Raises `ValueError` for more than 32 KiB.
        """
        if len(progress.encode()) > MOST_PROGRESS_BYTES:
            raise ValueError(f"progress of {lease.job_id} is longer than {MOST_PROGRESS_BYTES} bytes")
        return await self._change(
            partial(ledger.extend, lease=lease, progress=progress, now=self._clock(), terms=self._terms)
        )

    async def finish(self, lease: Lease, outcome: Outcome, result: str = "") -> bool:
        """End this delivery.

        False when it no longer counts, and then nothing was recorded.
        """
        return await self._change(
            partial(ledger.finish, lease=lease, outcome=outcome, result=result, now=self._clock())
        )

    async def _take(self, capabilities: WorkerCapabilities) -> Lease | None:
        taking = asyncio.create_task(
            self._change(partial(ledger.claim, capabilities=capabilities, now=self._clock(), terms=self._terms))
        )
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            lease = await taking
            if lease is not None:  # taken, but its caller is gone
                await self.finish(lease, Outcome.RELEASE)
            raise

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._database.read(work)
        except sqlite3.Error as error:
            raise QueueUnavailable(f"the queue can't be read: {error}") from error

    async def _change(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._database.transaction(work)
        except sqlite3.Error as error:
            raise QueueUnavailable(f"the queue can't be written: {error}") from error


@asynccontextmanager
async def open_queue(
    path: Path,
    *,
    terms: LeaseTerms | None = None,
    clock: Callable[[], float] = time.time,
    poll: float = 0.2,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[SqliteQueue]:
    """Open the queue at `path`, which several processes may do at once.

    Makes the file when it does not exist. Raises `QueueUnavailable`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        try:
            database = await stack.enter_async_context(connected(path, _prepare, begin=_begin))
        except (sqlite3.Error, StorageFull) as error:
            raise QueueUnavailable(f"{path} can't be opened: {error}") from error
        yield SqliteQueue(database, terms=terms or LeaseTerms(), clock=clock, poll=poll, sleep=sleep)


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in statements(PRAGMAS):
        connection.execute(pragma)
    version = schema.version(connection)
    if version > schema.VERSION:
        raise sqlite3.DatabaseError("it was written by a newer Atelier")
    if version < schema.VERSION:
        whole(connection, schema.upgrade, begin=_begin)


def _begin(connection: sqlite3.Connection) -> None:
    """Begin a transaction that may write, trying often for a while.

    SQLite's own waiting looks ever more rarely, down to ten times a second. Next to a busy writer on a slow disk it
    missed every gap for ten seconds.
    """
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        for _ in range(LOCK_LOOKS):
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_BUSY":
                    raise
                time.sleep(LOCK_PAUSE * random.random())
            else:
                return
        connection.execute("BEGIN IMMEDIATE")
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
