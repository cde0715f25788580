"""Bench (f), 1,000 running trainings at a provider that lists them and at one that is asked one by one."""

import asyncio
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydantic import SecretStr

from backends import octoai
from backends.octoai.settings import OctoaiSettings
from backends.provider import Context
from backends.wire import transport
from bench.intake import _memory_mb as memory_mb
from bench.table import Row, show
from bot.background.watcher import Watcher
from domain.orders.progress import Progress, RemoteState
from domain.orders.states import OrderStatus
from services.drawing.orders import DrawingOrders
from services.models.models import ModelService
from services.orders.follower import OrderFollower
from services.training.orders import TrainingOrders
from storage.database import open_database
from storage.datasets.datasets import DatasetStore
from storage.drawing.drawings import DrawingStore
from storage.files import FileStore
from storage.ids import new_id
from storage.models.loras import LoraStore
from storage.orders.rows import insert
from storage.outbox import OutboxStore
from storage.training.rows import to_row
from storage.training.tasks import TaskStore
from tests.backends.case import MemoryResults
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import TASK
from tests.providers.faults import Fault
from tests.providers.octoai import OctoAI, Tune
from tests.providers.octoai_requests import BaseCheckpoint, LoraTune, NewTune, TuneFile

TASKS = 1_000
PICTURES = 10  # of each training: the list tells them all
WARM_UP, WINDOW = 6.0, 21.0  # seconds: the first round, then two that are measured
POLL_SECONDS = 10.0  # the provider's pace
MOST_LISTED, MOST_ASKED, MOST_ADDED_MB = 2.0, 20.0, 100  # percent of a core, megabytes
ROUNDS = 2  # in the window
LEAST_ASKED = 0.9  # of what that takes: what is not asked costs nothing
PAGE = 100  # tasks in one page of the list
BARE_GETS = 300

ADD_DATASET = "INSERT INTO datasets VALUES ('d', 1, 1, 'Robo', 'robo', 'character', 'robo', 0, NULL)"
ADD_VERSION = "INSERT INTO dataset_versions VALUES ('v', 'd', 0)"
EMPTY_LIST = Fault(status=200, body='{"data": [], "has_more": false}')


def run() -> list[Row]:
    """Watch with lists and without, each in a process of its own, and return three rows."""
    listed, asked = _measure("listed"), _measure("asked")
    a_second = asked["polls"] / WINDOW
    return [
        Row(
            f"(f) {TASKS:,} running tasks watched, listed by their provider",
            f"{listed['cpu']:.1f} % of a core",
            f"≤ {MOST_LISTED:g} %",
            listed["cpu"] <= MOST_LISTED and listed["lists"] >= LEAST_ASKED * ROUNDS * TASKS / PAGE,
            f"{listed['lists']:.0f} pages and {listed['polls']:.0f} polls in {WINDOW:g} s",
        ),
        Row(
            f"(f) … asked one by one, each every {POLL_SECONDS:g} s",
            f"{asked['cpu']:.1f} % of a core",
            f"≤ {MOST_ASKED:g} %",
            asked["cpu"] <= MOST_ASKED and asked["polls"] >= LEAST_ASKED * ROUNDS * TASKS,
            f"{asked['polls']:,.0f} polls of {asked['cpu'] / a_second / 0.1:.2f} ms; a bare GET by httpx took "
            f"{asked['bare_ms']:.2f} ms, which alone would be {asked['bare_ms'] * a_second * 0.1:.1f} %",
        ),
        Row(
            "(f) memory added meanwhile",
            f"{listed['added_mb']:.0f} MB with lists, {asked['added_mb']:.0f} MB one by one",
            f"≤ {MOST_ADDED_MB} MB",
            max(listed["added_mb"], asked["added_mb"]) <= MOST_ADDED_MB,
        ),
    ]


def _measure(way: str) -> dict[str, float]:
    """Return what watching costs, and how often the provider was asked meanwhile."""
    with tempfile.TemporaryDirectory() as folder, _child("provider", way) as provider:
        addresses = _line(provider)
        with _child("watch", folder, *addresses) as bot:
            _line(bot)  # the window begins
            before = _asked(provider)
            (cost,) = _line(bot)
            after = _asked(provider)
    return {**json.loads(cost), "lists": after[0] - before[0], "polls": after[1] - before[1]}


@contextmanager
def _child(*arguments: str) -> Generator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "bench.polling", *arguments]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


def _line(child: "subprocess.Popen[str]") -> list[str]:
    """Return the words of the next line that a child prints."""
    line = child.stdout.readline() if child.stdout else ""
    if not line:
        raise RuntimeError(f"{child.args!r} ended early")
    return line.split()


