"""One interaction, from the member's act to the last message that answers it."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from enum import IntEnum

from playground.world.channels import Channel, Message
from playground.world.guilds import MemberState
from playground.world.json_values import Json
from playground.world.triggers import InteractionKind, Trigger


class AnswerKind(IntEnum):
    """Kinds of first answers (numbers are Discord's)."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


UPDATES = {AnswerKind.DEFERRED_UPDATE, AnswerKind.UPDATE}
MESSAGES = {AnswerKind.MESSAGE, AnswerKind.DEFERRED_MESSAGE}


@dataclass(eq=False)
class Interaction:
    """What a member did, and how the bot has answered so far."""

    trigger: Trigger
    channel: Channel
    member: MemberState
    source: Message | None = None
    token: str = field(default="", repr=False)
    answer: AnswerKind | None = None
    sent_at: float = 0.0  # seconds of time.perf_counter
    answered_ms: float | None = None
    is_dead: bool = False
    original: Message | None = None
    was_edited: bool = False
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        secret = f"interaction:{self.id}:{secrets.token_urlsafe(48)}"
        self.token = urlsafe_b64encode(secret.encode()).decode().rstrip("=")

    @property
    def id(self) -> int:
        """The interaction's snowflake."""
        return self.trigger.id

    @property
    def is_settled(self) -> bool:
        """Whether the member sees a first answer, or that none came in time."""
        return self.answer is not None or self.is_dead

    @property
    def is_ephemeral(self) -> bool:
        """Whether the first answer is a message for the member alone."""
        return self.answer in MESSAGES and self.original is not None and self.original.ephemeral_for is not None

    def expire(self) -> None:
        """End the interaction unless it has been answered."""
        self.is_dead = self.answer is None
        self.channel.world.changes.notify()

    def allowed_answers(self) -> set[AnswerKind]:
        """List which first answers fit what the member did."""
        match self.trigger.kind:
            case InteractionKind.COMMAND:
                return MESSAGES | {AnswerKind.MODAL}
            case InteractionKind.COMPONENT:
                return MESSAGES | UPDATES | {AnswerKind.MODAL}
            case InteractionKind.AUTOCOMPLETE:
                return {AnswerKind.CHOICES}
            case InteractionKind.MODAL:
                return MESSAGES | UPDATES if self.source else MESSAGES
