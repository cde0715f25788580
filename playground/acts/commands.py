"""A member runs slash commands, autocomplete, and the commands of message and user menus."""

from collections.abc import Mapping
from dataclasses import dataclass

from playground.acts import definitions
from playground.acts.errors import CannotDo
from playground.acts.interactions import resolve, send, upload
from playground.acts.replies import Reply
from playground.wire import commands, message_payloads, payloads
from playground.world.attachments import Upload
from playground.world.channels import Channel, Message
from playground.world.guilds import MemberState
from playground.world.json_values import Json
from playground.world.permissions import Permission
from playground.world.state import World
from playground.world.triggers import InteractionKind


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line of an autocomplete list."""

    name: str
    value: str | int | float


async def command(
    world: World,
    member: MemberState,
    channel: Channel,
    words: str,
    options: Mapping[str, object],
    *,
    patience: float,
) -> Reply:
    """Run a slash command."""
    definition, passed, last = definitions.find(_known(channel), words)
    _check_may_use(member, channel, definition)
    known = {o["name"]: o for o in last.get("options") or ()}
    if unknown := set(options) - set(known):
        raise CannotDo(f"/{words} has no option {', '.join(sorted(unknown))}")
    resolved: Json = {}
    filled = []
    for name, option in known.items():
        if options.get(name) is not None:
            filled.append(_option(channel, option, options[name], resolved))
        elif option.get("required"):
            raise CannotDo(f"/{words}: {name} is required")
    data = _command_data(definition, passed, filled)
    if resolved:
        data["resolved"] = resolved
    return await send(world, member, channel, InteractionKind.COMMAND, data, patience=patience)


async def autocomplete(
    world: World,
    member: MemberState,
    channel: Channel,
    words: str,
    typing: tuple[str, str],
    *,
    options: Mapping[str, object],
    patience: float,
) -> list[Suggestion]:
    """Type into an option (its name, the text) and read the list that is offered."""
    focused, typed = typing
    definition, passed, last = definitions.find(_known(channel), words)
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
    reply = await send(world, member, channel, InteractionKind.AUTOCOMPLETE, data, patience=patience)
    if reply.error:
        raise CannotDo("Loading options failed")
    return [Suggestion(c["name"], c["value"]) for c in reply.interaction.choices]


def _known(channel: Channel) -> list[Json]:
    guild = channel.guild
    if guild and not guild.has_bot:
        return []
    return [
        d
        for d in channel.world.commands.values()
        if "guild_id" not in d or (guild and d["guild_id"] == str(guild.id))
    ]


def _check_may_use(member: MemberState, channel: Channel, definition: Json) -> None:
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


def _option(channel: Channel, option: Json, value: object, resolved: Json) -> Json:
    entry: Json = {"name": option["name"], "type": option["type"]}
    match option["type"]:
        case 11:
            if not isinstance(value, Upload):
                raise CannotDo(f"{option['name']}: {value!r} is no file")
            stored = upload(channel, value)
            resolved.setdefault("attachments", {})[str(stored.id)] = payloads.attachment(stored)
            return {**entry, "value": str(stored.id)}
        case 6 | 7 | 8 | 9:
            return {**entry, "value": resolve(value, resolved)}
        case _:
            return {**entry, "value": definitions.accept(option, value)}


async def message_action(world: World, member: MemberState, name: str, message: Message, *, patience: float) -> Reply:
    """Use a message command, whose target reaches the bot whole with any intents."""
    definition = definitions.find_menu(_known(message.channel), name, commands.MESSAGE)
    _check_may_use(member, message.channel, definition)
    data = _command_data(definition, [], [])
    del data["options"]
    data["target_id"] = str(message.id)
    data["resolved"] = {"messages": {str(message.id): message_payloads.message(message)}}
    return await send(world, member, message.channel, InteractionKind.COMMAND, data, patience=patience)


async def user_action(
    world: World, member: MemberState, name: str, target: MemberState, channel: Channel, *, patience: float
) -> Reply:
    """Use a user command."""
    definition = definitions.find_menu(_known(channel), name, commands.USER)
    _check_may_use(member, channel, definition)
    data = _command_data(definition, [], [])
    del data["options"]
    resolved: Json = {}
    data.update(target_id=resolve(target, resolved), resolved=resolved)
    return await send(world, member, channel, InteractionKind.COMMAND, data, patience=patience)
