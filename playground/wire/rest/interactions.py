"""Answers to interactions: the first one, then edits and follow-ups by the token."""

import time

from playground.acts.interactions import attachment_limit
from playground.wire import drafts, errors, payloads
from playground.wire.commands import check_choices
from playground.wire.components import check_modal
from playground.wire.rest.call import NOTHING, Call, Outcome, Route
from playground.world.interactions import Answer, Interaction, Kind
from playground.world.json_values import Json, as_object
from playground.world.messages import Message, MessageFlag

MOST_CHOICES = 25
REPLY, SLASH_REPLY, MENU_REPLY = 19, 20, 23  # message types


def callback(call: Call) -> Outcome:
    """POST /interactions/{id}/{token}/callback: the one first answer."""
    interaction = _unanswered(call)
    answer = _answer_type(call, interaction)
    data = as_object(call.json.get("data"))
    match answer:
        case Answer.MESSAGE:
            _answer_with_message(call, interaction, data)
        case Answer.DEFERRED_MESSAGE:
            _think(interaction, int(data.get("flags") or 0))
        case Answer.DEFERRED_UPDATE:
            interaction.original = interaction.source
        case Answer.UPDATE:
            _update_source(call, interaction, data)
        case Answer.CHOICES:
            interaction.choices = _choices(data)
        case Answer.MODAL:
            check_modal(data)
            interaction.modal = data
    _settle(interaction, answer)
    if call.query.get("with_response") not in ("1", "true", "True"):
        return NOTHING
    return Outcome(body=_callback_body(interaction))


def _unanswered(call: Call) -> Interaction:
    interaction = call.world.interactions.get(call.id("interaction_id"))
    if interaction is None or interaction.token != call.params["interaction_token"] or interaction.is_dead:
        raise errors.unknown_interaction()
    if interaction.answer is not None:
        raise errors.already_acknowledged()
    return interaction


def _answer_type(call: Call, interaction: Interaction) -> Answer:
    kind = int(call.json.get("type") or 0)
    allowed = interaction.allowed_answers()
    if kind not in allowed:
        faults = errors.FormErrors()
        listed = ", ".join(str(int(a)) for a in sorted(allowed))
        faults.add(("type",), "BASE_TYPE_CHOICES", f"Value must be one of ({listed}).")
        faults.refuse_if_any()
    return Answer(kind)


def _settle(interaction: Interaction, answer: Answer) -> None:
    interaction.answer = answer
    interaction.answered_ms = (time.perf_counter() - interaction.sent_at) * 1000
    if interaction.deadline:
        interaction.deadline.cancel()
    interaction.world.changes.notify()


def _blank(interaction: Interaction, *, kind: int, flags: int = 0) -> Message:
    world = interaction.world
    is_ephemeral = bool(flags & MessageFlag.EPHEMERAL)
    return Message(
        world.ids.next(),
        interaction.channel,
        world.bot,
        world.clock.now(),
        kind=kind,
        flags=int(flags & MessageFlag.EPHEMERAL),
        ephemeral_for=interaction.user if is_ephemeral else None,
        interaction=interaction.metadata(),
        interaction_user=interaction.user,
        webhook_id=world.application_id,
    )


def _kind(interaction: Interaction) -> int:
    if interaction.kind is Kind.COMMAND:
        return SLASH_REPLY if interaction.data["type"] == 1 else MENU_REPLY
    return REPLY if interaction.source else 0


def _folder(interaction: Interaction, *, is_ephemeral: bool) -> str:
    if is_ephemeral:
        return f"ephemeral-attachments/{interaction.world.application_id}"
    return f"attachments/{interaction.channel.id}"


def _answer_with_message(call: Call, interaction: Interaction, data: Json) -> None:
    interaction.original = _post(call, interaction, data, kind=_kind(interaction))
    interaction.is_ephemeral = interaction.original.ephemeral_for is not None


def _post(
    call: Call, interaction: Interaction, data: Json, *, kind: int, reference: Message | None = None
) -> Message:
    message = _blank(interaction, kind=kind, flags=int(data.get("flags") or 0))
    message.reference = reference
    folder = _folder(interaction, is_ephemeral=message.ephemeral_for is not None)
    draft = drafts.Draft(data, call.files)
    drafts.create(message, draft, file_limit=attachment_limit(interaction.channel), folder=folder)
    interaction.world.post(message)
    return message


