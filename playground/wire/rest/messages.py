"""The REST routes of messages in channels."""

from datetime import timedelta

from playground.wire import drafts, errors
from playground.wire.message_payloads import readable_message
from playground.wire.rest.call import NOTHING, Call, RestAnswer, Route
from playground.wire.rest.ratelimits import OLD_MESSAGE
from playground.world.bodies import MessageFlag
from playground.world.channels import Channel, Message, Reaction
from playground.world.json_values import as_id, as_object
from playground.world.permissions import Permission

NONCE_MEMORY = timedelta(minutes=5)  # "in the past few minutes"
PAGE, LARGEST_PAGE = 50, 100
BULK_AGE = timedelta(days=14)
REPLY = 19  # type of a message


def list_messages(call: Call) -> RestAnswer:
    """GET …/messages lists the newest first, filtered by before, after or around."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    limit = min(int(call.query.get("limit", PAGE)), LARGEST_PAGE)
    before, after = as_id(call.query.get("before")), as_id(call.query.get("after"))
    around = as_id(call.query.get("around"))
    found = [m for m in channel.messages if (not before or m.id < before) and m.id > after]
    if around:
        found = sorted(found, key=lambda m: abs(m.id - around))[:limit]
    chosen = sorted(found, key=lambda m: m.id)
    chosen = chosen[:limit] if after else chosen[-limit:]
    return RestAnswer(body=[readable_message(m) for m in reversed(chosen)])


def get_message(call: Call) -> RestAnswer:
    """GET …/messages/{id} answers with fresh links."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    return RestAnswer(body=readable_message(call.message(channel)))


def create_message(call: Call) -> RestAnswer:
    """POST …/messages, where the same nonce with enforce_nonce gives the old message again."""
    channel = call.channel()
    _check_may_send(call, channel)
    if repeated := _same_nonce(call, channel):
        return RestAnswer(body=readable_message(repeated))
    world = call.world
    reference = _reference(call, channel)
    message = Message(
        id=world.ids.next(),
        channel=channel,
        author=world.bot,
        kind=REPLY if reference else 0,
        reference=reference,
        nonce=call.json.get("nonce"),
    )
    drafts.create(message, call.draft)
    if not channel.bot_permissions & Permission.EMBED_LINKS:
        message.raw_embeds = []  # Discord drops them without an error
    channel.post(message)
    return RestAnswer(body=readable_message(message))


def _check_may_send(call: Call, channel: Channel) -> None:
    if channel.guild is None:
        if channel.recipient and not channel.recipient.takes_dms:
            raise errors.closed_to_messages()
        return
    call.require(channel, Permission.SEND_MESSAGES_IN_THREADS if channel.thread else Permission.SEND_MESSAGES)
    if call.files:
        call.require(channel, Permission.ATTACH_FILES)
    thread = channel.thread
    if thread and thread.locked and not channel.bot_permissions & Permission.MANAGE_THREADS:
        raise errors.thread_locked()
    if thread and thread.archived:
        thread.set_archived(call.world.clock.now(), archived=False)  # writing opens a thread again
        channel.changed()


def _same_nonce(call: Call, channel: Channel) -> Message | None:
    nonce = call.json.get("nonce")
    if nonce is None or not call.json.get("enforce_nonce"):
        return None
    oldest = call.world.clock.now() - NONCE_MEMORY
    mine = [m for m in channel.stored if m.author is call.world.bot and m.created > oldest]
    return next((m for m in mine if m.nonce == nonce), None)


