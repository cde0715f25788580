"""Jobs, progress and results as the JSON that travels through the queue."""

import json
from dataclasses import replace

from pydantic import TypeAdapter

from domain.errors import TrainingError
from domain.orders.facts import FactKind
from domain.queue.jobs import JobKind, Lease
from domain.queue.messages import (
    MOST_PROGRESS_BYTES,
    DrawJob,
    DrawResult,
    Failure,
    JobProgress,
    TrainJob,
    TrainResult,
    current_drawing,
    current_progress,
)

_PROGRESS = TypeAdapter(JobProgress)
_OUT: TypeAdapter[TrainResult | DrawResult | Failure] = TypeAdapter(TrainResult | DrawResult | Failure)
_TRAIN = TypeAdapter(TrainJob)
_DRAW = TypeAdapter(DrawJob)


def read_job(lease: Lease) -> TrainJob | DrawJob:
    """Return the job of a lease.

    Raises `TrainingError` for a job of another version.
    """
    try:
        match lease.kind:
            case JobKind.TRAIN:
                return _TRAIN.validate_json(lease.payload)
            case JobKind.DRAW:
                return _DRAW.validate_python(current_drawing(json.loads(lease.payload)))
    except ValueError as error:
        raise TrainingError(FactKind.JOB_UNKNOWN) from error


def read_progress(text: str) -> JobProgress:
    """Return the progress that was reported last, and none when it can't be read."""
    try:
        return _PROGRESS.validate_python(current_progress(json.loads(text)))
    except ValueError:
        return JobProgress()


def write_progress(progress: JobProgress) -> str:
    """Return progress as JSON of at most 32 KiB.

    Of too many samples the base model's and the newest stay.
    """
    text = _PROGRESS.dump_json(progress)
    while len(text) > MOST_PROGRESS_BYTES and progress.samples:
        first, rest = progress.samples[0], progress.samples[1:]
        kept = rest[len(rest) // 2 + 1 :]
        progress = replace(progress, samples=(first, *kept) if kept else ())
        text = _PROGRESS.dump_json(progress)
    return text.decode()


def write_result(result: TrainResult | DrawResult | Failure) -> str:
    """Return what came out of a job as JSON."""
    return _OUT.dump_json(result).decode()
