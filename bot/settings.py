"""Settings of one Atelier, read once from the environment and `.env` (prefix `ATELIER_`)."""

import re
from datetime import date
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.money.limits import MICROS, SpendingLimits
from domain.money.prices import AS_OF, DOLLARS, PriceList


class SharedSettings(BaseSettings):
    """What the bot and a worker started by hand must agree on."""

    model_config = SettingsConfigDict(env_prefix="ATELIER_", env_file=".env", extra="ignore", env_ignore_empty=True)

    data_dir: Path = Path("data")
    # A Stable Diffusion 1.5 checkpoint for the local worker: a diffusers folder or a hub id.
    checkpoint_sd15: str | None = None

    @property
    def places(self) -> dict[str, str]:
        """Return the environment variables that tell a worker where its checkpoints are."""
        return {"ATELIER_CHECKPOINT_SD15": self.checkpoint_sd15} if self.checkpoint_sd15 else {}


class Settings(SharedSettings):
    """What the owner may set; `.env.example` explains each."""

    discord_token: SecretStr
    log_level: str = "INFO"
    # Where attachments may come from; Discord's two hosts.
    attachment_origins: tuple[str, ...] = ("https://cdn.discordapp.com", "https://media.discordapp.net")
    # Seconds after the last guild arrives until the bot counts as ready.
    guild_ready_timeout: float = Field(default=2.0, ge=0)
    # The bot starts and supervises one local worker process.
    worker: bool = True
    # Train and draw on workers of this bot's own (the one above, or those started by hand).
    local: bool = True
    # Which backend is offered first, when several are on.
    first_backend: str = "local"

    # Hosted backends: each is on when its key is there.
    novita_key: SecretStr | None = None
    novita_url: str = "https://api.novita.ai"
    scenario_key: SecretStr | None = None
    scenario_secret: SecretStr | None = None
    scenario_project: str = ""  # needed with a team's key
    scenario_url: str = "https://api.cloud.scenario.com/v1"
    scenario_legacy: bool = False
    octoai_token: SecretStr | None = None
    octoai_url: str | None = None
    octoai_image_url: str | None = None
    replicate_token: SecretStr | None = None
    replicate_url: str = "https://api.replicate.com"
    replicate_destination: str = "atelier-loras"
    fal_key: SecretStr | None = None
    fal_queue_url: str = "https://queue.fal.run"
    fal_rest_url: str = "https://rest.fal.ai"
    krea_key: SecretStr | None = None
    krea_url: str = "https://api.krea.ai"
    # Exact origins beside the providers' own that their uploads and results may lie at.
    file_origins: tuple[str, ...] = ()

    # Where the internet reaches this bot, through a TLS proxy of the owner's; with it, Replicate and fal say when a
    # training has news, and it is looked at earlier. The host and port are where the proxy finds the bot.
    webhook_url: str | None = None
    webhook_host: str = "127.0.0.1"
    webhook_port: int = Field(default=8765, ge=0, le=65_535)

    # US dollars that may be spent at hosted backends in a calendar month: by everybody, on one server, by one member.
    cap_bot: float = Field(default=30.0, ge=0)
    cap_server: float = Field(default=15.0, ge=0)
    cap_member: float = Field(default=5.0, ge=0)
    # A training that may cost more US dollars than this needs a moderator's word.
    approval_above: float = Field(default=4.0, ge=0)
    # Prices in US dollars that replace those of domain/money/prices.py, and the day on which they held.
    prices: dict[str, float] = Field(default_factory=dict)
    prices_as_of: date = AS_OF

    # Seconds between two looks at a running task, and between two edits of one card.
    poll_seconds: float = Field(default=2.0, gt=0)
    edit_seconds: float = Field(default=5.0, ge=0)

    @field_validator("webhook_url")
    @classmethod
    def _is_public(cls, url: str | None) -> str | None:
        """Check an address, and drop the slash at its end."""
        if url is not None and not re.fullmatch(r"(https://|http://127\.0\.0\.1[:/])[^\s?#]+", url):
            raise ValueError("must begin with https:// and have no query")
        return url.rstrip("/") if url else url

    def public(self, path: str) -> str | None:
        """Return where the internet reaches a path of this bot, None where it does not."""
        return f"{self.webhook_url}{path}" if self.webhook_url else None

    @property
    def caps(self) -> SpendingLimits:
        """Return the caps in millionths of a US dollar."""
        bot, guild, member, above = (
            round(dollars * MICROS)
            for dollars in (self.cap_bot, self.cap_server, self.cap_member, self.approval_above)
        )
        return SpendingLimits(bot=bot, guild=guild, member=member, approval_above=above)

    @property
    def price_list(self) -> PriceList:
        """Return the prices that no provider's API tells."""
        return PriceList({**DOLLARS, **self.prices}, self.prices_as_of)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return everything that must never be read in a log."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr) and value)

    @property
    def database(self) -> Path:
        """Return where the main database lies."""
        return self.data_dir / "atelier.sqlite"

    @property
    def queue(self) -> Path:
        """Return where the workers' queue lies."""
        return self.data_dir / "queue.sqlite"

    @property
    def files(self) -> Path:
        """Return the folder of stored files."""
        return self.data_dir / "files"
