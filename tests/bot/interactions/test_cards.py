"""Plain text as a card."""

import discord

from bot.interactions.cards import LONGEST, card


async def test_text_that_is_too_long_for_a_card_loses_its_end() -> None:
    (text,) = card("x" * 5_000).children

    assert isinstance(text, discord.ui.TextDisplay)
    assert len(text.content) == LONGEST + 1
