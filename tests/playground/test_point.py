"""A bot in its own process, started unmodified by playground.point."""

import asyncio
import os
import sys
from pathlib import Path

from playground import Playground, point

PROGRAM = """
import sys
import discord
from discord import app_commands

assert sys.argv[1:] == ["run", "--fast"], sys.argv
client = discord.Client(intents=discord.Intents(guilds=True))
tree = app_commands.CommandTree(client)

@tree.command(description="Answers")
async def ping(interaction):
    await interaction.response.send_message("pong from a process")

async def setup():
    await tree.sync()

client.setup_hook = setup
client.run(sys.stdin.readline().strip(), log_handler=None)
"""


async def start(folder: Path, discord: Playground) -> asyncio.subprocess.Process:
    environment = {**os.environ, **discord.environment, "PYTHONPATH": f"{folder}:{Path.cwd()}"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "playground.point",
        "--",
        "small_program",
        "run",
        "--fast",
        stdin=asyncio.subprocess.PIPE,
        env=environment,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin
    process.stdin.write(f"{discord.token}\n".encode())
    await process.stdin.drain()
    return process


async def test_an_unmodified_program_talks_to_the_playground_even_after_a_kill(tmp_path: Path) -> None:
    (tmp_path / "small_program.py").write_text(PROGRAM)
    async with Playground() as discord:
        guild = discord.add_guild("Art club")
        channel, ana = guild.add_channel("general"), guild.add_member("Ana")
        for session in (1, 2):
            process = await start(tmp_path, discord)
            await discord.bot_ready(session)
            assert (await ana.command(channel, "ping")).text == "pong from a process"
            process.kill()
            await process.wait()
            await discord.bot_gone()

    assert len(channel.messages) == 2


def test_the_addresses_come_from_the_environment(discord: Playground) -> None:
    import discord as library

    point.point(discord.environment)

    assert discord.api_url == library.http.Route.BASE
    assert str(library.gateway.DiscordWebSocket.DEFAULT_GATEWAY) == discord.gateway_url
