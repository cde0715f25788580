"""What the bot's owner sets for Novita, and its prices."""

from collections.abc import Mapping

from pydantic import SecretStr

from backends.provider import OwnerSettings

NAME = "novita"
# US dollars, from the provider's public price page and reports of its users.
PRICES: Mapping[str, float] = {
    "novita.training": 3.0,  # one training, whatever its size
    "novita.megapixel": 0.0025,  # one drawn picture of one megapixel
}


class NovitaSettings(OwnerSettings):
    """The owner's settings for Novita."""

    novita_key: SecretStr | None = None
    novita_url: str = "https://api.novita.ai"
