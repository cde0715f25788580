"""Replicate as a backend: `backend.py` has the class, the other files what it needs."""

from backends.replicate.backend import ReplicateBackend, create

__all__ = ["ReplicateBackend", "create"]
