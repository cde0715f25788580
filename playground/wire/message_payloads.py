"""Messages written as Discord's JSON, as far as the MESSAGE_CONTENT rule lets the bot read them."""

from playground.wire import payloads
from playground.world.channels import Message
from playground.world.json_values import Json, optional, timestamp
from playground.world.triggers import InteractionKind, Trigger

MESSAGE_COMMAND = 3  # type of a command from a message's menu


def is_open_to_bot(stored: Message) -> bool:
    """Whether the bot reads the message's content without the MESSAGE_CONTENT intent."""
    bot = stored.channel.world.bot
    return stored.author is bot or stored.channel.guild is None or bot in stored.mentions.users


def readable_message(stored: Message) -> Json:
    """Write a message as a REST answer shows it to the bot."""
    return message(stored, full=_may_read(stored))


def _may_read(stored: Message) -> bool:
    return stored.channel.world.message_content or is_open_to_bot(stored)


def message(stored: Message, *, full: bool = True, with_reply: bool = True) -> Json:
    """Write a message, with full=False without what the MESSAGE_CONTENT rule hides."""
    body: Json = {
        "id": str(stored.id),
        "channel_id": str(stored.channel.id),
        "author": payloads.user(stored.author),
        "type": stored.kind,
        "content": stored.content if full else "",
        "embeds": stored.embeds if full else [],
        "components": stored.components if full else [],
        "attachments": [payloads.attachment(a) for a in stored.attachments] if full else [],
        "mentions": [payloads.user(u) for u in stored.mentions.users],
        "mention_roles": [str(r) for r in stored.mentions.role_ids],
        "mention_everyone": stored.mentions.everyone,
        "timestamp": timestamp(stored.created),
        "edited_timestamp": timestamp(stored.edited) if stored.edited else None,
        "flags": int(stored.flags),
        "pinned": stored.pinned,
        "tts": False,
    }
    return {**body, **_extras(stored), **(_reply(stored) if with_reply else {})}


def _extras(stored: Message) -> Json:
    application = str(stored.channel.world.application_id) if stored.trigger else None
    return optional(
        nonce=stored.nonce,
        webhook_id=application,
        application_id=application,
        interaction_metadata=_metadata(stored.trigger) if stored.trigger else None,
        thread=payloads.channel(stored.thread) if stored.thread else None,
        reactions=_reactions(stored) or None,
    )


def _reactions(stored: Message) -> list[Json]:
    bot = stored.channel.world.bot.id
    return [
        {
            "emoji": {"id": None, "name": emoji},
            "count": len(users),
            "count_details": {"burst": 0, "normal": len(users)},
            "burst_colors": [],
            "me": bot in users,
            "me_burst": False,
        }
        for emoji, users in stored.reactions.items()
        if users
    ]


def _reply(stored: Message) -> Json:
    if stored.reference is None:
        return {}
    reference: Json = {
        "type": 0,
        "channel_id": str(stored.reference.channel.id),
        "message_id": str(stored.reference.id),
    }
    if stored.channel.guild:
        reference["guild_id"] = str(stored.channel.guild.id)
    gone = stored.reference.deleted
    shown = message(stored.reference, full=_may_read(stored.reference), with_reply=False)
    return {"message_reference": reference, "referenced_message": None if gone else shown}


def _metadata(trigger: Trigger) -> Json:
    """Write what a message says about the interaction that it answers."""
    body: Json = {
        "id": str(trigger.id),
        "type": int(trigger.kind),
        "user": payloads.user(trigger.user),
        "authorizing_integration_owners": installation_owners(trigger),
    }
    if trigger.kind is InteractionKind.COMPONENT and trigger.source_id:
        body["interacted_message_id"] = str(trigger.source_id)
    if trigger.kind is InteractionKind.MODAL and trigger.opened_by:
        body["triggering_interaction_metadata"] = _metadata(trigger.opened_by)
    if trigger.kind is InteractionKind.COMMAND and trigger.data["type"] == MESSAGE_COMMAND:
        body["target_message_id"] = trigger.data["target_id"]
    return body


def installation_owners(trigger: Trigger) -> Json:
    """Write by whose installation the interaction came, which in direct messages is guild 0."""
    return {"0": str(trigger.guild_id)}
