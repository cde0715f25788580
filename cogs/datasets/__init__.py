"""Datasets in chat: commands, the message action, mentions, contact sheets."""

from discord import app_commands

from bot.client import Client
from cogs.datasets.buttons import DatasetButtons
from cogs.datasets.commands import DatasetCommands
from cogs.datasets.messages import PictureMessages


async def setup(bot: Client) -> None:
    """Register the commands, and what messages, buttons and forms of datasets do."""
    services = bot.services
    cards = DatasetButtons(services.datasets, services.intake, services.images, bot.downloads)
    messages = PictureMessages(services.intake, bot.downloads)
    await bot.add_cog(DatasetCommands(services.datasets, services.intake, services.images, bot.downloads))
    await bot.add_cog(cards)
    await bot.add_cog(messages)
    bot.tree.add_command(app_commands.ContextMenu(name="Add to dataset", callback=messages.from_message))
    bot.mentions.set(messages.from_mention)
    bot.buttons.add("sheet", cards.turn)
    bot.buttons.add("caption", cards.ask_caption)
    bot.buttons.add("apply-change", cards.apply_change)
    bot.buttons.add("remove", cards.ask_remove)
    bot.buttons.add("put-back", cards.put_back)
    bot.buttons.add("delete-dataset", cards.delete)
    bot.buttons.add("keep-dataset", cards.keep)
    bot.buttons.add("undelete-dataset", cards.undelete)
    bot.buttons.add("choose-where", messages.choose_where)
    bot.buttons.add("place", messages.place)
    bot.buttons.add("new-for", messages.ask_new)
    bot.forms.add("caption", cards.caption_one)
    bot.forms.add("caption-of", cards.caption_picked)
    bot.forms.add("remove", cards.remove)
    bot.forms.add("upload", cards.upload)
    bot.forms.add("new-for", messages.place_in_new)
