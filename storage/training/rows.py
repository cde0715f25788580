"""How a training task becomes a row, and a row a task again."""

import sqlite3

from pydantic import TypeAdapter

from domain.datasets.dataset import Kind
from domain.training.settings import Preset, TrainingSettings
from domain.training.tasks import Approval, TrainingTask
from storage.orders.rows import Row, order_row, to_order

_settings = TypeAdapter(TrainingSettings)


def to_row(task: TrainingTask) -> Row:
    """Return the columns of a task."""
    return {
        **order_row(task.order),
        "dataset_id": task.dataset_id,
        "dataset_name": task.dataset_name,
        "kind": task.kind,
        "version_id": task.version_id,
        "trigger_word": task.trigger_word,
        "model_name": task.model_name,
        "checkpoint": task.checkpoint,
        "preset": task.preset,
        "settings": _settings.dump_json(task.settings).decode(),
        "quote_ends_at": task.quote_ends_at,
        "retry_of": task.retry_of,
        "approval": task.approval,
        "approved_by": task.approved_by,
    }


def to_task(row: sqlite3.Row) -> TrainingTask:
    """Return the task of a row."""
    return TrainingTask(
        order=to_order(row),
        dataset_id=row["dataset_id"],
        dataset_name=row["dataset_name"],
        kind=Kind(row["kind"]),
        version_id=row["version_id"],
        trigger_word=row["trigger_word"],
        model_name=row["model_name"],
        checkpoint=row["checkpoint"],
        preset=Preset(row["preset"]),
        settings=_settings.validate_json(row["settings"], strict=True),
        quote_ends_at=row["quote_ends_at"],
        retry_of=row["retry_of"],
        approval=Approval(row["approval"]),
        approved_by=row["approved_by"],
    )
