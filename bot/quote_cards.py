"""What a member sees before a training: the quote, and its settings as a form."""

from typing import Any

import discord

from bot import training_buttons
from bot.amounts import about, dollars, when
from bot.forms import Submitted, form, text_field
from bot.words import card, count
from domain import numbers
from domain.tasks import TaskStatus, TrainingTask
from domain.text import shown
from domain.training import LEARNING_RATE, RANK, RESOLUTION, SEED, STEPS, Bounds, Estimate, TrainingSettings
from services.quoting import Quote

ADVANCED = "advanced"

STARTED = "▶️ **Started.** Its card in this channel shows how it goes, and I tell you there when it is done."
UNCLEAR = (
    "⏳ **Handed over, but the answer got lost.** I am checking whether it arrived; I never hand it over twice on a "
    "guess. Its card in this channel shows how it goes."
)
DROPPED = "✖️ **Quote cancelled.** Nothing was started or charged. /train start makes a new one."


def quote_card(quote: Quote) -> discord.ui.LayoutView:
    """Return the quote: what, from what, where, how long, for how much, and the buttons that decide."""
    task = quote.task
    lines = [
        f"**Quote · train {shown(task.model_name)}** · {_time(quote.estimate)} · {_cost(quote.estimate)}",
        (
            f"**What:** a model that knows {shown(task.dataset_name)} by the trigger word "
            f"{shown(task.trigger_word)}, on {shown(quote.checkpoint.label)}"
        ),
        f"**Learns from:** {count(quote.trained_on, 'picture')}{_held_out(quote.held_out)}",
        f"**Where:** {quote.estimate.where}",
        (
            f"**How long:** {_time(quote.estimate)}{_wait(quote.estimate)} (preset {task.preset}, "
            f"{count(task.settings.steps, 'step')})"
        ),
        f"**Costs:** {_cost(quote.estimate)}",
        (
            f"-# Nothing starts or is charged before you confirm. Valid until {when(task.quote_ends_at, 't')} "
            f"({when(task.quote_ends_at)})."
        ),
    ]
    return card(
        "\n".join(lines),
        training_buttons.confirm(task.id),
        training_buttons.advanced(task.id),
        training_buttons.drop(task.id),
    )


def confirmed_card(task: TrainingTask) -> discord.ui.LayoutView:
    """Return what takes the quote's place once it was confirmed: what really came of it."""
    match task.status:
        case TaskStatus.FAILED:
            return card(f"⚠️ **Not started.** {task.reason} Nothing was charged. 🔁 Retry is on its card.")
        case TaskStatus.SUBMITTING:
            return card(UNCLEAR)
        case _:
            return card(STARTED)


def dropped_card() -> discord.ui.LayoutView:
    """Return what takes the place of a quote that was dropped."""
    return card(DROPPED)


def advanced_form(task: TrainingTask) -> discord.ui.Modal:
    """Return the settings of a quoted task as a form to change."""
    settings = task.settings
    fields = [
        _field("steps", "Steps", str(settings.steps), STEPS, "more learns longer; "),
        _field(
            "learning_rate", "Learning rate", f"{settings.learning_rate:g}", LEARNING_RATE, "how big each step is; "
        ),
        _field("rank", "Rank", str(settings.rank), RANK, "how much it can remember; "),
        _field("resolution", "Resolution", str(settings.resolution), RESOLUTION, "pixels, a multiple of 8; "),
        _field("seed", "Seed", str(settings.seed), SEED, ""),
    ]
    return form("Advanced settings", ADVANCED, task.id, fields=fields)


def read_settings(submitted: Submitted) -> TrainingSettings:
    """Return the settings that a member wrote; raise `InvalidInput` naming the first that is no number."""
    texts = submitted.texts
    return TrainingSettings(
        steps=numbers.whole(texts.get("steps", ""), what="Steps"),
        learning_rate=numbers.decimal(texts.get("learning_rate", ""), what="Learning rate"),
        rank=numbers.whole(texts.get("rank", ""), what="Rank"),
        resolution=numbers.whole(texts.get("resolution", ""), what="Resolution"),
        seed=numbers.whole(texts.get("seed", ""), what="Seed"),
    )


def _field(name: str, label: str, value: str, bounds: Bounds, hint: str) -> discord.ui.Label[Any]:
    return text_field(
        name, label, value=value, longest=20, hint=f"{hint}{_plain(bounds.low)} to {_plain(bounds.high)}"
    )


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number >= 1 or number == 0 else f"{number:g}"


def _held_out(number: int) -> str:
    return f"; {number} more {'is' if number == 1 else 'are'} held out, for an honest score" if number else ""


def _time(estimate: Estimate) -> str:
    return "time not known" if estimate.train_seconds is None else about(estimate.train_seconds)


def _wait(estimate: Estimate) -> str:
    if estimate.wait_seconds is None:
        return ""
    return ", starts at once" if estimate.wait_seconds < 1 else f", after {about(estimate.wait_seconds)} of waiting"


def _cost(estimate: Estimate) -> str:
    match estimate.cost_micros:
        case None:
            return "price not known"
        case 0:
            return "nothing, your own machine"
        case micros:
            return f"about {dollars(micros)}"
