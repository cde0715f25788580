"""The poster, which posts every message that the bot owes and keeps it up to date."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from typing import Any

import aiohttp
import discord

from bot.background.runner import BoundedRunner
from bot.interactions.posts import Post, Posts, Renderer
from domain.backoff import pause_after
from storage.outbox import Destination, OutboxStore, Posting

log = logging.getLogger(__name__)

TICK = 0.5  # seconds between two looks into the outbox
NONCE_SECONDS = 120.0  # for how long Discord surely knows a nonce again ("the past few minutes")
OLD_SECONDS, OLD_EDIT_SECONDS = 3_600.0, 15.0  # messages older than an hour may be edited less often
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0  # seconds before the next attempt
MOST_REFUSALS = 5  # attempts after which a message that Discord calls malformed is given up
MOST_REPOSTS = 1  # a card that somebody deleted comes back once
LOOK_BACK = 50  # messages
DEFAULT_LIMIT = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES


class Trouble(StrEnum):
    """What an error says about where a message stands."""

    LATER = "later"  # try again
    VANISHED = "vanished"  # the message is gone
    CLOSED = "closed"  # this channel takes no message: go elsewhere
    REFUSED = "refused"  # Discord will hardly ever take it


# Discord's codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
UNKNOWN_MESSAGE = 10008
ARCHIVED = 50083  # no edit in this thread, until the next new message opens it again
CLOSED_CODES = frozenset(
    {
        10003,  # unknown channel
        10013,  # unknown user
        50001,  # no access
        50007,  # that user takes no messages
        50013,  # no permission
        50278,  # no server in common
        160005,  # the thread is locked
    }
)
FAILURES = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)


def trouble_of(error: Exception) -> Trouble:
    """Say what a failed attempt means."""
    if not isinstance(error, discord.HTTPException) or error.status in (401, 429) or error.status >= 500:
        return Trouble.LATER
    if error.code == ARCHIVED:
        return Trouble.LATER
    if error.code == UNKNOWN_MESSAGE:
        return Trouble.VANISHED
    if error.code in CLOSED_CODES or error.status in (403, 404):
        return Trouble.CLOSED
    return Trouble.REFUSED


def edit_pause(age: float, *, edit_seconds: float) -> float:
    """Return the seconds between two edits of a message of that age."""
    return max(edit_seconds, OLD_EDIT_SECONDS) if age > OLD_SECONDS else edit_seconds


class Poster:
    """Posts and edits messages. Each shows its subject as it is when it is sent, so that only the latest counts."""

    def __init__(
        self,
        client: discord.Client,
        outbox: OutboxStore,
        posts: Posts,
        *,
        edit_seconds: float,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tick: float = TICK,
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._posts = posts
        self._edit_seconds = edit_seconds
        self._now = now
        self._sleep = sleep
        self._tick = tick
        self._runner = BoundedRunner()

    async def run(self) -> None:
        """Post until cancelled."""
        await self._runner.go_on(self.look_around, tick=self._tick, sleep=self._sleep)

    async def look_around(self) -> None:
        """Begin the work on every message that is due."""
        try:
            due = await self._outbox.due(self._now())
        except Exception:
            log.exception("the outbox can't be read now")
            return
        for posting in due:
            renderer = self._posts.get(posting.kind)
            if renderer is not None:
                self._runner.start(posting.id, partial(self._work, posting, renderer))

    async def settled(self) -> None:
        """Wait until the work that was begun has ended."""
        await self._runner.settled()

    async def _work(self, posting: Posting, renderer: Renderer) -> None:
        try:
            post = await renderer(posting.subject_id, limit=self._limit(posting.channel_id))
            if post is None:
                await self._outbox.drop(posting)
                return
            await self._deliver(posting, post, renderer.verbs)
        except Exception as error:
            await self._try_later(posting, f"{type(error).__name__}")
            raise

    async def _deliver(self, posting: Posting, post: Post, verbs: frozenset[str]) -> None:
        try:
            message_id = await self._show(posting, post, verbs)
        except FAILURES as error:
            await self._record_failure(posting, post, error)
            return
        if message_id is None:
            return
        now = self._now()
        pause = edit_pause(now - posting.created_at, edit_seconds=self._edit_seconds)
        await self._outbox.shown(posting, message_id, due_at=now + pause)

    async def _show(self, posting: Posting, post: Post, verbs: frozenset[str]) -> int | None:
        """Post or edit the message and return its id, None when it was shown meanwhile, and is edited next."""
        channel = self._client.get_partial_messageable(posting.channel_id)
        if posting.message_id is not None:
            await _edit(channel, posting.message_id, post)
            return posting.message_id
        if posting.tried_at is not None and self._now() - posting.tried_at > NONCE_SECONDS:
            posted = await self._find_posted(channel, posting, verbs)
            if posted is not None:
                await _edit(channel, posted, post)
                return posted
        if not await self._outbox.begun(posting, self._now()):
            return None
        message = await channel.send(
            view=post.view,
            files=[file.to_file() for file in post.files],
            nonce=posting.nonce,
            allowed_mentions=post.mentions,
        )
        if posting.tried_at is not None:  # Discord may have given back what an earlier attempt posted
            await _edit(channel, message.id, post)
        return message.id

    async def _find_posted(
        self, channel: discord.PartialMessageable, posting: Posting, verbs: frozenset[str]
    ) -> int | None:
        """Look for a message whose answer was lost, by the buttons that it carries."""
        marks = tuple(f":{verb}:{posting.subject_id}" for verb in verbs)
        try:
            async for message in channel.history(limit=LOOK_BACK):
                is_ours = self._client.user is not None and message.author.id == self._client.user.id
                if is_ours and any(mark in name for name in custom_ids(message.components) for mark in marks):
                    log.info("outbox=%s was posted already as %d", posting.id, message.id)
                    return message.id
        except discord.Forbidden:
            log.info("outbox=%s may stand in channel=%d already, but I may not look", posting.id, posting.channel_id)
        return None

    async def _record_failure(self, posting: Posting, post: Post, error: Exception) -> None:
        """Keep what a failed attempt means for the message."""
        log.info("outbox=%s attempt=%d failed: %s", posting.id, posting.attempts + 1, _brief(error))
        match trouble_of(error):
            case Trouble.LATER:
                await self._try_later(posting, _brief(error))
            case Trouble.VANISHED if posting.reposts < MOST_REPOSTS:
                await self._outbox.vanished(posting)
            case Trouble.VANISHED:
                await self._outbox.undeliverable(posting, "it was deleted again")
            case Trouble.CLOSED:
                await self._redirect(posting, post, error)
            case Trouble.REFUSED if posting.attempts + 1 < MOST_REFUSALS:
                await self._try_later(posting, _brief(error))
            case Trouble.REFUSED:
                await self._outbox.undeliverable(posting, _brief(error))

    async def _try_later(self, posting: Posting, reason: str) -> None:
        pause = pause_after(posting.attempts + 1, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
        await self._outbox.failed(posting, due_at=self._now() + pause, reason=reason)

    async def _redirect(self, posting: Posting, post: Post, error: Exception) -> None:
        """Go from a channel that takes nothing to its parent, then to the owner's messages, then give up."""
        parent_channel_id = posting.parent_channel_id or self._parent_of(posting.channel_id)
        if posting.destination is Destination.CHANNEL and parent_channel_id is not None:
            await self._outbox.moved(posting, Destination.PARENT, parent_channel_id)
        elif posting.destination is not Destination.OWNER:
            try:
                private = await self._client.create_dm(discord.Object(post.owner_id))
            except discord.HTTPException as refusal:
                await self._outbox.undeliverable(posting, f"{_brief(error)}; owner: {_brief(refusal)}")
            else:
                await self._outbox.moved(posting, Destination.OWNER, private.id)
        else:
            log.warning("outbox=%s can't be delivered anywhere: %s", posting.id, _brief(error))
            await self._outbox.undeliverable(posting, _brief(error))

    def _parent_of(self, channel_id: int) -> int | None:
        channel = self._client.get_channel(channel_id)
        return channel.parent_id if isinstance(channel, discord.Thread) else None

    def _limit(self, channel_id: int) -> int:
        """Return the bytes that one file may have in that channel."""
        guild = getattr(self._client.get_channel(channel_id), "guild", None)
        return guild.filesize_limit if isinstance(guild, discord.Guild) else DEFAULT_LIMIT


def custom_ids(components: Sequence[Any]) -> Iterator[str]:
    """Yield the custom id of every button and menu, however deep it lies."""
    for component in components:
        if isinstance(name := getattr(component, "custom_id", None), str):
            yield name
        yield from custom_ids(getattr(component, "children", ()))
        if (accessory := getattr(component, "accessory", None)) is not None:
            yield from custom_ids([accessory])


async def _edit(channel: discord.PartialMessageable, message_id: int, post: Post) -> None:
    await channel.get_partial_message(message_id).edit(
        view=post.view,
        attachments=[file.to_file() for file in post.files],
        allowed_mentions=discord.AllowedMentions.none(),
    )


def _brief(error: Exception) -> str:
    """Return what the log may know of an error, which is no text of the message."""
    if isinstance(error, discord.HTTPException):
        return f"{error.status} {error.code}"
    return type(error).__name__
