"""Prices that a provider's API does not tell: one dated table, every figure of which is an estimate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal

from domain.money.limits import MICROS

# US dollars. Sources: the providers' public price pages and reports of their users, as of the date below. The owner
# of a bot corrects a figure with ATELIER_PRICES.
AS_OF = date(2026, 11, 1)
DOLLARS: Mapping[str, float] = {
    "novita.training": 3.0,  # one training, whatever its size
    "novita.megapixel": 0.0025,  # one drawn picture of one megapixel
    "scenario.unit": 0.01,  # one compute unit; how many an order takes, Scenario says itself
    "octoai.training_step": 0.0005,
    "octoai.picture": 0.008,
    "replicate.flux-dev-lora-trainer.step": 0.002,
    "replicate.fast-flux-trainer.training": 2.0,
    "replicate.picture": 0.03,
    "fal.flux-lora-fast-training.training": 2.0,  # 1,000 steps
    "fal.picture": 0.035,
    "krea.training": 2.0,  # 1,000 steps
    "krea.picture": 0.007,
}


@dataclass(frozen=True, slots=True)
class PriceList:
    """The price of each thing in US dollars, and the day on which that was so."""

    dollars: Mapping[str, float] = field(default_factory=lambda: DOLLARS)
    as_of: date = AS_OF

    def micros(self, what: str, amount: float = 1.0) -> int:
        """Return the price of so many of something, rounded up. Raises `KeyError` for what is not on the list."""
        exact = Decimal(str(self.dollars[what])) * Decimal(str(amount)) * MICROS
        return int(exact.to_integral_value(ROUND_CEILING))

    @property
    def source(self) -> str:
        """Return where such a price is from, as members read it."""
        return f"estimate, price list of {self.as_of:%-d %B %Y}"
