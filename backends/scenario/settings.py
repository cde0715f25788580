"""What the bot's owner sets for Scenario, and its prices."""

from collections.abc import Mapping

from pydantic import SecretStr

from backends.provider import OwnerSettings

NAME = "scenario"
# US dollars, from the provider's public price page and reports of its users.
PRICES: Mapping[str, float] = {
    "scenario.unit": 0.01,  # one compute unit; how many an order takes, Scenario says itself
}


class ScenarioSettings(OwnerSettings):
    """The owner's settings for Scenario."""

    scenario_key: SecretStr | None = None
    scenario_secret: SecretStr | None = None
    scenario_project: str = ""  # needed with a team's key
    scenario_url: str = "https://api.cloud.scenario.com/v1"
    scenario_legacy: bool = False  # offer FLUX.1 and SDXL too
