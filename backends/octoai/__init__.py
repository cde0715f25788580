"""OctoAI-compatible servers as a backend: `backend.py` has the class, the other files what it needs."""

from backends.octoai.backend import OctoaiBackend, create

__all__ = ["OctoaiBackend", "create"]
