"""Datasets and their frozen versions in SQLite."""

import sqlite3
from collections.abc import Sequence

from domain.datasets.dataset import (
    MOST_DATASETS,
    UNDO_SECONDS,
    Dataset,
    DatasetVersion,
    Kind,
    VersionImage,
    check_trainable,
    split,
)
from domain.datasets.errors import Clash
from storage.database import Database
from storage.datasets import image_rows

# A dataset's tasks are its owner's: they are asked for by server and owner too, since those have an index.
COLUMNS = """id, guild_id, owner_id, name, kind, trigger_word, created_at, deleted_at,
    (SELECT count(*) FROM images WHERE images.dataset_id = datasets.id AND images.deleted_at IS NULL) AS images,
    EXISTS (SELECT 1 FROM tasks WHERE tasks.guild_id = datasets.guild_id AND tasks.owner_id = datasets.owner_id
        AND tasks.dataset_id = datasets.id
        AND (tasks.remote_id IS NOT NULL OR tasks.status IN ('submitting', 'interrupted'))) AS is_trained"""
OWN = "guild_id = ? AND owner_id = ? AND deleted_at IS NULL"
LATEST = """coalesce((SELECT max(added_at) FROM images WHERE images.dataset_id = datasets.id), created_at) DESC,
    created_at DESC, id"""


class DatasetStore:
    """Members' datasets, each read by its server and owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, dataset: Dataset) -> Clash | None:
        """Keep a new dataset, or say why it can't be kept."""

        def work(connection: sqlite3.Connection) -> Clash | None:
            clash = _clash(connection, dataset, since=dataset.created_at - UNDO_SECONDS)
            if clash is None:
                _insert(connection, dataset)
            return clash

        return await self._database.transaction(work)

    async def get(self, dataset_id: str, *, guild_id: int, owner_id: int) -> Dataset | None:
        """Return the member's dataset of that id."""
        return await self._database.read(lambda c: own(c, dataset_id, guild_id=guild_id, owner_id=owner_id))

    async def find(self, text: str, *, guild_id: int, owner_id: int) -> Dataset | None:
        """Return the member's dataset that `text` names, by id or by name."""

        def work(connection: sqlite3.Connection) -> Dataset | None:
            row = connection.execute(
                f"SELECT {COLUMNS} FROM datasets WHERE {OWN} AND (id = ? OR name_key = ?) "
                "ORDER BY id = ? DESC LIMIT 1",
                (guild_id, owner_id, text, text.casefold(), text),
            ).fetchone()
            return _dataset(row) if row else None

        return await self._database.read(work)

    async def of_member(self, *, guild_id: int, owner_id: int) -> Sequence[Dataset]:
        """Return the member's datasets, the one that grew last first."""

        def work(connection: sqlite3.Connection) -> Sequence[Dataset]:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM datasets WHERE {OWN} ORDER BY {LATEST}",
                (guild_id, owner_id),
            )
            return [_dataset(row) for row in rows]

        return await self._database.read(work)

    async def trigger_words(
        self, *, guild_id: int, since: float, but_deleted_by: int | None = None
    ) -> frozenset[str]:
        """Return every trigger word that is taken on the server, also by what was deleted at or after `since`.

        A member named in `but_deleted_by` may take back those of their own deleted datasets.
        """

        def work(connection: sqlite3.Connection) -> frozenset[str]:
            rows = connection.execute(
                "SELECT trigger_word FROM datasets WHERE guild_id = ? "
                "AND (deleted_at IS NULL OR (deleted_at >= ? AND owner_id IS NOT ?))",
                (guild_id, since, but_deleted_by),
            )
            return frozenset(row["trigger_word"] for row in rows)

        return await self._database.read(work)

    async def delete(self, dataset_id: str, *, guild_id: int, owner_id: int, count: int, now: float) -> bool:
        """Hide the member's dataset if it still holds `count` images. Returns False when not."""

        def work(connection: sqlite3.Connection) -> bool:
            dataset = own(connection, dataset_id, guild_id=guild_id, owner_id=owner_id)
            if dataset is None or dataset.images != count:
                return False
            connection.execute("UPDATE datasets SET deleted_at = ? WHERE id = ?", (now, dataset_id))
            return True

        return await self._database.transaction(work)

    async def undelete(
        self, dataset_id: str, *, guild_id: int, owner_id: int, since: float
    ) -> tuple[Dataset, Clash | None] | None:
        """Show a dataset hidden at or after `since` again, or say what keeps it from coming back.

        Returns None when there is none.
        """

        def work(connection: sqlite3.Connection) -> tuple[Dataset, Clash | None] | None:
            row = connection.execute(
                f"SELECT {COLUMNS} FROM datasets WHERE id = ? AND guild_id = ? AND owner_id = ? AND deleted_at >= ?",
                (dataset_id, guild_id, owner_id, since),
            ).fetchone()
            if row is None:
                return None
            dataset = _dataset(row)
            clash = _clash(connection, dataset, since=since)
            if clash is None:
                connection.execute("UPDATE datasets SET deleted_at = NULL WHERE id = ?", (dataset_id,))
            return dataset, clash

        return await self._database.transaction(work)

    async def freeze(
        self, dataset_id: str, *, guild_id: int, owner_id: int, version_id: str, now: float
    ) -> DatasetVersion | None:
        """Keep the immutable list of images that a training points to.

        Returns None when there is no such dataset. Raises `InvalidInput` when there are too few images.
        """

        def work(connection: sqlite3.Connection) -> DatasetVersion | None:
            if own(connection, dataset_id, guild_id=guild_id, owner_id=owner_id) is None:
                return None
            return _freeze(connection, dataset_id, version_id, now)

        return await self._database.transaction(work)

    async def version(self, version_id: str) -> DatasetVersion | None:
        """Return the frozen version of that id.

        Returns None when there is none, or when its images are gone for good.
        """

        def work(connection: sqlite3.Connection) -> DatasetVersion | None:
            row = connection.execute(
                "SELECT id, dataset_id, created_at FROM dataset_versions WHERE id = ?", (version_id,)
            ).fetchone()
            if row is None:
                return None
            rows = connection.execute(
                "SELECT sha256, size, caption, contributor_id, held_out FROM version_images "
                "WHERE version_id = ? ORDER BY position",
                (version_id,),
            ).fetchall()
            if not rows:  # a version is never made of nothing: it was purged, and must not look trainable
                return None
            return DatasetVersion(
                id=row["id"],
                dataset_id=row["dataset_id"],
                images=tuple(_version_image(image) for image in rows),
                created_at=row["created_at"],
            )

        return await self._database.read(work)


