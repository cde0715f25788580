"""The first steps in order, as `/help` shows them."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.interactions.cards import card

HELP = """\
**Atelier** learns to draw your character, style, mascot or thing from your pictures. Four steps:

**1.** `/dataset new`: give it a name and say what it shows.
**2.** `/dataset add`: attach 4 or more pictures (10 to 20 work well). Or mention me in a message with pictures, \
or use *Apps → Add to dataset* on any message.
**3.** `/train start`: you see what it takes and costs first; nothing starts before you confirm.
**4.** `/imagine`: draw with your new model, right here in the channel.

**Good to know**
`/dataset view` shows your pictures; `caption` and `remove` tidy them up. \
`/train status` and `/queue` say how long it takes. `/model list` shows what you trained.
Only you see and change your datasets and models. What you remove or delete can be undone for 24 hours."""


class HelpCommand(commands.Cog):
    """Only the member who asks sees it."""

    @app_commands.command()
    async def help(self, interaction: discord.Interaction[Client]) -> None:
        """See how to get from your pictures to your own model, in four steps."""
        await interaction.response.send_message(view=card(HELP), ephemeral=True)


async def setup(bot: Client) -> None:
    """Add the command."""
    await bot.add_cog(HelpCommand())
