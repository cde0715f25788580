"""Drawings in chat: `/imagine`, the pictures, and the buttons below them."""

from bot.client import Client
from cogs.drawing import buttons, forms
from cogs.drawing.commands import Images
from cogs.drawing.posts import PicturePosts
from domain.posts import PostKind


async def setup(bot: Client) -> None:
    """Register the command, the posts, and what the buttons and forms of drawings do."""
    services = bot.services
    cog = Images(services.generation, services.models, bot.downloads)
    await bot.add_cog(cog)
    bot.posts.add(PostKind.PICTURES, PicturePosts(services.generation, services.pictures))
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
