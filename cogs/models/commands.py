"""`/model`: a member's own trained models, and the buttons of their cards."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.interactions.buttons import Press, under_text
from bot.interactions.callers import caller_of
from bot.interactions.choices import model_choices
from cogs.models import answers, cards
from services.models.models import ModelService

Interaction = discord.Interaction[Client]


class ModelCommands(
    commands.GroupCog, group_name="model", group_description="The models that you trained on this server."
):
    """Members see, and may delete, only their own models of that server; only they see the answers."""

    def __init__(self, models: ModelService) -> None:
        self.models = models

    @app_commands.command(name="list")
    async def list_models(self, interaction: Interaction) -> None:
        """See your models with a picture of each."""
        await interaction.response.defer(ephemeral=True)
        page = await self.models.page(0, caller_of(interaction))
        await answers.show_page(interaction, page)

    @app_commands.command()
    @app_commands.describe(model="Which of your models")
    @app_commands.autocomplete(model=model_choices)
    async def info(self, interaction: Interaction, model: str) -> None:
        """See everything about one of your models."""
        await interaction.response.defer(ephemeral=True)
        lora = await self.models.find(model, caller_of(interaction))
        await answers.show_model(interaction, lora)

    @app_commands.command()
    @app_commands.describe(model="Which of your models")
    @app_commands.autocomplete(model=model_choices)
    async def delete(self, interaction: Interaction, model: str) -> None:
        """Delete one of your models; it can be undone for 24 hours."""
        await interaction.response.defer(ephemeral=True)
        lora = await self.models.find(model, caller_of(interaction))
        yes = under_text(cards.delete_now(lora))
        await interaction.edit_original_response(content=cards.delete_question(lora), view=yes)

    async def on_page(self, interaction: Interaction, press: Press) -> None:
        """Turn to another page of the list."""
        await interaction.response.defer()
        number = int(press.ids[0])
        page = await self.models.page(number, caller_of(interaction))
        await answers.show_page(interaction, page)

    async def on_delete(self, interaction: Interaction, press: Press) -> None:
        """Ask before deleting."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        lora = await self.models.find(press.ids[0], caller_of(interaction))
        yes = under_text(cards.delete_now(lora))
        await interaction.edit_original_response(content=cards.delete_question(lora), view=yes)

    async def on_delete_now(self, interaction: Interaction, press: Press) -> None:
        """Delete, and offer to undo that."""
        await interaction.response.defer()
        lora = await self.models.delete(press.ids[0], caller_of(interaction))
        back = under_text(cards.undo(lora))
        await interaction.edit_original_response(content=cards.deleted_text(lora), view=back)

    async def on_undo(self, interaction: Interaction, press: Press) -> None:
        """Bring a deleted model back."""
        await interaction.response.defer()
        lora = await self.models.undelete(press.ids[0], caller_of(interaction))
        await interaction.edit_original_response(content=cards.undone_text(lora), view=None)
