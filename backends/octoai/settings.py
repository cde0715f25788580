"""What the bot's owner sets for an OctoAI-compatible server, and its prices."""

from collections.abc import Mapping

from pydantic import SecretStr

from backends.provider import OwnerSettings

NAME = "octoai"
# US dollars, from the provider's public price page and reports of its users.
PRICES: Mapping[str, float] = {
    "octoai.training_step": 0.0005,
    "octoai.picture": 0.008,
}


class OctoaiSettings(OwnerSettings):
    """The owner's settings for an OctoAI-compatible server."""

    octoai_token: SecretStr | None = None
    octoai_url: str | None = None  # pictures and trainings
    octoai_image_url: str | None = None  # drawings
