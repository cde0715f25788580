"""What moderators decide with `/admin` about the money of their server."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.interactions.buttons import Press
from bot.interactions.callers import caller_of
from bot.interactions.cards import card
from cogs.money import texts
from cogs.training import answers as training_answers
from cogs.training import quote_cards
from domain.money.limits import MICROS
from services.money.spending import MoneyService
from services.training.quotes import QuoteService

Interaction = discord.Interaction[Client]
Dollars = app_commands.Range[float, 0, 100_000]


@app_commands.default_permissions(manage_guild=True)
class AdminCommands(commands.GroupCog, group_name="admin", group_description="For those who manage this server."):
    """Discord hides these commands from others by default, and the services check again."""

    def __init__(self, money: MoneyService, quotes: QuoteService) -> None:
        self.money = money
        self.quotes = quotes

    @app_commands.command()
    @app_commands.describe(
        server="US dollars that this server may spend in a month",
        member="US dollars that each member may spend in a month",
        approval_above="A training that costs more US dollars needs a moderator's approval",
    )
    async def limits(
        self,
        interaction: Interaction,
        *,
        server: Dollars | None = None,
        member: Dollars | None = None,
        approval_above: Dollars | None = None,
    ) -> None:
        """See or change what may be spent here in a month."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        standing = await self.money.set_limits(
            caller_of(interaction),
            guild=_micros(server),
            member=_micros(member),
            approval_above=_micros(approval_above),
        )
        await interaction.edit_original_response(content=texts.server_limits_text(standing))

    @app_commands.command()
    @app_commands.describe(on="True: let nothing start that costs money; False: let it start again")
    async def pause(self, interaction: Interaction, *, on: bool = True) -> None:
        """Let nothing start here that costs money."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        standing = await self.money.pause(caller_of(interaction), is_paused=on)
        await interaction.edit_original_response(content=texts.pause_text(standing))

    @app_commands.command()
    async def status(self, interaction: Interaction) -> None:
        """See the state of the backends, and what was spent there."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        status = await self.money.status(caller_of(interaction))
        await interaction.edit_original_response(view=card(texts.status_text(status)))

    @app_commands.command()
    @app_commands.describe(training="Which of the trainings that wait for a moderator's approval")
    @app_commands.autocomplete(training=training_answers.asked_choices)
    async def approve(self, interaction: Interaction, training: str) -> None:
        """Let a training start that costs more than members may spend at once."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        task = await self.quotes.approve(training, caller_of(interaction))
        await interaction.edit_original_response(view=quote_cards.approval_card(task))

    async def on_approve(self, interaction: Interaction, press: Press) -> None:
        """Approve a training from its card."""
        await interaction.response.defer()
        await self.quotes.approve(press.ids[0], caller_of(interaction))

    async def on_decline(self, interaction: Interaction, press: Press) -> None:
        """Decline a training from its card."""
        await interaction.response.defer()
        await self.quotes.decline(press.ids[0], caller_of(interaction))


def _micros(dollars: float | None) -> int | None:
    return None if dollars is None else round(dollars * MICROS)
