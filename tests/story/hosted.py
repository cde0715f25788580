"""Atelier in the test's own process, its hosted backends switched on by real settings that point at stand-ins."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from backends.base import Backend, ResultStore
from bot.client import Client
from bot.composition import atelier
from bot.hosted import hosted_backends
from bot.settings import Settings
from domain.datasets.dataset import Kind
from playground import Channel, Member, Message, Playground
from tests.cogs.member_actions import add, said
from tests.pictures import drawn
from tests.providers.standin import StandIn
from tests.story.truth import rows

QUICK = {"poll_seconds": 0.05}  # of every backend's abilities: members of a stand-in need not wait


class HostedBot:
    """Atelier, connected to the playground and to stand-ins; the first stand-in is where it usually trains."""

    def __init__(self, discord: Playground, data_dir: Path, standins: Sequence[StandIn], **abilities: float) -> None:
        self.client: Client
        self.abilities: dict[str, Any] = {**QUICK, **abilities}  # replaced in those of every backend
        self.sessions = 0
        self._discord = discord
        self._stack = AsyncExitStack()
        values = {name: value for standin in standins for name, value in standin.settings().items()}
        self.settings = Settings(
            discord_token=SecretStr(discord.token),
            data_dir=data_dir,
            attachment_origins=(discord.cdn_url,),
            guild_ready_timeout=0.1,
            local=False,
            worker=False,
            first_backend=standins[0].name,
            file_origins=tuple(standin.files_url for standin in standins),
            poll_seconds=0.05,
            edit_seconds=0.0,
            scenario_legacy=True,
            **values,
        )

    async def start(self) -> None:
        """Connect, and wait until Discord has seen it."""
        self.client = await self._stack.enter_async_context(atelier(self.settings, backends={}, hosted=self._hosted))
        running = asyncio.create_task(self.client.start(self.settings.discord_token.get_secret_value()))
        self._stack.push_async_callback(_ended, running)
        self.sessions += 1
        await self._discord.bot_ready(session=self.sessions)

    async def stop(self) -> None:
        """Disconnect, and close everything."""
        await self.client.close()
        await self._stack.aclose()

    def money(self) -> Mapping[str, Sequence[tuple[str, int]]]:
        """Return the lines of the ledger in order, by the training or drawing that they are of."""
        found = defaultdict(list)
        for row in self.rows("SELECT subject_id, entry, micros FROM ledger ORDER BY id"):
            found[row["subject_id"]].append((row["entry"], row["micros"]))
        return found

    def rows(self, sql: str) -> Sequence[Any]:
        """Return what stands in the database."""
        return rows(self.settings.database, sql)

    def tasks(self) -> Sequence[Any]:
        """Return the rows of all trainings, the oldest first."""
        return self.rows("SELECT * FROM tasks ORDER BY created_at")

    def _hosted(self, settings: Settings, web: httpx.AsyncBaseTransport, store: ResultStore) -> Mapping[str, Backend]:
        backends = hosted_backends(settings, web, store)
        for backend in backends.values():
            backend.abilities = replace(backend.abilities, **self.abilities)
        return backends


@asynccontextmanager
async def running(
    discord: Playground, data_dir: Path, *standins: StandIn, **abilities: float
) -> AsyncIterator[HostedBot]:
    """Run stand-ins, and Atelier with their providers on."""
    async with AsyncExitStack() as stack:
        for standin in standins:
            await stack.enter_async_context(standin)
        bot = HostedBot(discord, data_dir, standins, **abilities)
        await bot.start()
        stack.push_async_callback(bot.stop)
        yield bot


async def collect(member: Member, channel: Channel, *, kind: Kind = Kind.CHARACTER, pictures: int = 5) -> None:
    """Make the dataset `Robo` and attach its pictures."""
    await said(member, channel, "dataset new", name="Robo", kind=kind.value)
    uploads = [drawn(number, side=128) for number in range(1, pictures + 1)]
    for start in range(0, pictures, 10):
        await add(member, channel, "Robo", uploads[start : start + 10])


async def quoted(member: Member, channel: Channel, **options: str) -> Message:
    """Ask for a quote for `Robo`."""
    return await said(member, channel, "train start", dataset="Robo", preset="fast", **options)


async def confirmed(member: Member, channel: Channel, quote: Message) -> Message:
    """Confirm a quote, and return the card of its training."""
    known = {message.id for message in channel.messages}
    await (await member.press(quote, "Confirm")).final()
    return await channel.wait_for(lambda m: m.id not in known and "Training ·" in m.text)


async def card_says(channel: Channel, card: Message, words: str) -> str:
    """Wait until a card says something, and return all that it says then."""
    shown = await channel.wait_for(lambda m: m.id == card.id and words in m.text)
    return shown.text


def texts(message: Message) -> Sequence[str]:
    """Return all that a message has said, the first text first."""
    return [shown.text for shown in message.history]


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds at a stand-in or in the database, which tell nobody."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


def dollars(text: str, before: str) -> int:
    """Return the first price after some words, in millionths of a US dollar."""
    found = re.search(rf"{re.escape(before)}\D*?\$([\d,]+\.\d+)", text)
    assert found, f"there is no price after {before!r} in {text!r}"
    return round(float(found[1].replace(",", "")) * 1_000_000)


async def _ended(task: "asyncio.Task[None]") -> None:
    await asyncio.wait({task}, timeout=10)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
