"""Answers about trainings: who asks and where, names to pick from, and the card that only they see."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.client import Client
from bot.interactions.callers import who
from bot.interactions.choices import choices, safely
from cogs.training import task_cards
from cogs.training.posts import TrainingPosts
from domain.training.tasks import TrainingTask
from services.training.access import Door
from services.training.tasks import TaskView

Interaction = discord.Interaction[Client]


def door(interaction: discord.Interaction[Any]) -> Door:
    """Return who asks, and where; raise `NotAllowed` outside a server."""
    channel = interaction.channel
    may = interaction.permissions
    return Door(
        **who(interaction),
        channel_id=interaction.channel_id or 0,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        is_staff=may.manage_guild or may.manage_messages,
        is_manager=may.manage_guild,
    )


async def task_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer all of the member's trainings here."""
    return _named(await safely(interaction.client.services.training.search(typed, door(interaction))))


async def open_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the member's trainings that are on their way."""
    return _named(await safely(interaction.client.services.training.search(typed, door(interaction), is_open=True)))


async def ended_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the member's trainings that ended."""
    return _named(await safely(interaction.client.services.training.search(typed, door(interaction), is_open=False)))


async def asked_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the trainings that wait for a moderator's word, to moderators."""
    return _named(await safely(interaction.client.services.quotes.asked(typed, door(interaction))))


async def checkpoint_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the checkpoints that can be trained here, each with its backend."""
    places = interaction.client.services.quotes.places()
    return choices((p.label, p.key) for p in places if typed.casefold() in f"{p.label} {p.key}".casefold())


async def show_status(interaction: Interaction, view: TaskView, posts: TrainingPosts) -> None:
    """Show a training's card to the member alone."""
    post = await posts.of(view)
    if view.is_undeliverable:
        post.view.add_item(discord.ui.TextDisplay(task_cards.NOWHERE_TO_POST))
    await interaction.edit_original_response(view=post.view, attachments=[file.to_file() for file in post.files])


def _named(tasks: Sequence[TrainingTask]) -> list[app_commands.Choice[str]]:
    return choices((task_cards.choice_name(task), task.id) for task in tasks)
