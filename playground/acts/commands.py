"""A member runs commands: slash commands, autocomplete, and the menus of messages and users."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.acts.interactions import resolve, send, upload
from playground.acts.replies import Reply
from playground.wire import commands, payloads
from playground.wire.errors import CannotDo
from playground.world.attachments import Upload
from playground.world.channels import Channel
from playground.world.interactions import Kind
from playground.world.json_values import Json
from playground.world.messages import Message
from playground.world.permissions import Permission

if TYPE_CHECKING:
    from playground.world.members import Member


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of an autocomplete list."""

    name: str
    value: str | int | float


async def command(
    member: "Member", channel: Channel, words: str, options: Mapping[str, object], *, patience: float
) -> Reply:
    """Run a slash command."""
    definition, passed, last = commands.find(_definitions(member, channel), words)
    _check_may_use(member, channel, definition)
    known = {o["name"]: o for o in last.get("options") or ()}
    if unknown := set(options) - set(known):
        raise CannotDo(f"/{words} has no option {', '.join(sorted(unknown))}")
    resolved: Json = {}
    filled = []
    for name, option in known.items():
        if options.get(name) is not None:
            filled.append(_option(member, channel, option, options[name], resolved))
        elif option.get("required"):
            raise CannotDo(f"/{words}: {name} is required")
    data = _command_data(definition, passed, filled)
    if resolved:
        data["resolved"] = resolved
    return await send(member, channel, Kind.COMMAND, data, patience=patience)


async def autocomplete(
    member: "Member",
    channel: Channel,
    words: str,
    typing: tuple[str, str],
    options: Mapping[str, object],
    *,
    patience: float,
) -> list[Choice]:
    """Type into an option (its name, the text) and read the list that is offered."""
    focused, typed = typing
    definition, passed, last = commands.find(_definitions(member, channel), words)
    known = {o["name"]: o for o in last.get("options") or ()}
    if not known.get(focused, {}).get("autocomplete"):
        raise CannotDo(f"/{words}: {focused} has no autocomplete")
    filled = [
        {"name": n, "type": known[n]["type"], "value": v}
        for n, v in options.items()
        if isinstance(v, str | int | float)
    ]
    filled.append({"name": focused, "type": known[focused]["type"], "value": typed, "focused": True})
    data = _command_data(definition, passed, filled)
    reply = await send(member, channel, Kind.AUTOCOMPLETE, data, patience=patience)
    if reply.error:
        raise CannotDo("Loading options failed")
    return [Choice(c["name"], c["value"]) for c in reply.interaction.choices]


def _definitions(member: "Member", channel: Channel) -> list[Json]:
    guild = channel.guild
    if guild and not guild.has_bot:
        return []
    return [
        d for d in member.world.commands.values() if "guild_id" not in d or (guild and d["guild_id"] == str(guild.id))
    ]


def _check_may_use(member: "Member", channel: Channel, definition: Json) -> None:
    if channel.guild is None:
        contexts = definition.get("contexts")
        if (
            (contexts is not None and 1 not in contexts)
            or definition.get("dm_permission") is False
            or "guild_id" in definition
        ):
            raise CannotDo(f"/{definition['name']} cannot be used in direct messages")
        return
    rights = channel.permissions_of(member)
    if not rights & Permission.USE_APPLICATION_COMMANDS:
        raise CannotDo(f"{member.name} may not use commands in #{channel.name}")
    needed = definition.get("default_member_permissions")
    if needed is not None and (int(needed) & rights != int(needed) or int(needed) == 0):
        raise CannotDo(f"{member.name} does not see /{definition['name']}")


def _command_data(definition: Json, passed: list[Json], options: list[Json]) -> Json:
    for level in reversed(passed):
        options = [{"name": level["name"], "type": level["type"], "options": options}]
    data: Json = {"id": definition["id"], "name": definition["name"], "type": definition["type"], "options": options}
    return {**data, "guild_id": definition["guild_id"]} if "guild_id" in definition else data


def _option(member: "Member", channel: Channel, option: Json, value: object, resolved: Json) -> Json:
    entry: Json = {"name": option["name"], "type": option["type"]}
    match option["type"]:
        case 11:
            if not isinstance(value, Upload):
                raise CannotDo(f"{option['name']}: {value!r} is no file")
            stored = upload(member, channel, value)
            resolved.setdefault("attachments", {})[str(stored.id)] = stored.payload()
            return {**entry, "value": str(stored.id)}
        case 6 | 7 | 8 | 9:
            return {**entry, "value": resolve(value, resolved)}
        case _:
            return {**entry, "value": commands.accept(option, value)}


async def message_action(member: "Member", name: str, message: Message, *, patience: float) -> Reply:
    """Use a message command; the target comes whole, whatever the intents."""
    definition = commands.find_menu(_definitions(member, message.channel), name, commands.MESSAGE)
    _check_may_use(member, message.channel, definition)
    data = _command_data(definition, [], [])
    del data["options"]
    data["target_id"] = str(message.id)
    data["resolved"] = {"messages": {str(message.id): payloads.message(message)}}
    return await send(member, message.channel, Kind.COMMAND, data, patience=patience)


async def user_action(member: "Member", name: str, target: "Member", channel: Channel, *, patience: float) -> Reply:
    """Use a user command."""
    definition = commands.find_menu(_definitions(member, channel), name, commands.USER)
    _check_may_use(member, channel, definition)
    data = _command_data(definition, [], [])
    del data["options"]
    resolved: Json = {}
    data.update(target_id=resolve(target, resolved), resolved=resolved)
    return await send(member, channel, Kind.COMMAND, data, patience=patience)
