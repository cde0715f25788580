"""What a member sees with `/me` of their own money."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.interactions.buttons import Press
from bot.interactions.callers import caller_of
from cogs.money import texts
from services.money.spending import MoneyService

Interaction = discord.Interaction[Client]


class MemberCommands(commands.GroupCog, group_name="me", group_description="What concerns only you."):
    """Only the member who asks sees the answers."""

    def __init__(self, money: MoneyService) -> None:
        self.money = money

    @app_commands.command()
    async def limits(self, interaction: Interaction) -> None:
        """See what you may still spend this month."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        standing = await self.money.standing(caller_of(interaction))
        await interaction.edit_original_response(content=texts.own_limits_text(standing, is_free=self.money.is_free))

    async def on_charged(self, interaction: Interaction, press: Press) -> None:
        """Note that an interrupted training was charged."""
        await self._settle(interaction, press.ids[0], was_charged=True)

    async def on_not_charged(self, interaction: Interaction, press: Press) -> None:
        """Note that an interrupted training was not charged."""
        await self._settle(interaction, press.ids[0], was_charged=False)

    async def _settle(self, interaction: Interaction, task_id: str, *, was_charged: bool) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self.money.settle(task_id, caller_of(interaction), was_charged=was_charged)
        await interaction.edit_original_response(content=texts.settled_text(was_charged=was_charged))
