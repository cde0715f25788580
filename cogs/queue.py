"""`/queue`: where a member's trainings stand, and how busy it is."""

import discord
from discord import app_commands
from discord.ext import commands

from bot import training_answers, training_cards
from bot.client import Client
from services.training import TrainingService


class Queue(commands.Cog):
    """Everybody sees their own place; of others only how many."""

    def __init__(self, training: TrainingService) -> None:
        self.training = training

    @app_commands.command()
    async def queue(self, interaction: discord.Interaction[Client]) -> None:
        """See your place in the queue and how long it may take."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        line = await self.training.line(training_answers.door(interaction))
        await interaction.edit_original_response(content=training_cards.queue_text(line))


async def setup(bot: Client) -> None:
    """Register the command."""
    await bot.add_cog(Queue(bot.services.training))
