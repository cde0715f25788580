"""What bench (a) compares with, a discord.py bot with one command that only defers."""

import os

import discord
from discord import app_commands


class BareBot(discord.Client):
    """Nothing but a command tree."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0.1)
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        """Publish the one command."""
        self.tree.add_command(app_commands.Command(name="bare", description="Defers", callback=_defer))
        await self.tree.sync()


async def _defer(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True)


if __name__ == "__main__":
    BareBot().run(os.environ["ATELIER_DISCORD_TOKEN"], log_handler=None)
