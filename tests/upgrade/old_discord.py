"""Discord as the bot of an earlier version left it: guilds, channels, members, and what the bot had posted."""

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

from playground import Attachment, Channel, Guild, Member, Message, Modal, Permission, Playground
from playground.acts.replies import read_modal
from playground.world.channels import TEXT
from playground.world.interactions import Interaction
from playground.world.triggers import InteractionKind, Trigger
from playground.world.users import User
from tests.upgrade.old_data import discord_state


@dataclass
class OldDiscord:
    """What stood there; messages and forms by what they are, members of the first guild by their name."""

    guilds: dict[str, Guild]
    channels: dict[str, Channel]
    members: dict[str, Member]
    elsewhere: dict[str, Member]  # the same people in the second guild
    messages: dict[str, Message]
    forms: dict[str, Modal]

    def member(self, name: str) -> Member:
        """Return the member of that name, however it is written."""
        return self.members[name.lower()]


def restore(discord: Playground) -> OldDiscord:
    """Rebuild it under the ids of then, so that rows and custom ids point to it."""
    state = discord_state()
    guilds = {name: discord.add_guild(name, guild_id=int(number)) for name, number in state["guilds"].items()}
    first, second = guilds.values()
    people = {name: User(int(number), name.title()) for name, number in state["members"].items()}
    discord.world.users.update({user.id: user for user in people.values()})
    old = OldDiscord(
        guilds,
        {},
        {name: _member(first, user) for name, user in people.items()},
        {name: _member(second, user) for name, user in people.items()},
        {},
        {},
    )
    for name, saved in state["channels"].items():
        old.channels[name] = _channel(discord, old, name, saved)
    for saved in state["messages"]:
        message = _message(discord, old, saved)
        message.channel.post(message)
        old.messages[saved.get("key", saved["id"])] = message
    old.forms.update({saved["key"]: _form(discord, old, saved) for saved in state["forms"]})
    return old


def _member(guild: Guild, user: User) -> Member:
    rights = int(Permission.MANAGE_GUILD) if user.name == "Boss" else 0
    return guild.add_member(user.name, user=user, permissions=rights)


def _channel(discord: Playground, old: OldDiscord, name: str, saved: dict[str, Any]) -> Channel:
    if "parent" in saved:
        thread = old.channels[saved["parent"]].add_thread(name)
        thread.id = int(saved["id"])
        return thread
    channel = Channel(int(saved["id"]), discord.world, name, TEXT, old.guilds[saved["guild"]])
    discord.world.add_channel(channel)
    return channel


def _message(discord: Playground, old: OldDiscord, saved: dict[str, Any]) -> Message:
    channel = old.channels[saved["channel"]]
    return Message(
        id=int(saved["id"]),
        channel=channel,
        author=discord.world.bot,
        content=saved.get("content", ""),
        raw_components=saved.get("components", []),
        attachments=[_file(discord, channel, file) for file in saved.get("files", [])],
        flags=saved.get("flags", 0),
        trigger=_command(discord, old, saved["only_for"]) if "only_for" in saved else None,
    )


def _command(discord: Playground, old: OldDiscord, name: str) -> Trigger:
    """Return the command that a private message answers."""
    member = old.member(name)
    return Trigger(discord.world.ids.next(), InteractionKind.COMMAND, member.user, {"type": 1}, member.guild.id)


def _file(discord: Playground, channel: Channel, saved: dict[str, str]) -> Attachment:
    """Return an attachment of the same name; what it showed does not matter."""
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    world = discord.world
    folder = f"attachments/{channel.id}"
    file = Attachment(int(saved["id"]), saved["filename"], picture.getvalue(), folder, world.links.sign, "image/png")
    file.description, file.width, file.height = saved.get("description"), 8, 8
    world.files[file.id] = file
    return file


def _form(discord: Playground, old: OldDiscord, saved: dict[str, Any]) -> Modal:
    member, channel = old.member(saved["by"]), old.channels[saved["channel"]]
    source = channel.find(int(saved["source"])) if saved["source"] else None
    return read_modal(saved, Interaction(_command(discord, old, saved["by"]), channel, member, source))
