"""Drawings in chat, with the command `/imagine` and the buttons of its pictures."""

from bot.client import Client
from cogs.drawing import buttons, forms, texts
from cogs.drawing.commands import DrawingCommands
from cogs.drawing.posts import DrawingPosts
from domain.posts import PostKind


async def setup(bot: Client) -> None:
    """Register the command, the posts, and what the buttons and forms of drawings do."""
    services = bot.services
    cog = DrawingCommands(services.drawing, services.models, bot.downloads)
    await bot.add_cog(cog)
    bot.posts.add(PostKind.PICTURES, DrawingPosts(services.drawing, services.pictures))
    bot.explanations.add(texts.explain)
    bot.buttons.add(buttons.TRY, cog.on_try)
    bot.buttons.add(buttons.REROLL, cog.on_reroll)
    bot.buttons.add(buttons.AGAIN, cog.on_again)
    bot.buttons.add(buttons.EDIT, cog.on_edit)
    bot.buttons.add(buttons.INFO, cog.on_info)
    bot.buttons.add(buttons.STOP, cog.on_stop)
    bot.buttons.add(buttons.DELETE, cog.on_delete)
    bot.buttons.add(buttons.DELETE_NOW, cog.on_delete_now)
    bot.forms.add(forms.TRY, cog.on_try_form)
    bot.forms.add(forms.EDIT, cog.on_edit_form)
