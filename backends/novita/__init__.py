"""Novita as a backend."""

from backends.novita.backend import NovitaBackend, create
from backends.novita.settings import NAME, NovitaSettings
from backends.provider import Provider

PROVIDER = Provider(NAME, "Novita", NovitaSettings, create)
__all__ = ["PROVIDER", "NovitaBackend", "NovitaSettings", "create"]
