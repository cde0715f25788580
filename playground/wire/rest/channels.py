"""Channels and threads: read, change, delete, open threads, typing."""

from playground.wire import errors, payloads
from playground.wire.rest.call import NOTHING, Call, Outcome, Route
from playground.world.channels import Channel
from playground.world.json_values import Json
from playground.world.permissions import Permission

ARCHIVE_MINUTES = {60, 1440, 4320, 10080}
PRIVATE = 12


def get_channel(call: Call) -> Outcome:
    """GET /channels/{id}."""
    return Outcome(body=payloads.channel(call.channel()))


def edit_channel(call: Call) -> Outcome:
    """PATCH /channels/{id}: name and topic; for threads also archived, locked and the archive time."""
    channel = call.channel()
    own_thread = channel.is_thread and channel.owner_id == call.world.bot.id
    if not own_thread:
        call.require(channel, Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS)
    _check(call.json)
    if channel.archived and call.json.get("archived", True):
        raise errors.thread_archived()
    _change(call, channel)
    call.world.channel_changed(channel)
    return Outcome(body=payloads.channel(channel))


def _check(body: Json) -> None:
    faults = errors.FormErrors()
    if "name" in body:
        faults.length(("name",), body["name"], least=1, most=100)
    if body.get("topic") is not None:
        faults.length(("topic",), body["topic"], most=1024)
    if body.get("auto_archive_duration") not in (None, *ARCHIVE_MINUTES):
        text = "Value must be one of {60, 1440, 4320, 10080}."
        faults.add(("auto_archive_duration",), "BASE_TYPE_CHOICES", text)
    faults.refuse_if_any()


def _change(call: Call, channel: Channel) -> None:
    body = call.json
    channel.name = body.get("name", channel.name)
    channel.topic = body.get("topic", channel.topic)
    channel.locked = bool(body.get("locked", channel.locked))
    channel.auto_archive = body.get("auto_archive_duration") or channel.auto_archive
    if "archived" in body and bool(body["archived"]) != channel.archived:
        channel.archived = bool(body["archived"])
        channel.archive_changed = call.world.clock.now()


def delete_channel(call: Call) -> Outcome:
    """DELETE /channels/{id}."""
    channel = call.channel()
    call.require(channel, Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS)
    written = payloads.channel(channel)
    call.world.delete_channel(channel)
    return Outcome(body=written)


def thread_from_message(call: Call) -> Outcome:
    """POST …/messages/{id}/threads."""
    channel = call.channel(Permission.CREATE_PUBLIC_THREADS)
    message = call.message(channel)
    if message.thread:
        raise errors.thread_exists()
    _check({"name": None, **call.json})
    thread = call.world.open_thread(
        channel, call.json["name"], owner_id=call.world.bot.id, message=message, private=False
    )
    thread.auto_archive = call.json.get("auto_archive_duration") or thread.auto_archive
    return Outcome(201, payloads.thread(thread))


def thread_alone(call: Call) -> Outcome:
    """POST /channels/{id}/threads; the type says whether it is private."""
    is_private = call.json.get("type", PRIVATE) == PRIVATE
    channel = call.channel(Permission.CREATE_PRIVATE_THREADS if is_private else Permission.CREATE_PUBLIC_THREADS)
    _check({"name": None, **call.json})
    thread = call.world.open_thread(
        channel, call.json["name"], owner_id=call.world.bot.id, message=None, private=is_private
    )
    thread.auto_archive = call.json.get("auto_archive_duration") or thread.auto_archive
    return Outcome(201, payloads.thread(thread))


def join_thread(call: Call) -> Outcome:
    """PUT …/thread-members/@me or /{user}."""
    thread = call.channel()
    thread.joined.add(call.id("user_id") if call.params.get("user_id", "@me") != "@me" else call.world.bot.id)
    return NOTHING


def typing(call: Call) -> Outcome:
    """POST …/typing."""
    call.channel(Permission.SEND_MESSAGES)
    return NOTHING


ROUTES = [
    Route("GET", "/channels/{channel_id}", get_channel),
    Route("PATCH", "/channels/{channel_id}", edit_channel),
    Route("DELETE", "/channels/{channel_id}", delete_channel),
    Route("POST", "/channels/{channel_id}/messages/{message_id}/threads", thread_from_message),
    Route("POST", "/channels/{channel_id}/threads", thread_alone),
    Route("PUT", "/channels/{channel_id}/thread-members/{user_id}", join_thread),
    Route("POST", "/channels/{channel_id}/typing", typing),
]
