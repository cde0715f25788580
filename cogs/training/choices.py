"""Trainings and checkpoints to pick from."""

from collections.abc import Sequence

import discord
from discord import app_commands

from bot.client import Client
from bot.interactions.callers import caller_of
from bot.interactions.choices import choices, safely
from cogs.training import task_cards
from domain.training.tasks import TrainingTask

Interaction = discord.Interaction[Client]


async def task_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """TargetOffer all of the member's trainings here."""
    return _named(await safely(interaction.client.services.training.search(typed, caller_of(interaction))))


async def open_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """TargetOffer the member's trainings that are on their way."""
    training = interaction.client.services.training
    return _named(await safely(training.search(typed, caller_of(interaction), is_open=True)))


async def ended_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """TargetOffer the member's trainings that ended."""
    training = interaction.client.services.training
    return _named(await safely(training.search(typed, caller_of(interaction), is_open=False)))


async def pending_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """TargetOffer the trainings that wait for an approval, to moderators."""
    return _named(
        await safely(interaction.client.services.confirmations.pending_approvals(typed, caller_of(interaction)))
    )


async def checkpoint_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """TargetOffer the checkpoints that can be trained here, each with its backend."""
    targets = interaction.client.services.quotes.targets.all()
    return choices(
        (each.label, each.key) for each in targets if typed.casefold() in f"{each.label} {each.key}".casefold()
    )


def _named(tasks: Sequence[TrainingTask]) -> list[app_commands.Choice[str]]:
    return choices((task_cards.choice_name(task), task.id) for task in tasks)
