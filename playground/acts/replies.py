"""What a member sees after acting."""

from dataclasses import dataclass, field

from playground.world import layout
from playground.world.changes import PATIENCE
from playground.world.channels import Message
from playground.world.interactions import AnswerKind, Interaction
from playground.world.json_values import Json
from playground.world.triggers import InteractionKind

NO_ANSWER = "The application did not respond"
NO_ANSWER_TO_BUTTON = "This interaction failed"
NO_ANSWER_TO_MODAL = "Something went wrong. Try again."


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a modal."""

    label: str
    custom_id: str
    kind: int
    raw: Json = field(repr=False)
    description: str = ""

    @property
    def is_required(self) -> bool:
        """Whether the client insists on a value (Discord's default is yes)."""
        return bool(self.raw.get("required", True))

    @property
    def value(self) -> str:
        """The text that stands in the field when the modal opens."""
        return str(self.raw.get("value") or "")

    @property
    def placeholder(self) -> str:
        """The grey hint in the empty field."""
        return str(self.raw.get("placeholder") or "")

    @property
    def options(self) -> tuple[layout.Option, ...]:
        """The lines of a select menu, radio or checkbox group."""
        return layout.read_options(self.raw)


@dataclass(frozen=True, slots=True)
class Modal:
    """A dialog that the bot has opened for the member."""

    title: str
    custom_id: str
    fields: tuple[Field, ...]
    texts: tuple[str, ...]
    components: list[Json] = field(repr=False)
    opened_by: Interaction = field(repr=False)

    def field(self, name: str) -> Field:
        """Find a field by label or custom_id, KeyError when there is none."""
        for one in self.fields:
            if name in (one.label, one.custom_id):
                return one
        raise KeyError(name)


def read_modal(data: Json, opened_by: Interaction) -> Modal:
    """Read a modal as the client shows it."""
    fields, texts = read_fields(data["components"])
    return Modal(data["title"], data["custom_id"], fields, texts, data["components"], opened_by)


def read_fields(components: list[Json]) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    """Read the inputs of a modal and the texts between them."""
    fields: list[Field] = []
    texts: list[str] = []
    for component in components:
        match component["type"]:
            case 18:
                inner = component["component"]
                fields.append(_field(inner, component["label"], component.get("description") or ""))
            case 1:
                fields.extend(_field(inner, inner.get("label") or "") for inner in component["components"])
            case _:
                texts.append(component["content"])
    return tuple(fields), tuple(texts)


def _field(component: Json, label: str, description: str = "") -> Field:
    return Field(label, component["custom_id"], component["type"], component, description)


class Reply:
    """A live view of what the bot has answered, which follows later edits and follow-ups."""

    def __init__(self, interaction: Interaction) -> None:
        self.interaction = interaction

    @property
    def acknowledged(self) -> float | None:
        """Milliseconds until the first answer, None when none came."""
        return self.interaction.answered_ms

    @property
    def deferred(self) -> bool:
        """Whether the first answer was "thinking…" (or a silent acknowledgement of a button)."""
        return self.interaction.answer in (AnswerKind.DEFERRED_MESSAGE, AnswerKind.DEFERRED_UPDATE)

    @property
    def ephemeral(self) -> bool:
        """Whether only the member sees the answer."""
        return self.interaction.is_ephemeral

    @property
    def modal(self) -> Modal | None:
        """The dialog that opened, if the answer was one."""
        return read_modal(self.interaction.modal, self.interaction) if self.interaction.modal else None

    @property
    def message(self) -> Message | None:
        """The first answer, or what has replaced "thinking…".

        None while "thinking…" is still shown, and when the answer was deleted.
        """
        original = self.interaction.original
        return None if original is None or original.is_loading or original.deleted else original

    @property
    def followups(self) -> list[Message]:
        """The messages after the first answer, oldest first."""
        return [m for m in self.interaction.followups if not m.deleted]

    @property
    def error(self) -> str | None:
        """What the client shows when the bot did not answer in 3 s."""
        if not self.interaction.is_dead:
            return None
        match self.interaction.trigger.kind:
            case InteractionKind.COMPONENT:
                return NO_ANSWER_TO_BUTTON
            case InteractionKind.MODAL:
                return NO_ANSWER_TO_MODAL
            case _:
                return NO_ANSWER

    @property
    def text(self) -> str:
        """Everything readable in the answer and its follow-ups, or the client's error when there is no answer."""
        messages = [self.message, *self.followups]
        return self.error or "\n".join(m.text for m in messages if m)

    async def final(self, *, timeout: float = PATIENCE) -> Message:
        """Wait for the last form of the answer, which may be an edited "thinking…" or a first follow-up."""
        what = f"a final answer; so far: {self!r}"
        return await self.interaction.channel.world.changes.until(self._final, timeout=timeout, what=what)

    async def followup(self, number: int = 1, *, timeout: float = PATIENCE) -> Message:
        """Wait for the n-th follow-up (from 1)."""

        def look() -> Message | None:
            return self.followups[number - 1] if len(self.followups) >= number else None

        return await self.interaction.channel.world.changes.until(
            look, timeout=timeout, what=f"follow-up {number} of {self!r}"
        )

    def _final(self) -> Message | None:
        if self.interaction.answer is AnswerKind.DEFERRED_UPDATE and not self.interaction.was_edited:
            return self.followups[0] if self.followups else None
        return self.message or (self.followups[0] if self.followups else None)

    def __repr__(self) -> str:
        answer = self.interaction.answer.name if self.interaction.answer else "no answer"
        return f"<Reply {answer} {self.error or self.text[:200]!r}>"
