"""Prices that a provider's API does not give, every one of which is an estimate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal

from domain.money.limits import MICROS
from domain.orders.facts import Fact, FactKind, fact

# The day on which the providers' prices held. The owner of a bot corrects a figure with ATELIER_PRICES.
AS_OF = date(2026, 11, 1)


@dataclass(frozen=True, slots=True)
class PriceList:
    """The price of each thing in US dollars, and the day on which that was so."""

    dollars: Mapping[str, float] = field(default_factory=dict)
    as_of: date = AS_OF

    def micros(self, what: str, amount: float = 1.0) -> int:
        """Return the price of so many of something, rounded up. Raises `KeyError` for what is not on the list."""
        exact = Decimal(str(self.dollars[what])) * Decimal(str(amount)) * MICROS
        return int(exact.to_integral_value(ROUND_CEILING))

    def over(self, usual: Mapping[str, float]) -> "PriceList":
        """Return this list with the usual price of everything that is not on it."""
        return PriceList({**usual, **self.dollars}, self.as_of)

    @property
    def source(self) -> Fact:
        """Return where such a price is from."""
        return fact(FactKind.PRICE_LIST, as_of=self.as_of.isoformat())
