"""Settings of one Atelier, read once from the environment and `.env` (prefix `ATELIER_`)."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the owner may set; `.env.example` explains each."""

    model_config = SettingsConfigDict(env_prefix="ATELIER_", env_file=".env", extra="ignore")

    discord_token: SecretStr
    data_dir: Path = Path("data")
    log_level: str = "INFO"
    # Where attachments may come from; Discord's two hosts.
    attachment_origins: tuple[str, ...] = ("https://cdn.discordapp.com", "https://media.discordapp.net")
    # Seconds after the last guild arrives until the bot counts as ready.
    guild_ready_timeout: float = Field(default=2.0, ge=0)
    # The bot starts and supervises one local worker process.
    worker: bool = True
    # A Stable Diffusion 1.5 checkpoint for the local worker: a diffusers folder or a hub id.
    checkpoint_sd15: str | None = None
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
