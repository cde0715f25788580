"""Novita as a backend: `backend.py` has the class, the other files what it needs."""

from backends.novita.backend import NovitaBackend, create

__all__ = ["NovitaBackend", "create"]
