"""The answers that show models with their previews."""

import io
from typing import TYPE_CHECKING

import discord

from cogs.models import cards
from domain.models.loras import Lora
from services.models.models import ModelPage

if TYPE_CHECKING:
    from bot.client import Client


async def show_page(interaction: "discord.Interaction[Client]", page: ModelPage) -> None:
    """Show one page of models in the interaction's answer."""
    files = [await _preview(interaction, lora) for lora in page.loras]
    view = cards.list_card(page, [file.filename if file else None for file in files])
    await interaction.edit_original_response(view=view, attachments=[file for file in files if file])


async def show_model(interaction: "discord.Interaction[Client]", lora: Lora) -> None:
    """Show one model in the interaction's answer."""
    file = await _preview(interaction, lora)
    view = cards.info_card(lora, file.filename if file else None)
    await interaction.edit_original_response(view=view, attachments=[file] if file else [])


async def _preview(interaction: "discord.Interaction[Client]", lora: Lora) -> discord.File | None:
    content = await interaction.client.services.pictures.preview(lora.preview_sha256)
    if content is None or len(content) > interaction.filesize_limit:
        return None
    return discord.File(io.BytesIO(content), f"{lora.id}.png", description=cards.alt_text(lora))
