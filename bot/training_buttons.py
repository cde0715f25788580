"""The buttons of quotes and trainings: which verb each has, and how it looks."""

from typing import Any

import discord

from bot.buttons import button

Item = discord.ui.Item[Any]  # discord.py's layouts take no narrower type of a dynamic item

CONFIRM, ADVANCED, DROP = "confirm-training", "advanced", "drop-quote"
STOP, RETRY, AGAIN = "stop-training", "retry-training", "train-again"
CARD_VERBS = frozenset({STOP, RETRY})  # on the card of a training, whatever its state
COMPLETION_VERBS = frozenset({AGAIN})  # on the post that says that it is done


def confirm(task_id: str) -> Item:
    """Return the button that starts what was quoted."""
    return button("Confirm", CONFIRM, task_id, emoji="✅", style=discord.ButtonStyle.success)


def advanced(task_id: str) -> Item:
    """Return the button that opens a quote's settings as a form."""
    return button("Advanced", ADVANCED, task_id, emoji="✏️")


def drop(task_id: str) -> Item:
    """Return the button that drops a quote."""
    return button("Cancel", DROP, task_id, emoji="✖️")


def stop(task_id: str, *, disabled: bool = False) -> Item:
    """Return the button that stops a training."""
    return button("Stop", STOP, task_id, emoji="⏹️", disabled=disabled)


def retry(task_id: str, *, label: str = "Retry") -> Item:
    """Return the button on a training's card that makes a new quote with everything kept."""
    return button(label, RETRY, task_id, emoji="🔁")


def again(task_id: str) -> Item:
    """Return the button under a finished training that makes a quote for the next one."""
    return button("Train again", AGAIN, task_id, emoji="🔁")
