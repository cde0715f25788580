"""A playground starts, stops and keeps a log of what passes."""

import re

import aiohttp
import pytest

from playground import Dispatched, Exchange, Guild, Member, Playground, Unseen
from playground.server import make_token
from tests.playground.sample_bot import SampleBot


async def test_two_playgrounds_run_at_the_same_time_and_stop_with_their_block() -> None:
    async with Playground() as one, Playground() as other, aiohttp.ClientSession() as session:
        addresses = {one.api_url, other.api_url}
        async with session.get(f"{one.api_url}/gateway") as answer:
            body = await answer.json()
        url = one.gateway_url
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(f"{one.api_url}/gateway")

    assert len(addresses) == 2
    assert body == {"url": url}


@pytest.mark.usefixtures("bot")
async def test_requests_and_events_are_logged_and_shown_to_observers(discord: Playground, ana: Member) -> None:
    seen: list[object] = []
    discord.observers.append(seen.append)
    await ana.command(ana.dm, "hello")

    assert [event.name for event in discord.events[:2]] == ["READY", "GUILD_CREATE"]
    assert {"INTERACTION_CREATE"} == {item.name for item in seen if isinstance(item, Dispatched)} - {"MESSAGE_CREATE"}
    assert [item.status for item in seen if isinstance(item, Exchange)] == [discord.requests[-1].status]


@pytest.mark.usefixtures("bot")
async def test_registered_commands_are_listed(discord: Playground) -> None:
    names = [command["name"] for command in discord.commands]

    assert names[:2] == ["pictures", "hello"]


async def test_a_claim_that_never_holds_is_named(discord: Playground) -> None:
    with pytest.raises(Unseen, match="not seen within 0 s: a second bot"):
        await discord.until(lambda: False, timeout=0, what="a second bot")


def test_a_guild_has_an_owner_and_the_bot(guild: Guild) -> None:
    assert [member.name for member in guild.members.values()] == ["Art club owner", "Atelier"]
    assert guild.owner_id in guild.members


def test_a_token_has_discords_shape() -> None:
    assert re.fullmatch(r"MTIz\.[\w-]{6}\.[\w-]{38}", make_token(123))


async def test_a_stopped_gateway_cuts_the_bot_off_until_it_is_started(discord: Playground, bot: SampleBot) -> None:
    discord.stop_gateway()
    await discord.bot_gone()
    discord.start_gateway()
    await discord.bot_resumed()

    assert bot.is_ready()
