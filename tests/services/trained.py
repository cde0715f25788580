"""A LoRA as a finished training leaves it, with the rows that it hangs on."""

import sqlite3

from domain.models.loras import Lora
from storage.models import loras


def keep(connection: sqlite3.Connection, lora: Lora) -> Lora:
    """Insert the LoRA under its next version, with a dataset, its frozen version and the task that made it."""
    dataset, version = f"dataset-{lora.task_id}", f"version-{lora.task_id}"
    connection.execute(
        "INSERT INTO datasets (id, guild_id, owner_id, name, name_key, kind, trigger_word, created_at) "
        "VALUES (?, ?, ?, ?, ?, 'character', ?, 0)",
        (dataset, lora.guild_id, lora.owner_id, dataset, dataset, lora.task_id),
    )
    connection.execute(
        "INSERT INTO dataset_versions (id, dataset_id, created_at) VALUES (?, ?, 0)", (version, dataset)
    )
    connection.execute(
        "INSERT INTO tasks (id, guild_id, channel_id, owner_id, dataset_id, dataset_name, kind, version_id, "
        "trigger_word, model_name, backend, checkpoint, preset, settings, status, progress, created_at, updated_at, "
        "quote_ends_at) "
        "VALUES (?, ?, 1, ?, ?, 'Robo', 'character', ?, ?, ?, ?, ?, 'fast', '{}', 'succeeded', '{}', 0, 0, 0)",
        (
            lora.task_id,
            lora.guild_id,
            lora.owner_id,
            dataset,
            version,
            lora.trigger_word,
            lora.name,
            lora.backend,
            lora.checkpoint,
        ),
    )
    return loras.insert(connection, lora)


def lora(number: int, *, name: str, owner_id: int, guild_id: int, preview_sha256: str | None = None) -> Lora:
    """Return a LoRA to keep; `number` makes its ids."""
    return Lora(
        id=f"{number:04x}" + "1" * 28,
        guild_id=guild_id,
        owner_id=owner_id,
        task_id=f"task-{number}",
        name=name,
        version=0,
        checkpoint="atelier-tiny",
        backend="scripted",
        trigger_word="zorbo",
        sha256="a" * 64,
        size=900_000,
        base_loss=0.2,
        held_out_loss=0.15,
        created_at=float(number),
        preview_sha256=preview_sha256,
    )
