"""The worker as a process, with its folders and signals."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from domain.queue.jobs import JobKind, WorkerCapabilities
from storage.files import FileFolder
from storage.queue.ledger import LeaseTerms
from storage.queue.sqlite import open_queue
from worker.loop import Rhythm, run_worker
from worker.runner import Runner
from worker.workdirs import Workdirs

log = logging.getLogger(__name__)

BUILT_IN = "atelier-tiny"
CHECKPOINT_PREFIX = "ATELIER_CHECKPOINT_"  # ATELIER_CHECKPOINT_SD15 says where `sd15` is: a folder or a hub id

# On one host a heartbeat is a local write of a millisecond, so it can come often: a Stop is heard within two seconds
# and a killed worker's job goes on within half a minute.
TERMS = LeaseTerms(lease=30.0, first_lease=15.0)
RHYTHM = Rhythm(heartbeat=2.0)
NICENESS = 5  # training must not make the bot slow to answer


def serve(
    data_dir: Annotated[Path, typer.Option(help="The bot's data folder.")] = Path("data"),
    *,
    name: Annotated[str, typer.Option(help="What this worker is called; its process id is added.")] = "",
    kinds: Annotated[str, typer.Option(help="What it does: train, draw, or both with a comma.")] = "train,draw",
    with_parent: Annotated[
        bool, typer.Option("--with-parent", hidden=True, help="End when standard input closes.")
    ] = False,
) -> None:
    """Train and draw for the bot that uses this data folder, until SIGTERM."""
    try:
        capabilities = WorkerCapabilities(
            worker_name(name, os.getpid()), frozenset(JobKind(kind.strip()) for kind in kinds.split(","))
        )
    except ValueError:
        raise typer.BadParameter(f"kinds are train and draw; {kinds} is neither") from None
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    os.nice(NICENESS)
    in_time = asyncio.run(_serve(data_dir, capabilities, with_parent=with_parent))
    if not in_time:
        logging.shutdown()
        os._exit(0)  # a thread still works on something that is given back already


def worker_name(name: str, pid: int) -> str:
    """Return the name of a worker process, which no other process has."""
    return f"{name or socket.gethostname()}-{pid}"


async def _serve(data_dir: Path, capabilities: WorkerCapabilities, *, with_parent: bool) -> bool:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if with_parent:
        loop.add_reader(sys.stdin.fileno(), _end_with_parent, stopping)
    workdirs = Workdirs(data_dir / "work")
    workdirs.sweep()
    runner = Runner(FileFolder(data_dir / "files"), checkpoints(os.environ))
    async with open_queue(data_dir / "queue.sqlite", terms=TERMS) as queue:
        log.info("worker=%s serves %s", capabilities.worker, ", ".join(sorted(capabilities.kinds)))
        return await run_worker(
            queue,
            runner,
            workdirs,
            capabilities,
            stopping=stopping,
            rhythm=RHYTHM,
            before=lambda: runner.warm_up(BUILT_IN),
        )


def checkpoints(environment: Mapping[str, str]) -> dict[str, str]:
    """Return where the built-in checkpoint is, and those that the environment names."""
    named = {
        key.removeprefix(CHECKPOINT_PREFIX).lower(): place
        for key, place in environment.items()
        if key.startswith(CHECKPOINT_PREFIX) and place
    }
    return {BUILT_IN: BUILT_IN, **named}


def _end_with_parent(stopping: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        log.info("the bot is gone; this worker finishes up")
        stopping.set()