def own(connection: sqlite3.Connection, dataset_id: str, *, guild_id: int, owner_id: int) -> Dataset | None:
    """Return the member's dataset of that id, inside the caller's transaction.

    All checks of who owns a dataset are made here.
    """
    row = connection.execute(
        f"SELECT {COLUMNS} FROM datasets WHERE {OWN} AND id = ?",
        (guild_id, owner_id, dataset_id),
    ).fetchone()
    return _dataset(row) if row else None


def _clash(connection: sqlite3.Connection, dataset: Dataset, *, since: float) -> Clash | None:
    """Say what keeps a dataset from being added.

    A trigger word stays with what was deleted at or after `since`, except for its owner.
    """
    names = connection.execute(
        f"SELECT name_key FROM datasets WHERE {OWN}",
        (dataset.guild_id, dataset.owner_id),
    ).fetchall()
    if dataset.name.casefold() in {row["name_key"] for row in names}:
        return Clash.NAME
    if len(names) >= MOST_DATASETS:
        return Clash.TOO_MANY
    taken = connection.execute(
        "SELECT 1 FROM datasets WHERE guild_id = ? AND trigger_word = ? "
        "AND (deleted_at IS NULL OR (deleted_at >= ? AND owner_id != ?))",
        (dataset.guild_id, dataset.trigger_word, since, dataset.owner_id),
    ).fetchone()
    return Clash.TRIGGER_WORD if taken else None


def _insert(connection: sqlite3.Connection, dataset: Dataset) -> None:
    connection.execute(
        "INSERT INTO datasets (id, guild_id, owner_id, name, name_key, kind, trigger_word, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            dataset.id,
            dataset.guild_id,
            dataset.owner_id,
            dataset.name,
            dataset.name.casefold(),
            dataset.kind,
            dataset.trigger_word,
            dataset.created_at,
        ),
    )


def _freeze(connection: sqlite3.Connection, dataset_id: str, version_id: str, now: float) -> DatasetVersion:
    held = image_rows.live(connection, dataset_id)
    check_trainable(held)
    version = DatasetVersion(version_id, dataset_id, split(held), now)
    connection.execute(
        "INSERT INTO dataset_versions (id, dataset_id, created_at) VALUES (?, ?, ?)", (version_id, dataset_id, now)
    )
    connection.executemany(
        "INSERT INTO version_images (version_id, position, sha256, size, caption, contributor_id, held_out) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (version_id, i, image.sha256, image.size, image.caption, image.contributor_id, image.held_out)
            for i, image in enumerate(version.images)
        ],
    )
    return version


def _dataset(row: sqlite3.Row) -> Dataset:
    return Dataset(
        id=row["id"],
        guild_id=row["guild_id"],
        owner_id=row["owner_id"],
        name=row["name"],
        kind=Kind(row["kind"]),
        trigger_word=row["trigger_word"],
        created_at=row["created_at"],
        deleted_at=row["deleted_at"],
        images=row["images"],
        is_trained=bool(row["is_trained"]),
    )


def _version_image(row: sqlite3.Row) -> VersionImage:
    return VersionImage(
        sha256=row["sha256"],
        size=row["size"],
        caption=row["caption"],
        contributor_id=row["contributor_id"],
        held_out=bool(row["held_out"]),
    )
