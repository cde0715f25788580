"""Training images in a real SQLite file."""

from storage.datasets.datasets import DatasetStore
from storage.datasets.images import ImageStore
from storage.datasets.pending_uploads import PendingUploadStore
from tests.storage.datasets.rows import HERE, dataset, filled, held, pictures


async def test_removed_pictures_come_back_at_their_old_places(
    datasets: DatasetStore, images: ImageStore, uploads: PendingUploadStore
) -> None:
    robo = dataset()
    await datasets.add(robo)
    await filled(uploads, robo, pictures(4))
    before = await held(images, robo)
    await images.remove([before[0].id, before[2].id], dataset_id=robo.id, removal_id="r", now=3_000.0, **HERE)
    between = [i.size for i in await held(images, robo)]

    back = await images.put_back("r", since=3_000.0, **HERE)

    assert between == [1_002, 1_004]
    assert back is not None
    assert back[1] == 2
    assert await held(images, robo) == before
    assert await images.put_back("r", since=3_000.0, **HERE) is None


async def test_undo_is_over_after_its_time_and_skips_what_was_added_anew(
    datasets: DatasetStore, images: ImageStore, uploads: PendingUploadStore
) -> None:
    robo = dataset()
    await datasets.add(robo)
    await filled(uploads, robo, pictures(2))
    ids = [i.id for i in await held(images, robo)]
    await images.remove(ids, dataset_id=robo.id, removal_id="r", now=3_000.0, **HERE)
    await filled(uploads, robo, pictures(1))

    late = await images.put_back("r", since=3_000.1, **HERE)
    in_time = await images.put_back("r", since=2_999.9, **HERE)

    assert late is None
    assert in_time is not None
    assert in_time[1] == 1
    assert sorted(i.size for i in await held(images, robo)) == [1_001, 1_002]


async def test_a_planned_change_is_made_once_and_never_to_captions_that_the_member_did_not_see(
    datasets: DatasetStore, images: ImageStore, uploads: PendingUploadStore
) -> None:
    robo = dataset()
    await datasets.add(robo)
    await filled(uploads, robo, pictures(2))
    first, second = await held(images, robo)
    await images.caption(first.id, "a red hat", **HERE)
    for change_id in ("one", "two"):
        await images.plan_change(robo.id, find="red", put="blue", change_id=change_id, now=3_000.0, **HERE)

    done = await images.apply_change("one", **HERE)
    again = await images.apply_change("one", **HERE)
    late = await images.apply_change("two", **HERE)

    assert done is not None
    assert done[1] == 1
    assert again is None
    assert late is not None
    assert late[1] == 0
    assert [image.caption for image in await held(images, robo)] == ["a blue hat", second.caption]
