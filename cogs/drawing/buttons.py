"""The buttons of drawings."""

from typing import Any

import discord

from bot.interactions.buttons import button

Item = discord.ui.Item[Any]  # discord.py's layouts take no narrower type of a dynamic item

TRY, REROLL, AGAIN, EDIT, INFO, DELETE, DELETE_NOW, STOP = (
    "try",
    "reroll",
    "draw-again",
    "edit-drawing",
    "recipe",
    "delete-drawing",
    "delete-drawing-now",
    "stop-drawing",
)
VERBS = frozenset({REROLL, AGAIN, EDIT, INFO, DELETE, STOP})  # on the message that shows a drawing


def try_it(lora_id: str) -> Item:
    """Return the button that opens a form to draw with a LoRA."""
    return button("Try it", TRY, lora_id, emoji="🎨", style=discord.ButtonStyle.primary)


def reroll(drawing_id: str) -> Item:
    """Return the button that draws the same with another seed."""
    return button("Re-roll", REROLL, drawing_id, emoji="🔄")


def again(drawing_id: str) -> Item:
    """Return the button that tries a drawing once more that failed or was stopped."""
    return button("Try again", AGAIN, drawing_id, emoji="🔄")


def edit(drawing_id: str) -> Item:
    """Return the button that opens a drawing's recipe as a form."""
    return button("Edit", EDIT, drawing_id, emoji="✏️")


def info(drawing_id: str) -> Item:
    """Return the button that tells a drawing's recipe."""
    return button("Info", INFO, drawing_id, emoji="ℹ️")


def delete(drawing_id: str) -> Item:
    """Return the button that asks whether a drawing's pictures shall be deleted."""
    return button("Delete", DELETE, drawing_id, emoji="🗑️")


def delete_now(drawing_id: str, message_id: int, *, count: int) -> Item:
    """Return the button that deletes a drawing's `count` pictures, and the message that shows them, for good."""
    label = f"Delete {count} pictures" if count > 1 else "Delete it"
    return button(label, DELETE_NOW, drawing_id, str(message_id), emoji="🗑️", style=discord.ButtonStyle.danger)


def stop(drawing_id: str) -> Item:
    """Return the button that stops a drawing which is not finished."""
    return button("Stop", STOP, drawing_id, emoji="⏹️")
