"""The form of a quote's settings."""

from typing import Any

import discord

from bot.interactions.forms import Submitted, choice_field, form, text_field
from domain import numbers
from domain.training.settings import Bounds, CheckpointInfo, TrainingSettings
from domain.training.tasks import TrainingTask

ADVANCED = "advanced"
MOST_FIELDS = 5


def advanced_form(task: TrainingTask, checkpoint: CheckpointInfo) -> discord.ui.Modal:
    """Return the settings of a quoted task that its checkpoint lets members change, at most five, as a form."""
    settings, allowed = task.settings, checkpoint.allowed
    fields: list[discord.ui.Label[Any]] = []
    if allowed.methods:
        options = [discord.SelectOption(label=m, value=m, default=m == settings.method) for m in allowed.methods]
        fields.append(choice_field("method", "Way of training", options, hint="what this place learns the best"))
    if allowed.steps:
        fields.append(_field("steps", "Steps", str(settings.steps), allowed.steps, "more learns longer; "))
    if allowed.learning_rate:
        hint = "how big each step is; "
        rates = ", ".join(f"{rate:g}" for rate in allowed.learning_rates)
        if rates:
            fields.append(
                text_field(
                    "learning_rate",
                    "Learning rate",
                    value=f"{settings.learning_rate:g}",
                    longest=20,
                    hint=f"one of {rates}",
                )
            )
        else:
            fields.append(
                _field("learning_rate", "Learning rate", f"{settings.learning_rate:g}", allowed.learning_rate, hint)
            )
    if allowed.rank:
        fields.append(_field("rank", "Rank", str(settings.rank), allowed.rank, "how much it can remember; "))
    if allowed.resolution:
        hint = f"pixels, a multiple of {allowed.resolution_step}; "
        fields.append(_field("resolution", "Resolution", str(settings.resolution), allowed.resolution, hint))
    if allowed.seed:
        fields.append(_field("seed", "Seed", str(settings.seed), allowed.seed, ""))
    return form("Advanced settings", ADVANCED, task.id, fields=fields[:MOST_FIELDS])


def read_settings(submitted: Submitted, old: TrainingSettings) -> TrainingSettings:
    """Return the settings that a member wrote, what the form left out as it was.

    Raises `InvalidInput` naming the first that is no number.
    """
    texts = submitted.texts
    method = submitted.choices.get("method", ())

    def whole(name: str, what: str, kept: int) -> int:
        return numbers.whole(texts[name], what=what) if name in texts else kept

    return TrainingSettings(
        steps=whole("steps", "Steps", old.steps),
        learning_rate=(
            numbers.decimal(texts["learning_rate"], what="Learning rate")
            if "learning_rate" in texts
            else old.learning_rate
        ),
        rank=whole("rank", "Rank", old.rank),
        resolution=whole("resolution", "Resolution", old.resolution),
        seed=whole("seed", "Seed", old.seed),
        method=method[0] if method else old.method,
    )


def _field(name: str, label: str, value: str, bounds: Bounds, hint: str) -> discord.ui.Label[Any]:
    return text_field(
        name, label, value=value, longest=20, hint=f"{hint}{_plain(bounds.low)} to {_plain(bounds.high)}"
    )


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number >= 1 or number == 0 else f"{number:g}"
