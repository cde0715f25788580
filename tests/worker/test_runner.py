"""Jobs done for real on a small random checkpoint: files out of the store, files into the store."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from domain.datasets.dataset import Kind
from domain.errors import CheckpointUnusable, OutOfMemory, TrainingError
from domain.orders.facts import FactKind
from domain.queue.messages import (
    BlobRef,
    DrawJob,
    DrawLora,
    DrawResult,
    DrawSource,
    JobProgress,
    TrainImage,
    TrainJob,
    TrainResult,
)
from domain.training.settings import TrainingSettings
from storage.files import FileFolder
from worker.job_control import Cancelled, Drained, JobControl, Stop
from worker.runner import Runner, less_memory, settings_of
from worker.training import trainer
from worker.training.request import TrainRequest
from worker.training.settings import PRESETS, TrainerSettings


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> FileFolder:
    return FileFolder(tmp_path_factory.mktemp("files"), free_floor=0)


@pytest.fixture(scope="module")
def runner(files: FileFolder, flow_folder: Path) -> Runner:
    return Runner(files, {"random": str(flow_folder)})


@pytest.fixture(scope="module")
def job(files: FileFolder, picture_folder: Path) -> TrainJob:
    pictures = sorted(picture_folder.glob("*.png"))
    images = tuple(
        TrainImage(
            BlobRef(files.put(picture.read_bytes()), picture.stat().st_size), f"a dot, number {n}", held_out=n == 0
        )
        for n, picture in enumerate(pictures)
    )
    settings = TrainingSettings(steps=4, learning_rate=1e-3, rank=4, resolution=64, seed=3)
    return TrainJob("random", Kind.OBJECT, "zorbi", settings, images)


@pytest.fixture(scope="module")
def whole(runner: Runner, job: TrainJob, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainResult, JobProgress]:
    """One training without a pause: what came out, and what was said last."""
    at = control(tmp_path_factory.mktemp("whole"))
    return trained(runner, job, at), at.progress


def control(folder: Path, said: JobProgress | None = None) -> JobControl:
    folder.mkdir(exist_ok=True)
    return JobControl(folder, said or JobProgress())


def trained(runner: Runner, job: TrainJob, at: JobControl) -> TrainResult:
    result = runner(job, at)
    assert isinstance(result, TrainResult)
    return result


def drawn(runner: Runner, job: DrawJob, at: JobControl) -> DrawResult:
    result = runner(job, at)
    assert isinstance(result, DrawResult)
    return result


def drawing(*loras: DrawLora) -> DrawJob:
    return DrawJob("random", "zorbi", loras, count=1, seed=11, width=64, height=64)


class StoppingControl(JobControl):
    """Requests a stop by itself after some reports of steps."""

    def __init__(self, folder: Path, request: Stop, after: int) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(folder, JobProgress())
        self._request = request
        self._left = after

    def report(self, progress: JobProgress) -> None:
        self._left -= progress.of > 0
        if self._left == 0:
            self.stop(self._request)
        super().report(progress)


def test_a_training_leaves_its_file_and_its_samples_in_the_store(
    files: FileFolder, whole: tuple[TrainResult, JobProgress]
) -> None:
    result, said = whole

    assert len(files.read(result.lora.sha256)) == result.lora.size
    assert (result.steps, result.checkpoint) == (4, "random")
    assert result.base_loss is not None
    assert {sample.prompt for sample in result.samples} == {"a picture of zorbi", "zorbi, a dot, number 0"}
    assert result.samples[0].step == 0
    assert all(files.has(sample.sha256) for sample in result.samples)
    assert (said.step, said.of, said.base_loss) == (4, 4, result.base_loss)
    assert said.samples == result.samples


def test_a_drawing_with_the_lora_is_another_than_without(
    runner: Runner, files: FileFolder, whole: tuple[TrainResult, JobProgress], tmp_path: Path
) -> None:
    lora = DrawLora(whole[0].lora.sha256, 2.0)
    with_lora = drawn(runner, drawing(lora), control(tmp_path / "with"))
    without = drawn(runner, replace(drawing(), count=2), control(tmp_path / "without"))

    assert len(without.pictures) == 2
    assert not set(without.pictures) & set(with_lora.pictures)
    with Image.open(files.path(with_lora.pictures[0].sha256)) as picture:
        assert (picture.format, picture.size) == ("PNG", (64, 64))
    assert drawn(runner, drawing(lora), control(tmp_path / "again")).pictures == with_lora.pictures


def test_a_drawing_from_a_picture_in_the_store_is_another_than_from_words(
    runner: Runner, files: FileFolder, job: TrainJob, tmp_path: Path
) -> None:
    source = DrawSource(job.images[0].blob.sha256, 0.3)
    from_words = drawn(runner, drawing(), control(tmp_path / "words"))
    from_picture = drawn(runner, replace(drawing(), source=source), control(tmp_path / "picture"))
    gone = DrawSource(files.put(b"gone"), 0.3)
    files.delete(gone.sha256)

    assert from_picture.pictures != from_words.pictures
    assert drawn(runner, drawing(), control(tmp_path / "again")).pictures == from_words.pictures
    with pytest.raises(TrainingError, match="stored file damaged"):
        runner(replace(drawing(), source=gone), control(tmp_path / "gone"))


def test_a_training_that_was_paused_for_a_drawing_comes_out_the_same(
    runner: Runner, job: TrainJob, whole: tuple[TrainResult, JobProgress], tmp_path: Path
) -> None:
    paused = StoppingControl(tmp_path / "paused", Stop.PAUSE, after=3)
    with pytest.raises(Drained):
        runner(job, paused)
    drawn(runner, drawing(), control(tmp_path / "d"))
    paused.resume()
    result = trained(runner, job, paused)

    assert result.held_out_loss == whole[0].held_out_loss
    assert result.samples == whole[0].samples
    assert paused.progress.samples == whole[0].samples


def test_a_cancelled_training_stores_no_lora(runner: Runner, job: TrainJob, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        runner(job, StoppingControl(tmp_path / "work", Stop.CANCEL, after=2))

    assert not (tmp_path / "work" / "lora.safetensors").exists()


def test_a_drawing_can_be_stopped(runner: Runner, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        runner(drawing(), StoppingControl(tmp_path / "d", Stop.CANCEL, after=2))


def test_out_of_memory_is_tried_once_more_with_half_the_batch(
    runner: Runner, job: TrainJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []

    def full(_: object, request: TrainRequest, **__: object) -> None:
        batches.append(request.settings.batch)
        raise OutOfMemory(FactKind.OUT_OF_MEMORY)

    monkeypatch.setattr(trainer, "train", full)

    with pytest.raises(OutOfMemory):
        runner(job, control(tmp_path / "work"))
    assert batches == [8, 4]


def test_a_file_that_is_gone_or_a_checkpoint_that_is_not_here_is_explained(
    runner: Runner, job: TrainJob, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointUnusable, match=r"checkpoint unknown \(name=sdxl\)"):
        runner(replace(job, checkpoint="sdxl"), control(tmp_path / "work"))

    gone = replace(job.images[2], blob=BlobRef("0" * 64, 9))
    with pytest.raises(TrainingError, match="stored file damaged"):
        runner(replace(job, images=(gone,)), control(tmp_path / "work"))


def test_less_memory_means_a_smaller_batch_and_then_smaller_pictures() -> None:
    settings = TrainerSettings(batch=8, resolution=512)

    assert less_memory(settings, 512).batch == 4
    one = less_memory(replace(settings, batch=1), 512)
    assert (one.batch, one.resolution) == (1, 384)
    assert less_memory(replace(settings, batch=1, resolution=None), 64).resolution == 64


def test_a_jobs_settings_come_on_top_of_the_nearest_preset(job: TrainJob) -> None:
    long = replace(job, settings=replace(job.settings, steps=390))
    assert settings_of(long, "tiny").patience == PRESETS["tiny", "best"].patience
    assert settings_of(long, "tiny").steps == 390

    short = settings_of(job, "tiny")
    assert (short.steps, short.rank, short.resolution, short.seed) == (4, 4, 64, 3)
