"""What the bot's owner sets for Replicate, and its prices."""

from collections.abc import Mapping

from pydantic import SecretStr

from backends.provider import OwnerSettings

NAME = "replicate"
# US dollars, from the provider's public price page and reports of its users.
PRICES: Mapping[str, float] = {
    "replicate.flux-dev-lora-trainer.step": 0.002,
    "replicate.fast-flux-trainer.training": 2.0,
    "replicate.picture": 0.03,
}


class ReplicateSettings(OwnerSettings):
    """The owner's settings for Replicate."""

    replicate_token: SecretStr | None = None
    replicate_url: str = "https://api.replicate.com"
    # An account may hold 1,000 models, so all LoRAs are versions of this one.
    replicate_destination: str = "atelier-loras"
