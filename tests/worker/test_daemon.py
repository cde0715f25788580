"""The worker as the process that it is in real life: found through the queue, told to stop by signals."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from backends.base import DrawingPlan, PlanImage, RemoteTask, TrainingPlan
from backends.local import LocalBackend
from bot.background.worker_process import WorkerProcess
from domain.datasets.dataset import Kind
from domain.queue.jobs import Job, JobKind, JobState, WorkerCapabilities
from domain.training.settings import CheckpointInfo, TrainingSettings
from domain.training.tasks import RemoteState
from storage.files import FileStore
from storage.queue.sqlite import open_queue
from tests.worker.job_views import view_when
from worker.daemon import checkpoints, serve
from worker.messages import read_progress

ROOT = Path(__file__).parents[2]
RANDOM = CheckpointInfo("random", "Random", "tiny", 64, presets={})
ENDLESS = TrainingSettings(steps=4_000, learning_rate=1e-4, rank=2, resolution=64)


@asynccontextmanager
async def serving(data_dir: Path, *options: str, checkpoint: Path | None = None) -> AsyncIterator[Process]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ATELIER_CHECKPOINT_RANDOM": str(checkpoint or "")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "worker", "serve", "--data-dir", str(data_dir), "--name", "w", *options),
        stdin=PIPE,
        stderr=PIPE,
        cwd=ROOT,
        env=environment,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def started(process: Process) -> str:
    """Its first words, said when it can be told to stop."""
    assert process.stderr
    return (await process.stderr.readline()).decode()


async def _unread() -> bytes:
    raise AssertionError("the files are there already")


def plan(files: FileStore, folder: Path) -> TrainingPlan:
    pictures = [picture.read_bytes() for picture in sorted(folder.glob("*.png"))]
    images = tuple(PlanImage(files.folder.put(p), len(p), "a dot", held_out=False, read=_unread) for p in pictures)
    return TrainingPlan("t", "anna", "random", Kind.OBJECT, "zorbi", ENDLESS, images)


async def test_a_worker_trains_draws_in_between_and_drains_when_told_to(
    tmp_path: Path, flow_folder: Path, picture_folder: Path
) -> None:
    files = FileStore(tmp_path / "files", free_floor=0)
    async with (
        open_queue(tmp_path / "queue.sqlite", poll=0.05) as queue,
        serving(tmp_path, checkpoint=flow_folder) as process,
    ):
        local = LocalBackend(queue, files, checkpoints={"random": RANDOM})
        training = await local.submit(plan(files, picture_folder))
        await view_when(queue, "t", lambda view: read_progress(view.progress).step > 0)
        drawing = await local.draw(
            DrawingPlan("d", "ben", "random", "zorbi", (), count=1, seed=1, width=64, height=64)
        )
        await view_when(queue, "d", lambda view: view.state.is_final)
        drawn = await local.drawing(drawing)
        process.send_signal(signal.SIGTERM)
        _, said = await process.communicate()

        assert drawn.state is RemoteState.SUCCEEDED
        assert files.folder.has(drawn.pictures[0])
        assert process.returncode == 0, said.decode()
        view = await queue.get(training.id)
        assert view
        assert (view.state, view.attempt) == (JobState.QUEUED, 0)
        (folder,) = (tmp_path / "work").iterdir()
        assert (folder / "state.safetensors").exists()
        assert (await local.poll(RemoteTask("t"))).step > 0


@pytest.mark.slow
async def test_a_killed_worker_is_replaced_and_its_training_goes_on(
    tmp_path: Path, flow_folder: Path, picture_folder: Path
) -> None:
    files = FileStore(tmp_path / "files", free_floor=0)
    environment = {"OMP_NUM_THREADS": "1", "ATELIER_CHECKPOINT_RANDOM": str(flow_folder)}
    async with (
        open_queue(tmp_path / "queue.sqlite", poll=0.05) as queue,
        WorkerProcess(tmp_path, environment=environment, on_death=queue.disown) as worker,
    ):
        local = LocalBackend(queue, files, checkpoints={"random": RANDOM})
        short = replace(plan(files, picture_folder), settings=replace(ENDLESS, steps=6))
        training = await local.submit(short)
        await view_when(queue, "t", lambda view: read_progress(view.progress).step > 2)
        first = worker.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        view = await view_when(queue, "t", lambda view: view.state.is_final)
        lora = await local.fetch(training)

        assert (view.state, view.attempt) == (JobState.DONE, 2)
        assert view.worker != f"worker-{first}"
        assert lora.sha256 is not None
        assert len(files.folder.read(lora.sha256)) == lora.size


async def test_a_worker_of_the_bot_ends_when_the_bot_closes_its_standard_input(tmp_path: Path) -> None:
    async with serving(tmp_path, "--with-parent") as process:
        assert "serves draw, train" in await started(process)
        assert process.stdin
        process.stdin.close()

        await process.communicate()
        assert process.returncode == 0


async def test_a_worker_by_hand_does_not_mind_its_standard_input(tmp_path: Path) -> None:
    async with (
        open_queue(tmp_path / "queue.sqlite", poll=0.05) as queue,
        serving(tmp_path, "--kinds", "draw") as process,
    ):
        assert f"worker=w-{process.pid} serves draw" in await started(process)
        assert process.stdin
        process.stdin.close()
        await queue.enqueue(Job("odd", JobKind.DRAW, "anna", "{}"))
        view = await view_when(queue, "odd", lambda view: view.state.is_final)
        await queue.enqueue(Job("not mine", JobKind.TRAIN, "anna", "{}"))
        process.send_signal(signal.SIGTERM)
        await process.communicate()

        assert (view.state, view.worker) == (JobState.FAILED, f"w-{process.pid}")
        assert process.returncode == 0
        lease = await queue.claim(WorkerCapabilities("me", frozenset({JobKind.TRAIN})), 0)
        assert lease
        assert lease.attempt == 1


def test_the_environment_says_where_checkpoints_are() -> None:
    named = checkpoints({"ATELIER_CHECKPOINT_SD15": "/models/sd15", "ATELIER_CHECKPOINT_X": "", "PATH": "/bin"})

    assert named == {"atelier-tiny": "atelier-tiny", "sd15": "/models/sd15"}


def test_an_unknown_kind_of_work_is_refused(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="train and draw"):
        serve(tmp_path, kinds="train,sing")