def _asked(provider: "subprocess.Popen[str]") -> tuple[int, int]:
    """Return how many lists and single polls the provider has answered."""
    if provider.stdin:
        provider.stdin.write("how many\n")
        provider.stdin.flush()
    lists, polls = map(int, _line(provider))
    return lists, polls


# --- the provider's process


async def _provide(way: str) -> None:
    """Be a provider that holds all the trainings, and say how often it was asked whenever a line comes in."""
    async with OctoAI() as provider:
        base = next(asset for asset in provider.assets.values() if asset.name == "default-sdxl")
        pictures = [TuneFile(file_id=f"asset_{new_id()}", caption="robozor waves") for _ in range(PICTURES)]
        details = LoraTune(
            base_checkpoint=BaseCheckpoint(checkpoint_id=base.id),
            files=pictures,
            trigger_words=["robozor"],
            steps=800,
        )
        for number in range(TASKS):
            tune = Tune(f"tune_{number}", NewTune(name=f"atelier-{number}", details=details), base, "2026-01-01")
            provider.tunes[tune.id] = tune
        provider.unknown_status = "running"  # and stays so
        if way == "asked":
            provider.faults.add("GET /v1/tunes$", EMPTY_LIST, times=sys.maxsize)
        print(provider.base_url, provider.image_url, flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            lists = provider.count("GET", "/v1/tunes")
            print(lists, len(provider.seen) - lists, flush=True)


# --- the bot's process


async def _watch(folder: Path, base_url: str, image_url: str) -> None:
    """Watch all tasks as the bot does, and print what that cost."""
    async with open_database(folder / "atelier.sqlite") as database, transport() as web, httpx.AsyncClient() as http:
        backend = octoai.create(
            OctoaiSettings(octoai_token=SecretStr(OctoAI.key), octoai_url=base_url, octoai_image_url=image_url),
            Context(transport=web, store=MemoryResults()),
        )
        backends = {backend.name: backend}
        files, outbox = FileStore(folder / "files"), OutboxStore(database)
        trainings = TrainingOrders(
            TaskStore(database), DatasetStore(database), files, backends, now=time.time, new_id=new_id
        )
        models = ModelService(LoraStore(database), files, now=time.time)
        drawings = DrawingOrders(DrawingStore(database), models, files, backends, now=time.time)
        followers = (OrderFollower(trainings, outbox, now=time.time), OrderFollower(drawings, outbox, now=time.time))
        await database.transaction(_fill)
        baseline = memory_mb("self", "VmRSS")
        bare_ms = await _bare_ms(http, f"{base_url}/v1/tune/tune_0")
        watching = asyncio.create_task(Watcher(followers).run())
        await asyncio.sleep(WARM_UP)
        print("watching", flush=True)
        began, used = time.monotonic(), _cpu_seconds()
        await asyncio.sleep(WINDOW)
        share = (_cpu_seconds() - used) / (time.monotonic() - began)
        watching.cancel()
        await asyncio.wait([watching])
        added = memory_mb("self", "VmHWM") - baseline
        cost = {"cpu": share * 100, "added_mb": added, "bare_ms": bare_ms}
        print(json.dumps(cost, separators=(",", ":")), flush=True)


async def _bare_ms(http: httpx.AsyncClient, url: str) -> float:
    """Return the milliseconds of CPU that a poll takes without anything around it, on this machine at this moment."""
    used = _cpu_seconds()
    for _ in range(BARE_GETS):
        await http.get(url, headers={"Authorization": f"Bearer {OctoAI.key}"})
    return (_cpu_seconds() - used) * 1_000 / BARE_GETS


def _fill(connection: sqlite3.Connection) -> None:
    """Add the tasks, as they stand once the provider runs them."""
    connection.execute(ADD_DATASET)
    connection.execute(ADD_VERSION)
    now = time.time()
    for number in range(TASKS):
        task = changed(
            TASK,
            id=os.urandom(16).hex(),
            owner_id=number % 500,
            dataset_id="d",
            version_id="v",
            backend="octoai",
            status=OrderStatus.RUNNING,
            remote_id=f"tune_{number}",
            progress=Progress(RemoteState.RUNNING),
            created_at=now + number / TASKS,
            updated_at=now,
            started_at=now,
            queued_at=now,
        )
        insert(connection, "tasks", to_row(task))


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(arguments: list[str]) -> None:
    """Print the table, or be one of the processes that `run` starts."""
    match arguments:
        case ["provider", way]:
            asyncio.run(_provide(way))
        case ["watch", folder, base_url, image_url]:
            asyncio.run(_watch(Path(folder), base_url, image_url))
        case _:
            show(run())


if __name__ == "__main__":
    main(sys.argv[1:])
