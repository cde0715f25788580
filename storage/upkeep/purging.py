"""Rows and files that are deleted for good.

These are rows whose time for Undo is over, and the files that no other row names.
"""

import sqlite3
from collections.abc import Sequence

from storage.database import Database

_GONE_IMAGE = """(coalesce(images.deleted_at, :before) < :before
    OR dataset_id IN (SELECT id FROM datasets WHERE deleted_at < :before))"""
# Nothing was ever trained on a version that goes. A quote that is over is of no more use. What ended before a backend
# had it can be retried from its version, so that stays for as long as its dataset has all its pictures.
_GONE_VERSION = f"""version_id IN (SELECT version.id FROM dataset_versions AS version
    WHERE version.created_at < :before
    AND version.id NOT IN (SELECT version_id FROM tasks
        WHERE remote_id IS NOT NULL OR status NOT IN ('expired', 'failed', 'cancelled') OR updated_at >= :before)
    AND (version.id NOT IN (SELECT version_id FROM tasks WHERE status IN ('failed', 'cancelled'))
        OR EXISTS (SELECT 1 FROM version_images WHERE version_id = version.id
            AND NOT EXISTS (SELECT 1 FROM images WHERE images.dataset_id = version.dataset_id
                AND images.sha256 = version_images.sha256 AND NOT {_GONE_IMAGE}))))"""
_GONE_UPLOAD = "upload_id IN (SELECT id FROM pending_uploads WHERE created_at < :before)"
_UNUSED = f"""
SELECT sha256 FROM images WHERE {_GONE_IMAGE}
UNION SELECT sha256 FROM pending_pictures WHERE {_GONE_UPLOAD}
UNION SELECT sha256 FROM version_images WHERE {_GONE_VERSION}
UNION SELECT sha256 FROM loras WHERE deleted_at < :before AND sha256 IS NOT NULL
EXCEPT SELECT sha256 FROM images WHERE NOT {_GONE_IMAGE}
EXCEPT SELECT sha256 FROM pending_pictures WHERE NOT {_GONE_UPLOAD}
EXCEPT SELECT sha256 FROM version_images WHERE NOT {_GONE_VERSION}
EXCEPT SELECT sha256 FROM loras WHERE coalesce(deleted_at, :before) >= :before
EXCEPT SELECT preview_sha256 FROM loras
EXCEPT SELECT value FROM generations, json_each(generations.pictures)
EXCEPT SELECT start_sha256 FROM generations
"""
_PURGE = (
    # First, since it asks for images that are about to go. The row of a version stays for the tasks that point to it.
    f"DELETE FROM version_images WHERE {_GONE_VERSION}",
    """DELETE FROM dataset_versions WHERE created_at < :before
        AND id NOT IN (SELECT version_id FROM tasks)""",
    f"DELETE FROM images WHERE {_GONE_IMAGE}",
    # Its row stays for the drawings that name it.
    "UPDATE loras SET sha256 = NULL WHERE deleted_at < :before AND sha256 IS NOT NULL",
    "DELETE FROM pending_uploads WHERE created_at < :before",  # its pictures go with it
    """DELETE FROM caption_changes WHERE created_at < :before
        OR dataset_id IN (SELECT id FROM datasets WHERE deleted_at < :before)""",
    # A dataset that had a quote keeps its row: the versions and tasks point to it.
    """DELETE FROM datasets WHERE deleted_at < :before
        AND NOT EXISTS (SELECT 1 FROM dataset_versions WHERE dataset_id = datasets.id)
        AND NOT EXISTS (SELECT 1 FROM tasks WHERE dataset_id = datasets.id)""",
)


class Purging:
    """Removes what was deleted before a given time (UNIX seconds)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unused(self, *, before: float) -> Sequence[str]:
        """Return the hashes of files that only rows which are about to go still name.

        The files are deleted first and the rows after: a crash in between leaves nothing that is never found again.
        """

        def work(connection: sqlite3.Connection) -> Sequence[str]:
            return [row[0] for row in connection.execute(_UNUSED, {"before": before})]

        return await self._database.read(work)

    async def purge(self, *, before: float) -> int:
        """Delete the rows and return how many."""

        def work(connection: sqlite3.Connection) -> int:
            return sum(connection.execute(statement, {"before": before}).rowcount for statement in _PURGE)

        return await self._database.transaction(work)
