"""Money: what an order may cost, whose caps it counts against, and what is charged when it ends. Decisions only.

All amounts are millionths of a US dollar, whole numbers. Every order for which a backend wants money is first
reserved at its ceiling; when it ends, the reservation is released and what it cost is settled.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from domain.errors import InvalidInput, OrderRefused

MICROS = 1_000_000  # in one US dollar


class Entry(StrEnum):
    """What a line of the ledger is."""

    RESERVE = "reserve"  # set aside when an order is confirmed
    RELEASE = "release"  # given back when it ends
    SETTLE = "settle"  # what it cost in the end


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that may be spent in one calendar month (UTC), reservations included."""

    bot: int
    guild: int
    member: int
    approval_above: int | None = None  # an order of more than this needs a moderator's word; None: none does


@dataclass(frozen=True, slots=True)
class Used:
    """What is spent or reserved in a month: by everybody, on this server, by this member over all servers."""

    bot: int = 0
    guild: int = 0
    member: int = 0


class Limit(StrEnum):
    """Whose cap it is."""

    MEMBER = "member"
    GUILD = "guild"
    BOT = "bot"


class OverBudget(OrderRefused):
    """An order does not fit under a cap, of which `left` is left; nothing was reserved."""

    def __init__(self, limit: Limit, *, micros: int, cap: int, left: int) -> None:
        whose, remedy, who, remedy_of_moderator = _over(limit)
        span = ", over all servers," if limit is Limit.MEMBER else ""
        super().__init__(
            f"This may cost {dollars(micros)}, and of {whose} {dollars(cap)} for this month{span} {dollars(left)} is "
            "left. "
            f"Nothing was started or charged. {remedy}",
            for_moderator=(
                f"This may cost {dollars(micros)}, and {who} {dollars(left)} left of {dollars(cap)} for this month. "
                f"Nothing was started or charged. {remedy_of_moderator}"
            ),
        )


def _over(limit: Limit) -> tuple[str, str, str, str]:
    """Return whose cap it is and who can raise it, for the member who asked, and then for a moderator."""
    match limit:
        case Limit.MEMBER:
            return (
                "your own",
                "The moderators can raise it with /admin limits.",
                "the member who asked has",
                "/admin limits raises it for each member; then approve again.",
            )
        case Limit.GUILD:
            return (
                "this server's",
                "The moderators, or the person who runs this bot, can raise it.",
                "this server has",
                "/admin limits raises it, as far as the person who runs this bot lets it; then approve again.",
            )
        case Limit.BOT:
            return (
                "this whole bot's",
                "Only the person who runs this bot can raise it.",
                "this whole bot has",
                "Only the person who runs this bot can raise it; then approve again.",
            )


class Paused(InvalidInput):
    """The moderators of a server let nothing start that costs money."""

    def __init__(self) -> None:
        super().__init__(
            "The moderators have paused everything on this server that costs money. Nothing was started or charged. "
            "Training and drawing on this bot's own machine go on as usual, where it has one."
        )


class PriceUnknown(InvalidInput):
    """Nobody can say what an order will cost, so it is not made."""


def month_of(now: float) -> str:
    """Return the calendar month of a time, such as `2026-11`."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m")


def check_caps(micros: int, used: Used, caps: Caps) -> None:
    """Raise `OverBudget` when an order would go over a cap, naming the first one and what is left under it."""
    for limit, spent, cap in (
        (Limit.MEMBER, used.member, caps.member),
        (Limit.GUILD, used.guild, caps.guild),
        (Limit.BOT, used.bot, caps.bot),
    ):
        if spent + micros > cap:
            raise OverBudget(limit, micros=micros, cap=cap, left=max(0, cap - spent))


def needs_approval(micros: int, caps: Caps) -> bool:
    """Whether an order is so dear that a moderator must agree first."""
    return caps.approval_above is not None and micros > caps.approval_above


def dollars(micros: int) -> str:
    """Return an amount to its last digit: beside a rounded one, "$5.00 is left" would be no reason."""
    whole_cents = micros % (MICROS // 100) == 0
    return f"${micros / MICROS:,.2f}" if whole_cents else f"${micros / MICROS:,.6f}".rstrip("0")
