"""Doubts: for how long something has gone wrong in a row, so that one odd answer is not believed."""

from collections.abc import Callable

BELIEF_SECONDS = 600.0  # for which a place must go on with a bad answer about paid work before it is believed


class Doubts:
    """Knows since when each subject is in trouble; a restart begins anew, which only makes it more patient."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._since: dict[str, float] = {}

    def is_believed(self, subject_id: str) -> bool:
        """Say, after one more bad answer, whether there has been nothing else for long enough."""
        return self._now() - self._since.setdefault(subject_id, self._now()) >= BELIEF_SECONDS

    def clear(self, subject_id: str) -> None:
        """Forget the trouble of a subject: it is over."""
        self._since.pop(subject_id, None)
