"""What an order has cost, as a value that is set where it is known."""

from dataclasses import dataclass
from enum import StrEnum


class Charged(StrEnum):
    """How much is known about what was charged."""

    NOTHING = "nothing"
    AMOUNT = "amount"
    PERHAPS = "perhaps"  # the answer to the paid call was lost
    UNKNOWN = "unknown"  # it was charged, and nobody says how much


@dataclass(frozen=True, slots=True)
class Charge:
    """What was charged.

    `micros` are millionths of a US dollar, there only for an amount.
    """

    charged: Charged
    micros: int | None = None


NOTHING = Charge(Charged.NOTHING)
PERHAPS = Charge(Charged.PERHAPS)
UNKNOWN = Charge(Charged.UNKNOWN)


def amount(micros: int) -> Charge:
    """Return the charge of so many micro-dollars, which is nothing for zero."""
    return Charge(Charged.AMOUNT, micros) if micros else NOTHING
