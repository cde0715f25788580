"""The daily audit of the work that backends hold under our names."""

import logging
from collections.abc import Callable, Mapping

from backends.base import TrainingBackend
from domain.errors import BackendError
from domain.money.orphaned_work import OrphanedWork
from storage.upkeep.orphaned_work import OrphanedWorkStore

log = logging.getLogger(__name__)


class AuditService:
    """Finds paid work that no row knows, as after a restored backup."""

    def __init__(
        self, orphans: OrphanedWorkStore, backends: Mapping[str, TrainingBackend], *, now: Callable[[], float]
    ) -> None:
        self._orphans = orphans
        self._backends = backends
        self._now = now

    async def audit(self) -> int:
        """Compare every backend with the rows, keep what is unknown, and return how much that is."""
        return sum([await self._one(backend) for backend in self._backends.values() if not backend.abilities.is_free])

    async def _one(self, backend: TrainingBackend) -> int:
        try:
            held = await backend.owned()
        except BackendError as error:  # the findings of last time stay
            log.warning("backend=%s can't be audited now: %s", backend.name, error.detail)
            return 0
        except Exception:
            log.exception("backend=%s can't be audited now", backend.name)
            return 0
        now = self._now()
        known = await self._orphans.known(backend.name)
        found = [
            OrphanedWork(backend.name, work.id, work.name, work.state, now) for work in held if work.name not in known
        ]
        await self._orphans.replace(backend.name, found, now=now)
        for finding in found:
            log.error("backend=%s holds %s (%s), which no task knows", backend.name, finding.name, finding.remote_id)
        return len(found)
