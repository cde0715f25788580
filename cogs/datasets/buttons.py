"""What the buttons and forms on datasets' cards do."""

import discord
from discord.ext import commands

from bot.client import Client
from bot.interactions import forms
from bot.interactions.attachments import Downloads
from bot.interactions.buttons import Press, under_text
from bot.interactions.callers import caller_of
from bot.interactions.forms import Submitted
from bot.interactions.progress import counting
from cogs.datasets import cards, texts
from services.datasets.datasets import DatasetService
from services.datasets.images import ImageService
from services.datasets.intake import IntakeService

Interaction = discord.Interaction[Client]


class DatasetButtons(commands.Cog):
    """Every press asks the same services as the commands, which check whose dataset it is."""

    def __init__(
        self,
        datasets: DatasetService,
        intake: IntakeService,
        images: ImageService,
        downloads: Downloads,
    ) -> None:
        self.datasets = datasets
        self.intake = intake
        self.images = images
        self.downloads = downloads

    async def turn(self, interaction: Interaction, press: Press) -> None:
        """Turn to another page of the contact sheet."""
        await interaction.response.defer()
        dataset_id, number = press.ids
        page = await self.images.view(dataset_id, caller_of(interaction), int(number))
        await interaction.edit_original_response(view=cards.page(page), attachments=cards.sheet_files(page))

    async def ask_caption(self, interaction: Interaction, press: Press) -> None:
        """Ask for the caption of one picture of the page."""
        dataset_id, number = press.ids
        page = await self.images.captionable(dataset_id, int(number), caller_of(interaction))
        await forms.show(interaction, cards.captions_form(page))

    async def caption_one(self, interaction: Interaction, submitted: Submitted) -> None:
        """Write the caption of the picture that the form is about."""
        await self._caption(interaction, submitted.ids[0], submitted.texts["caption"])

    async def caption_picked(self, interaction: Interaction, submitted: Submitted) -> None:
        """Write the caption of the picture that was picked in the form."""
        await self._caption(interaction, submitted.choices["picture"][0], submitted.texts["caption"])

    async def _caption(self, interaction: Interaction, image_id: str, caption: str) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        dataset, image = await self.images.caption(image_id, caption, caller_of(interaction))
        await interaction.edit_original_response(content=texts.captioned(dataset, image))

    async def apply_change(self, interaction: Interaction, press: Press) -> None:
        """Carry out a counted find and replace."""
        await interaction.response.defer()
        dataset, number = await self.images.apply_change(press.ids[0], caller_of(interaction))
        await interaction.edit_original_response(content=texts.changed(dataset, number), view=None)

    async def ask_remove(self, interaction: Interaction, press: Press) -> None:
        """Ask which pictures to remove."""
        dataset_id, seen = press.ids
        dataset = await self.datasets.find(dataset_id, caller_of(interaction))
        await forms.show(interaction, cards.remove_form(dataset.id, seen))

    async def remove(self, interaction: Interaction, submitted: Submitted) -> None:
        """Remove pictures by the numbers on the sheet that the member looked at."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        dataset_id, seen = submitted.ids
        removal = await self.images.remove(dataset_id, submitted.texts["numbers"], caller_of(interaction), seen=seen)
        await interaction.edit_original_response(
            content=texts.removed(removal), view=under_text(cards.undo_removal(removal))
        )

    async def put_back(self, interaction: Interaction, press: Press) -> None:
        """Bring removed pictures back."""
        await interaction.response.defer()
        dataset, number = await self.images.put_back(press.ids[0], caller_of(interaction))
        await interaction.edit_original_response(content=texts.put_back(dataset, number), view=None)

    async def delete(self, interaction: Interaction, press: Press) -> None:
        """Delete the dataset that was asked about."""
        await interaction.response.defer()
        dataset_id, count = press.ids
        dataset = await self.datasets.delete(dataset_id, caller_of(interaction), count=int(count))
        await interaction.edit_original_response(
            content=texts.deleted(dataset), view=under_text(cards.undo_delete(dataset))
        )

    async def keep(self, interaction: Interaction, press: Press) -> None:
        """Keep the dataset that was asked about."""
        await interaction.response.defer()
        dataset = await self.datasets.find(press.ids[0], caller_of(interaction))
        await interaction.edit_original_response(content=texts.kept(dataset), view=None)

    async def undelete(self, interaction: Interaction, press: Press) -> None:
        """Bring a deleted dataset back."""
        await interaction.response.defer()
        dataset = await self.datasets.undelete(press.ids[0], caller_of(interaction))
        await interaction.edit_original_response(content=texts.undeleted(dataset), view=None)

    async def upload(self, interaction: Interaction, submitted: Submitted) -> None:
        """Add the files of the upload form."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        files = self.downloads.incoming(submitted.files["pictures"])
        report = await self.intake.add(
            submitted.ids[0], files, caller_of(interaction), progress=counting(interaction)
        )
        await interaction.edit_original_response(view=cards.report(report))