def _reference(call: Call, channel: Channel) -> Message | None:
    wanted = as_object(call.json.get("message_reference"))
    if not wanted:
        return None
    found = channel.find(as_id(wanted.get("message_id")))
    if found is None and wanted.get("fail_if_not_exists", True):
        faults = errors.FormErrors()
        faults.add(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        faults.refuse_if_any()
    return found


def edit_message(call: Call) -> RestAnswer:
    """PATCH …/messages/{id} edits own messages, with a stricter limit for old ones."""
    channel = call.channel()
    message = call.message(channel)
    if message.author is not call.world.bot:
        _suppress_only(call, channel, message)
        return RestAnswer(body=readable_message(message))
    if channel.thread and channel.thread.archived:
        raise errors.thread_archived()
    if call.world.clock.now() - message.created > OLD_MESSAGE:
        call.limits.take_old_edit(channel.id)
    if call.files:
        call.require(channel, Permission.ATTACH_FILES)
    drafts.edit(message, call.draft)
    message.changed(by_author=True)
    return RestAnswer(body=readable_message(message))


def _suppress_only(call: Call, channel: Channel, message: Message) -> None:
    if set(call.json) - {"flags", "allowed_mentions"}:
        raise errors.not_the_author()
    call.require(channel, Permission.MANAGE_MESSAGES)
    message.flags = (
        message.flags & ~MessageFlag.SUPPRESS_EMBEDS | int(call.json["flags"]) & MessageFlag.SUPPRESS_EMBEDS
    )
    message.changed()


def delete_message(call: Call) -> RestAnswer:
    """DELETE …/messages/{id}, which needs Manage Messages for the messages of others."""
    channel = call.channel()
    message = call.message(channel)
    if message.author is not call.world.bot:
        if channel.guild is None:
            raise errors.ApiError(403, 50003, "Cannot execute action on a DM channel")
        call.require(channel, Permission.MANAGE_MESSAGES)
    message.delete()
    return NOTHING


def bulk_delete(call: Call) -> RestAnswer:
    """POST …/messages/bulk-delete takes 2 to 100 messages younger than 14 days."""
    channel = call.channel(Permission.MANAGE_MESSAGES)
    ids = [as_id(i) for i in call.json.get("messages") or ()]
    faults = errors.FormErrors()
    faults.count(("messages",), len(ids), least=2, most=100)
    faults.refuse_if_any()
    found = [m for i in ids if (m := channel.find(i))]
    if any(call.world.clock.now() - m.created > BULK_AGE for m in found):
        raise errors.ApiError(400, 50034, "You can only bulk delete messages that are under 14 days old.")
    for message in found:
        message.delete()
    return NOTHING


def add_reaction(call: Call) -> RestAnswer:
    """PUT …/reactions/{emoji}/@me."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    message = call.message(channel)
    emoji = call.params["emoji_name"]
    if emoji not in message.reactions:
        call.require(channel, Permission.ADD_REACTIONS)
    users = message.reactions.setdefault(emoji, [])
    if call.world.bot.id not in users:
        users.append(call.world.bot.id)
        call.world.emit("MESSAGE_REACTION_ADD", Reaction(message, emoji))
        call.world.changes.notify()
    return NOTHING


def remove_reaction(call: Call) -> RestAnswer:
    """DELETE …/reactions/{emoji}/@me."""
    message = call.message(call.channel())
    emoji = call.params["emoji_name"]
    users = message.reactions.get(emoji, [])
    if call.world.bot.id in users:
        users.remove(call.world.bot.id)
        call.world.emit("MESSAGE_REACTION_REMOVE", Reaction(message, emoji))
        call.world.changes.notify()
    return NOTHING


def pin(call: Call) -> RestAnswer:
    """PUT …/messages/pins/{id}."""
    message = call.message(call.channel(Permission.PIN_MESSAGES))
    message.pinned = True
    message.changed()
    return NOTHING


def unpin(call: Call) -> RestAnswer:
    """DELETE …/messages/pins/{id}."""
    message = call.message(call.channel(Permission.PIN_MESSAGES))
    message.pinned = False
    message.changed()
    return NOTHING


ONE = "/channels/{channel_id}/messages/{message_id}"
ROUTES = [
    Route("GET", "/channels/{channel_id}/messages", list_messages),
    Route("POST", "/channels/{channel_id}/messages", create_message),
    Route("POST", "/channels/{channel_id}/messages/bulk-delete", bulk_delete),
    Route("PUT", "/channels/{channel_id}/messages/pins/{message_id}", pin),
    Route("DELETE", "/channels/{channel_id}/messages/pins/{message_id}", unpin),
    Route("GET", ONE, get_message),
    Route("PATCH", ONE, edit_message),
    Route("DELETE", ONE, delete_message),
    Route("PUT", ONE + "/reactions/{emoji_name}/@me", add_reaction),
    Route("DELETE", ONE + "/reactions/{emoji_name}/@me", remove_reaction),
]
