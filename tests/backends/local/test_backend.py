"""This machine as a backend, on a real queue and real files; a worker is played by claiming and finishing."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from backends.base import Backend, DrawingPlan, LoraUse, PlanImage, RemoteTask, SourceImage, TrainingPlan
from backends.local import LocalBackend
from bot.interactions.fact_words import words
from domain.datasets.dataset import Kind
from domain.errors import BackendAmbiguous, BackendRejected, BackendReplyInvalid, BackendUnavailable
from domain.orders.facts import FactKind, fact
from domain.orders.progress import RemoteState, Sample
from domain.queue.jobs import JobKind, Lease, Outcome, WorkerCapabilities
from domain.queue.messages import (
    BlobRef,
    DrawJob,
    DrawResult,
    DrawSource,
    Failure,
    JobProgress,
    TrainJob,
    TrainResult,
)
from domain.training.checkpoints import BUILT_IN, SD15
from domain.training.settings import TrainingSettings
from storage.files import FileStore
from storage.queue.ledger import LeaseTerms
from storage.queue.sqlite import SqliteQueue, open_queue
from tests.backends.case import worded

WORKER = WorkerCapabilities("gpu-1", frozenset(JobKind))


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def queue(tmp_path: Path, clock: Clock) -> AsyncIterator[SqliteQueue]:
    async with open_queue(tmp_path / "queue.sqlite", clock=clock, terms=LeaseTerms(most_attempts=1)) as opened:
        yield opened


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", free_floor=0)


@pytest.fixture
def local(queue: SqliteQueue, files: FileStore) -> Backend:
    return LocalBackend(queue, files, words=words)


async def _unread() -> bytes:
    raise AssertionError("the files are there already")


SETTINGS = TrainingSettings(steps=100, learning_rate=2e-3, rank=16, resolution=64, seed=5)


def plan(files: FileStore, name: str = "atelier-1", member: str = "anna") -> TrainingPlan:
    sha256 = files.folder.put(b"a picture")
    return TrainingPlan(
        name=name,
        member=member,
        checkpoint="atelier-tiny",
        kind=Kind.CHARACTER,
        trigger_word="zorbi",
        settings=SETTINGS,
        images=(PlanImage(sha256, 9, "zorbi on a hill", held_out=False, read=_unread),),
    )


def drawing_plan(name: str = "atelier-draw-1", *loras: LoraUse) -> DrawingPlan:
    return DrawingPlan(name, "ben", "atelier-tiny", "zorbi at sea", loras, count=2, seed=7, width=64, height=64)


async def taken(queue: SqliteQueue, progress: JobProgress | None = None) -> Lease:
    lease = await queue.claim(WORKER, 0)
    assert lease
    await queue.extend(lease, TypeAdapter(JobProgress).dump_json(progress).decode() if progress else "")
    return lease


async def trained(queue: SqliteQueue, lease: Lease, files: FileStore, *, seconds: float = 30) -> TrainResult:
    content = b"weights of " + lease.job_id.encode()
    result = TrainResult(
        checkpoint="atelier-tiny",
        lora=BlobRef(files.folder.put(content), len(content)),
        base_loss=0.5,
        held_out_loss=0.3,
        best_step=80,
        steps=100,
        stopped_early=False,
        samples=(Sample(0, "zorbi", "b" * 64),),
        seconds=seconds,
    )
    assert await queue.finish(lease, Outcome.DONE, TypeAdapter(TrainResult).dump_json(result).decode())
    return result


async def test_a_drawing_from_a_picture_names_its_stored_file_and_one_that_is_gone_is_refused(
    local: Backend, queue: SqliteQueue, files: FileStore
) -> None:
    start = SourceImage(files.folder.put(b"a start"), 0.35, _unread)
    await local.draw(replace(drawing_plan(), source_image=start))
    job = TypeAdapter(DrawJob).validate_json((await taken(queue)).payload)
    files.folder.delete(start.sha256)
    with pytest.raises(BackendRejected, match="1 files are missing"):
        await local.draw(replace(drawing_plan("atelier-draw-2"), source_image=start))

    assert job.source == DrawSource(start.sha256, 0.35)


async def test_a_training_goes_from_the_queue_to_its_file(
    local: Backend, queue: SqliteQueue, files: FileStore
) -> None:
    remote = await local.submit(plan(files))
    waiting = await local.poll(remote)
    training = JobProgress(step=20, of=100, message=fact(FactKind.TRAINING), steps_per_second=4, loss=0.4)
    lease = await taken(queue, training)
    running = await local.poll(remote)
    result = await trained(queue, lease, files)
    done = await local.poll(remote)
    lora = await local.fetch(remote)

    assert (waiting.state, waiting.position, waiting.cost_micros) == (RemoteState.QUEUED, 0, 0)
    assert (running.state, running.step, running.of, running.loss) == (RemoteState.RUNNING, 20, 100, 0.4)
    assert (running.eta_seconds, running.worker, running.sign_of_life) == (20.0, "gpu-1", 1_000.0)
    assert done.state is RemoteState.SUCCEEDED
    assert (lora.sha256, lora.size) == (result.lora.sha256, result.lora.size)
    assert (lora.base_loss, lora.held_out_loss, lora.samples) == (0.5, 0.3, result.samples)


async def test_the_worker_gets_everything_that_it_needs(local: Backend, queue: SqliteQueue, files: FileStore) -> None:
    await local.submit(plan(files))
    job = TypeAdapter(TrainJob).validate_json((await taken(queue)).payload)

    assert (job.checkpoint, job.kind, job.trigger_word) == ("atelier-tiny", Kind.CHARACTER, "zorbi")
    assert (job.settings.steps, job.settings.seed) == (100, 5)
    (image,) = job.images
    assert (files.folder.read(image.blob.sha256), image.caption, image.held_out) == (
        b"a picture",
        "zorbi on a hill",
        False,
    )


async def test_the_same_name_is_one_training_and_can_be_found(
    local: Backend, queue: SqliteQueue, files: FileStore
) -> None:
    assert await local.find("atelier-1") is None

    assert await local.submit(plan(files)) == await local.submit(plan(files)) == RemoteTask("atelier-1")
    assert await local.find("atelier-1") == RemoteTask("atelier-1")
    assert len(await queue.open_jobs()) == 1


async def test_a_cancel_while_waiting_is_at_once_and_twice_is_fine(local: Backend, files: FileStore) -> None:
    remote = await local.submit(plan(files))
    await local.cancel(remote)
    await local.cancel(remote)

    assert (await local.poll(remote)).state is RemoteState.CANCELLED


async def test_a_failure_says_why_and_under_which_reference(
    local: Backend, queue: SqliteQueue, files: FileStore
) -> None:
    remote = await local.submit(plan(files))
    failure = TypeAdapter(Failure).dump_json(Failure(fact(FactKind.WORKER_BROKE, reference="ab12"))).decode()
    await queue.finish(await taken(queue), Outcome.FAILED, failure)

    progress = await local.poll(remote)
    assert progress.state is RemoteState.FAILED
    assert worded(progress).endswith("Reference `ab12`.")
    with pytest.raises(BackendRejected):
        await local.fetch(remote)


async def test_progress_and_failures_of_an_older_worker_are_read(
    local: Backend, queue: SqliteQueue, files: FileStore
) -> None:
    remote = await local.submit(plan(files))
    lease = await taken(queue)
    await queue.extend(lease, '{"step": 3, "of": 10, "message": "training"}')
    running = await local.poll(remote)
    await queue.finish(lease, Outcome.FAILED, '{"message": "Something went wrong.", "reference": "ab12"}')
    failed = await local.poll(remote)

    assert (running.step, worded(running)) == (3, "training")
    assert worded(failed) == "Something went wrong. Reference `ab12`."


async def test_a_job_that_its_workers_died_of_has_failed_with_a_reason(
    local: Backend, queue: SqliteQueue, files: FileStore, clock: Clock
) -> None:
    remote = await local.submit(plan(files))
    await taken(queue)
    clock.now += 1_000

    progress = await local.poll(remote)
    assert progress.state is RemoteState.FAILED
    assert "gave it up" in worded(progress)
    assert "tell the person who runs this bot" in worded(progress)


async def test_a_file_that_was_damaged_on_the_disk_is_not_passed_on(
    local: Backend, queue: SqliteQueue, files: FileStore
) -> None:
    remote = await local.submit(plan(files))
    result = await trained(queue, await taken(queue), files)
    files.folder.path(result.lora.sha256).write_bytes(b"something else")

    with pytest.raises(BackendReplyInvalid, match="gone or damaged"):
        await local.fetch(remote)
    files.folder.delete(result.lora.sha256)
    with pytest.raises(BackendReplyInvalid, match="gone or damaged"):
        await local.fetch(remote)


async def test_what_the_queue_does_not_know_is_said_plainly(local: Backend) -> None:
    for ask in (local.poll, local.fetch, local.drawing):
        with pytest.raises(BackendRejected, match="does not know"):
            await ask(RemoteTask("never"))


async def test_an_unknown_checkpoint_or_a_missing_file_is_refused(
    local: Backend, queue: SqliteQueue, files: FileStore
) -> None:
    with pytest.raises(BackendRejected, match="no checkpoint sdxl"):
        await local.submit(replace(plan(files), checkpoint="sdxl"))
    gone = hashlib.sha256(b"gone").hexdigest()
    with pytest.raises(BackendRejected, match="1 files are missing"):
        await local.draw(drawing_plan("d", LoraUse(gone, 1.0)))

    assert await queue.open_jobs() == ()


async def test_a_drawing_comes_back_as_stored_pictures(local: Backend, queue: SqliteQueue, files: FileStore) -> None:
    lora = files.folder.put(b"weights")
    remote = await local.draw(drawing_plan("d", LoraUse(lora, 0.8)))
    waiting = await local.drawing(remote)
    lease = await taken(queue)
    job = TypeAdapter(DrawJob).validate_json(lease.payload)
    pictures = tuple(BlobRef(files.folder.put(content), 5) for content in (b"one..", b"two.."))
    result = DrawResult("atelier-tiny", pictures, 3.0)
    await queue.finish(lease, Outcome.DONE, TypeAdapter(DrawResult).dump_json(result).decode())

    assert (waiting.state, waiting.position) == (RemoteState.QUEUED, 0)
    assert (job.prompt, job.count, job.seed, job.loras[0].strength) == ("zorbi at sea", 2, 7, 0.8)
    done = await local.drawing(remote)
    assert done.state is RemoteState.SUCCEEDED
    assert [files.folder.read(sha256) for sha256 in done.pictures] == [b"one..", b"two.."]
    await local.cancel_drawing(remote)
    assert (await local.drawing(remote)).state is RemoteState.SUCCEEDED


async def test_without_a_history_the_quote_is_a_guess_and_then_it_learns(
    local: Backend, queue: SqliteQueue, files: FileStore
) -> None:
    guess = await local.estimate(plan(files))
    await local.submit(plan(files))
    await trained(queue, await taken(queue), files, seconds=60)
    learnt = await local.estimate(plan(files))
    await local.submit(plan(files, "atelier-2"))
    waiting = await local.submit(plan(files, "atelier-3", "ben"))
    behind = await local.estimate(plan(files))

    assert (guess.cost_micros, guess.wait_seconds, guess.train_seconds) == (0, 0.0, 45.0)
    assert "your pictures stay" in guess.where
    assert learnt.train_seconds == 60.0
    assert behind.wait_seconds == 120.0
    progress = await local.poll(waiting)
    assert (progress.position, progress.eta_seconds) == (1, 120.0)


async def test_a_checkpoint_of_unknown_pace_has_no_guess(queue: SqliteQueue, files: FileStore) -> None:
    local = LocalBackend(queue, files, checkpoints={**BUILT_IN, "sd15": SD15})
    estimate = await local.estimate(replace(plan(files), checkpoint="sd15"))

    assert [checkpoint.name for checkpoint in local.abilities.checkpoints] == ["atelier-tiny", "sd15"]
    assert (estimate.cost_micros, estimate.train_seconds) == (0, None)


async def test_a_queue_that_is_out_of_order_is_said_to_be_so(
    local: Backend, queue: SqliteQueue, files: FileStore
) -> None:
    await queue._change(lambda db: db.execute("DROP TABLE jobs"))

    with pytest.raises(BackendAmbiguous):  # handed over again under its name, once the queue can be asked
        await local.submit(plan(files))
    with pytest.raises(BackendUnavailable):
        await local.poll(RemoteTask("atelier-1"))


async def test_a_result_that_makes_no_sense_breaks_the_contract(
    local: Backend, queue: SqliteQueue, files: FileStore
) -> None:
    remote = await local.submit(plan(files))
    await queue.finish(await taken(queue), Outcome.DONE, '{"lora": "trust me"}')

    with pytest.raises(BackendReplyInvalid):
        await local.fetch(remote)


async def test_jobs_that_can_not_be_read_are_left_out_of_everybodys_estimate(
    local: Backend, queue: SqliteQueue, files: FileStore, caplog: pytest.LogCaptureFixture
) -> None:
    await local.submit(plan(files, "atelier-old"))
    assert await queue.finish(await taken(queue), Outcome.DONE, "{}")  # as another version wrote it
    await local.submit(plan(files, "atelier-odd"))
    lease = await taken(queue)
    await queue.extend(lease, '{"step": "many"}')
    estimate = await local.estimate(plan(files, "atelier-new", member="bea"))

    assert estimate.train_seconds
    assert estimate.wait_seconds == 0
    assert "job=atelier-old is left out" in caplog.text
    assert "job=atelier-odd is left out" in caplog.text
