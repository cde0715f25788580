"""The moves of the queue in SQL.

Each public function is the work of one transaction. A delivery is a lease with a token, and an older token changes
nothing. Members share a kind of work by start-time fair queueing. Each job has a start tag, max(the tag now being
served, the end of the member's last job), and the lowest tag is served first, so that twenty jobs of one member never
stand in front of another's first.
"""

import sqlite3
from dataclasses import dataclass

from domain.queue.jobs import HeartbeatAnswer, Job, JobKind, JobState, Lease, Outcome, WorkerCapabilities


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """How long a worker may be silent, in seconds, and how many workers may die of one job.

    The first lease ends with the first heartbeat. It is short because a claim whose answer got lost must not hold a
    job.
    """

    lease: float = 90.0
    first_lease: float = 15.0
    most_attempts: int = 3


def enqueue(db: sqlite3.Connection, job: Job, *, now: float) -> bool:
    """Add the job at its member's fair place.

    False when the id is known.
    """
    db.execute(
        """
        UPDATE turns SET start_tag = finish_tag
         WHERE kind = :kind AND NOT EXISTS (SELECT 1 FROM jobs WHERE state = 'queued' AND kind = :kind)
           AND NOT EXISTS (SELECT 1 FROM jobs WHERE state = 'running' AND kind = :kind)
        """,
        {"kind": job.kind},
    )  # no job waited, so members that were served meanwhile are not behind the others now
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
    return added.rowcount == 1


def cancel(db: sqlite3.Connection, job_id: str, *, now: float, terms: LeaseTerms) -> bool:
    """End a waiting job, mark a running one.

    False when there is nothing to stop.
    """
    sweep(db, now=now, terms=terms)
    gone = db.execute(
        "UPDATE jobs SET state = 'cancelled', cancel_asked = 1, finished_at = ? WHERE id = ? AND state = 'queued'",
        (now, job_id),
    )
    if gone.rowcount == 1:
        return True
    asked = db.execute("UPDATE jobs SET cancel_asked = 1 WHERE id = ? AND state = 'running'", (job_id,))
    return asked.rowcount == 1


def has_work(db: sqlite3.Connection, capabilities: WorkerCapabilities, *, now: float) -> bool:
    """Whether a claim would change anything.

    Only reads.
    """
    if db.execute("SELECT 1 FROM jobs WHERE state = 'running' AND lease_until < ? LIMIT 1", (now,)).fetchone():
        return True
    return _next(db, capabilities) is not None


def claim(db: sqlite3.Connection, capabilities: WorkerCapabilities, *, now: float, terms: LeaseTerms) -> Lease | None:
    """Lease the next job that this worker can do."""
    sweep(db, now=now, terms=terms)
    found = _next(db, capabilities)
    if found is None:
        return None
    row = db.execute(
        """
        UPDATE jobs SET state = 'running', token = token + 1, extended = 0, worker = ?, lease_until = ?,
               sign_of_life = ?
         WHERE seq = ? RETURNING id, token, kind, payload, attempts, start_tag, finish_tag, progress
        """,
        (capabilities.worker, now + terms.first_lease, now, found),
    ).fetchone()
    db.execute(
        """
        INSERT INTO turns (kind, start_tag, finish_tag) VALUES (?, ?, ?)
            ON CONFLICT (kind) DO UPDATE SET start_tag = max(start_tag, excluded.start_tag),
                                             finish_tag = max(finish_tag, excluded.finish_tag)
        """,
        (row["kind"], row["start_tag"], row["finish_tag"]),
    )
    return Lease(
        job_id=row["id"],
        token=row["token"],
        kind=JobKind(row["kind"]),
        payload=row["payload"],
        attempt=row["attempts"] + 1,
        worker=capabilities.worker,
        progress=row["progress"],
    )


def extend(db: sqlite3.Connection, lease: Lease, progress: str, *, now: float, terms: LeaseTerms) -> HeartbeatAnswer:
    """Lengthen the lease and keep the progress.

    A late heartbeat still counts while no other worker has the job.
    """
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
        return HeartbeatAnswer.LOST
    return HeartbeatAnswer.CANCEL if row["cancel_asked"] else HeartbeatAnswer.OK


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
    return done.rowcount == 1


def sweep(db: sqlite3.Connection, *, now: float, terms: LeaseTerms) -> int:
    """Take back every job whose worker fell silent.

    Returns how many they were.
    """
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
    return len(silent)


def disown(db: sqlite3.Connection, worker: str, *, now: float, terms: LeaseTerms) -> int:
    """End every lease of that worker and take its jobs back."""
    held = db.execute("UPDATE jobs SET lease_until = 0 WHERE state = 'running' AND worker = ?", (worker,))
    sweep(db, now=now, terms=terms)
    return held.rowcount


def purge(db: sqlite3.Connection, *, before: float) -> int:
    """Empty the jobs that ended before that time.

    Their ids stay known. Returns how many jobs were emptied.
    """
    emptied = db.execute(
        """
        UPDATE jobs SET payload = '', progress = '', result = ''
         WHERE state NOT IN ('queued', 'running') AND finished_at < ? AND payload <> ''
        """,
        (before,),
    )
    return emptied.rowcount


def _next(db: sqlite3.Connection, capabilities: WorkerCapabilities) -> int | None:
    for kind in JobKind:  # most urgent first
        if kind not in capabilities.kinds:
            continue
        row = db.execute(
            """
            SELECT seq FROM jobs WHERE state = 'queued' AND kind = ? AND vram_mb <= ?
             ORDER BY start_tag, seq LIMIT 1
            """,
            (kind, capabilities.vram_mb),
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
    return True


def _end(db: sqlite3.Connection, job_id: str, state: JobState, now: float) -> None:
    db.execute("UPDATE jobs SET state = ?, finished_at = ?, lease_until = NULL WHERE id = ?", (state, now, job_id))


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
