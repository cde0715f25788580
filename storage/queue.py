"""The queue of this host: a SQLite file of its own that the bot and every worker process open."""

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

from domain.jobs import MOST_PROGRESS_BYTES
from domain.queue import (
    Beat,
    Caps,
    Event,
    Job,
    JobKind,
    JobView,
    Lease,
    Outcome,
    QueueUnavailable,
)
from storage import queue_ledger as ledger
from storage import queue_views as views
from storage.database import Database, connected, statements
from storage.queue_ledger import LeaseTerms
from storage.transactions import whole

T = TypeVar("T")

SCHEMA_VERSION = 1

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
    """Both sides of the queue, `BotQueue` and `WorkerQueue`; a waiting caller looks every `poll` seconds."""

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
        """Add the job; False when its id is known already, however long ago."""
        return await self._change(partial(ledger.enqueue, job=job, now=self._clock()))

    async def cancel(self, job_id: str) -> bool:
        """Stop the job: gone at once while it waits, told at the next heartbeat while it runs."""
        return await self._change(partial(ledger.cancel, job_id=job_id, now=self._clock(), terms=self._terms))

    async def get(self, job_id: str) -> JobView | None:
        """Return how the job stands, None when its id was never seen."""
        now = self._clock()
        if await self._look(partial(views.is_silent, job_id=job_id, now=now)):
            await self._change(partial(ledger.sweep, now=now, terms=self._terms))
        return await self._look(partial(views.view, job_id=job_id))

    async def open_jobs(self) -> tuple[JobView, ...]:
        """Return the running jobs, then the waiting ones in the order in which they will be served."""
        return await self._look(views.open_jobs)

    async def finished(self, kind: JobKind, limit: int) -> tuple[JobView, ...]:
        """Return the latest jobs of that kind that were done, newest first."""
        return await self._look(partial(views.finished, kind=kind, limit=limit))

    async def events(self, after: int = 0) -> AsyncIterator[Event]:
        """Tell what happens from that cursor on, for as long as somebody listens."""
        while True:
            news = await self._look(partial(views.events, after=after))
            for event in news:
                yield event
                after = event.cursor
            if not news:
                await self._sleep(self._poll)

    async def disown(self, worker: str) -> int:
        """Take back what a worker holds that is known to be dead; return how many jobs."""
        return await self._change(partial(ledger.disown, worker=worker, now=self._clock(), terms=self._terms))

    async def purge(self, before: float) -> int:
        """Forget events and contents of jobs that ended before that time, not their ids; return how many jobs."""
        return await self._change(partial(ledger.purge, before=before))

    async def claim(self, caps: Caps, wait: float) -> Lease | None:
        """Take the next job that this worker can do, waiting up to `wait` seconds for one."""
        for looks_left in reversed(range(ceil(wait / self._poll) + 1)):
            if await self._look(partial(ledger.has_work, caps=caps, now=self._clock())):
                lease = await self._take(caps)
                if lease is not None:
                    return lease
            if looks_left:
                await self._sleep(self._poll)
        return None

    async def extend(self, lease: Lease, progress: str = "") -> Beat:
        """Keep the job, say how it goes, hear whether to go on; raise `ValueError` over 32 KiB."""
        if len(progress.encode()) > MOST_PROGRESS_BYTES:
            raise ValueError(f"progress of {lease.job_id} is longer than {MOST_PROGRESS_BYTES} bytes")
        return await self._change(
            partial(ledger.extend, lease=lease, progress=progress, now=self._clock(), terms=self._terms)
        )

    async def finish(self, lease: Lease, outcome: Outcome, result: str = "") -> bool:
        """End this delivery; False when it no longer counts, and then nothing was recorded."""
        return await self._change(
            partial(ledger.finish, lease=lease, outcome=outcome, result=result, now=self._clock())
        )

    async def _take(self, caps: Caps) -> Lease | None:
        taking = asyncio.create_task(
            self._change(partial(ledger.claim, caps=caps, now=self._clock(), terms=self._terms))
        )
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            lease = await taking
            if lease is not None:  # taken, but nobody waits for it any more
                await self.finish(lease, Outcome.RELEASE)
            raise

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._database.read(work)
        except sqlite3.Error as error:
            raise QueueUnavailable(f"the queue can't be read: {error}") from error

    async def _change(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._database.read(partial(whole, work=work, begin=_begin))
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
    """Open the queue at `path`, made when it does not exist; several processes may. Raises `QueueUnavailable`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        try:
            database = await stack.enter_async_context(connected(path, _prepare))
        except sqlite3.Error as error:
            raise QueueUnavailable(f"{path} can't be opened: {error}") from error
        yield SqliteQueue(database, terms=terms or LeaseTerms(), clock=clock, poll=poll, sleep=sleep)


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in statements(PRAGMAS):
        connection.execute(pragma)
    _make_schema(connection)


def _begin(connection: sqlite3.Connection) -> None:
    """Get the write lock by looking often, for a while.

    SQLite's own waiting looks ever more rarely, down to ten times a second: beside a busy writer on a slow disk it
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


def _make_schema(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        raise sqlite3.DatabaseError("it was written by a newer Atelier")
    whole(connection, _create, begin=_begin)


def _create(connection: sqlite3.Connection) -> None:
    for statement in ledger.SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
