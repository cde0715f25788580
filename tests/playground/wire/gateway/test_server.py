"""The gateway as clients meet it, with its greetings, compressions and close codes."""

import asyncio
import zlib
from collections.abc import Callable

import discord as library
import pytest
import zstandard

from playground import Channel, Member, Playground
from tests.playground.raw_client import Payload, connected, identify
from tests.playground.sample_bot import SampleBot, running


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
    discord.clock.freeze()
    async with connected(discord) as client:
        for _ in range(121):
            await client.send(1)

        assert await client.close_code() == 4008


async def test_a_silent_client_is_dropped() -> None:
    async with Playground(heartbeat_interval=0.02) as discord, connected(discord) as client:
        assert await client.close_code() == 4009


async def test_identifying_again_too_soon_is_refused() -> None:
    async with Playground(identify_gap=3600) as discord:
        async with connected(discord) as client:
            await client.receive()
            await client.send(2, identify(discord))
            assert (await client.receive())["t"] == "READY"
        async with connected(discord) as client:
            await client.receive()
            await client.send(2, identify(discord))
            assert await client.receive() == {"op": 9, "d": False, "s": None, "t": None}
            discord.advance(seconds=3601)
            await client.send(2, identify(discord))
            assert (await client.receive())["t"] == "READY"


async def test_a_spent_budget_of_identifies_is_the_end(discord: Playground) -> None:
    discord.gateway.identifies_left = 1
    for expected in ("READY", 4004):
        async with connected(discord) as client:
            await client.receive()
            await client.send(2, identify(discord))
            assert expected == ((await client.receive())["t"] if expected == "READY" else await client.close_code())


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
