"""What the queue's table shows.

Rows become jobs of the domain. Nothing here writes.
"""

import sqlite3
from itertools import takewhile

from domain.queue.jobs import JobKind, JobState, JobView

VIEW = """
    SELECT seq, id, kind, member, state, attempts, start_tag, work, payload, progress, result, worker,
           cancel_asked, enqueued_at, started_at, finished_at, sign_of_life
      FROM jobs
"""


def view(db: sqlite3.Connection, job_id: str) -> JobView | None:
    """Return how the job stands."""
    row = db.execute(f"{VIEW} WHERE id = ?", (job_id,)).fetchone()
    if row is None:
        return None
    return _view(row, ahead=_ahead(db, row) if row["state"] == JobState.QUEUED else 0)


def is_silent(db: sqlite3.Connection, job_id: str, *, now: float) -> bool:
    """Whether the job runs on a lease that has ended."""
    found = db.execute(
        "SELECT 1 FROM jobs WHERE id = ? AND state = 'running' AND lease_until < ?", (job_id, now)
    ).fetchone()
    return found is not None


def open_jobs(db: sqlite3.Connection) -> tuple[JobView, ...]:
    """Return the running jobs, then the waiting ones in the order in which they will be served."""
    running = db.execute(f"{VIEW} WHERE state = 'running' ORDER BY seq").fetchall()
    waiting = [
        row
        for kind in JobKind
        for row in db.execute(f"{VIEW} WHERE state = 'queued' AND kind = ? ORDER BY start_tag, seq", (kind,))
    ]
    ahead = [(row, 0) for row in running] + [(row, place) for place, row in enumerate(waiting)]
    return tuple(_view(row, ahead=place) for row, place in ahead)


def finished(db: sqlite3.Connection, kind: JobKind, limit: int) -> tuple[JobView, ...]:
    """Return the latest done jobs of that kind, newest first."""
    rows = db.execute(f"{VIEW} WHERE state = 'done' AND kind = ? ORDER BY finished_at DESC LIMIT ?", (kind, limit))
    return tuple(_view(row, ahead=0) for row in rows)


def _ahead(db: sqlite3.Connection, row: sqlite3.Row) -> int:
    (same,) = db.execute(
        "SELECT count(*) FROM jobs WHERE state = 'queued' AND kind = ? AND (start_tag, seq) < (?, ?)",
        (row["kind"], row["start_tag"], row["seq"]),
    ).fetchone()
    ahead = int(same)
    for kind in takewhile(lambda kind: kind != row["kind"], JobKind):  # the more urgent ones
        (count,) = db.execute("SELECT count(*) FROM jobs WHERE state = 'queued' AND kind = ?", (kind,)).fetchone()
        ahead += int(count)
    return ahead


def _view(row: sqlite3.Row, *, ahead: int) -> JobView:
    return JobView(
        id=row["id"],
        kind=JobKind(row["kind"]),
        member=row["member"],
        state=JobState(row["state"]),
        attempt=row["attempts"],
        ahead=ahead,
        work=row["work"],
        payload=row["payload"],
        progress=row["progress"],
        result=row["result"],
        worker=row["worker"],
        cancel_asked=bool(row["cancel_asked"]),
        enqueued_at=row["enqueued_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        sign_of_life=row["sign_of_life"],
    )
