"""The REST routes of command definitions, global or of one guild."""

from playground.wire import commands, errors
from playground.wire.rest.call import NOTHING, Call, RestAnswer, Route
from playground.world.json_values import Json


def _mine(call: Call) -> list[Json]:
    guild = call.params.get("guild_id")
    return [d for d in call.world.commands.values() if d.get("guild_id") == guild]


def _check_application(call: Call) -> None:
    if call.id("application_id") != call.world.application_id:
        raise errors.missing_access()


def read_all(call: Call) -> RestAnswer:
    """GET …/commands."""
    _check_application(call)
    return RestAnswer(body=_mine(call))


def replace_all(call: Call) -> RestAnswer:
    """PUT …/commands replaces the list, where a command of the same name and type keeps its id."""
    _check_application(call)
    definitions = call.body if isinstance(call.body, list) else []
    commands.check_all(definitions)
    old = {(d["type"], d["name"]): d for d in _mine(call)}
    for definition in old.values():
        del call.world.commands[int(definition["id"])]
    stored = [_store(call, d, old.get((d.get("type", commands.SLASH), d["name"]))) for d in definitions]
    call.world.syncs += 1
    call.world.changes.notify()
    return RestAnswer(body=stored)


def _store(call: Call, definition: Json, old: Json | None) -> Json:
    rights = definition.get("default_member_permissions")
    guild = call.params.get("guild_id")
    stored: Json = {
        "type": commands.SLASH,
        "description": "",
        "nsfw": False,
        **{key: value for key, value in definition.items() if value is not None},
        "id": old["id"] if old else str(call.world.ids.next()),
        "application_id": str(call.world.application_id),
        "version": str(call.world.ids.next()),
        "default_member_permissions": None if rights is None else str(rights),
        "contexts": definition.get("contexts"),
        **({"guild_id": guild} if guild else {}),
    }
    call.world.commands[int(stored["id"])] = stored
    return stored


def create(call: Call) -> RestAnswer:
    """POST …/commands answers 201 for a new one, 200 when it replaces one of the same name."""
    _check_application(call)
    commands.check_all([call.json])
    same = [d for d in _mine(call) if (d["type"], d["name"]) == (call.json.get("type", 1), call.json["name"])]
    stored = _store(call, call.json, same[0] if same else None)
    call.world.syncs += 1
    call.world.changes.notify()
    return RestAnswer(200 if same else 201, stored)


def _one(call: Call) -> Json:
    _check_application(call)
    found = call.world.commands.get(call.id("command_id"))
    if found is None:
        raise errors.unknown_command()
    return found


def read(call: Call) -> RestAnswer:
    """GET …/commands/{id}."""
    return RestAnswer(body=_one(call))


def delete(call: Call) -> RestAnswer:
    """DELETE …/commands/{id}."""
    del call.world.commands[int(_one(call)["id"])]
    return NOTHING


ROUTES = [
    Route(method, f"/applications/{{application_id}}{where}/commands{tail}", handle)
    for where in ("", "/guilds/{guild_id}")
    for method, tail, handle in (
        ("GET", "", read_all),
        ("PUT", "", replace_all),
        ("POST", "", create),
        ("GET", "/{command_id}", read),
        ("DELETE", "/{command_id}", delete),
    )
]
