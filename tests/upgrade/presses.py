"""Presses of old buttons and submits of old forms, and what their members see then."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from playground import Member, Message, Reply
from playground.world.changes import PATIENCE
from tests.upgrade.old_discord import OldDiscord


@dataclass(frozen=True)
class Press:
    """A button or menu of an old message, pressed by a member, who then sees that text somewhere."""

    message: str
    verb: str
    by: str
    seen: str
    pick: str = ""  # in a menu


@dataclass(frozen=True)
class Submit:
    """An old form that its member sends, and then sees that text somewhere."""

    form: str
    by: str
    seen: str
    values: Mapping[str, object] = field(default_factory=dict)


async def check(old: OldDiscord, act: Press | Submit) -> None:
    """Do it, and wait until the text is seen in an answer, or on the card when that has changed."""
    member = old.member(act.by)
    card = old.forms[act.form].opened_by.source if isinstance(act, Submit) else old.messages[act.message]
    before = card.text if card else ""
    if isinstance(act, Submit):
        reply = await member.submit(old.forms[act.form], act.values)
    else:
        reply = await _pressed(member, old.messages[act.message], act)

    def is_seen() -> bool:
        answers = [m.text for m in (reply.message, *reply.followups) if m and m is not card]
        changed = card.text if card and card.text != before else ""
        title = reply.modal.title if reply.modal else ""
        return act.seen in "\n".join((*answers, changed, title))

    await member.world.changes.until(is_seen, timeout=PATIENCE, what=f"{act} in {reply!r}")


async def _pressed(member: Member, message: Message, press: Press) -> Reply:
    if press.pick:
        return await member.choose(message, [press.pick])
    named = [b.custom_id for b in message.buttons if not b.disabled and verb_of(b.custom_id or "") == press.verb]
    (custom_id,) = named
    return await member.press(message, custom_id=custom_id)


def verb_of(custom_id: str) -> str:
    """Return the verb of a button, menu or form, whose custom ids were `v1:verb:ids` and `v1:form:verb:ids`."""
    return custom_id.removeprefix("v1:").removeprefix("form:").split(":", maxsplit=1)[0]
