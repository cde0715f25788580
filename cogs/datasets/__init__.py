"""Datasets in chat."""

from discord import app_commands

from bot.client import Client
from cogs.datasets import cards, error_texts
from cogs.datasets.buttons import DatasetButtons
from cogs.datasets.commands import DatasetCommands
from cogs.datasets.messages import PictureMessages


async def setup(bot: Client) -> None:
    """Register the commands, and what messages, buttons and forms of datasets do."""
    services = bot.services
    bot.explanations.add(error_texts.explain)
    buttons = DatasetButtons(services.datasets, services.intake, services.images, bot.downloads)
    messages = PictureMessages(services.intake, bot.downloads)
    await bot.add_cog(DatasetCommands(services.datasets, services.intake, services.images, bot.downloads))
    await bot.add_cog(buttons)
    await bot.add_cog(messages)
    bot.tree.add_command(app_commands.ContextMenu(name="Add to dataset", callback=messages.from_message))
    bot.mentions.set(messages.from_mention)
    bot.buttons.add(cards.TURN_PAGE, buttons.turn)
    bot.buttons.add(cards.CAPTION, buttons.ask_caption)
    bot.buttons.add(cards.APPLY_CHANGE, buttons.apply_change)
    bot.buttons.add(cards.REMOVE, buttons.ask_remove)
    bot.buttons.add(cards.PUT_BACK, buttons.put_back)
    bot.buttons.add(cards.DELETE, buttons.delete)
    bot.buttons.add(cards.KEEP, buttons.keep)
    bot.buttons.add(cards.UNDELETE, buttons.undelete)
    bot.buttons.add(cards.CHOOSE_DATASET, messages.choose_where)
    bot.buttons.add(cards.PLACE, messages.place)
    bot.buttons.add(cards.NEW_FOR, messages.ask_new)
    bot.forms.add(cards.CAPTION, buttons.caption_one)
    bot.forms.add(cards.CAPTION_OF, buttons.caption_picked)
    bot.forms.add(cards.REMOVE, buttons.remove)
    bot.forms.add(cards.UPLOAD, buttons.upload)
    bot.forms.add(cards.NEW_FOR, messages.place_in_new)
