"""The moves of the queue in SQL: each public function is one whole transaction on a connection.

A delivery is a lease with a token; whoever comes with an older token changes nothing. Members share a kind of work by
start-time fair queueing: each job has a start tag, max(the tag now being served, the end of the member's last job),
and the lowest tag is served first, so that twenty jobs of one member never stand in front of another's first.
"""

import sqlite3
from dataclasses import dataclass

from domain.queue import Beat, Caps, Job, JobKind, JobState, Lease, Outcome

SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS jobs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        member TEXT NOT NULL,
        payload TEXT NOT NULL,
        work REAL NOT NULL CHECK (work > 0),
        vram_mb INTEGER NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'dead')),
        start_tag REAL NOT NULL,
        finish_tag REAL NOT NULL,
        token INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        extended INTEGER NOT NULL DEFAULT 0,
        worker TEXT NOT NULL DEFAULT '',
        lease_until REAL,
        cancel_asked INTEGER NOT NULL DEFAULT 0,
        progress TEXT NOT NULL DEFAULT '',
        result TEXT NOT NULL DEFAULT '',
        enqueued_at REAL NOT NULL,
        started_at REAL,
        finished_at REAL,
        sign_of_life REAL
    ) STRICT
    """,
    "CREATE INDEX IF NOT EXISTS jobs_waiting ON jobs (kind, start_tag, seq) WHERE state = 'queued'",
    "CREATE INDEX IF NOT EXISTS jobs_running ON jobs (lease_until) WHERE state = 'running'",
    "CREATE INDEX IF NOT EXISTS jobs_of_member ON jobs (member, kind, finish_tag)",
    "CREATE INDEX IF NOT EXISTS jobs_done ON jobs (kind, finished_at) WHERE state = 'done'",
    """
    CREATE TABLE IF NOT EXISTS turns (
        kind TEXT PRIMARY KEY,
        start_tag REAL NOT NULL,
        finish_tag REAL NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE IF NOT EXISTS events (
        cursor INTEGER PRIMARY KEY AUTOINCREMENT,
        job_id TEXT NOT NULL,
        state TEXT NOT NULL,
        at REAL NOT NULL
    ) STRICT
    """,
    "CREATE INDEX IF NOT EXISTS events_running ON events (job_id) WHERE state = 'running'",
)


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """How long a worker may be silent (seconds), and how many workers may die of one job.

    The first lease is short: it ends with the first heartbeat, and a claim whose answer got lost must not hold a job.
    """

    lease: float = 90.0
    first_lease: float = 15.0
    most_attempts: int = 3


def enqueue(db: sqlite3.Connection, job: Job, *, now: float) -> bool:
    """Add the job at its member's fair place; False when the id is known."""
    db.execute(
        """
        UPDATE turns SET start_tag = finish_tag
         WHERE kind = :kind AND NOT EXISTS (SELECT 1 FROM jobs WHERE state = 'queued' AND kind = :kind)
           AND NOT EXISTS (SELECT 1 FROM jobs WHERE state = 'running' AND kind = :kind)
        """,
        {"kind": job.kind},
    )  # nobody waited: who was served while it was quiet is not behind anybody now
    (start,) = db.execute(
        """
        SELECT max(
            coalesce((SELECT start_tag FROM turns WHERE kind = :kind), 0),
            coalesce((SELECT max(finish_tag) FROM jobs
                       WHERE member = :member AND kind = :kind AND state <> 'cancelled'), 0))
        """,
        {"kind": job.kind, "member": job.member},
    ).fetchone()
    added = db.execute(
        """
        INSERT INTO jobs (id, kind, member, payload, work, vram_mb, state, start_tag, finish_tag, enqueued_at)
        VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?) ON CONFLICT (id) DO NOTHING
        """,
        (job.id, job.kind, job.member, job.payload, job.work, job.vram_mb, start, start + job.work, now),
    )
    if added.rowcount == 1:
        _tell(db, job.id, JobState.QUEUED, now)
    return added.rowcount == 1


def cancel(db: sqlite3.Connection, job_id: str, *, now: float, terms: LeaseTerms) -> bool:
    """End a waiting job, mark a running one; False when there is nothing to stop."""
    sweep(db, now=now, terms=terms)
    gone = db.execute(
        "UPDATE jobs SET state = 'cancelled', cancel_asked = 1, finished_at = ? WHERE id = ? AND state = 'queued'",
        (now, job_id),
    )
    if gone.rowcount == 1:
        _tell(db, job_id, JobState.CANCELLED, now)
        return True
    asked = db.execute("UPDATE jobs SET cancel_asked = 1 WHERE id = ? AND state = 'running'", (job_id,))
    return asked.rowcount == 1


def has_work(db: sqlite3.Connection, caps: Caps, *, now: float) -> bool:
    """Whether a claim would change anything; only reads."""
    if db.execute("SELECT 1 FROM jobs WHERE state = 'running' AND lease_until < ? LIMIT 1", (now,)).fetchone():
        return True
    return _next(db, caps) is not None


def claim(db: sqlite3.Connection, caps: Caps, *, now: float, terms: LeaseTerms) -> Lease | None:
    """Lease the next job that this worker can do."""
    sweep(db, now=now, terms=terms)
    found = _next(db, caps)
    if found is None:
        return None
    row = db.execute(
        """
        UPDATE jobs SET state = 'running', token = token + 1, extended = 0, worker = ?, lease_until = ?,
               sign_of_life = ?
         WHERE seq = ? RETURNING id, token, kind, payload, attempts, start_tag, finish_tag, progress
        """,
        (caps.worker, now + terms.first_lease, now, found),
    ).fetchone()
    db.execute(
        """
        INSERT INTO turns (kind, start_tag, finish_tag) VALUES (?, ?, ?)
            ON CONFLICT (kind) DO UPDATE SET start_tag = max(start_tag, excluded.start_tag),
                                             finish_tag = max(finish_tag, excluded.finish_tag)
        """,
        (row["kind"], row["start_tag"], row["finish_tag"]),
    )
    _tell(db, row["id"], JobState.RUNNING, now)
    return Lease(
        job_id=row["id"],
        token=row["token"],
        kind=JobKind(row["kind"]),
        payload=row["payload"],
        attempt=row["attempts"] + 1,
        worker=caps.worker,
        progress=row["progress"],
    )


def extend(db: sqlite3.Connection, lease: Lease, progress: str, *, now: float, terms: LeaseTerms) -> Beat:
    """Lengthen the lease, keep the progress; a late heartbeat still counts while nobody else has the job."""
    row = db.execute(
        """
        UPDATE jobs SET lease_until = :until, sign_of_life = :now, started_at = coalesce(started_at, :now),
               attempts = attempts + (extended = 0), extended = 1,
               progress = CASE :progress WHEN '' THEN progress ELSE :progress END
         WHERE id = :id AND token = :token AND state = 'running' RETURNING cancel_asked
        """,
        {
            "until": now + terms.lease,
            "now": now,
            "progress": progress,
            "id": lease.job_id,
            "token": lease.token,
        },
    ).fetchone()
    if row is None:
        return Beat.LOST
    if progress:
        _tell(db, lease.job_id, JobState.RUNNING, now)
    return Beat.CANCEL if row["cancel_asked"] else Beat.OK


def finish(db: sqlite3.Connection, lease: Lease, outcome: Outcome, result: str, *, now: float) -> bool:
    """Record how this delivery ended, unless it no longer counts."""
    if outcome is Outcome.RELEASE:
        return _release(db, lease, now=now)
    state = _state_after(outcome)
    done = db.execute(
        """
        UPDATE jobs SET state = ?, result = ?, finished_at = ?, sign_of_life = ?, lease_until = NULL
         WHERE id = ? AND token = ? AND state = 'running'
        """,
        (state, result, now, now, lease.job_id, lease.token),
    )
    if done.rowcount == 1:
        _tell(db, lease.job_id, state, now)
    return done.rowcount == 1


def sweep(db: sqlite3.Connection, *, now: float, terms: LeaseTerms) -> int:
    """Take back every job whose worker fell silent, and return how many."""
    silent = db.execute(
        "SELECT id, attempts, cancel_asked FROM jobs WHERE state = 'running' AND lease_until < ?", (now,)
    ).fetchall()
    for row in silent:
        if row["cancel_asked"]:
            _end(db, row["id"], JobState.CANCELLED, now)
        elif row["attempts"] >= terms.most_attempts:
            _end(db, row["id"], JobState.DEAD, now)
        else:
            db.execute("UPDATE jobs SET state = 'queued', lease_until = NULL WHERE id = ?", (row["id"],))
            _tell(db, row["id"], JobState.QUEUED, now)
    return len(silent)


def disown(db: sqlite3.Connection, worker: str, *, now: float, terms: LeaseTerms) -> int:
    """End every lease of that worker and take its jobs back."""
    held = db.execute("UPDATE jobs SET lease_until = 0 WHERE state = 'running' AND worker = ?", (worker,))
    sweep(db, now=now, terms=terms)
    return held.rowcount


def purge(db: sqlite3.Connection, *, before: float) -> int:
    """Empty ended jobs, keeping their ids, and drop old events; return how many jobs."""
    db.execute("DELETE FROM events WHERE at < ?", (before,))
    emptied = db.execute(
        """
        UPDATE jobs SET payload = '', progress = '', result = ''
         WHERE state NOT IN ('queued', 'running') AND finished_at < ? AND payload <> ''
        """,
        (before,),
    )
    return emptied.rowcount


def _next(db: sqlite3.Connection, caps: Caps) -> int | None:
    for kind in JobKind:  # most urgent first
        if kind not in caps.kinds:
            continue
        row = db.execute(
            """
            SELECT seq FROM jobs WHERE state = 'queued' AND kind = ? AND vram_mb <= ?
             ORDER BY start_tag, seq LIMIT 1
            """,
            (kind, caps.vram_mb),
        ).fetchone()
        if row is not None:
            return int(row["seq"])
    return None


def _release(db: sqlite3.Connection, lease: Lease, *, now: float) -> bool:
    row = db.execute(
        """
        UPDATE jobs SET state = 'queued', lease_until = NULL, attempts = attempts - extended
         WHERE id = ? AND token = ? AND state = 'running' RETURNING cancel_asked
        """,
        (lease.job_id, lease.token),
    ).fetchone()
    if row is None:
        return False
    if row["cancel_asked"]:
        _end(db, lease.job_id, JobState.CANCELLED, now)
    else:
        _tell(db, lease.job_id, JobState.QUEUED, now)
    return True


def _end(db: sqlite3.Connection, job_id: str, state: JobState, now: float) -> None:
    db.execute("UPDATE jobs SET state = ?, finished_at = ?, lease_until = NULL WHERE id = ?", (state, now, job_id))
    _tell(db, job_id, state, now)


def _tell(db: sqlite3.Connection, job_id: str, state: JobState, now: float) -> None:
    if state is JobState.RUNNING:  # of a running job only the newest event is of use
        db.execute("DELETE FROM events WHERE job_id = ? AND state = 'running'", (job_id,))
    db.execute("INSERT INTO events (job_id, state, at) VALUES (?, ?, ?)", (job_id, state, now))


def _state_after(outcome: Outcome) -> JobState:
    match outcome:
        case Outcome.DONE:
            return JobState.DONE
        case Outcome.FAILED:
            return JobState.FAILED
        case Outcome.CANCELLED:
            return JobState.CANCELLED
        case Outcome.RELEASE:
            return JobState.QUEUED
