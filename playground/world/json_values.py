"""JSON values as they travel between the playground and a bot."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def timestamp(moment: datetime) -> str:
    """Write a moment as Discord writes it (ISO 8601, UTC, microseconds)."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def optional(**fields: object) -> Json:
    """Keep only the fields that have a value, since Discord leaves the others out."""
    return {name: value for name, value in fields.items() if value is not None}


def as_id(value: object) -> int:
    """Read a snowflake from a JSON value, 0 (the id of nothing) when it is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else 0


def as_object(value: object) -> Json:
    """Read a JSON object, an empty one when the value is something else."""
    return dict(value) if isinstance(value, Mapping) else {}
