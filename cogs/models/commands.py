"""What `/model` and the buttons of models' cards do."""

import io

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.interactions.buttons import Press, under_text
from bot.interactions.callers import caller_of
from bot.interactions.choices import model_choices
from cogs.models import cards, texts
from domain.models.loras import Lora
from services.models.models import ModelPage, ModelService
from services.pictures import StoredPictures

Interaction = discord.Interaction[Client]


class ModelCommands(
    commands.GroupCog, group_name="model", group_description="The models that you trained on this server."
):
    """Members see and delete only their own models of that server, and only they see the answers."""

    def __init__(self, models: ModelService, pictures: StoredPictures) -> None:
        self.models = models
        self.pictures = pictures

    @app_commands.command(name="list")
    async def list_models(self, interaction: Interaction) -> None:
        """See your models with a picture of each."""
        await interaction.response.defer(ephemeral=True)
        page = await self.models.page(0, caller_of(interaction))
        await self._show_page(interaction, page)

    @app_commands.command()
    @app_commands.describe(model="Which of your models")
    @app_commands.autocomplete(model=model_choices)
    async def info(self, interaction: Interaction, model: str) -> None:
        """See everything about one of your models."""
        await interaction.response.defer(ephemeral=True)
        lora = await self.models.find(model, caller_of(interaction))
        await self._show_model(interaction, lora)

    @app_commands.command()
    @app_commands.describe(model="Which of your models")
    @app_commands.autocomplete(model=model_choices)
    async def delete(self, interaction: Interaction, model: str) -> None:
        """Delete one of your models, with 24 hours to undo it."""
        await interaction.response.defer(ephemeral=True)
        lora = await self.models.find(model, caller_of(interaction))
        yes = under_text(cards.delete_now(lora))
        await interaction.edit_original_response(content=texts.delete_question(lora), view=yes)

    async def on_page(self, interaction: Interaction, press: Press) -> None:
        """Turn to another page of the list."""
        await interaction.response.defer()
        number = int(press.ids[0])
        page = await self.models.page(number, caller_of(interaction))
        await self._show_page(interaction, page)

    async def on_delete(self, interaction: Interaction, press: Press) -> None:
        """Ask before deleting."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        lora = await self.models.find(press.ids[0], caller_of(interaction))
        yes = under_text(cards.delete_now(lora))
        await interaction.edit_original_response(content=texts.delete_question(lora), view=yes)

    async def on_delete_now(self, interaction: Interaction, press: Press) -> None:
        """Delete, and offer to undo that."""
        await interaction.response.defer()
        lora = await self.models.delete(press.ids[0], caller_of(interaction))
        back = under_text(cards.undo(lora))
        await interaction.edit_original_response(content=texts.deleted(lora), view=back)

    async def on_undo(self, interaction: Interaction, press: Press) -> None:
        """Bring a deleted model back."""
        await interaction.response.defer()
        lora = await self.models.undelete(press.ids[0], caller_of(interaction))
        await interaction.edit_original_response(content=texts.undeleted(lora), view=None)

    async def _show_page(self, interaction: Interaction, page: ModelPage) -> None:
        files = [await self._preview(interaction, lora) for lora in page.loras]
        view = cards.list_card(page, [file.filename if file else None for file in files])
        await interaction.edit_original_response(view=view, attachments=[file for file in files if file])

    async def _show_model(self, interaction: Interaction, lora: Lora) -> None:
        file = await self._preview(interaction, lora)
        view = cards.info_card(lora, file.filename if file else None)
        await interaction.edit_original_response(view=view, attachments=[file] if file else [])

    async def _preview(self, interaction: Interaction, lora: Lora) -> discord.File | None:
        content = await self.pictures.preview(lora.preview_sha256)
        if content is None or len(content) > interaction.filesize_limit:
            return None
        return discord.File(io.BytesIO(content), f"{lora.id}.png", description=texts.alt_text(lora))
