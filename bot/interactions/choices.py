"""What is offered while a member types a name, with ids behind the names."""

import logging
from collections.abc import Awaitable, Iterable, Sequence
from typing import TypeVar

import discord
from discord import app_commands

from bot.client import Client
from bot.interactions.callers import caller_of

log = logging.getLogger(__name__)

T = TypeVar("T")


async def dataset_choices(interaction: discord.Interaction[Client], typed: str) -> list[app_commands.Choice[str]]:
    """Offer the member's datasets on this server."""
    found = await safely(interaction.client.services.datasets.search(typed, caller_of(interaction)))
    return choices((dataset.name, dataset.id) for dataset in found)


async def model_choices(interaction: discord.Interaction[Client], typed: str) -> list[app_commands.Choice[str]]:
    """Offer the member's models on this server."""
    found = await safely(interaction.client.services.models.search(typed, caller_of(interaction)))
    return choices((lora.title, lora.id) for lora in found)


async def trigger_word_choices(
    interaction: discord.Interaction[Client], typed: str
) -> list[app_commands.Choice[str]]:
    """Offer free trigger words that sound like what was typed and like the name of the dataset."""
    name = str(getattr(interaction.namespace, "name", "") or "")
    search = interaction.client.services.datasets.suggest_trigger_words
    words = await safely(search(typed, name, caller_of(interaction)))
    return choices((word, word) for word in words)


async def safely(search: Awaitable[Sequence[T]]) -> Sequence[T]:
    """Return what the search finds, or nothing when it fails, so that a member can always type on."""
    try:
        return await search
    except Exception:
        log.exception("an autocomplete failed")
        return ()


def choices(named: Iterable[tuple[str, str]]) -> list[app_commands.Choice[str]]:
    """Return at most 25 choices from pairs of name and id."""
    return [app_commands.Choice(name=name[:100], value=value) for name, value in named][:25]
