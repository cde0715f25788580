"""What the bot and its workers may ask of the queue."""

from typing import Protocol

from domain.queue.jobs import HeartbeatAnswer, Job, JobKind, JobView, Lease, Outcome, WorkerCapabilities


class BotQueue(Protocol):
    """The queue as the bot sees it.

    Every call may raise `QueueUnavailable`.
    """

    async def enqueue(self, job: Job) -> bool:
        """Add the job.

        False when its id is known already, however long ago it ended.
        """

    async def cancel(self, job_id: str) -> bool:
        """Stop the job.

        A waiting job ends at once, a running one at its worker's next heartbeat. False when there is nothing to stop.
        """

    async def get(self, job_id: str) -> JobView | None:
        """Return how the job stands, None for an unknown id."""

    async def open_jobs(self) -> tuple[JobView, ...]:
        """Return the running jobs, then the waiting ones in the order in which they will be served."""

    async def finished(self, kind: JobKind, limit: int) -> tuple[JobView, ...]:
        """Return the latest done jobs of that kind, newest first."""

    async def disown(self, worker: str) -> int:
        """Take back the jobs of a worker that is known to be dead.

        Returns how many they were.
        """

    async def purge(self, before: float) -> int:
        """Empty the jobs that ended before that time.

        Their ids stay known. Returns how many jobs were emptied.
        """


class WorkerQueue(Protocol):
    """The queue as a worker sees it.

    Every call may raise `QueueUnavailable`.
    """

    async def claim(self, capabilities: WorkerCapabilities, wait: float) -> Lease | None:
        """Take the next job that this worker can do.

        Waits up to `wait` seconds for one.
        """

    async def extend(self, lease: Lease, progress: str = "") -> HeartbeatAnswer:
        """Keep the job for longer and report its progress.

        `progress` is JSON of at most 32 KiB. Empty text keeps what was reported before.
        """

    async def finish(self, lease: Lease, outcome: Outcome, result: str = "") -> bool:
        """End this delivery.

        False when it no longer counts, and then nothing was recorded.
        """
