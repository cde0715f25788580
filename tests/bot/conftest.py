"""The running bot of the cogs' tests."""

from tests.cogs.conftest import backend, bot, settings

__all__ = ["backend", "bot", "settings"]
