"""A member runs slash commands, autocomplete, and the commands of message and user menus."""

from dataclasses import dataclass

from playground.acts import definitions
from playground.acts.actors import ActingMember
from playground.acts.errors import CannotDo
from playground.acts.replies import Reply
from playground.acts.resolution import resolve, upload
from playground.wire import commands, message_payloads
from playground.world.attachments import Upload
from playground.world.changes import PATIENCE
from playground.world.channels import Channel, Message
from playground.world.guilds import MemberState
from playground.world.json_values import Json
from playground.world.permissions import Permission
from playground.world.triggers import InteractionKind


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line of an autocomplete list."""

    name: str
    value: str | int | float


class CommandActs(ActingMember):
    """Runs slash commands and the commands of message and user menus."""

    async def command(
        self, channel: Channel, words: str, /, *, timeout: float = PATIENCE, **options: object
    ) -> Reply:
        """Run a slash command, CannotDo when the client would not send it."""
        definition, passed, last = definitions.find(_known(channel), words)
        _check_may_use(self, channel, definition)
        known = {o["name"]: o for o in last.get("options") or ()}
        if unknown := set(options) - set(known):
            raise CannotDo(f"/{words} has no option {', '.join(sorted(unknown))}")
        if missing := [n for n, o in known.items() if o.get("required") and options.get(n) is None]:
            raise CannotDo(f"/{words}: {missing[0]} is required")
        resolved: Json = {}
        filled = [_option(channel, o, options[n], resolved) for n, o in known.items() if options.get(n) is not None]
        data = _command_data(definition, passed, filled)
        if resolved:
            data["resolved"] = resolved
        return await self._send(channel, InteractionKind.COMMAND, data, timeout=timeout)

    async def autocomplete(
        self, channel: Channel, words: str, option: str, typed: str, /, **options: object
    ) -> list[Suggestion]:
        """Type into an option and return what is offered, CannotDo when nothing comes in time."""
        definition, passed, last = definitions.find(_known(channel), words)
        known = {o["name"]: o for o in last.get("options") or ()}
        if not known.get(option, {}).get("autocomplete"):
            raise CannotDo(f"/{words}: {option} has no autocomplete")
        filled = [
            {"name": n, "type": known[n]["type"], "value": v}
            for n, v in options.items()
            if isinstance(v, str | int | float)
        ]
        filled.append({"name": option, "type": known[option]["type"], "value": typed, "focused": True})
        data = _command_data(definition, passed, filled)
        reply = await self._send(channel, InteractionKind.AUTOCOMPLETE, data, timeout=PATIENCE)
        if reply.error:
            raise CannotDo("Loading options failed")
        return [Suggestion(c["name"], c["value"]) for c in reply.interaction.choices]

    async def message_action(self, name: str, message: Message, *, timeout: float = PATIENCE) -> Reply:
        """Use a message command, whose target reaches the bot whole with any intents."""
        definition = definitions.find_menu(_known(message.channel), name, commands.MESSAGE)
        _check_may_use(self, message.channel, definition)
        data = _command_data(definition, [], [])
        del data["options"]
        data["target_id"] = str(message.id)
        data["resolved"] = {"messages": {str(message.id): message_payloads.message(message)}}
        return await self._send(message.channel, InteractionKind.COMMAND, data, timeout=timeout)

    async def user_action(
        self, name: str, target: MemberState, channel: Channel, *, timeout: float = PATIENCE
    ) -> Reply:
        """Use a user command."""
        definition = definitions.find_menu(_known(channel), name, commands.USER)
        _check_may_use(self, channel, definition)
        data = _command_data(definition, [], [])
        del data["options"]
        resolved: Json = {}
        data.update(target_id=resolve(target, resolved), resolved=resolved)
        return await self._send(channel, InteractionKind.COMMAND, data, timeout=timeout)


def _known(channel: Channel) -> list[Json]:
    guild = channel.guild
    if guild and not guild.has_bot:
        return []
    here = (None, str(guild.id)) if guild else (None,)
    return [d for d in channel.world.commands.values() if d.get("guild_id") in here]


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
            return {**entry, "value": upload(channel, value, resolved)}
        case 6 | 7 | 8 | 9:
            return {**entry, "value": resolve(value, resolved)}
        case _:
            return {**entry, "value": definitions.accept(option, value)}
