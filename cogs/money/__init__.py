"""Money in chat."""

from bot.client import Client
from cogs.money import texts
from cogs.money.admin import AdminCommands
from cogs.money.me import MemberCommands
from cogs.training import buttons


async def setup(bot: Client) -> None:
    """Register the commands, and what the buttons of approvals and interrupted trainings do."""
    admin = AdminCommands(bot.services.money, bot.services.quotes)
    me = MemberCommands(bot.services.money)
    await bot.add_cog(admin)
    await bot.add_cog(me)
    bot.explanations.add(texts.explain)
    bot.buttons.add(buttons.APPROVE, admin.on_approve)
    bot.buttons.add(buttons.DECLINE, admin.on_decline)
    bot.buttons.add(buttons.CHARGED, me.on_charged)
    bot.buttons.add(buttons.NOT_CHARGED, me.on_not_charged)
