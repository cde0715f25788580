"""A line that says how far a long command is, for members who wait longer than two seconds."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.interactions.cards import card

SECONDS = 2.0  # before the first line, and between two


def counting(
    interaction: discord.Interaction[Any], *, clock: Callable[[], float] | None = None
) -> Callable[[int, int], Awaitable[None]]:
    """Return a function that shows `Checking picture 7 of 10…` in the interaction's answer, now and then."""
    time = clock or asyncio.get_running_loop().time
    shown = time()

    async def progress(done: int, of: int) -> None:
        nonlocal shown
        at = time()
        if done >= of or at - shown < SECONDS:
            return
        shown = at
        with contextlib.suppress(discord.HTTPException):  # the work goes on, whether or not the line shows
            await interaction.edit_original_response(view=card(f"Checking picture {done + 1} of {of}…"))

    return progress
