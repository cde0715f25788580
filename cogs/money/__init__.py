"""Money in chat: a member's limits, and what those who manage a server decide."""

from bot.client import Client
from cogs.money.admin import Admin
from cogs.money.me import Me
from cogs.training import buttons


async def setup(bot: Client) -> None:
    """Register the commands, and what the buttons of approvals and interrupted trainings do."""
    admin = Admin(bot.services.money, bot.services.confirmations)
    me = Me(bot.services.money)
    await bot.add_cog(admin)
    await bot.add_cog(me)
    bot.buttons.add(buttons.APPROVE, admin.on_approve)
    bot.buttons.add(buttons.DECLINE, admin.on_decline)
    bot.buttons.add(buttons.CHARGED, me.on_charged)
    bot.buttons.add(buttons.NOT_CHARGED, me.on_not_charged)
