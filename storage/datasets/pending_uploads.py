"""Received pictures that have no dataset yet, in SQLite."""

import sqlite3

from domain.datasets.dataset import Dataset
from domain.datasets.pending_uploads import Placement, ReceivedPicture, Tray, place
from storage.database import Database
from storage.datasets import image_rows
from storage.datasets.datasets import own


class TrayStore:
    """Trays of received pictures; each question names the server and the owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, tray: Tray, *, source_id: int | None) -> bool:
        """Keep a new, empty tray; False when what `source_id` brought was received before."""

        def work(connection: sqlite3.Connection) -> bool:
            cursor = connection.execute(
                "INSERT INTO trays (id, guild_id, owner_id, contributor_id, source_id, created_at) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source_id) DO NOTHING",
                (tray.id, tray.guild_id, tray.owner_id, tray.contributor_id, source_id, tray.created_at),
            )
            return cursor.rowcount == 1

        return await self._database.transaction(work)

    async def keep(self, tray_id: str, picture: ReceivedPicture, *, position: int) -> None:
        """Keep one stored picture in the tray."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO tray_pictures (tray_id, position, filename, sha256, phash, width, height, size) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    tray_id,
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

    async def get(self, tray_id: str, *, guild_id: int, owner_id: int) -> Tray | None:
        """Return the member's tray, with the pictures that still wait in it."""
        return await self._database.read(lambda c: _own(c, tray_id, guild_id=guild_id, owner_id=owner_id))

    async def move(
        self, tray_id: str, dataset_id: str, *, guild_id: int, owner_id: int, ids: tuple[str, ...], now: float
    ) -> tuple[Dataset, tuple[Placement, ...]] | None:
        """Move all pictures of the tray into the dataset, at once; None when one of the two is not there.

        `ids` are new image ids, one for each picture. The tray stays with what found no room, so that a repeat adds
        nothing twice.
        """

        def work(connection: sqlite3.Connection) -> tuple[Dataset, tuple[Placement, ...]] | None:
            tray = _own(connection, tray_id, guild_id=guild_id, owner_id=owner_id)
            if tray is None or own(connection, dataset_id, guild_id=guild_id, owner_id=owner_id) is None:
                return None
            placements = place(image_rows.live(connection, dataset_id), tray.pictures)
            contributor = tray.contributor_id
            image_rows.insert(connection, dataset_id, placements, ids=ids, contributor_id=contributor, now=now)
            connection.execute(
                "DELETE FROM tray_pictures WHERE tray_id = ? AND sha256 IN "
                "(SELECT sha256 FROM images WHERE dataset_id = ? AND deleted_at IS NULL)",
                (tray_id, dataset_id),
            )
            dataset = own(connection, dataset_id, guild_id=guild_id, owner_id=owner_id)
            return (dataset, placements) if dataset else None

        return await self._database.transaction(work)


def _own(connection: sqlite3.Connection, tray_id: str, *, guild_id: int, owner_id: int) -> Tray | None:
    row = connection.execute(
        "SELECT id, guild_id, owner_id, contributor_id, created_at FROM trays "
        "WHERE id = ? AND guild_id = ? AND owner_id = ?",
        (tray_id, guild_id, owner_id),
    ).fetchone()
    if row is None:
        return None
    rows = connection.execute(
        "SELECT filename, sha256, phash, width, height, size FROM tray_pictures WHERE tray_id = ? ORDER BY position",
        (tray_id,),
    )
    return Tray(
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
