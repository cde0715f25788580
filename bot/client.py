"""The Discord client with its intents, its command tree and what is set up before the first event."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.interactions import errors
from bot.interactions.attachments import Downloads
from bot.interactions.buttons import Buttons, Pressable
from bot.interactions.forms import Forms
from bot.interactions.mentions import Mentions
from bot.interactions.posts import Posts
from domain.backoff import pause_after
from services.datasets.datasets import DatasetService
from services.datasets.images import ImageService
from services.datasets.intake import IntakeService
from services.drawing.drawings import DrawingService
from services.models.models import ModelService
from services.money.spending import MoneyService
from services.pictures import StoredPictures
from services.training.confirmations import ConfirmationService
from services.training.quotes import QuoteService
from services.training.tasks import TrainingService

log = logging.getLogger(__name__)

COGS = ("cogs.datasets", "cogs.training", "cogs.drawing", "cogs.models", "cogs.money", "cogs.help")
INTENTS = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)  # none is privileged
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0  # seconds between attempts to reach the gateway


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases that cogs, buttons and forms call."""

    drawing: DrawingService
    models: ModelService
    datasets: DatasetService
    intake: IntakeService
    images: ImageService
    quotes: QuoteService
    confirmations: ConfirmationService
    training: TrainingService
    money: MoneyService
    pictures: StoredPictures


class Tree(app_commands.CommandTree["Client"]):
    """The command tree, whose errors are explained to the member."""

    async def on_error(
        self, interaction: discord.Interaction["Client"], error: app_commands.AppCommandError, /
    ) -> None:
        """Explain the error to the member."""
        await errors.answer(interaction, getattr(error, "original", error))


class Client(commands.Bot):
    """Atelier on Discord.

    Start-up work is done in `setup_hook`, because `on_ready` may come again after any reconnect.
    """

    def __init__(
        self, services: Services, downloads: Downloads, *, data_dir: Path, guild_ready_timeout: float
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=INTENTS,
            tree_cls=Tree,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            guild_ready_timeout=guild_ready_timeout,
        )
        self.services = services
        self.downloads = downloads
        self.explanations = errors.Explanations()
        self.mentions = Mentions(self.explanations)
        self.buttons = Buttons()
        self.forms = Forms()
        self.posts = Posts()
        self.background: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()  # runs from start-up to the end
        self._running: list[asyncio.Task[None]] = []
        self._synced = data_dir / "commands.sha256"

    async def setup_hook(self) -> None:
        """Load the cogs and publish the commands when they changed."""
        self.add_dynamic_items(Pressable)
        self.add_listener(self.forms.on_interaction, "on_interaction")
        for name in COGS:
            await self.load_extension(name)
        await self._sync()
        self._running = [asyncio.create_task(work()) for work in self.background]

    async def close(self) -> None:
        """Stop what runs in the background, then leave Discord."""
        for work in self._running:
            work.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await super().close()

    async def on_message(self, message: discord.Message, /) -> None:
        """Take a message that mentions Atelier instead of a prefix command."""
        if self.user is not None:
            await self.mentions.answer(message, self.user)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay connected, also when the gateway is away at the first attempt (Rapptz/discord.py#10520)."""
        failures = 0
        while not self.is_closed():
            try:
                await super().connect(reconnect=reconnect)
            except (discord.LoginFailure, discord.PrivilegedIntentsRequired, discord.ConnectionClosed):
                raise
            except (AttributeError, OSError, discord.GatewayNotFound) as error:
                failures += 1
                pause = pause_after(failures, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
                log.warning("the gateway can't be reached (%s); next attempt in %.0f s", type(error).__name__, pause)
                await asyncio.sleep(pause)

    async def _sync(self) -> None:
        commands_now = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        digest = hashlib.sha256(json.dumps([self.application_id, commands_now], sort_keys=True).encode()).hexdigest()
        if self._synced.exists() and self._synced.read_text() == digest:
            return
        await self.tree.sync()
        self._synced.write_text(digest)
        log.info("published %d commands", len(commands_now))
