"""A small, ordinary discord.py bot that the playground's tests talk to, and what it sends."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import discord
import pytest
from discord import app_commands, ui
from PIL import Image

from playground import Channel, Playground


class Counter(ui.DynamicItem[ui.Button[ui.View]], template=r"count:(?P<number>\d+)"):
    def __init__(self, number: int) -> None:
        super().__init__(ui.Button(label=f"Pressed {number}", custom_id=f"count:{number}", emoji="🔢"))
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        del interaction, item
        return cls(int(match["number"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        if interaction.message and interaction.message.flags.components_v2:
            await interaction.response.defer()
            await interaction.edit_original_response(view=Card(None, self.number + 1))
            return
        view = ui.View(timeout=None).add_item(Counter(self.number + 1))
        await interaction.response.edit_message(content=f"{self.number + 1} presses", view=view)


class Upload(ui.Modal, title="Add pictures"):
    name: ui.Label[Any] = ui.Label(text="Name", component=ui.TextInput(custom_id="name", max_length=20))
    kind: ui.Label[Any] = ui.Label(
        text="Kind",
        component=ui.Select(
            custom_id="kind",
            required=True,
            options=[discord.SelectOption(label="Style"), discord.SelectOption(label="Thing")],
        ),
    )
    pictures: ui.Label[Any] = ui.Label(
        text="Pictures", component=ui.FileUpload(custom_id="pictures", min_values=1, max_values=10)
    )

    def __init__(self) -> None:
        super().__init__(custom_id="upload", timeout=900)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True, ephemeral=True)
        assert isinstance(self.name.component, ui.TextInput)
        assert isinstance(self.kind.component, ui.Select)
        assert isinstance(self.pictures.component, ui.FileUpload)
        sizes = [len(await file.read()) for file in self.pictures.component.values]
        text = f"{self.name.component.value}/{self.kind.component.values}: {sizes}"
        await interaction.followup.send(text)


class Card(ui.LayoutView):
    def __init__(self, picture: discord.File | None, number: int = 0) -> None:
        super().__init__(timeout=None)
        gallery: ui.MediaGallery[Self] = ui.MediaGallery()
        gallery.add_item(media=picture or "attachment://red.png", description="A red square")
        box: ui.Container[Self] = ui.Container(
            ui.TextDisplay("## A card"), gallery, ui.Separator(), accent_colour=0xFF0000
        )
        box.add_item(ui.ActionRow(Counter(number)))
        self.add_item(box)


class SampleBot(discord.Client):
    def __init__(self, intents: discord.Intents | None = None) -> None:
        chosen = intents or discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(
            intents=chosen,
            guild_ready_timeout=0.02,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
        )
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.seen_interactions: list[int] = []
        self.readies: asyncio.Queue[None] = asyncio.Queue()
        _add_commands(self.tree)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify without the library's pause of five seconds."""

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Counter)
        await self.tree.sync()

    async def on_ready(self) -> None:
        self.readies.put_nowait(None)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.seen_interactions.append(interaction.id)

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)
        if message.content.endswith("say hello") and message.author != self.user:
            await message.reply("hello", mention_author=True)


def _add_commands(tree: app_commands.CommandTree[Any]) -> None:
    pictures = app_commands.Group(name="pictures", description="Pictures")

    @pictures.command(name="add", description="Adds pictures")
    @app_commands.describe(where="Where", one="First", two="Second", count="How many")
    async def add(
        interaction: discord.Interaction,
        where: app_commands.Range[str, 2, 20],
        one: discord.Attachment,
        two: discord.Attachment | None = None,
        count: app_commands.Range[int, 1, 4] = 1,
    ) -> None:
        await interaction.response.defer(thinking=True)
        sizes = [len(await file.read()) for file in (one, two) if file]
        await interaction.followup.send(f"{where} x{count}: {sizes} {one.width}x{one.height}")

    @add.autocomplete("where")
    async def names(_: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [
            app_commands.Choice(name=n, value=n.lower()) for n in ("Robo", "Rose", "Tree") if current in n.lower()
        ]

    tree.add_command(pictures)

    @tree.command(description="Answers at once")
    async def hello(interaction: discord.Interaction, text: str = "hi", secret: bool = False) -> None:  # noqa: FBT001, FBT002 - an option of a command
        await interaction.response.send_message(text, ephemeral=secret)

    @tree.command(description="Never answers")
    async def silent(interaction: discord.Interaction) -> None:
        del interaction

    @tree.command(description="Opens a modal")
    async def upload(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Upload())

    @tree.command(description="A counter")
    async def counter(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("0 presses", view=ui.View(timeout=None).add_item(Counter(0)))

    @tree.command(description="A card")
    async def card(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        picture = discord.File(io.BytesIO(b"not really a picture"), "red.png", description="A red square")
        await interaction.followup.send(view=Card(picture), file=picture)

    @tree.context_menu(name="Add to pictures")
    async def add_message(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"{message.content!r} {len(message.attachments)}", ephemeral=True)

    @tree.context_menu(name="Who")
    async def who(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"{member.display_name} {member.guild.id}", ephemeral=True)


@asynccontextmanager
async def running(discord: Playground, bot: SampleBot | None = None) -> AsyncIterator[SampleBot]:
    """Run a bot against a playground until the block ends."""
    client = bot or SampleBot()
    session = discord.gateway.ready_count + 1
    task = asyncio.create_task(client.start(discord.token))
    ready = asyncio.create_task(discord.bot_ready(session))
    try:
        await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        await ready
        await client.readies.get()  # a client that is closed before stumbles over its own late on_ready
        yield client
    finally:
        ready.cancel()
        await client.close()
        await asyncio.gather(task, ready, return_exceptions=True)


def place(bot: discord.Client, channel: Channel) -> discord.TextChannel:
    found = bot.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    return found


def file(size: int = 10, name: str = "a.bin", description: str | None = None) -> discord.File:
    return discord.File(io.BytesIO(bytes(size)), name, description=description)


def picture(width: int = 8, height: int = 6) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return out.getvalue()


def layout(*items: ui.Item[Any]) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    return view


def code(caught: pytest.ExceptionInfo[discord.HTTPException]) -> tuple[int, int]:
    return caught.value.status, caught.value.code
