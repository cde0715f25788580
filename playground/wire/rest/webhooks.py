"""The REST routes by which a bot follows up and edits its answers, with the interaction's token."""

from datetime import timedelta

from playground.wire import errors, message_payloads
from playground.wire.rest.call import NOTHING, Call, RestAnswer, Route
from playground.wire.rest.interactions import REPLY, edit_answer, post_answer
from playground.world.channels import Message
from playground.world.interactions import Interaction
from playground.world.snowflakes import creation_time

TOKEN_LIFE = timedelta(minutes=15)


def follow_up(call: Call) -> RestAnswer:
    """POST /webhooks/{application}/{token}, which right after "thinking…" replaces that message."""
    interaction = _live(call)
    original = interaction.original
    if original and original.is_loading and not original.deleted:
        edit_answer(call, original, call.json)
        return RestAnswer(body=message_payloads.message(original))
    reference = original if original and not original.deleted else None
    message = post_answer(call, interaction, call.json, kind=REPLY if reference else 0, reference=reference)
    interaction.followups.append(message)
    call.world.changes.notify()
    return RestAnswer(body=message_payloads.message(message))


def _live(call: Call) -> Interaction:
    interaction = call.interaction
    if call.world.clock.now() - creation_time(interaction.id) > TOKEN_LIFE:
        raise errors.token_expired()
    if interaction.answer is None:
        raise errors.unknown_webhook()
    return interaction


def _found(call: Call) -> Message:
    interaction, wanted = _live(call), call.params["message_id"]
    if wanted == "@original":
        known = [interaction.original]
    else:
        known = [m for m in (interaction.original, *interaction.followups) if m and str(m.id) == wanted]
    found = next((m for m in known if m and not m.deleted), None)
    if found is None:
        raise errors.unknown_message()
    return found


def get(call: Call) -> RestAnswer:
    """GET …/messages/{@original or id}."""
    return RestAnswer(body=message_payloads.message(_found(call)))


def edit(call: Call) -> RestAnswer:
    """PATCH …/messages/{@original or id}."""
    message, interaction = _found(call), call.interaction
    interaction.was_edited = interaction.was_edited or message is interaction.original
    edit_answer(call, message, call.json)
    return RestAnswer(body=message_payloads.message(message))


def delete(call: Call) -> RestAnswer:
    """DELETE …/messages/{@original or id}."""
    _found(call).delete()
    return NOTHING


BY_TOKEN = "/webhooks/{webhook_id}/{webhook_token}"  # noqa: S105 - a path template
ROUTES = [
    Route("POST", BY_TOKEN, follow_up, is_open=True),
    Route("GET", BY_TOKEN + "/messages/{message_id}", get, is_open=True),
    Route("PATCH", BY_TOKEN + "/messages/{message_id}", edit, is_open=True),
    Route("DELETE", BY_TOKEN + "/messages/{message_id}", delete, is_open=True),
]
