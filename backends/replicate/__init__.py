"""Replicate as a backend."""

from backends.provider import Provider
from backends.replicate.backend import ReplicateBackend, create
from backends.replicate.settings import NAME, ReplicateSettings

PROVIDER = Provider(NAME, "Replicate", ReplicateSettings, create)
__all__ = ["PROVIDER", "ReplicateBackend", "ReplicateSettings", "create"]
