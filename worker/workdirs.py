"""Folders with what a job needs to continue, which pass from one delivery to the next."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

KEPT_SECONDS = 7 * 24 * 3600.0  # a job that was not continued in a week was cancelled while it waited


class Workdirs:
    """The folders under `root`, named `JOB.TOKEN`, one per delivery."""

    def __init__(self, root: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._root = root
        self._clock = clock

    def take(self, job_id: str, token: int) -> Path:
        """Return this delivery's folder, with what an earlier delivery left.

        It is renamed and not shared, so a frozen worker that wakes up no longer finds it and can't spoil anything.
        """
        mine = self._root / f"{job_id}.{token}"
        earlier = [folder for folder in self._of(job_id) if _token(folder) < token]
        if earlier and not mine.exists():
            max(earlier, key=_token).rename(mine)
        mine.mkdir(parents=True, exist_ok=True)
        return mine

    def drop(self, job_id: str) -> None:
        """Remove every folder of a job that is over."""
        for folder in self._of(job_id):
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove the folders that were not used for long."""
        for folder in self._root.glob("*.*"):
            if self._clock() - folder.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)

    def _of(self, job_id: str) -> list[Path]:
        return [folder for folder in self._root.glob("*.*") if folder.name.rpartition(".")[0] == job_id]


def _token(folder: Path) -> int:
    return int(folder.name.rpartition(".")[2])
