"""The command `/queue`, which shows where a member's trainings stand and how busy it is."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.interactions.callers import caller_of
from cogs.training import lists
from services.training.tasks import TrainingService


class QueueCommand(commands.Cog):
    """Everybody sees their own place. Of others only how many."""

    def __init__(self, training: TrainingService) -> None:
        self.training = training

    @app_commands.command()
    async def queue(self, interaction: discord.Interaction[Client]) -> None:
        """See your place in the queue and how long it may take."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        line = await self.training.line(caller_of(interaction))
        await interaction.edit_original_response(content=lists.queue_text(line))
