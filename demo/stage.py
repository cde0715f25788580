"""The playground of the demo, with a channel, two members and Atelier as a process."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.bot_process import BotProcess
from playground import Channel, Member, Playground, Upload

PICTURES = Path(__file__).parent / "pictures"
SETTINGS = {"ATELIER_EDIT_SECONDS": "2", "ATELIER_POLL_SECONDS": "0.5", "ATELIER_LOG_LEVEL": "INFO"}


class NotShownError(Exception):
    """Something that the demo promises did not happen, as its text says."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that the story needs."""

    discord: Playground
    bot: BotProcess
    data_dir: Path
    log: Path
    channel: Channel
    ana: Member
    ben: Member
    samples: tuple[Upload, ...]


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Set the playground up and clear it away. The bot's log stays when the story fails."""
    folder = Path(tempfile.mkdtemp(prefix="atelier-demo-"))
    async with Playground() as discord:
        guild = discord.add_guild("Pixel Club")
        channel = guild.add_channel("mascot-lab", topic="Teaching a bot to draw our mascot Zorbo")
        bot = BotProcess(discord, folder / "data", settings=SETTINGS, log=folder / "bot.log")
        try:
            yield Stage(
                discord=discord,
                bot=bot,
                data_dir=folder / "data",
                log=folder / "bot.log",
                channel=channel,
                ana=guild.add_member("Ana"),
                ben=guild.add_member("Ben"),
                samples=tuple(Upload(p.name, p.read_bytes()) for p in sorted(PICTURES.glob("*.png"))),
            )
        finally:
            await bot.stop()
    shutil.rmtree(folder)


def expect(claim: object, what: str) -> None:
    """Raise `NotShownError` naming `what` when the claim does not hold."""
    if not claim:
        raise NotShownError(what)
