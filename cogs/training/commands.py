"""The command `/train`, and the buttons and the form of trainings."""

from functools import partial

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.interactions.buttons import Press
from bot.interactions.callers import caller_of
from bot.interactions.choices import dataset_choices
from bot.interactions.forms import Submitted
from bot.interactions.forms import show as show_form
from cogs.training import forms, lists, quote_cards, task_cards
from cogs.training.choices import checkpoint_choices, ended_choices, open_choices, task_choices
from cogs.training.posts import TrainingPosts, show_status
from domain.text import NAME_LONGEST
from domain.training.settings import Preset
from services.training.confirmations import ConfirmationService
from services.training.quotes import QuoteService, TrainingWish
from services.training.tasks import TrainingService

Interaction = discord.Interaction[Client]

PRESETS = [
    app_commands.Choice(name="fast: a first look", value=Preset.FAST.value),
    app_commands.Choice(name="balanced: the usual", value=Preset.BALANCED.value),
    app_commands.Choice(name="best: takes longest", value=Preset.BEST.value),
]


class TrainingCommands(commands.GroupCog, group_name="train", group_description="Train a model on your pictures."):
    """A quote comes first and only its owner sees it. The card of a confirmed training is public.

    Only its owner, or the server's moderators, may stop a training; only its owner may repeat it.
    """

    def __init__(
        self,
        quotes: QuoteService,
        confirmations: ConfirmationService,
        training: TrainingService,
        posts: TrainingPosts,
    ) -> None:
        self.quotes = quotes
        self.confirmations = confirmations
        self.training = training
        self.posts = posts

    @app_commands.command()
    @app_commands.describe(
        dataset="Which of your datasets",
        preset="How much time to take; balanced if you leave it out",
        checkpoint="The base model to build on; the usual one if you leave it out",
        name="What to call the model; the dataset's name if you leave it out",
    )
    @app_commands.choices(preset=PRESETS)
    @app_commands.autocomplete(dataset=dataset_choices, checkpoint=checkpoint_choices)
    async def start(
        self,
        interaction: Interaction,
        dataset: str,
        *,
        preset: str = Preset.BALANCED.value,
        checkpoint: str | None = None,
        name: app_commands.Range[str, 1, NAME_LONGEST] | None = None,
    ) -> None:
        """Get a quote for a training. Nothing starts before you confirm it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        wish = TrainingWish(dataset, preset=Preset(preset), checkpoint=checkpoint, name=name)
        quote = await self.quotes.quote(caller_of(interaction), wish)
        await interaction.edit_original_response(view=quote_cards.quote_card(quote))

    @app_commands.command()
    @app_commands.describe(training="Which of your trainings; the newest if you leave it out")
    @app_commands.autocomplete(training=task_choices)
    async def status(self, interaction: Interaction, training: str = "") -> None:
        """See how a training stands."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        view = await self.training.status(training, caller_of(interaction))
        await show_status(interaction, view, self.posts)

    @app_commands.command(name="list")
    async def list_trainings(self, interaction: Interaction) -> None:
        """See your trainings on this server, newest first."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        views = await self.training.list(caller_of(interaction))
        await interaction.edit_original_response(content=lists.list_text(views))

    @app_commands.command()
    @app_commands.describe(training="Which of your trainings that are on their way")
    @app_commands.autocomplete(training=open_choices)
    async def cancel(self, interaction: Interaction, training: str) -> None:
        """Stop a training that is waiting or running."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        task = await self.training.cancel(training, caller_of(interaction))
        await interaction.edit_original_response(content=task_cards.stopping_text(task))

    @app_commands.command()
    @app_commands.describe(training="Which of your trainings that ended")
    @app_commands.autocomplete(training=ended_choices)
    async def retry(self, interaction: Interaction, training: str) -> None:
        """Get a new quote for a training that ended, with everything kept."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        quote = await self.quotes.retry(training, caller_of(interaction))
        await interaction.edit_original_response(view=quote_cards.quote_card(quote))

    async def on_confirm(self, interaction: Interaction, press: Press) -> None:
        """Start what was quoted. Pressed twice, it starts once."""
        await interaction.response.defer()
        task = await self.confirmations.confirm(press.ids[0], caller_of(interaction))
        await interaction.edit_original_response(view=quote_cards.confirmed_card(task))

    async def on_advanced(self, interaction: Interaction, press: Press) -> None:
        """Open the settings as a form."""
        task, checkpoint = await self.quotes.quoted(press.ids[0], caller_of(interaction))
        await show_form(interaction, forms.advanced_form(task, checkpoint))

    async def on_advanced_form(self, interaction: Interaction, submitted: Submitted) -> None:
        """Show the quote for the changed settings."""
        await interaction.response.defer()
        change = partial(forms.read_settings, submitted)
        quote = await self.quotes.revise(submitted.ids[0], change, caller_of(interaction))
        await interaction.edit_original_response(view=quote_cards.quote_card(quote))

    async def on_quote_at(self, interaction: Interaction, press: Press) -> None:
        """Show the quote at another backend."""
        await interaction.response.defer()
        quote = await self.quotes.move(press.ids[0], press.ids[1], caller_of(interaction))
        await interaction.edit_original_response(view=quote_cards.quote_card(quote))

    async def on_drop(self, interaction: Interaction, press: Press) -> None:
        """Drop a quote."""
        await interaction.response.defer()
        await self.quotes.drop(press.ids[0], caller_of(interaction))
        await interaction.edit_original_response(view=quote_cards.dropped_card())

    async def on_stop(self, interaction: Interaction, press: Press) -> None:
        """Stop the training of a public card."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        task = await self.training.stop(press.ids[0], caller_of(interaction))
        await interaction.edit_original_response(content=task_cards.stopping_text(task))

    async def on_retry(self, interaction: Interaction, press: Press) -> None:
        """Make a new quote for the training of a public card."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        quote = await self.quotes.retry_seen(press.ids[0], caller_of(interaction))
        await interaction.edit_original_response(view=quote_cards.quote_card(quote))

    async def on_elsewhere(self, interaction: Interaction, press: Press) -> None:
        """Make a new quote at another backend for a training that its own refused."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        quote = await self.quotes.retry_seen(press.ids[0], caller_of(interaction), elsewhere=True)
        await interaction.edit_original_response(view=quote_cards.quote_card(quote))
