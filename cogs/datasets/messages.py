"""Pictures that come without a dataset, by the message action or by a mention."""

import discord
from discord.ext import commands

from bot.client import Client
from bot.interactions import forms, mentions
from bot.interactions.attachments import Downloads
from bot.interactions.buttons import Press
from bot.interactions.callers import caller_of
from bot.interactions.forms import Submitted
from bot.interactions.progress import counting
from cogs.datasets import cards
from domain.datasets.dataset import Kind
from services.datasets.intake import IntakeService

Interaction = discord.Interaction[Client]


class PictureMessages(commands.Cog):
    """Keeps pictures at once, and asks the member afterwards where they belong."""

    def __init__(self, intake: IntakeService, downloads: Downloads) -> None:
        self.intake = intake
        self.downloads = downloads

    async def from_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Take the pictures of any message."""
        await interaction.response.defer(ephemeral=True)
        author = interaction.user if message.author.bot else message.author
        offer = await self.intake.offer(
            self.downloads.incoming(message.attachments),
            caller_of(interaction),
            contributor_id=author.id,
            progress=counting(interaction),
        )
        await interaction.edit_original_response(view=cards.answer(offer))

    async def from_mention(self, message: discord.Message) -> None:
        """Take the pictures of a message that mentions Atelier and may name the dataset."""
        async with message.channel.typing():
            offer = await self.intake.offer(
                self.downloads.incoming(message.attachments),
                caller_of(message),
                words=message.content,
                contributor_id=message.author.id,
                source_id=message.id,
            )
        await mentions.reply(message, cards.public_answer(offer, words=message.content))

    async def choose_where(self, interaction: Interaction, press: Press) -> None:
        """Ask the member alone where the waiting pictures of a public message belong, as datasets are private."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        offer = await self.intake.offered(press.ids[0], caller_of(interaction))
        await interaction.edit_original_response(view=cards.offer(offer))

    async def place(self, interaction: Interaction, press: Press) -> None:
        """Put waiting pictures into the dataset that was picked."""
        await interaction.response.defer()
        report = await self.intake.place(press.ids[0], press.values[0], caller_of(interaction))
        await interaction.edit_original_response(view=cards.report(report))

    async def ask_new(self, interaction: Interaction, press: Press) -> None:
        """Ask for the name and kind of a new dataset for waiting pictures."""
        upload = await self.intake.waiting(press.ids[0], caller_of(interaction))
        await forms.show(interaction, cards.new_form(upload))

    async def place_in_new(self, interaction: Interaction, submitted: Submitted) -> None:
        """Make the dataset and put the waiting pictures into it."""
        await interaction.response.defer()
        report = await self.intake.place_in_new(
            submitted.ids[0],
            submitted.texts["name"],
            Kind(submitted.choices["kind"][0]),
            submitted.texts["trigger_word"] or None,
            caller_of(interaction),
        )
        await interaction.edit_original_response(view=cards.report(report))
