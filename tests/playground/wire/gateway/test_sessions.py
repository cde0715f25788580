"""Sessions are resumed with all events that were missed, or identified again."""

from collections.abc import Callable

import pytest

from playground import Channel, Member, Playground
from tests.playground.raw_client import connected, identify
from tests.playground.sample_bot import running


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
        await bot.readies.get()


async def test_a_refused_resume_makes_the_bot_identify_again(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord) as bot:
        discord.faults.refuse_resume()
        discord.faults.reconnect()
        await discord.bot_ready(2)
        assert (await ana.command(channel, "hello")).text == "hi"
        await bot.readies.get()


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
