"""What the bot's owner sets for Krea, and its prices."""

from collections.abc import Mapping

from pydantic import SecretStr

from backends.provider import OwnerSettings

NAME = "krea"
# US dollars, from the provider's public price page and reports of its users.
PRICES: Mapping[str, float] = {
    "krea.training": 2.0,  # 1,000 steps
    "krea.picture": 0.007,
}


class KreaSettings(OwnerSettings):
    """The owner's settings for Krea."""

    krea_key: SecretStr | None = None
    krea_url: str = "https://api.krea.ai"
