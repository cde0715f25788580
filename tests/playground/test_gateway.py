"""The gateway as clients meet it: greetings, compression, close codes, resuming, fresh sessions."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord as library
import pytest
import zstandard

from playground import Channel, Member, Playground
from tests.playground.sample_bot import SampleBot, running

Payload = dict[str, Any]


class RawClient:
    """A gateway client made of nothing but a WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, unpack: Callable[[bytes], bytes]) -> None:
        self.socket = socket
        self._unpack = unpack

    async def receive(self) -> Payload:
        frame = await self.socket.receive(timeout=5)
        assert frame.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), frame
        text = frame.data if isinstance(frame.data, str) else self._unpack(frame.data)
        return dict(json.loads(text))

    async def send(self, op: int, data: object = None) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def close_code(self) -> int | None:
        async for _ in self.socket:
            pass
        return self.socket.close_code


@asynccontextmanager
async def connected(
    discord: Playground, compress: str = "", unpack: Callable[[bytes], bytes] = bytes
) -> AsyncIterator[RawClient]:
    query = {"v": "10", "encoding": "json"} | ({"compress": compress} if compress else {})
    async with aiohttp.ClientSession() as session, session.ws_connect(discord.gateway_url, params=query) as socket:
        yield RawClient(socket, unpack)


def identify(discord: Playground, **changes: object) -> Payload:
    return {"token": discord.token, "intents": 1, "properties": {"os": "", "browser": "", "device": ""}, **changes}


def unpackers() -> list[tuple[str, Callable[[], Callable[[bytes], bytes]]]]:
    return [
        ("", lambda: bytes),
        ("zlib-stream", lambda: zlib.decompressobj().decompress),
        ("zstd-stream", lambda: zstandard.ZstdDecompressor().decompressobj().decompress),
    ]


@pytest.mark.parametrize(("compress", "make"), unpackers())
async def test_a_client_is_greeted_in_each_compression(
    discord: Playground, channel: Channel, compress: str, make: Callable[[], Callable[[bytes], bytes]]
) -> None:
    async with connected(discord, compress, make()) as client:
        hello = await client.receive()
        await client.send(1)
        beat = await client.receive()
        await client.send(2, identify(discord))
        ready, guild = await client.receive(), await client.receive()

    assert hello == {"op": 10, "d": {"heartbeat_interval": 41250}, "s": None, "t": None}
    assert beat["op"] == 11
    assert (ready["t"], ready["s"], ready["d"]["guilds"][0]["unavailable"]) == ("READY", 1, True)
    assert (guild["t"], guild["s"], guild["d"]["channels"][0]["id"]) == ("GUILD_CREATE", 2, str(channel.id))


@pytest.mark.parametrize(
    ("op", "change", "code"),
    [
        (2, {"token": "wrong"}, 4004),
        (2, {"intents": 1 << 15}, 4014),
        (2, {"intents": 1 << 40}, 4013),
        (2, {"shard": [3, 2]}, 4010),
        (2, {"padding": "x" * 5000}, 4002),
        (3, {}, 4003),
        (77, {}, 4003),
    ],
)
async def test_a_wrong_command_closes_the_socket(discord: Playground, op: int, change: Payload, code: int) -> None:
    async with connected(discord) as client:
        await client.receive()
        await client.send(op, identify(discord, **change))

        assert await client.close_code() == code


async def test_nonsense_and_a_second_identify_close_the_socket(discord: Playground) -> None:
    async with connected(discord) as client:
        await client.socket.send_str("no json")
        assert await client.close_code() == 4002
    async with connected(discord) as client:
        await client.send(2, identify(discord))
        await client.send(2, identify(discord))
        assert await client.close_code() == 4005


async def test_more_than_120_sends_in_a_minute_close_the_socket(discord: Playground) -> None:
    async with connected(discord) as client:
        for _ in range(121):
            await client.send(1)

        assert await client.close_code() == 4008


async def test_a_silent_client_is_dropped() -> None:
    async with Playground(heartbeat_interval=0.02) as discord, connected(discord) as client:
        assert await client.close_code() == 4009


async def test_identifying_again_too_soon_is_refused() -> None:
    async with Playground(identify_gap=5) as discord:
        async with connected(discord) as client:
            await client.receive()
            await client.send(2, identify(discord))
            assert (await client.receive())["t"] == "READY"
        async with connected(discord) as client:
            await client.receive()
            await client.send(2, identify(discord))
            assert await client.receive() == {"op": 9, "d": False, "s": None, "t": None}
            discord.advance(seconds=6)
            await client.send(2, identify(discord))
            assert (await client.receive())["t"] == "READY"


async def test_a_spent_budget_of_identifies_is_the_end(discord: Playground) -> None:
    discord.gateway.identifies_left = 1
    for expected in ("READY", 4004):
        async with connected(discord) as client:
            await client.receive()
            await client.send(2, identify(discord))
            assert expected == ((await client.receive())["t"] if expected == "READY" else await client.close_code())


