"""Krea as a backend."""

from backends.krea.backend import KreaBackend, create
from backends.krea.settings import NAME, KreaSettings
from backends.provider import Provider

PROVIDER = Provider(NAME, "Krea", KreaSettings, create)
__all__ = ["PROVIDER", "KreaBackend", "KreaSettings", "create"]
