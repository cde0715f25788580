"""The REST route of first answers to interactions."""

import time

from playground.wire import drafts, errors, message_payloads
from playground.wire.commands import check_choices
from playground.wire.mentions import read_mentions
from playground.wire.modals import check_modal
from playground.wire.rest.call import NOTHING, Call, RestAnswer, Route
from playground.world.bodies import MessageFlag
from playground.world.channels import Message
from playground.world.interactions import AnswerKind, Interaction
from playground.world.json_values import Json, as_object
from playground.world.triggers import InteractionKind

MOST_CHOICES = 25
REPLY, SLASH_REPLY, MENU_REPLY = 19, 20, 23  # message types


def callback(call: Call) -> RestAnswer:
    """POST /interactions/{id}/{token}/callback, the one first answer."""
    interaction = _unanswered(call)
    answer = _answer_kind(call, interaction)
    data = as_object(call.json.get("data"))
    match answer:
        case AnswerKind.MESSAGE:
            interaction.original = post_answer(call, interaction, data, kind=_message_kind(interaction))
        case AnswerKind.DEFERRED_MESSAGE:
            interaction.original = _post_loading(interaction, data)
        case AnswerKind.DEFERRED_UPDATE:
            interaction.original = interaction.source
        case AnswerKind.UPDATE:
            _update_source(call, interaction, data)
        case AnswerKind.CHOICES:
            interaction.choices = _choices(data)
            call.world.choice_names.update({str(c["value"]): str(c["name"]) for c in interaction.choices})
        case AnswerKind.MODAL:
            check_modal(data)
            interaction.modal = data
    interaction.answer = answer
    interaction.answered_ms = (time.perf_counter() - interaction.sent_at) * 1000
    call.world.changes.notify()
    if call.query.get("with_response") not in ("1", "true", "True"):
        return NOTHING
    return RestAnswer(body=_callback_body(interaction))


def _unanswered(call: Call) -> Interaction:
    interaction = call.world.interactions.get(call.id("interaction_id"))
    if interaction is None or interaction.token != call.params["interaction_token"] or interaction.is_dead:
        raise errors.unknown_interaction()
    if interaction.answer is not None:
        raise errors.already_acknowledged()
    return interaction


def _answer_kind(call: Call, interaction: Interaction) -> AnswerKind:
    kind = int(call.json.get("type") or 0)
    allowed = interaction.allowed_answers()
    if kind not in allowed:
        faults = errors.FormErrors()
        listed = ", ".join(str(int(a)) for a in sorted(allowed))
        faults.add(("type",), "BASE_TYPE_CHOICES", f"Value must be one of ({listed}).")
        faults.refuse_if_any()
    return AnswerKind(kind)


def _message_kind(interaction: Interaction) -> int:
    if interaction.trigger.kind is InteractionKind.COMMAND:
        return SLASH_REPLY if interaction.trigger.data["type"] == 1 else MENU_REPLY
    return REPLY if interaction.source else 0


def _new_message(
    interaction: Interaction, data: Json, *, kind: int, flags: int = 0, reference: Message | None = None
) -> Message:
    world = interaction.channel.world
    return Message(
        id=world.ids.next(),
        channel=interaction.channel,
        author=world.bot,
        kind=kind,
        reference=reference,
        trigger=interaction.trigger,
        flags=flags | int(data.get("flags") or 0) & MessageFlag.EPHEMERAL,
    )


def post_answer(
    call: Call, interaction: Interaction, data: Json, *, kind: int, reference: Message | None = None
) -> Message:
    """Post a message that answers an interaction."""
    message = _new_message(interaction, data, kind=kind, reference=reference)
    drafts.create(message, drafts.Draft(data, call.files))
    interaction.channel.post(message)
    return message


def _post_loading(interaction: Interaction, data: Json) -> Message:
    message = _new_message(interaction, data, kind=_message_kind(interaction), flags=MessageFlag.LOADING)
    interaction.channel.post(message)
    return message


def _update_source(call: Call, interaction: Interaction, data: Json) -> None:
    source = interaction.source
    if source is None or source.deleted:
        raise errors.unknown_message()
    interaction.original = source
    edit_answer(call, source, data)


def edit_answer(call: Call, message: Message, data: Json) -> None:
    """Edit a message that answers an interaction, where the first edit of "thinking…" is no edit for members."""
    was_loading = message.is_loading
    drafts.edit(message, drafts.Draft(data, call.files))
    if was_loading:
        read_mentions(message, data.get("allowed_mentions"))
    message.changed(by_author=not was_loading)


def _choices(data: Json) -> list[Json]:
    choices = data.get("choices")
    choices = choices if isinstance(choices, list) else []
    faults = errors.FormErrors()
    faults.count(("data", "choices"), len(choices), most=MOST_CHOICES)
    check_choices(faults, ("data", "choices"), choices)
    faults.refuse_if_any()
    return choices


def _callback_body(interaction: Interaction) -> Json:
    inner: Json = {"id": str(interaction.id), "type": int(interaction.trigger.kind)}
    original = interaction.original
    if original:
        inner["response_message_id"] = str(original.id)
        inner["response_message_loading"] = original.is_loading
        inner["response_message_ephemeral"] = original.ephemeral_for is not None
    body: Json = {"interaction": inner}
    if interaction.answer in (AnswerKind.MESSAGE, AnswerKind.UPDATE) and original:
        body["resource"] = {"type": int(interaction.answer), "message": message_payloads.message(original)}
    return body


ROUTES = [Route("POST", "/interactions/{interaction_id}/{interaction_token}/callback", callback, is_open=True)]
