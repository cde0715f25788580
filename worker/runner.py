"""Running one job, with files out of the store and results into it."""

import io
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import CheckpointUnusable, OutOfMemory, TrainingError
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Sample
from domain.queue.messages import BlobRef, DrawJob, DrawResult, JobProgress, TrainJob, TrainResult
from storage.files import FileFolder
from worker.job_control import JobControl
from worker.training.events import Prepared, Preparing, Sampled, Stepped, TrainEvent, TrainOutcome, Validated

if TYPE_CHECKING:
    from worker.models.warm import WarmCheckpoint
    from worker.training.request import TrainRequest
    from worker.training.settings import TrainerSettings

# torch and diffusers take seconds to import: the thread that works imports them, not the one that sends heartbeats.

log = logging.getLogger(__name__)

SMALLER = 0.75  # share of the resolution that is left when even a batch of one does not fit


class Runner:
    """Runs jobs with one loaded checkpoint, on one thread.

    `locations` says where each checkpoint of a job is.
    """

    def __init__(
        self, files: FileFolder, locations: Mapping[str, str], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._files = files
        self._locations = locations
        self._clock = clock
        self._warm: WarmCheckpoint | None = None

    def __call__(self, job: TrainJob | DrawJob, control: JobControl) -> TrainResult | DrawResult:
        """Do the job.

        Raises `TrainingError`, `StorageFull`, `Cancelled` or `Drained`.
        """
        match job:
            case TrainJob():
                return self._train(job, control)
            case DrawJob():
                return self._draw(job, control)

    def warm_up(self, checkpoint: str) -> None:
        """Load a checkpoint before the first job.

        A failure is only logged.
        """
        try:
            self._checkpoints().get(self._location(checkpoint))
        except TrainingError as error:
            log.warning("checkpoint=%s can't be loaded: %s", checkpoint, error)

    def _train(self, job: TrainJob, control: JobControl) -> TrainResult:
        from worker.training.request import TrainPicture, TrainRequest

        model = self._checkpoints().get(self._location(job.checkpoint))
        request = TrainRequest(
            pictures=tuple(
                TrainPicture(self._checked(image.blob.sha256), image.caption, held_out=image.held_out)
                for image in job.images
            ),
            trigger_word=job.trigger_word,
            settings=settings_of(job, model.family.name),
            kind=job.kind,
        )
        try:
            outcome = self._trained(job, control, request)
        except OutOfMemory:
            smaller = less_memory(request.settings, model.resolution)
            log.warning("out of memory; trying once more with batch=%d", smaller.batch)
            outcome = self._trained(job, control, replace(request, settings=smaller))
        return TrainResult(
            checkpoint=job.checkpoint,
            lora=self._stored(outcome.lora),
            base_loss=outcome.base_loss,
            held_out_loss=outcome.best_loss,
            best_step=outcome.best_step,
            steps=outcome.steps,
            stopped_early=outcome.stopped_early,
            samples=tuple(
                sample
                for sampled in outcome.samples
                for sample in stored_samples(sampled, request.sample_prompts(), self._files)
            ),
            seconds=outcome.seconds,
        )

    def _trained(self, job: TrainJob, control: JobControl, request: "TrainRequest") -> TrainOutcome:
        from worker.training.trainer import train

        report = ProgressReport(control, request.sample_prompts(), self._files)
        return train(
            self._checkpoints().get(self._location(job.checkpoint)),
            request,
            out=control.workdir / "lora.safetensors",
            workdir=control.workdir,
            on_event=report.on_event,
            clock=self._clock,
        )

    def _draw(self, job: DrawJob, control: JobControl) -> DrawResult:
        from worker.drawing import DrawRequest, LoraFile, SourceFile, draw

        began = self._clock()
        loras = tuple(
            LoraFile(self._lora(lora.sha256, control.workdir / f"lora-{number}.safetensors"), lora.strength)
            for number, lora in enumerate(job.loras)
        )
        source = SourceFile(self._checked(job.source.sha256), job.source.change) if job.source else None
        seeds = tuple(range(job.seed, job.seed + job.count))
        pictures = draw(
            self._checkpoints().get(self._location(job.checkpoint)),
            DrawRequest(job.prompt, seeds, loras, width=job.width, height=job.height, source=source),
            on_step=lambda done, of: control.report(JobProgress(step=done, of=of, message=fact(FactKind.DRAWING))),
        )
        blobs = []
        for picture in pictures:
            file = io.BytesIO()
            picture.save(file, format="PNG")
            blobs.append(BlobRef(self._files.put(file.getvalue()), file.tell()))
        return DrawResult(job.checkpoint, tuple(blobs), self._clock() - began)

    def _checkpoints(self) -> "WarmCheckpoint":
        from worker.models.warm import WarmCheckpoint

        if self._warm is None:
            self._warm = WarmCheckpoint()
        return self._warm

    def _location(self, checkpoint: str) -> str:
        try:
            return self._locations[checkpoint]
        except KeyError:
            raise CheckpointUnusable(FactKind.CHECKPOINT_UNKNOWN, name=checkpoint) from None

    def _checked(self, sha256: str) -> Path:
        try:
            self._files.read(sha256)
        except OSError as error:
            raise TrainingError(FactKind.STORED_FILE_DAMAGED) from error
        return self._files.path(sha256)

    def _lora(self, sha256: str, name: Path) -> Path:
        """Return the stored file under a name that ends in .safetensors, which diffusers needs."""
        name.unlink(missing_ok=True)
        name.symlink_to(self._checked(sha256).absolute())
        return name

    def _stored(self, file: Path) -> BlobRef:
        content = file.read_bytes()
        return BlobRef(self._files.put(content), len(content))


class ProgressReport:
    """Turns the trainer's events into the progress of the job."""

    def __init__(self, control: JobControl, prompts: tuple[str, ...], files: FileFolder) -> None:
        self._control = control
        self._prompts = prompts
        self._files = files
        self._now = replace(control.progress, message=fact(FactKind.LOADING))

    def on_event(self, event: TrainEvent) -> None:
        """Take one event.

        Raises `Cancelled` or `Drained` when the training has to stop.
        """
        match event:
            case Preparing(done, of):
                self._now = replace(self._now, message=fact(FactKind.ENCODING, done=done, of=of))
            case Prepared(_, _, resumed_at):
                self._now = replace(self._now, message=fact(FactKind.TRAINING), step=resumed_at)
            case Stepped(step, of, loss, speed):
                self._now = replace(self._now, step=step, of=of, loss=loss, steps_per_second=speed or None)
            case Validated(_, _, base, best, _):
                self._now = replace(self._now, base_loss=base, held_out_loss=best)
            case Sampled(step, _):
                others = tuple(sample for sample in self._now.samples if sample.step != step)
                samples = others + stored_samples(event, self._prompts, self._files)
                self._now = replace(self._now, samples=tuple(sorted(samples, key=lambda sample: sample.step)))
        self._control.report(self._now)


def stored_samples(sampled: Sampled, prompts: tuple[str, ...], files: FileFolder) -> tuple[Sample, ...]:
    """Put the samples of one step into the file store."""
    return tuple(
        Sample(sampled.step, prompt, files.put(path.read_bytes()))
        for prompt, path in zip(prompts, sampled.paths, strict=True)
    )


def settings_of(job: TrainJob, family: str) -> "TrainerSettings":
    """Return the trainer's settings for a job.

    What the job does not say comes from the family's preset that is nearest in steps.
    """
    from worker.training.settings import PRESETS

    wanted = job.settings
    presets = [settings for (of, _), settings in PRESETS.items() if of == family]
    return replace(
        min(presets, key=lambda preset: abs(preset.steps - wanted.steps)),
        steps=wanted.steps,
        learning_rate=wanted.learning_rate,
        rank=wanted.rank,
        resolution=wanted.resolution,
        seed=wanted.seed,
    )


def less_memory(settings: "TrainerSettings", resolution: int) -> "TrainerSettings":
    """Return settings that need about half the memory.

    They have half the batch, or smaller pictures when the batch is one.
    """
    if settings.batch > 1:
        return replace(settings, batch=settings.batch // 2)
    smaller = int((settings.resolution or resolution) * SMALLER) // 8 * 8
    return replace(settings, resolution=max(64, smaller))
