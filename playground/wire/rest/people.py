"""The REST routes of users, guilds, the application and the gateway's address."""

from collections.abc import Callable

from playground.wire import errors, payloads
from playground.wire.rest.call import Call, RestAnswer, Route
from playground.world.json_values import as_id


def me(call: Call) -> RestAnswer:
    """GET /users/@me."""
    return RestAnswer(body=payloads.own_user(call.world.bot))


def user(call: Call) -> RestAnswer:
    """GET /users/{id}."""
    found = call.world.users.get(call.id("user_id"))
    if found is None:
        raise errors.unknown_user()
    return RestAnswer(body=payloads.user(found))


def open_dm(call: Call) -> RestAnswer:
    """POST /users/@me/channels."""
    found = call.world.users.get(as_id(call.json.get("recipient_id")))
    if found is None:
        raise errors.unknown_user()
    if found.bot:
        raise errors.closed_to_messages()
    return RestAnswer(body=payloads.channel(call.world.dm_with(found)))


def application(call: Call) -> RestAnswer:
    """GET /applications/@me and its older name."""
    return RestAnswer(body=payloads.application(call.world))


def guild(call: Call) -> RestAnswer:
    """GET /guilds/{id}."""
    return RestAnswer(body=payloads.guild_object(call.guild))


def guild_channels(call: Call) -> RestAnswer:
    """GET /guilds/{id}/channels."""
    return RestAnswer(body=[payloads.channel(c) for c in call.world.channels_of(call.guild)])


def guild_roles(call: Call) -> RestAnswer:
    """GET /guilds/{id}/roles."""
    return RestAnswer(body=[payloads.role(r) for r in call.guild.roles.values()])


def active_threads(call: Call) -> RestAnswer:
    """GET /guilds/{id}/threads/active."""
    threads = payloads.active_threads(call.world, call.guild)
    return RestAnswer(body={"threads": threads, "members": [], "has_more": False})


def member(call: Call) -> RestAnswer:
    """GET /guilds/{id}/members/{user}."""
    found = call.guild.members.get(call.id("user_id"))
    if found is None:
        raise errors.unknown_member()
    return RestAnswer(body=payloads.member(found))


def gateway_routes(url: Callable[[], str], identifies_left: Callable[[], int]) -> list[Route]:
    """Make GET /gateway and /gateway/bot for an address that is known once the server listens."""

    def address(_call: Call) -> RestAnswer:
        return RestAnswer(body={"url": url()})

    def for_bots(_call: Call) -> RestAnswer:
        budget = {"total": 1000, "remaining": identifies_left(), "reset_after": 86_400_000, "max_concurrency": 1}
        return RestAnswer(body={"url": url(), "shards": 1, "session_start_limit": budget})

    return [Route("GET", "/gateway", address, is_open=True), Route("GET", "/gateway/bot", for_bots)]


ROUTES = [
    Route("GET", "/users/@me", me),
    Route("POST", "/users/@me/channels", open_dm),
    Route("GET", "/users/{user_id}", user),
    Route("GET", "/oauth2/applications/@me", application),
    Route("GET", "/applications/@me", application),
    Route("GET", "/guilds/{guild_id}", guild),
    Route("GET", "/guilds/{guild_id}/channels", guild_channels),
    Route("GET", "/guilds/{guild_id}/roles", guild_roles),
    Route("GET", "/guilds/{guild_id}/threads/active", active_threads),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", member),
]
