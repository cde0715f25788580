"""The buttons of quotes and trainings."""

from typing import Any

import discord

from bot.interactions.buttons import button

Item = discord.ui.Item[Any]  # discord.py's layouts take no narrower type of a dynamic item

CONFIRM, ADVANCED, DROP = "confirm-training", "advanced", "drop-quote"
QUOTE_AT, APPROVE, DECLINE = "quote-at", "approve-training", "decline-training"
STOP, RETRY, AGAIN, ELSEWHERE = "stop-training", "retry-training", "train-again", "train-elsewhere"
CHARGED, NOT_CHARGED = "was-charged", "was-not-charged"
# On the card of a training, in each state.
CARD_VERBS = frozenset({STOP, RETRY, ELSEWHERE, CHARGED, NOT_CHARGED})
APPROVAL_VERBS = frozenset({APPROVE, DECLINE})
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


def quote_at(task_id: str, key: str, name: str) -> Item:
    """Return the button that takes a quote to another backend."""
    return button(f"Quote at {name}"[:80], QUOTE_AT, task_id, key, emoji="🔀")


def approve(task_id: str) -> Item:
    """Return the button by which a moderator lets an expensive training start."""
    return button("Approve", APPROVE, task_id, emoji="✅", style=discord.ButtonStyle.success)


def decline(task_id: str) -> Item:
    """Return the button by which a moderator refuses an expensive training."""
    return button("Decline", DECLINE, task_id, emoji="✖️")


def elsewhere(task_id: str) -> Item:
    """Return the button that makes a new quote at another backend for what the first one did not take."""
    return button("Elsewhere", ELSEWHERE, task_id, emoji="🔀")


def was_charged(task_id: str) -> Item:
    """Return the button by which an owner says that their account there shows the training."""
    return button("It was charged", CHARGED, task_id, emoji="💰")


def was_not_charged(task_id: str) -> Item:
    """Return the button by which an owner says that their account there does not show the training."""
    return button("It was not charged", NOT_CHARGED, task_id, emoji="🚫")


def stop(task_id: str, *, disabled: bool = False) -> Item:
    """Return the button that stops a training."""
    return button("Stop", STOP, task_id, emoji="⏹️", disabled=disabled)


def retry(task_id: str, *, label: str = "Retry") -> Item:
    """Return the button on a training's card that makes a new quote with everything kept."""
    return button(label, RETRY, task_id, emoji="🔁")


def again(task_id: str) -> Item:
    """Return the button under a finished training that makes a quote for the next one."""
    return button("Train again", AGAIN, task_id, emoji="🔁")
