"""Settings of one Atelier, read once from the environment and `.env` (prefix `ATELIER_`)."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class SharedSettings(BaseSettings):
    """What the bot and a worker started by hand must agree on."""

    model_config = SettingsConfigDict(env_prefix="ATELIER_", env_file=".env", extra="ignore")

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
    # Seconds between two looks at a running task, and between two edits of one card.
    poll_seconds: float = Field(default=2.0, gt=0)
    edit_seconds: float = Field(default=5.0, ge=0)

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
