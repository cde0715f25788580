"""Messages that mention Atelier."""

import logging
from collections.abc import Awaitable, Callable

import discord

from bot.interactions.cards import card
from bot.interactions.errors import Explanations
from domain.errors import ServersOnly
from services.datasets.intake import Repeated

log = logging.getLogger(__name__)

Handler = Callable[[discord.Message], Awaitable[None]]


class Mentions:
    """Hands messages with a mention of Atelier and pictures to one handler."""

    def __init__(self, explanations: Explanations) -> None:
        self._explanations = explanations
        self._handler: Handler | None = None

    def set(self, handler: Handler) -> None:
        """Let `handler` take the pictures of every message that mentions Atelier."""
        self._handler = handler

    async def answer(self, message: discord.Message, me: discord.ClientUser) -> None:
        """Answer the message if it is for Atelier, and explain to the author when that fails."""
        if message.author.bot or self._handler is None:
            return
        try:
            if message.guild is None:
                await message.channel.send(self._explanations.words(ServersOnly()))
            elif _is_meant(message, me) and message.attachments and _may_answer(message, message.guild):
                await self._handler(message)
        except Repeated:
            log.info("message=%d was received before", message.id)
        except Exception as error:  # noqa: BLE001 - discord.py would only log it: the member must read it
            await self._explain(message, error)

    async def _explain(self, message: discord.Message, error: Exception) -> None:
        if isinstance(error, discord.HTTPException):  # most likely, the bot may not write here
            log.warning("message=%d could not be answered: %s", message.id, error.code)
            return
        try:
            await reply(message, card(self._explanations.words(error)))
        except discord.HTTPException as failure:
            log.warning("message=%d could not be answered: %s", message.id, failure.code)


async def reply(message: discord.Message, view: discord.ui.LayoutView) -> None:
    """Answer below the message without a ping, also when its author deleted it meanwhile."""
    await message.channel.send(
        view=view, reference=message.to_reference(fail_if_not_exists=False), mention_author=False
    )


def _is_meant(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether the words mention Atelier.

    `mentions` has it also for a reply with a ping, which may mean anything.
    """
    return me.id in message.raw_mentions


def _may_answer(message: discord.Message, guild: discord.Guild) -> bool:
    """Whether the bot may answer there, because nothing is taken without an answer."""
    channel = message.channel
    match channel:
        case discord.Thread():
            may = channel.permissions_for(guild.me).send_messages_in_threads
        case discord.TextChannel() | discord.VoiceChannel() | discord.StageChannel():
            may = channel.permissions_for(guild.me).send_messages
        case _:
            may = True  # not known here, Discord decides
    if not may:
        log.info("message=%d is in channel=%d, where the bot may not write", message.id, channel.id)
    return may
