"""fal as a backend."""

from backends.fal.backend import FalBackend, create
from backends.fal.settings import NAME, FalSettings
from backends.provider import Provider

PROVIDER = Provider(NAME, "fal", FalSettings, create)
__all__ = ["PROVIDER", "FalBackend", "FalSettings", "create"]
