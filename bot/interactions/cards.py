"""Plain text as a card with buttons under it."""

from typing import Any

import discord

LONGEST = 3_900  # characters; Discord takes 4,000 on one card


def card(text: str, *items: discord.ui.Item[Any]) -> discord.ui.LayoutView:
    """Return a card of text with at most one row of buttons under it.

    Text that is too long loses its end.
    """
    view = discord.ui.LayoutView(timeout=None)  # a view that times out would take its template with it
    view.add_item(discord.ui.TextDisplay(text if len(text) <= LONGEST else f"{text[:LONGEST]}…"))
    if items:
        view.add_item(discord.ui.ActionRow(*items))
    return view
