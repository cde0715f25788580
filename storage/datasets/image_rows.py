"""The rows of training images, for transactions that touch more than them."""

import sqlite3
from collections.abc import Sequence

from domain.datasets.dataset import TrainingImage
from domain.datasets.pending_uploads import Added, Placement, ReceivedPicture

COLUMNS = """id, dataset_id, sha256, phash, width, height, size, contributor_id, caption, captioned_by, added_at,
    deleted_at"""


def live(connection: sqlite3.Connection, dataset_id: str) -> tuple[TrainingImage, ...]:
    """Return the images that a dataset holds now, numbered from 1 in the order in which they came."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM images WHERE dataset_id = ? AND deleted_at IS NULL ORDER BY position",
        (dataset_id,),
    )
    return tuple(_image(row, number) for number, row in enumerate(rows, start=1))


def insert(
    connection: sqlite3.Connection,
    dataset_id: str,
    placements: Sequence[Placement],
    *,
    ids: Sequence[str],
    contributor_id: int,
    now: float,
) -> None:
    """Keep each added picture as an image, behind all that the dataset ever held."""
    last = connection.execute(
        "SELECT coalesce(max(position), 0) FROM images WHERE dataset_id = ?", (dataset_id,)
    ).fetchone()[0]
    added = [placement.picture for placement in placements if isinstance(placement, Added)]
    connection.executemany(
        "INSERT INTO images (id, dataset_id, position, sha256, phash, width, height, size, contributor_id, caption, "
        "added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?)",
        [
            (id_, dataset_id, position, *_measures(picture), contributor_id, now)
            for position, (id_, picture) in enumerate(zip(ids, added, strict=False), start=last + 1)
        ],
    )


def _measures(picture: ReceivedPicture) -> tuple[str, str, int, int, int]:
    return picture.sha256, picture.phash, picture.width, picture.height, picture.size


def _image(row: sqlite3.Row, number: int) -> TrainingImage:
    return TrainingImage(
        id=row["id"],
        dataset_id=row["dataset_id"],
        number=number,
        sha256=row["sha256"],
        phash=row["phash"],
        width=row["width"],
        height=row["height"],
        size=row["size"],
        contributor_id=row["contributor_id"],
        caption=row["caption"],
        captioned_by=row["captioned_by"],
        added_at=row["added_at"],
        deleted_at=row["deleted_at"],
    )
