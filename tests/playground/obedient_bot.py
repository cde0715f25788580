"""A bot that does with each interaction what a test has put into `act`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import discord as library
import pytest
from discord import ui

from tests.playground.sample_bot import SampleBot

Act = Callable[[library.Interaction], Awaitable[object]]


class ObedientBot(SampleBot):
    """Does with each interaction whatever the test has put into `act`."""

    act: Act

    def __init__(self) -> None:
        super().__init__()
        self.acted: asyncio.Queue[int] = asyncio.Queue()

    async def on_interaction(self, interaction: library.Interaction) -> None:
        await super().on_interaction(interaction)
        if interaction.type is not library.InteractionType.autocomplete:
            await self.act(interaction)
            self.acted.put_nowait(interaction.id)


async def refusal(action: Awaitable[object]) -> tuple[int, int]:
    with pytest.raises(library.HTTPException) as caught:
        await action
    return caught.value.status, caught.value.code


async def raw_answer(interaction: library.Interaction, kind: int, **data: object) -> object:
    """Send a first answer past the library's own checks."""
    route = library.http.Route(
        "POST",
        "/interactions/{webhook_id}/{webhook_token}/callback",
        webhook_id=interaction.id,
        webhook_token=interaction.token,
    )
    return await interaction.client.http.request(
        route, json={"type": kind, "data": data}, params={"with_response": "1"}
    )


class OldView(ui.View):
    @ui.button(label="Go", emoji="🚀", custom_id="go")
    async def go(self, interaction: library.Interaction, button: ui.Button[Any]) -> None:
        """Is answered by the bot's act."""

    @ui.button(label="Stop", custom_id="stop", disabled=True)
    async def no(self, interaction: library.Interaction, button: ui.Button[Any]) -> None:
        """Cannot be pressed."""

    @ui.select(
        custom_id="many",
        placeholder="Pick",
        max_values=2,
        options=[library.SelectOption(label=n, value=n.lower()) for n in ("Red", "Green", "Blue")],
    )
    async def many(self, interaction: library.Interaction, select: ui.Select[Any]) -> None:
        """Is answered by the bot's act."""
