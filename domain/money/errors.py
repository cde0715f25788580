"""What can't be done for reasons of money.

Amounts are millionths of a US dollar.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import InvalidInput, NotAllowed, OrderRefused


class Limit(StrEnum):
    """Whose spending limit it is."""

    MEMBER = "member"
    GUILD = "guild"
    BOT = "bot"


@dataclass(eq=False)
class OverBudget(OrderRefused):
    """An order does not fit under a spending limit, of which `left` is left."""

    limit: Limit
    micros: int
    cap: int
    left: int


class Paused(InvalidInput):
    """The moderators of a server let nothing start that costs money."""


class PriceUnknown(InvalidInput):
    """An order's cost is not known, so it is not made."""


@dataclass(eq=False)
class LimitTooHigh(InvalidInput):
    """A server's limit can't be higher than the owner of the bot allows."""

    wanted: int
    allowed: int


class NothingToSettle(InvalidInput):
    """It is known already whether a training was charged."""


class ManagersOnly(NotAllowed):
    """Only members who may manage the server may do that."""
