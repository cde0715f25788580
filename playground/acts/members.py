"""A member of a guild with all that a member can do in Discord's client."""

from dataclasses import dataclass

from playground.acts.commands import CommandActs
from playground.acts.components import ComponentActs
from playground.acts.messages import MessageActs


@dataclass(eq=False)
class Member(CommandActs, ComponentActs, MessageActs):
    """A member whose acts return when Discord's client would show something."""