async def test_a_resume_needs_a_known_session_and_a_number_that_was_sent(
    discord: Playground, channel: Channel
) -> None:
    async with connected(discord) as client:
        await client.receive()
        await client.send(2, identify(discord))
        session = (await client.receive())["d"]["session_id"]
        await client.socket.close(code=4000)
    resume = {"token": discord.token, "session_id": session, "seq": 1}
    async with connected(discord) as client:
        await client.receive()
        await client.send(6, {**resume, "session_id": "unknown"})
        assert (await client.receive())["op"] == 9
        await client.send(6, {**resume, "seq": 99})
        assert await client.close_code() == 4007
    async with connected(discord) as client:
        await client.receive()
        await client.send(6, resume)
        missed, resumed = await client.receive(), await client.receive()

    assert (missed["t"], missed["s"], missed["d"]["channels"][0]["id"]) == ("GUILD_CREATE", 2, str(channel.id))
    assert (resumed["t"], resumed["s"]) == ("RESUMED", 3)


def breaks() -> list[Callable[[Playground], None]]:
    return [
        lambda d: d.faults.reconnect(),
        lambda d: d.faults.close_gateway(4000),
        lambda d: d.faults.close_gateway(4009),
        lambda d: d.faults.close_gateway(1000),
        lambda d: d.faults.abort_gateway(),
        lambda d: d.faults.invalid_session(resumable=True),
    ]


@pytest.mark.parametrize("hurt", breaks(), ids=["op 7", "4000", "4009", "1000", "abort", "op 9 true"])
async def test_a_bot_resumes_and_misses_nothing(
    discord: Playground, channel: Channel, ana: Member, hurt: Callable[[Playground], None]
) -> None:
    async with running(discord) as bot:
        hurt(discord)
        missed = await ana.post(channel, "@Atelier are you there", mention_bot=True)
        await discord.bot_resumed()
        reply = await ana.command(channel, "hello")

        assert reply.text == "hi"
        assert [m.id for m in bot.heard if m.author.id == ana.id] == [missed.id]
        assert discord.gateway.ready_count == 1


async def test_an_invalid_session_makes_the_bot_identify_again(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord) as bot:
        discord.faults.invalid_session()
        await discord.bot_ready(2)
        reply = await ana.command(channel, "hello")

        assert reply.text == "hi"
        await asyncio.wait_for(bot.readies.get(), 5)


async def test_a_refused_resume_makes_the_bot_identify_again(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord) as bot:
        discord.faults.refuse_resume()
        discord.faults.reconnect()
        await discord.bot_ready(2)
        assert (await ana.command(channel, "hello")).text == "hi"
        await asyncio.wait_for(bot.readies.get(), 5)


async def test_a_restarted_gateway_is_found_again(discord: Playground, channel: Channel, ana: Member) -> None:
    async with running(discord):
        await discord.restart_gateway()
        await discord.bot_resumed()
        assert (await ana.command(channel, "hello")).text == "hi"


async def test_an_interaction_can_come_twice_after_a_resume(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord) as bot:
        first = await ana.command(channel, "hello")
        discord.faults.replay_after_resume()
        discord.faults.reconnect()
        await discord.bot_resumed()
        await ana.command(channel, "hello", text="next")
        refused = [r for r in discord.requests if r.status == 400]

    assert bot.seen_interactions.count(first.interaction.id) == 2
    assert [(r.response["code"]) for r in refused if isinstance(r.response, dict)] == [40060]
    assert [m.content for m in channel.messages] == ["hi", "next"]


async def test_a_forbidden_intent_and_a_bad_token_end_the_bot(discord: Playground) -> None:
    with pytest.raises(library.PrivilegedIntentsRequired):
        async with running(discord, SampleBot(library.Intents(guilds=True, message_content=True))):
            pass
    async with running(discord):
        closed = asyncio.ensure_future(discord.bot_gone())
        discord.faults.close_gateway(4004)
        await closed
    assert len(discord.gateway.identify_times) == 1


async def test_a_gateway_that_is_absent_at_first_is_the_known_crash_of_the_library(discord: Playground) -> None:
    discord.faults.gateway_absent()
    with pytest.raises(AttributeError, match="sequence"):
        async with running(discord):
            pass
    discord.start_gateway()
    async with running(discord) as bot:
        assert bot.is_ready()


async def test_members_come_in_chunks_when_asked_for(discord: Playground, channel: Channel, ana: Member) -> None:
    async with running(discord) as bot:
        assert channel.guild
        guild = bot.get_guild(channel.guild.id)
        assert guild
        found = await guild.query_members("an", cache=False)

    assert [m.id for m in found] == [ana.id]


async def test_a_bot_that_loses_its_guild_hears_of_it(discord: Playground, channel: Channel) -> None:
    async with running(discord) as bot:
        assert channel.guild
        removed = asyncio.ensure_future(bot.wait_for("guild_remove", timeout=5))
        await asyncio.sleep(0)
        discord.faults.kick_bot(channel.guild)

        assert (await removed).id == channel.guild.id
