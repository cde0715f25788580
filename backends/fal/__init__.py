"""fal as a backend: `backend.py` has the class, the other files what it needs."""

from backends.fal.backend import FalBackend, create

__all__ = ["FalBackend", "create"]
