"""Every form of the queue that the conformance suite runs against: a name, and how to open it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from domain.queue import BotQueue, WorkerQueue
from storage.queue import open_queue
from storage.queue_ledger import LeaseTerms


class Queue(BotQueue, WorkerQueue, Protocol):
    """Both sides at once, as a test wants them."""


Opener = Callable[[Path, LeaseTerms], AbstractAsyncContextManager[Queue]]


def _sqlite(folder: Path, terms: LeaseTerms) -> AbstractAsyncContextManager[Queue]:
    return open_queue(folder / "queue.sqlite", terms=terms, poll=0.02)


FORMS: dict[str, Opener] = {"sqlite": _sqlite}
