"""Every implementation of the queue that the conformance suite tries, by name."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from domain.queue.protocol import BotQueue, WorkerQueue
from storage.queue.ledger import LeaseTerms
from storage.queue.sqlite import open_queue


class Queue(BotQueue, WorkerQueue, Protocol):
    """Both sides at once, as a test wants them."""


Opener = Callable[[Path, LeaseTerms], AbstractAsyncContextManager[Queue]]


def _sqlite(folder: Path, terms: LeaseTerms) -> AbstractAsyncContextManager[Queue]:
    return open_queue(folder / "queue.sqlite", terms=terms, poll=0.02)


IMPLEMENTATIONS: dict[str, Opener] = {"sqlite": _sqlite}
