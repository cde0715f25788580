"""What the buttons and forms on datasets' cards do; they work after any restart."""

import discord
from discord.ext import commands

from bot import dataset_texts, dataset_views, forms
from bot.attachments import Downloads
from bot.buttons import Press, under_text
from bot.client import Client
from bot.forms import Submitted
from bot.members import who
from bot.waiting import counting
from services.collection import CollectionService
from services.curation import CurationService
from services.receiving import ReceivingService

Interaction = discord.Interaction[Client]


class DatasetCards(commands.Cog):
    """Every press asks the same services as the commands, which check whose dataset it is."""

    def __init__(
        self,
        collection: CollectionService,
        receiving: ReceivingService,
        curation: CurationService,
        downloads: Downloads,
    ) -> None:
        self.collection = collection
        self.receiving = receiving
        self.curation = curation
        self.downloads = downloads

    async def turn(self, interaction: Interaction, press: Press) -> None:
        """Turn to another page of the contact sheet."""
        await interaction.response.defer()
        dataset_id, number = press.ids
        page = await self.curation.view(dataset_id, int(number), **who(interaction))
        await interaction.edit_original_response(
            view=dataset_views.page(page), attachments=dataset_views.sheet_files(page)
        )

    async def ask_caption(self, interaction: Interaction, press: Press) -> None:
        """Ask for the caption of one picture of the page."""
        dataset_id, number = press.ids
        page = await self.curation.captionable(dataset_id, int(number), **who(interaction))
        await forms.show(interaction, dataset_views.captions_form(page))

    async def caption_one(self, interaction: Interaction, submitted: Submitted) -> None:
        """Write the caption of the picture that the form is about."""
        await self._caption(interaction, submitted.ids[0], submitted.texts["caption"])

    async def caption_picked(self, interaction: Interaction, submitted: Submitted) -> None:
        """Write the caption of the picture that was picked in the form."""
        await self._caption(interaction, submitted.choices["picture"][0], submitted.texts["caption"])

    async def _caption(self, interaction: Interaction, image_id: str, caption: str) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        dataset, image = await self.curation.caption(image_id, caption, **who(interaction))
        await interaction.edit_original_response(content=dataset_texts.captioned(dataset, image))

    async def apply_change(self, interaction: Interaction, press: Press) -> None:
        """Carry out a counted find and replace."""
        await interaction.response.defer()
        dataset, number = await self.curation.apply_change(press.ids[0], **who(interaction))
        await interaction.edit_original_response(content=dataset_texts.changed(dataset, number), view=None)

    async def ask_remove(self, interaction: Interaction, press: Press) -> None:
        """Ask which pictures to remove."""
        dataset_id, seen = press.ids
        dataset = await self.collection.find(dataset_id, **who(interaction))
        await forms.show(interaction, dataset_views.remove_form(dataset.id, seen))

    async def remove(self, interaction: Interaction, submitted: Submitted) -> None:
        """Remove pictures by the numbers on the sheet that the member looked at."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        dataset_id, seen = submitted.ids
        removal = await self.curation.remove(dataset_id, submitted.texts["numbers"], seen=seen, **who(interaction))
        await interaction.edit_original_response(
            content=dataset_texts.removed(removal), view=under_text(dataset_views.undo_removal(removal))
        )

    async def put_back(self, interaction: Interaction, press: Press) -> None:
        """Bring removed pictures back."""
        await interaction.response.defer()
        dataset, number = await self.curation.put_back(press.ids[0], **who(interaction))
        await interaction.edit_original_response(content=dataset_texts.put_back(dataset, number), view=None)

    async def delete(self, interaction: Interaction, press: Press) -> None:
        """Delete the dataset that was asked about."""
        await interaction.response.defer()
        dataset_id, count = press.ids
        dataset = await self.collection.delete(dataset_id, count=int(count), **who(interaction))
        await interaction.edit_original_response(
            content=dataset_texts.deleted(dataset), view=under_text(dataset_views.undo_delete(dataset))
        )

    async def keep(self, interaction: Interaction, press: Press) -> None:
        """Keep the dataset that was asked about."""
        await interaction.response.defer()
        dataset = await self.collection.find(press.ids[0], **who(interaction))
        await interaction.edit_original_response(content=dataset_texts.kept(dataset), view=None)

    async def undelete(self, interaction: Interaction, press: Press) -> None:
        """Bring a deleted dataset back."""
        await interaction.response.defer()
        dataset = await self.collection.undelete(press.ids[0], **who(interaction))
        await interaction.edit_original_response(content=dataset_texts.undeleted(dataset), view=None)

    async def upload(self, interaction: Interaction, submitted: Submitted) -> None:
        """Add the files of the upload form."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        files = self.downloads.arrivals(submitted.files["pictures"])
        report = await self.receiving.add(submitted.ids[0], files, progress=counting(interaction), **who(interaction))
        await interaction.edit_original_response(view=dataset_views.report(report))


async def setup(bot: Client) -> None:
    """Answer the buttons and forms of datasets."""
    services = bot.services
    cards = DatasetCards(services.collection, services.receiving, services.curation, bot.downloads)
    await bot.add_cog(cards)
    bot.buttons.add("sheet", cards.turn)
    bot.buttons.add("caption", cards.ask_caption)
    bot.buttons.add("apply-change", cards.apply_change)
    bot.buttons.add("remove", cards.ask_remove)
    bot.buttons.add("put-back", cards.put_back)
    bot.buttons.add("delete-dataset", cards.delete)
    bot.buttons.add("keep-dataset", cards.keep)
    bot.buttons.add("undelete-dataset", cards.undelete)
    bot.forms.add("caption", cards.caption_one)
    bot.forms.add("caption-of", cards.caption_picked)
    bot.forms.add("remove", cards.remove)
    bot.forms.add("upload", cards.upload)
