"""For how long something must go wrong in a row before it is believed."""

from collections.abc import Callable

BELIEF_SECONDS = 600.0  # for which a backend must go on with a bad answer about paid work
LATE_SECONDS = 6 * 3600.0  # for which the result of a finished training may be late


class GracePeriod:
    """Knows since when each order is in trouble. A restart begins again, which only makes it more patient."""

    def __init__(self, now: Callable[[], float], *, seconds: float = BELIEF_SECONDS) -> None:
        self._now = now
        self._seconds = seconds
        self._since: dict[str, float] = {}

    def expired_after_failure(self, order_id: str) -> bool:
        """Note one more bad answer, and say whether there has been nothing else for long enough."""
        return self._now() - self._since.setdefault(order_id, self._now()) >= self._seconds

    def clear(self, order_id: str) -> None:
        """Forget the trouble of an order, because it is over or was not confirmed."""
        self._since.pop(order_id, None)
