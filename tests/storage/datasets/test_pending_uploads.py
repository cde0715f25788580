"""Pending uploads in a real SQLite file."""

from domain.datasets.pending_uploads import Added, Duplicate, PendingUpload
from storage.datasets.datasets import DatasetStore
from storage.datasets.images import ImageStore
from storage.datasets.pending_uploads import PendingUploadStore
from tests.storage.datasets.rows import ANA, BEN, GUILD, HERE, dataset, filled, held, pictures


async def test_pictures_keep_the_order_in_which_they_were_sent(
    datasets: DatasetStore, images: ImageStore, uploads: PendingUploadStore
) -> None:
    robo = dataset()
    await datasets.add(robo)
    await filled(uploads, robo, pictures(3))
    placements = await filled(uploads, robo, [*pictures(1), *pictures(2, 10)])

    assert [type(p) for p in placements] == [Duplicate, Added, Added]
    assert [(i.number, i.size) for i in await held(images, robo)] == [
        (1, 1_001),
        (2, 1_002),
        (3, 1_003),
        (4, 1_010),
        (5, 1_011),
    ]


async def test_an_upload_is_placed_once(
    datasets: DatasetStore, images: ImageStore, uploads: PendingUploadStore
) -> None:
    robo = dataset()
    await datasets.add(robo)
    await uploads.add(PendingUpload("t", GUILD, ANA, BEN, 1.0), source_id=7)
    await uploads.keep("t", pictures(1)[0], position=0)

    first = await uploads.move("t", robo.id, ids=("a",), now=2.0, **HERE)
    again = await uploads.move("t", robo.id, ids=("b",), now=3.0, **HERE)

    assert first is not None
    assert again is not None
    assert again[1] == ()
    assert [i.contributor_id for i in await held(images, robo)] == [BEN]
    assert await uploads.add(PendingUpload("u", GUILD, ANA, ANA, 2.0), source_id=7) is False
