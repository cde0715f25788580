"""One interaction from the member's click to its last follow-up, and what may still be done with it."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

from playground.wire import errors
from playground.world.channels import Channel
from playground.world.clock import Timer
from playground.world.json_values import Json
from playground.world.messages import Message

if TYPE_CHECKING:
    from playground.world.members import Member, User
    from playground.world.state import World

TOKEN_LIFE = timedelta(minutes=15)


class Kind(IntEnum):
    """What the member did (numbers are Discord's)."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Answer(IntEnum):
    """The first answer to an interaction (numbers are Discord's)."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(eq=False)
class Interaction:
    """The state of one interaction; tokens die 15 minutes after `created`."""

    id: int
    world: "World" = field(repr=False)
    kind: Kind
    user: "User"
    member: "Member | None"
    channel: Channel
    data: Json = field(repr=False)
    source: Message | None = None
    opened_by: "Interaction | None" = field(default=None, repr=False)
    token: str = field(default="", repr=False)
    answer: Answer | None = None
    answered_ms: float | None = None
    is_dead: bool = False
    is_ephemeral: bool = False
    original: Message | None = None
    was_edited: bool = False
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] = field(default_factory=list)
    sent_at: float = 0.0
    deadline: Timer | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.created = self.world.clock.now()
        secret = f"interaction:{self.id}:{secrets.token_urlsafe(48)}"
        self.token = urlsafe_b64encode(secret.encode()).decode().rstrip("=")

    @property
    def is_settled(self) -> bool:
        """Whether the member sees a first answer, or that none came in time."""
        return self.answer is not None or self.is_dead

    def die(self) -> None:
        """Three seconds have passed without an answer."""
        self.is_dead = self.answer is None
        self.world.changes.notify()

    def allowed_answers(self) -> set[Answer]:
        """Say which first answers fit what the member did."""
        updates = {Answer.DEFERRED_UPDATE, Answer.UPDATE}
        messages = {Answer.MESSAGE, Answer.DEFERRED_MESSAGE}
        match self.kind:
            case Kind.COMMAND:
                return messages | {Answer.MODAL}
            case Kind.COMPONENT:
                return messages | updates | {Answer.MODAL}
            case Kind.AUTOCOMPLETE:
                return {Answer.CHOICES}
            case Kind.MODAL:
                return messages | updates if self.source else messages

    def check_alive(self) -> None:
        """Refuse later requests once the token is 15 minutes old, or before the first answer."""
        if self.world.clock.now() - self.created > TOKEN_LIFE:
            raise errors.token_expired()
        if self.answer is None:
            raise errors.unknown_webhook()

    def message(self, reference: str) -> Message:
        """Find a message of this interaction by id or as @original."""
        known = [m for m in (self.original, *self.followups) if m is not None]
        if reference == "@original":
            known = [self.original] if self.original else []
        for message in known:
            if not message.deleted and reference in ("@original", str(message.id)):
                return message
        raise errors.unknown_message()

    def metadata(self) -> Json:
        """Write what messages say about the interaction that they answer."""
        from playground.wire import payloads

        body: Json = {
            "id": str(self.id),
            "type": int(self.kind),
            "user": payloads.user(self.user),
            "authorizing_integration_owners": self.owners(),
        }
        if self.kind is Kind.COMPONENT and self.source:
            body["interacted_message_id"] = str(self.source.id)
        if self.kind is Kind.MODAL and self.opened_by:
            body["triggering_interaction_metadata"] = self.opened_by.metadata()
        if self.kind is Kind.COMMAND and "target_id" in self.data:
            key = "target_message_id" if self.data["type"] == 3 else None
            body.update({key: self.data["target_id"]} if key else {})
        return body

    def owners(self) -> Json:
        """Say by whose installation the interaction came: the guild's, or the user's in a direct message."""
        return {"0": str(self.channel.guild.id if self.channel.guild else 0)}
