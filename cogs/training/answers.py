"""Answers about trainings, with names to pick from and the card that only its owner sees."""

from collections.abc import Sequence

import discord
from discord import app_commands

from bot.client import Client
from bot.interactions.callers import caller_of
from bot.interactions.choices import choices, safely
from cogs.training import task_cards
from cogs.training.posts import TrainingPosts
from domain.training.tasks import TrainingTask
from services.training.tasks import TaskView

Interaction = discord.Interaction[Client]


async def task_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer all of the member's trainings here."""
    return _named(await safely(interaction.client.services.training.search(typed, caller_of(interaction))))


async def open_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the member's trainings that are on their way."""
    training = interaction.client.services.training
    return _named(await safely(training.search(typed, caller_of(interaction), is_open=True)))


async def ended_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the member's trainings that ended."""
    training = interaction.client.services.training
    return _named(await safely(training.search(typed, caller_of(interaction), is_open=False)))


async def asked_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the trainings that wait for a moderator's word, to moderators."""
    return _named(await safely(interaction.client.services.quotes.asked(typed, caller_of(interaction))))


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
