"""What each provider's folder brings."""

from collections.abc import Mapping

import pytest

from backends import fal, krea, novita, octoai, replicate, scenario
from backends.registry import HOSTED
from domain.money.prices import PriceList

PRICES: Mapping[str, Mapping[str, float]] = {
    each.PROVIDER.name: each.settings.PRICES for each in (fal, krea, novita, octoai, replicate, scenario)
}


@pytest.mark.parametrize("name", HOSTED)
def test_everything_on_a_price_list_costs_something_and_is_called_by_its_provider(name: str) -> None:
    prices = PriceList().over(PRICES[name])

    assert prices.dollars
    assert all(prices.micros(what) > 0 for what in prices.dollars)
    assert all(what.startswith(f"{name}.") for what in prices.dollars)


@pytest.mark.parametrize("name", HOSTED)
def test_a_providers_settings_carry_its_name_so_that_none_is_taken_twice(name: str) -> None:
    assert all(setting.startswith(f"{name}_") for setting in HOSTED[name].settings.model_fields)
