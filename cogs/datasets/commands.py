"""What `/dataset` does."""

import discord
from discord import Attachment, app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import Client
from bot.interactions import forms
from bot.interactions.attachments import Downloads
from bot.interactions.buttons import under_text
from bot.interactions.callers import caller_of
from bot.interactions.choices import dataset_choices, trigger_word_choices
from bot.interactions.progress import counting
from cogs.datasets import cards, texts
from domain.datasets.dataset import MOST_IMAGES, Kind
from domain.text import NAME_LONGEST
from services.datasets.datasets import DatasetService
from services.datasets.images import ImageService
from services.datasets.intake import IntakeService

Interaction = discord.Interaction[Client]
Name = Range[str, 1, 100]
Words = Range[str, 1, 200]

WHICH = "Which of your datasets"


class DatasetCommands(
    commands.GroupCog, group_name="dataset", group_description="Your pictures, ready to be trained on."
):
    """Members see and change only their own datasets of that server, and only they see the answers."""

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

    @app_commands.command()
    @app_commands.describe(
        name="What you call it, such as Robo",
        kind="What its pictures show",
        trigger_word="A made-up word that will call it up in prompts; leave it out and I make one",
    )
    @app_commands.choices(kind=[Choice(name=kind.label, value=kind.value) for kind in Kind])
    @app_commands.autocomplete(trigger_word=trigger_word_choices)
    async def new(
        self,
        interaction: Interaction,
        name: Range[str, 1, NAME_LONGEST],
        kind: str,
        trigger_word: Range[str, 1, 32] | None = None,
    ) -> None:
        """Make an empty dataset for your pictures."""
        await interaction.response.defer(ephemeral=True)
        dataset = await self.datasets.new(name, Kind(kind), caller_of(interaction), trigger_word=trigger_word)
        await interaction.edit_original_response(content=texts.created(dataset))

    @app_commands.command()
    @app_commands.describe(
        dataset=WHICH,
        image1="A picture: JPEG, PNG or WebP, up to 10 MiB",
        **{f"image{n}": "Another picture" for n in range(2, 11)},
    )
    @app_commands.autocomplete(dataset=dataset_choices)
    async def add(  # noqa: PLR0917 - Discord has no option that takes several files
        self,
        interaction: Interaction,
        dataset: Name,
        image1: Attachment,
        image2: Attachment | None = None,
        image3: Attachment | None = None,
        image4: Attachment | None = None,
        image5: Attachment | None = None,
        image6: Attachment | None = None,
        image7: Attachment | None = None,
        image8: Attachment | None = None,
        image9: Attachment | None = None,
        image10: Attachment | None = None,
    ) -> None:
        """Add up to ten pictures to a dataset."""
        await interaction.response.defer(ephemeral=True)
        given = (image1, image2, image3, image4, image5, image6, image7, image8, image9, image10)
        files = self.downloads.incoming([image for image in given if image])
        report = await self.intake.add(dataset, files, caller_of(interaction), progress=counting(interaction))
        await interaction.edit_original_response(view=cards.report(report))

    @app_commands.command()
    @app_commands.describe(dataset=WHICH)
    @app_commands.autocomplete(dataset=dataset_choices)
    async def upload(self, interaction: Interaction, dataset: Name) -> None:
        """Add up to ten pictures at once, in a form."""
        found = await self.datasets.find(dataset, caller_of(interaction))
        await forms.show(interaction, cards.upload_form(found))

    @app_commands.command()
    @app_commands.describe(dataset=WHICH, page="Which page of the contact sheet")
    @app_commands.autocomplete(dataset=dataset_choices)
    async def view(self, interaction: Interaction, dataset: Name, page: Range[int, 1, MOST_IMAGES] = 1) -> None:
        """See the pictures of a dataset on a numbered contact sheet."""
        await interaction.response.defer(ephemeral=True)
        shown = await self.images.view(dataset, caller_of(interaction), page)
        await interaction.edit_original_response(view=cards.page(shown), attachments=cards.sheet_files(shown))

    @app_commands.command()
    @app_commands.describe(
        dataset=WHICH,
        number="Write the caption of this picture (its number on the contact sheet)",
        find="Or: words to look for in all captions",
        replace="What to put in their place; leave it out to remove them",
    )
    @app_commands.autocomplete(dataset=dataset_choices)
    async def caption(
        self,
        interaction: Interaction,
        dataset: Name,
        number: Range[int, 1, MOST_IMAGES] | None = None,
        find: Words | None = None,
        replace: Words | None = None,
    ) -> None:
        """Write what one picture shows, or replace words in all captions."""
        if number is not None:
            image = await self.images.image(dataset, number, caller_of(interaction))
            await forms.show(interaction, cards.caption_form(image))
            return
        await interaction.response.defer(ephemeral=True)
        change = await self.images.plan_change(dataset, find or "", replace or "", caller_of(interaction))
        await interaction.edit_original_response(
            content=texts.change(change), view=under_text(*cards.apply_button(change))
        )

    @app_commands.command()
    @app_commands.describe(dataset=WHICH, numbers="Numbers on the contact sheet, such as 3, 5-7")
    @app_commands.autocomplete(dataset=dataset_choices)
    async def remove(self, interaction: Interaction, dataset: Name, numbers: Words) -> None:
        """Take pictures out of a dataset, with 24 hours to undo it."""
        await interaction.response.defer(ephemeral=True)
        removal = await self.images.remove(dataset, numbers, caller_of(interaction))
        await interaction.edit_original_response(
            content=texts.removed(removal), view=under_text(cards.undo_removal(removal))
        )

    @app_commands.command(name="list")
    async def list_datasets(self, interaction: Interaction) -> None:
        """See all your datasets on this server."""
        await interaction.response.defer(ephemeral=True)
        mine = await self.datasets.of_member(caller_of(interaction))
        await interaction.edit_original_response(view=cards.listing(mine))

    @app_commands.command()
    @app_commands.describe(dataset=WHICH)
    @app_commands.autocomplete(dataset=dataset_choices)
    async def delete(self, interaction: Interaction, dataset: Name) -> None:
        """Delete a dataset with all its pictures, with 24 hours to undo it."""
        await interaction.response.defer(ephemeral=True)
        found = await self.datasets.find(dataset, caller_of(interaction))
        await interaction.edit_original_response(
            content=texts.delete_question(found), view=under_text(*cards.delete_buttons(found))
        )
