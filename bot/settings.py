"""Settings of one Atelier, read once from the environment and `.env` (prefix `ATELIER_`)."""

from datetime import date
from pathlib import Path

from pydantic import Field, SecretStr

from backends.provider import OwnerSettings
from backends.registry import HostedSettings
from domain.money.limits import MICROS, SpendingLimits
from domain.money.prices import AS_OF, PriceList


class SharedSettings(OwnerSettings):
    """What the bot and a worker started by hand must agree on."""

    data_dir: Path = Path("data")
    # A Stable Diffusion 1.5 checkpoint for the local worker: a diffusers folder or a hub id.
    checkpoint_sd15: str | None = None

    @property
    def places(self) -> dict[str, str]:
        """Return the environment variables that tell a worker where its checkpoints are."""
        return {"ATELIER_CHECKPOINT_SD15": self.checkpoint_sd15} if self.checkpoint_sd15 else {}


class Settings(SharedSettings, HostedSettings):
    """What the owner may set, the hosted backends' settings included.

    `.env.example` explains each.
    """

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

    # Exact origins beside the providers' own that their uploads and results may lie at.
    file_origins: tuple[str, ...] = ()

    # US dollars that may be spent at hosted backends in a calendar month: by everybody, on one server, by one member.
    cap_bot: float = Field(default=30.0, ge=0)
    cap_server: float = Field(default=15.0, ge=0)
    cap_member: float = Field(default=5.0, ge=0)
    # A training that may cost more US dollars than this needs a moderator's word.
    approval_above: float = Field(default=4.0, ge=0)
    # Prices in US dollars that replace those of the providers' folders, and the day on which they held.
    prices: dict[str, float] = Field(default_factory=dict)
    prices_as_of: date = AS_OF

    # Seconds between two looks at a running task, and between two edits of one card.
    poll_seconds: float = Field(default=2.0, gt=0)
    edit_seconds: float = Field(default=5.0, ge=0)

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
        """Return the owner's corrections of prices, and their day."""
        return PriceList(self.prices, self.prices_as_of)

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
