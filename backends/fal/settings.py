"""What the bot's owner sets for fal, and its prices."""

from collections.abc import Mapping

from pydantic import SecretStr

from backends.provider import OwnerSettings

NAME = "fal"
# US dollars, from the provider's public price page and reports of its users.
PRICES: Mapping[str, float] = {
    "fal.flux-lora-fast-training.training": 2.0,  # 1,000 steps
    "fal.picture": 0.035,
}


class FalSettings(OwnerSettings):
    """The owner's settings for fal."""

    fal_key: SecretStr | None = None  # id:secret
    fal_queue_url: str = "https://queue.fal.run"
    fal_rest_url: str = "https://rest.fal.ai"  # uploads
