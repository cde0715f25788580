"""How a training task becomes a row, and a row a task again."""

import json
import sqlite3

from pydantic import TypeAdapter

from domain.datasets import Kind
from domain.facts import FactKind
from domain.tasks import Approval, Progress, TaskStatus, TrainingTask
from domain.training import Preset, TrainingSettings

COLUMNS = """id, guild_id, channel_id, parent_id, owner_id, dataset_id, dataset_name, kind, version_id, trigger_word,
    model_name, backend, checkpoint, preset, settings, status, remote_id, progress, cancel_asked, reason, misses,
    created_at, updated_at, quote_ends_at, started_at, finished_at, retry_of, quoted_micros, ceiling_micros,
    charged_micros, charge_is_guess, approval, approved_by, queued_at, attempts, lost_answers, again_at"""

_settings = TypeAdapter(TrainingSettings)
_progress = TypeAdapter(Progress)


def settings_json(settings: TrainingSettings) -> str:
    """Return the settings as JSON."""
    return _settings.dump_json(settings).decode()


def _progress_of(text: str) -> Progress:
    """Return the progress that a row keeps, also where its message and notes are plain words of an older version."""
    if '"message":"' in text or '"notes":["' in text:
        kept = json.loads(text)
        kept["message"] = _words(kept["message"]) if kept["message"] else None
        kept["notes"] = [_words(note) for note in kept.get("notes", ())]
        text = json.dumps(kept)
    return _progress.validate_json(text, strict=True)


def _words(said: object) -> object:
    return {"kind": FactKind.WORDS, "values": {"said": said}} if isinstance(said, str) else said


def progress_json(progress: Progress) -> str:
    """Return the progress as JSON; a number that is none (NaN) becomes null."""
    return _progress.dump_json(progress).decode()


def to_row(task: TrainingTask) -> tuple[float | str | None, ...]:
    """Return the values in the order of `COLUMNS`."""
    return (
        task.id,
        task.guild_id,
        task.channel_id,
        task.parent_id,
        task.owner_id,
        task.dataset_id,
        task.dataset_name,
        task.kind,
        task.version_id,
        task.trigger_word,
        task.model_name,
        task.backend,
        task.checkpoint,
        task.preset,
        settings_json(task.settings),
        task.status,
        task.remote_id,
        progress_json(task.progress),
        task.cancel_asked,
        task.reason,
        task.misses,
        task.created_at,
        task.updated_at,
        task.quote_ends_at,
        task.started_at,
        task.finished_at,
        task.retry_of,
        task.quoted_micros,
        task.ceiling_micros,
        task.charged_micros,
        task.charge_is_guess,
        task.approval,
        task.approved_by,
        task.queued_at,
        task.attempts,
        task.lost_answers,
        task.again_at,
    )


def to_task(row: sqlite3.Row) -> TrainingTask:
    """Return the task of a row that holds `COLUMNS`."""
    return TrainingTask(
        id=row["id"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        parent_id=row["parent_id"],
        owner_id=row["owner_id"],
        dataset_id=row["dataset_id"],
        dataset_name=row["dataset_name"],
        kind=Kind(row["kind"]),
        version_id=row["version_id"],
        trigger_word=row["trigger_word"],
        model_name=row["model_name"],
        backend=row["backend"],
        checkpoint=row["checkpoint"],
        preset=Preset(row["preset"]),
        settings=_settings.validate_json(row["settings"], strict=True),
        status=TaskStatus(row["status"]),
        remote_id=row["remote_id"],
        progress=_progress_of(row["progress"]),
        cancel_asked=bool(row["cancel_asked"]),
        reason=row["reason"],
        misses=row["misses"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        quote_ends_at=row["quote_ends_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        retry_of=row["retry_of"],
        quoted_micros=row["quoted_micros"],
        ceiling_micros=row["ceiling_micros"],
        charged_micros=row["charged_micros"],
        charge_is_guess=bool(row["charge_is_guess"]),
        approval=Approval(row["approval"]),
        approved_by=row["approved_by"],
        queued_at=row["queued_at"],
        attempts=row["attempts"],
        lost_answers=row["lost_answers"],
        again_at=row["again_at"],
    )
