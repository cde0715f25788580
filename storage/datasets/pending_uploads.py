"""Received pictures that have no dataset yet, in SQLite."""

import sqlite3

from domain.datasets.dataset import Dataset
from domain.datasets.pending_uploads import PendingUpload, Placement, ReceivedPicture, place
from storage.database import Database
from storage.datasets import image_rows
from storage.datasets.datasets import own


class PendingUploadStore:
    """Pending uploads, each read by its server and owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, upload: PendingUpload, *, source_id: int | None) -> bool:
        """Keep a new, empty upload.

        Returns False when the message `source_id` was received before.
        """

        def work(connection: sqlite3.Connection) -> bool:
            cursor = connection.execute(
                "INSERT INTO pending_uploads (id, guild_id, owner_id, contributor_id, source_id, created_at) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source_id) DO NOTHING",
                (upload.id, upload.guild_id, upload.owner_id, upload.contributor_id, source_id, upload.created_at),
            )
            return cursor.rowcount == 1

        return await self._database.transaction(work)

    async def keep(self, upload_id: str, picture: ReceivedPicture, *, position: int) -> None:
        """Keep one stored picture in the upload."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO pending_pictures (upload_id, position, filename, sha256, phash, width, height, size) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    upload_id,
                    position,
                    picture.filename,
                    picture.sha256,
                    picture.phash,
                    picture.width,
                    picture.height,
                    picture.size,
                ),
            )

        await self._database.transaction(work)

    async def get(self, upload_id: str, *, guild_id: int, owner_id: int) -> PendingUpload | None:
        """Return the member's upload, with the pictures that still wait in it."""
        return await self._database.read(lambda c: _own(c, upload_id, guild_id=guild_id, owner_id=owner_id))

    async def move(
        self, upload_id: str, dataset_id: str, *, guild_id: int, owner_id: int, ids: tuple[str, ...], now: float
    ) -> tuple[Dataset, tuple[Placement, ...]] | None:
        """Move all pictures of the upload into the dataset in one transaction.

        `ids` are new image ids, one for each picture. What found no room stays in the upload, so a repeat adds
        nothing twice. Returns None when the upload or the dataset is not there.
        """

        def work(connection: sqlite3.Connection) -> tuple[Dataset, tuple[Placement, ...]] | None:
            upload = _own(connection, upload_id, guild_id=guild_id, owner_id=owner_id)
            if upload is None or own(connection, dataset_id, guild_id=guild_id, owner_id=owner_id) is None:
                return None
            placements = place(image_rows.live(connection, dataset_id), upload.pictures)
            contributor = upload.contributor_id
            image_rows.insert(connection, dataset_id, placements, ids=ids, contributor_id=contributor, now=now)
            connection.execute(
                "DELETE FROM pending_pictures WHERE upload_id = ? AND sha256 IN "
                "(SELECT sha256 FROM images WHERE dataset_id = ? AND deleted_at IS NULL)",
                (upload_id, dataset_id),
            )
            dataset = own(connection, dataset_id, guild_id=guild_id, owner_id=owner_id)
            return (dataset, placements) if dataset else None

        return await self._database.transaction(work)


def _own(connection: sqlite3.Connection, upload_id: str, *, guild_id: int, owner_id: int) -> PendingUpload | None:
    row = connection.execute(
        "SELECT id, guild_id, owner_id, contributor_id, created_at FROM pending_uploads "
        "WHERE id = ? AND guild_id = ? AND owner_id = ?",
        (upload_id, guild_id, owner_id),
    ).fetchone()
    if row is None:
        return None
    rows = connection.execute(
        "SELECT filename, sha256, phash, width, height, size FROM pending_pictures "
        "WHERE upload_id = ? ORDER BY position",
        (upload_id,),
    )
    return PendingUpload(
        id=row["id"],
        guild_id=row["guild_id"],
        owner_id=row["owner_id"],
        contributor_id=row["contributor_id"],
        created_at=row["created_at"],
        pictures=tuple(_picture(each) for each in rows),
    )


def _picture(row: sqlite3.Row) -> ReceivedPicture:
    return ReceivedPicture(
        filename=row["filename"],
        sha256=row["sha256"],
        phash=row["phash"],
        width=row["width"],
        height=row["height"],
        size=row["size"],
    )
