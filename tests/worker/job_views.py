"""Waiting for what a worker does with a job."""

import asyncio
from collections.abc import Callable

from domain.queue.jobs import JobView
from storage.queue.sqlite import SqliteQueue


async def view_when(queue: SqliteQueue, job_id: str, is_so: Callable[[JobView], bool]) -> JobView:
    """Return the job's view as soon as that holds of it."""
    while True:
        view = await queue.get(job_id)
        if view is not None and is_so(view):
            return view
        await asyncio.sleep(0.02)  # what another process does can only be looked for
