"""A worker process of the conformance suite.

It does what each line on its standard input says, and answers.

`python -m tests.storage.queue.worker_child IMPLEMENTATION FOLDER LEASE ATTEMPTS NAME`
"""

import asyncio
import json
import sys
from pathlib import Path

from domain.queue.jobs import HeartbeatAnswer, JobKind, Lease, Outcome, WorkerCapabilities
from domain.queue.protocol import WorkerQueue
from storage.queue.ledger import LeaseTerms
from tests.storage.queue.implementations import IMPLEMENTATIONS


async def main(implementation: str, folder: str, lease: str, attempts: str, name: str) -> None:
    terms = LeaseTerms(float(lease), float(lease), int(attempts))
    async with IMPLEMENTATIONS[implementation](Path(folder), terms) as queue:
        child = Child(queue, WorkerCapabilities(name, frozenset(JobKind)))
        say("ready")
        while line := await asyncio.to_thread(sys.stdin.readline):
            verb, *arguments = json.loads(line)
            say(await child.do(verb, *arguments))


def say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


class Child:
    def __init__(self, queue: WorkerQueue, capabilities: WorkerCapabilities) -> None:
        self._queue = queue
        self._capabilities = capabilities
        self._lease: Lease | None = None

    async def do(self, verb: str, argument: str = "") -> object:
        match verb:
            case "claim":
                self._lease = await self._queue.claim(self._capabilities, float(argument))
                return self._lease and [self._lease.job_id, self._lease.attempt]
            case "extend":
                return await self._queue.extend(self._held(), argument)
            case "finish":
                return await self._queue.finish(self._held(), Outcome.DONE, argument)
            case "release":
                return await self._queue.finish(self._held(), Outcome.RELEASE)
            case "work":
                return await self._work(int(argument))
            case _:
                raise ValueError(verb)

    async def _work(self, idle_looks: int) -> int:
        """Do every job there is, each with a few heartbeats, until nothing has come for a while."""
        done = 0
        while idle_looks:
            lease = await self._queue.claim(self._capabilities, 0.1)
            if lease is None:
                idle_looks -= 1
                continue
            say(lease.job_id)
            answers = [await self._queue.extend(lease, str(number)) for number in range(3)]
            if answers[-1] is HeartbeatAnswer.OK:
                done += await self._queue.finish(lease, Outcome.DONE, self._capabilities.worker)
        return done

    def _held(self) -> Lease:
        if self._lease is None:
            raise RuntimeError("claim first")
        return self._lease


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
