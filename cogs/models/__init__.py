"""Models in chat."""

from bot.client import Client
from cogs.models import cards, texts
from cogs.models.commands import ModelCommands


async def setup(bot: Client) -> None:
    """Register the commands, and what the buttons of models do."""
    cog = ModelCommands(bot.services.models, bot.services.pictures)
    await bot.add_cog(cog)
    bot.explanations.add(texts.explain)
    bot.buttons.add(cards.LIST, cog.on_page)
    bot.buttons.add(cards.DELETE, cog.on_delete)
    bot.buttons.add(cards.DELETE_NOW, cog.on_delete_now)
    bot.buttons.add(cards.UNDO, cog.on_undo)
