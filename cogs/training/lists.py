"""Lists of a member's trainings, and the queue as one member sees it."""

from collections.abc import Sequence

from bot.interactions.texts import count, when
from cogs.training import task_cards
from domain.orders.states import OrderStatus
from domain.text import shown
from services.training.tasks import Line, TaskView

NO_TASKS = "You have no trainings on this server yet. /train start makes a quote for one; a quote costs nothing."


def list_text(views: Sequence[TaskView]) -> str:
    """Return a member's trainings, newest first, one line each."""
    if not views:
        return NO_TASKS
    lines = [
        f"• {shown(v.task.model_name)} · {task_cards.status_word(v)}{_steps(v)}"
        f" · {when(v.task.order.times.created_at)}"
        f"{' · ⚠️ could not be posted' if v.is_undeliverable else ''}"
        for v in views
    ]
    return "\n".join(["**Your trainings on this server**", *lines, "-# /train status shows one in full."])


def queue_text(line: Line) -> str:
    """Return the queue as one member sees it, their own trainings first."""
    if not line.own:
        return f"You have no training waiting or running. {_busy(line)}"
    own = [
        f"• {shown(view.task.model_name)} · {task_cards.headline(view).removeprefix('Training · ')}"
        for view in line.own
    ]
    return "\n".join(
        ["**Your trainings**", *own, _busy(line), "-# Drawings go before trainings, so they hardly wait."]
    )


def _busy(line: Line) -> str:
    if not line.running and not line.waiting:
        return "Nobody else's is either, so a new one would start at once."
    runs = f"{count(line.running, 'training')} {'runs' if line.running == 1 else 'run'}"
    return f"On all servers together, {runs} and {line.waiting:,} {'waits' if line.waiting == 1 else 'wait'}."


def _steps(view: TaskView) -> str:
    progress = view.task.order.progress
    return (
        f", {task_cards.step_words(progress)}"
        if view.task.order.status is OrderStatus.RUNNING and progress.step
        else ""
    )
