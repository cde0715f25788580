"""Doubts: for how long something has gone wrong in a row, so that one odd answer is not believed."""

from collections.abc import Callable

BELIEF_SECONDS = 600.0  # for which a place must go on with a bad answer about paid work before it is believed
LATE_SECONDS = 6 * 3600.0  # for which the result of a finished training may be late


class Doubts:
    """Knows since when each subject is in trouble; a restart begins anew, which only makes it more patient."""

    def __init__(self, now: Callable[[], float], *, seconds: float = BELIEF_SECONDS) -> None:
        self._now = now
        self._seconds = seconds
        self._since: dict[str, float] = {}

    def is_believed(self, subject_id: str) -> bool:
        """Say, after one more bad answer, whether there has been nothing else for long enough."""
        return self._now() - self._since.setdefault(subject_id, self._now()) >= self._seconds

    def clear(self, subject_id: str) -> None:
        """Forget the trouble of a subject: it is over, or nobody could say."""
        self._since.pop(subject_id, None)
