"""What an order may cost, whose limits it counts against, and what is booked when it ends.

All amounts are millionths of a US dollar, whole numbers. Every order for which a backend wants money is first
reserved at its ceiling. When it ends, the reservation is released and what it cost is settled.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from domain.money.errors import Limit, OverBudget

MICROS = 1_000_000  # in one US dollar


class Entry(StrEnum):
    """What a line of the ledger is."""

    RESERVE = "reserve"  # set aside when an order is confirmed
    RELEASE = "release"  # given back when it ends
    SETTLE = "settle"  # what it cost in the end


@dataclass(frozen=True, slots=True)
class SpendingLimits:
    """The most that may be spent in one calendar month (UTC), reservations included."""

    bot: int
    guild: int
    member: int
    approval_above: int | None = None  # an order of more than this needs a moderator's approval, none does without it


@dataclass(frozen=True, slots=True)
class Used:
    """What is spent or reserved in a month, by everybody, on this server, and by this member on all servers."""

    bot: int = 0
    guild: int = 0
    member: int = 0


def month_of(now: float) -> str:
    """Return the calendar month of a time, such as `2026-11`."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m")


def check_limits(micros: int, used: Used, limits: SpendingLimits) -> None:
    """Raise `OverBudget` when an order would go over a cap, naming the first one and what is left under it."""
    for limit, spent, cap in (
        (Limit.MEMBER, used.member, limits.member),
        (Limit.GUILD, used.guild, limits.guild),
        (Limit.BOT, used.bot, limits.bot),
    ):
        if spent + micros > cap:
            raise OverBudget(limit, micros=micros, cap=cap, left=max(0, cap - spent))


def needs_approval(micros: int, limits: SpendingLimits) -> bool:
    """Whether an order is so expensive that a moderator must approve it first."""
    return limits.approval_above is not None and micros > limits.approval_above
