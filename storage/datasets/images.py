"""Training images in SQLite, with their captions and their removal."""

import sqlite3
from collections.abc import Sequence

from domain.datasets.captions import Replacement, fingerprint, replace_all
from domain.datasets.dataset import Dataset, TrainingImage, room_for
from storage.database import Database
from storage.datasets.datasets import own
from storage.datasets.image_rows import live

Sheet = tuple[Dataset, tuple[TrainingImage, ...]]


class ImageStore:
    """The images of members' datasets, each read by its server and owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_dataset(self, dataset_id: str, *, guild_id: int, owner_id: int) -> Sheet | None:
        """Return the member's dataset with all its images."""
        return await self._database.read(lambda c: _sheet(c, dataset_id, guild_id, owner_id))

    async def get(self, image_id: str, *, guild_id: int, owner_id: int) -> tuple[Dataset, TrainingImage] | None:
        """Return the image of that id with its dataset, if the member owns it."""
        return await self._database.read(lambda c: _owned(c, image_id, guild_id, owner_id))

    async def caption(
        self, image_id: str, caption: str, *, guild_id: int, owner_id: int
    ) -> tuple[Dataset, TrainingImage] | None:
        """Write an image's caption and return the image as it is now.

        Returns None when there is none of that id.
        """

        def work(connection: sqlite3.Connection) -> tuple[Dataset, TrainingImage] | None:
            if _owned(connection, image_id, guild_id, owner_id) is None:
                return None
            _write(connection, image_id, caption, owner_id)
            return _owned(connection, image_id, guild_id, owner_id)

        return await self._database.transaction(work)

    async def remove(
        self, image_ids: Sequence[str], *, dataset_id: str, guild_id: int, owner_id: int, removal_id: str, now: float
    ) -> Dataset | None:
        """Hide images under one removal and return the dataset as it is now.

        Returns None, and hides nothing, when one of them is not there.
        """

        def work(connection: sqlite3.Connection) -> Dataset | None:
            sheet = _sheet(connection, dataset_id, guild_id, owner_id)
            if sheet is None or not set(image_ids) <= {image.id for image in sheet[1]}:
                return None
            connection.executemany(
                "UPDATE images SET deleted_at = ?, removal_id = ? WHERE id = ?",
                [(now, removal_id, image_id) for image_id in image_ids],
            )
            return own(connection, dataset_id, guild_id=guild_id, owner_id=owner_id)

        return await self._database.transaction(work)

    async def put_back(
        self, removal_id: str, *, guild_id: int, owner_id: int, since: float
    ) -> tuple[Dataset, int] | None:
        """Show the images of a removal made at or after `since` again, as many as there is room for.

        An image whose content was added again meanwhile stays hidden. Returns the dataset and how many came back.
        """

        def work(connection: sqlite3.Connection) -> tuple[Dataset, int] | None:
            hidden = connection.execute(
                "SELECT images.id, images.dataset_id, images.sha256 FROM images "
                "JOIN datasets ON datasets.id = images.dataset_id "
                "WHERE removal_id = ? AND guild_id = ? AND owner_id = ? AND datasets.deleted_at IS NULL "
                "AND images.deleted_at >= ? ORDER BY position",
                (removal_id, guild_id, owner_id, since),
            ).fetchall()
            if not hidden:
                return None
            dataset_id = hidden[0]["dataset_id"]
            held = {image.sha256 for image in live(connection, dataset_id)}
            wanted = [row["id"] for row in hidden if row["sha256"] not in held]
            back = wanted[: room_for(len(held), len(wanted))]
            connection.executemany(
                "UPDATE images SET deleted_at = NULL, removal_id = NULL WHERE id = ?", [(id_,) for id_ in back]
            )
            dataset = own(connection, dataset_id, guild_id=guild_id, owner_id=owner_id)
            return (dataset, len(back)) if dataset else None

        return await self._database.transaction(work)

    async def plan_change(
        self, dataset_id: str, *, guild_id: int, owner_id: int, find: str, put: str, change_id: str, now: float
    ) -> tuple[Dataset, tuple[Replacement, ...]] | None:
        """Keep a find and replace for later and return what it would change. Raises `UserError` for a bad one."""

        def work(connection: sqlite3.Connection) -> tuple[Dataset, tuple[Replacement, ...]] | None:
            sheet = _sheet(connection, dataset_id, guild_id, owner_id)
            if sheet is None:
                return None
            changes = replace_all(sheet[1], find, put)
            if changes:
                connection.execute(
                    "INSERT INTO caption_changes (id, dataset_id, find, put, seen, created_at) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (change_id, dataset_id, find, put, fingerprint(changes), now),
                )
            return sheet[0], changes

        return await self._database.transaction(work)

    async def apply_change(self, change_id: str, *, guild_id: int, owner_id: int) -> tuple[Dataset, int] | None:
        """Carry out a planned find and replace once.

        Returns the dataset and how many captions changed. The count is 0 when the captions are no longer those that
        the member saw. Returns None when there is no such plan.
        """

        def work(connection: sqlite3.Connection) -> tuple[Dataset, int] | None:
            plan = connection.execute(
                "SELECT dataset_id, find, put, seen FROM caption_changes WHERE id = ?", (change_id,)
            ).fetchone()
            sheet = _sheet(connection, plan["dataset_id"], guild_id, owner_id) if plan else None
            if sheet is None:
                return None
            connection.execute("DELETE FROM caption_changes WHERE id = ?", (change_id,))
            changes = replace_all(sheet[1], plan["find"], plan["put"])
            if fingerprint(changes) != plan["seen"]:
                return sheet[0], 0
            for change in changes:
                _write(connection, change.image.id, change.after, owner_id)
            return sheet[0], len(changes)

        return await self._database.transaction(work)


def _sheet(connection: sqlite3.Connection, dataset_id: str, guild_id: int, owner_id: int) -> Sheet | None:
    dataset = own(connection, dataset_id, guild_id=guild_id, owner_id=owner_id)
    return (dataset, live(connection, dataset_id)) if dataset else None


def _owned(
    connection: sqlite3.Connection, image_id: str, guild_id: int, owner_id: int
) -> tuple[Dataset, TrainingImage] | None:
    row = connection.execute("SELECT dataset_id FROM images WHERE id = ?", (image_id,)).fetchone()
    sheet = _sheet(connection, row["dataset_id"], guild_id, owner_id) if row else None
    return next(((sheet[0], image) for image in sheet[1] if image.id == image_id), None) if sheet else None


def _write(connection: sqlite3.Connection, image_id: str, caption: str, member_id: int) -> None:
    connection.execute("UPDATE images SET caption = ?, captioned_by = ? WHERE id = ?", (caption, member_id, image_id))