def _think(interaction: Interaction, flags: int) -> None:
    message = _blank(interaction, kind=_kind(interaction), flags=flags)
    message.flags |= MessageFlag.LOADING
    interaction.original = message
    interaction.is_ephemeral = message.ephemeral_for is not None
    interaction.world.post(message)


def _update_source(call: Call, interaction: Interaction, data: Json) -> None:
    source = interaction.source
    if source is None or source.deleted:
        raise errors.unknown_message()
    interaction.original = source
    _edit(call, interaction, source, data)


def _edit(call: Call, interaction: Interaction, message: Message, data: Json) -> None:
    folder = _folder(interaction, is_ephemeral=message.ephemeral_for is not None)
    draft = drafts.Draft(data, call.files)
    was_loading = message.is_loading
    drafts.edit(message, draft, file_limit=attachment_limit(interaction.channel), folder=folder)
    if was_loading:
        allowed = data.get("allowed_mentions")
        drafts.read_mentions(message, as_object(allowed) if allowed is not None else None)
    interaction.world.message_changed(message, by_author=not was_loading)


def _choices(data: Json) -> list[Json]:
    choices = data.get("choices")
    choices = choices if isinstance(choices, list) else []
    faults = errors.FormErrors()
    faults.count(("data", "choices"), len(choices), most=MOST_CHOICES)
    check_choices(faults, ("data", "choices"), choices)
    faults.refuse_if_any()
    return choices


def _callback_body(interaction: Interaction) -> Json:
    inner: Json = {"id": str(interaction.id), "type": int(interaction.kind)}
    original = interaction.original
    if original:
        inner["response_message_id"] = str(original.id)
        inner["response_message_loading"] = original.is_loading
        inner["response_message_ephemeral"] = original.ephemeral_for is not None
    body: Json = {"interaction": inner}
    if interaction.answer in (Answer.MESSAGE, Answer.UPDATE) and original:
        body["resource"] = {"type": int(interaction.answer), "message": payloads.message(original)}
    return body


# --- by the token


def follow_up(call: Call) -> Outcome:
    """POST /webhooks/{application}/{token}; right after "thinking…" it becomes that message."""
    interaction = call.interaction
    interaction.check_alive()
    original = interaction.original
    if original and original.is_loading and not original.deleted:
        _edit(call, interaction, original, call.json)
        return Outcome(body=payloads.message(original))
    reference = original if original and not original.deleted else None
    message = _post(call, interaction, call.json, kind=REPLY if reference else 0, reference=reference)
    interaction.followups.append(message)
    call.world.changes.notify()
    return Outcome(body=payloads.message(message))


def _found(call: Call) -> Message:
    interaction = call.interaction
    interaction.check_alive()
    return interaction.message(call.params["message_id"])


def get(call: Call) -> Outcome:
    """GET …/messages/{@original or id}."""
    return Outcome(body=payloads.message(_found(call)))


def edit(call: Call) -> Outcome:
    """PATCH …/messages/{@original or id}."""
    message = _found(call)
    interaction = call.interaction
    interaction.was_edited = interaction.was_edited or message is interaction.original
    _edit(call, interaction, message, call.json)
    return Outcome(body=payloads.message(message))


def delete(call: Call) -> Outcome:
    """DELETE …/messages/{@original or id}."""
    call.world.delete_message(_found(call))
    return NOTHING


BY_TOKEN = "/webhooks/{webhook_id}/{webhook_token}"  # noqa: S105 - a path template
ROUTES = [
    Route("POST", "/interactions/{interaction_id}/{interaction_token}/callback", callback, is_open=True),
    Route("POST", BY_TOKEN, follow_up, is_open=True),
    Route("GET", BY_TOKEN + "/messages/{message_id}", get, is_open=True),
    Route("PATCH", BY_TOKEN + "/messages/{message_id}", edit, is_open=True),
    Route("DELETE", BY_TOKEN + "/messages/{message_id}", delete, is_open=True),
]
