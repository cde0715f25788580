"""The REST routes of channels and threads."""

from playground.wire import errors, payloads
from playground.wire.rest.call import NOTHING, Call, RestAnswer, Route
from playground.world.channels import Channel, Message
from playground.world.json_values import Json
from playground.world.permissions import Permission

ARCHIVE_MINUTES = {60, 1440, 4320, 10080}
PRIVATE = 12


def get_channel(call: Call) -> RestAnswer:
    """GET /channels/{id}."""
    return RestAnswer(body=payloads.channel(call.channel()))


def edit_channel(call: Call) -> RestAnswer:
    """PATCH /channels/{id} changes name and topic, for threads also archived, locked and the archive time."""
    channel = call.channel()
    if channel.thread is None or channel.thread.owner_id != call.world.bot.id:
        call.require(channel, Permission.MANAGE_THREADS if channel.thread else Permission.MANAGE_CHANNELS)
    _check(call.json)
    if channel.thread and channel.thread.archived and call.json.get("archived", True):
        raise errors.thread_archived()
    _change(call, channel)
    channel.changed()
    return RestAnswer(body=payloads.channel(channel))


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
    if thread := channel.thread:
        thread.locked = bool(body.get("locked", thread.locked))
        thread.auto_archive = body.get("auto_archive_duration") or thread.auto_archive
        thread.set_archived(call.world.clock.now(), archived=bool(body.get("archived", thread.archived)))


def delete_channel(call: Call) -> RestAnswer:
    """DELETE /channels/{id}."""
    channel = call.channel()
    call.require(channel, Permission.MANAGE_THREADS if channel.thread else Permission.MANAGE_CHANNELS)
    written = payloads.channel(channel)
    call.world.delete_channel(channel)
    return RestAnswer(body=written)


def thread_from_message(call: Call) -> RestAnswer:
    """POST …/messages/{id}/threads."""
    channel = call.channel(Permission.CREATE_PUBLIC_THREADS)
    message = call.message(channel)
    if message.thread:
        raise errors.thread_exists()
    return _open_thread(call, channel, message)


def thread_alone(call: Call) -> RestAnswer:
    """POST /channels/{id}/threads, whose type says whether the thread is private."""
    is_private = call.json.get("type", PRIVATE) == PRIVATE
    channel = call.channel(Permission.CREATE_PRIVATE_THREADS if is_private else Permission.CREATE_PUBLIC_THREADS)
    return _open_thread(call, channel, None, is_private=is_private)


def _open_thread(call: Call, channel: Channel, message: Message | None, *, is_private: bool = False) -> RestAnswer:
    _check({"name": None, **call.json})
    opened = channel.add_thread(call.json["name"], message=message, private=is_private)
    if opened.thread and call.json.get("auto_archive_duration"):
        opened.thread.auto_archive = call.json["auto_archive_duration"]
    return RestAnswer(201, payloads.channel(opened))


def join_thread(call: Call) -> RestAnswer:
    """PUT …/thread-members/@me or /{user}."""
    channel, world = call.channel(), call.world
    if channel.thread:
        channel.thread.joined.add(world.bot.id if call.params.get("user_id", "@me") == "@me" else call.id("user_id"))
    return NOTHING


def typing(call: Call) -> RestAnswer:
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
