"""Work at a backend that no row knows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrphanedWork:
    """One piece of work at a backend, under our name, that no row knows.

    Times are UNIX seconds.
    """

    backend: str
    remote_id: str
    name: str
    state: str
    first_seen: float
