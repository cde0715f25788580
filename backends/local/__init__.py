"""This machine as a backend."""

from backends.local.backend import LocalBackend

__all__ = ["LocalBackend"]
