"""A bot whose commands ask for people, places, roles and choices."""

import discord as library
from discord import app_commands

from tests.playground.sample_bot import SampleBot


class AskingBot(SampleBot):
    def __init__(self) -> None:
        super().__init__()
        self.got: list[str] = []

        @self.tree.command(description="Asks for things")
        async def ask(
            interaction: library.Interaction,
            who: library.Member,
            where: library.TextChannel,
            role: library.Role,
            sure: bool = False,  # noqa: FBT001, FBT002 - an option of a command
        ) -> None:
            self.got.append(f"{who.name} {where.name} {role.name} {sure}")
            await interaction.response.send_message("ok")

        @self.tree.command(description="Chooses")
        @app_commands.choices(
            preset=[app_commands.Choice(name="Fast", value="f"), app_commands.Choice(name="Best", value="b")]
        )
        async def choose(interaction: library.Interaction, preset: app_commands.Choice[str]) -> None:
            await interaction.response.send_message(preset.value)
