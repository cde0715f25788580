"""Datasets, images and uploads in a real SQLite file."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from domain.datasets.dataset import MOST_DATASETS, UNDO_SECONDS, Dataset, Kind, TrainingImage
from domain.datasets.errors import Clash
from domain.datasets.pending_uploads import Added, Duplicate, PendingUpload, ReceivedPicture
from domain.errors import InvalidInput
from storage.database import Database, open_database
from storage.datasets.datasets import DatasetStore
from storage.datasets.images import ImageStore
from storage.datasets.pending_uploads import PendingUploadStore
from storage.training.tasks import TaskStore
from storage.upkeep.purging import Purging
from tests.domain.training.some_task import TASK

ANA, BEN, GUILD, OTHER_GUILD = 11, 22, 100, 200
HERE = {"guild_id": GUILD, "owner_id": ANA}
STRANGERS = [
    {"guild_id": GUILD, "owner_id": BEN},
    {"guild_id": OTHER_GUILD, "owner_id": ANA},
    {"guild_id": OTHER_GUILD, "owner_id": BEN},
]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "a.sqlite") as opened:
        yield opened


@pytest.fixture
def datasets(database: Database) -> DatasetStore:
    return DatasetStore(database)


@pytest.fixture
def images(database: Database) -> ImageStore:
    return ImageStore(database)


@pytest.fixture
def uploads(database: Database) -> PendingUploadStore:
    return PendingUploadStore(database)


def dataset(name: str = "Robo", *, word: str = "robo", owner: int = ANA, guild: int = GUILD) -> Dataset:
    return Dataset(f"id of {name}", guild, owner, name, Kind.CHARACTER, word, created_at=1_000.0)


def pictures(count: int, first: int = 1) -> list[ReceivedPicture]:
    # Each hash has its own half of ones, so that none looks like another.
    return [
        ReceivedPicture(f"{n}.png", f"{n:064x}", f"{n * 0x123456789ABCDEF % 2**256:064x}", 64, 64, 1_000 + n)
        for n in range(first, first + count)
    ]


NUMBERS: Iterator[int] = iter(range(1, 1_000_000))


async def filled(
    uploads: PendingUploadStore, target: Dataset, received: Sequence[ReceivedPicture], *, at: float = 2_000.0
) -> tuple[object, ...]:
    upload = PendingUpload(f"upload {next(NUMBERS)}", target.guild_id, target.owner_id, target.owner_id, at)
    await uploads.add(upload, source_id=None)
    for position, picture in enumerate(received):
        await uploads.keep(upload.id, picture, position=position)
    ids = tuple(f"image {next(NUMBERS)}" for _ in received)
    moved = await uploads.move(
        upload.id, target.id, guild_id=target.guild_id, owner_id=target.owner_id, ids=ids, now=at
    )
    assert moved is not None
    return moved[1]


async def held(images: ImageStore, target: Dataset) -> tuple[TrainingImage, ...]:
    sheet = await images.of_dataset(target.id, guild_id=target.guild_id, owner_id=target.owner_id)
    assert sheet is not None
    return sheet[1]


async def test_a_dataset_is_found_by_id_and_by_name_however_it_is_typed(datasets: DatasetStore) -> None:
    robo = dataset("Straße")
    assert await datasets.add(robo) is None

    assert await datasets.find(robo.id, **HERE) == robo
    assert await datasets.find("STRASSE", **HERE) == robo
    assert await datasets.find("Stra", **HERE) is None


@pytest.mark.parametrize("who", STRANGERS)
async def test_nobody_else_and_no_other_server_can_reach_anything(
    datasets: DatasetStore, images: ImageStore, uploads: PendingUploadStore, who: dict[str, int]
) -> None:
    robo = dataset()
    await datasets.add(robo)
    await filled(uploads, robo, pictures(4))
    image = (await held(images, robo))[0]
    await images.remove([image.id], dataset_id=robo.id, removal_id="r", now=3_000.0, **HERE)
    left = (await held(images, robo))[0]
    planned = await images.caption(left.id, "red", **HERE)
    change = await images.plan_change(robo.id, find="red", put="blue", change_id="c", now=3_000.0, **HERE)
    await uploads.add(PendingUpload("t", GUILD, ANA, ANA, 1.0), source_id=None)
    await uploads.keep("t", pictures(1, 90)[0], position=0)
    assert planned
    assert change

    answers = [
        await datasets.get(robo.id, **who),
        await datasets.find(robo.id, **who),
        await datasets.find("robo", **who),
        await datasets.undelete(robo.id, since=0.0, **who),
        await datasets.freeze(robo.id, version_id="v", now=3_000.0, **who),
        await images.of_dataset(robo.id, **who),
        await images.get(left.id, **who),
        await images.caption(left.id, "theirs", **who),
        await images.remove([left.id], dataset_id=robo.id, removal_id="x", now=3_000.0, **who),
        await images.put_back("r", since=0.0, **who),
        await images.plan_change(robo.id, find="red", put="x", change_id="y", now=3_000.0, **who),
        await images.apply_change("c", **who),
        await uploads.get("t", **who),
        await uploads.move("t", robo.id, ids=("i",), now=3_000.0, **who),
    ]

    assert answers == [None] * len(answers)
    assert await datasets.delete(robo.id, count=3, now=3_000.0, **who) is False
    assert await datasets.of_member(**who) == []
    assert [i.caption for i in await held(images, robo)] == ["red", "", ""]


async def test_names_clash_per_member_and_trigger_words_per_server(datasets: DatasetStore) -> None:
    await datasets.add(dataset("Robo"))

    assert await datasets.add(dataset("ROBO", word="other")) is Clash.NAME
    assert await datasets.add(dataset("Blip", word="robo")) is Clash.TRIGGER_WORD
    assert await datasets.add(dataset("robo", word="robo", owner=BEN)) is Clash.TRIGGER_WORD
    assert await datasets.add(dataset("robo ben", word="robotwo", owner=BEN)) is None
    assert await datasets.add(dataset("robo there", word="robo", guild=OTHER_GUILD)) is None
    assert await datasets.trigger_words(guild_id=GUILD, since=0.0) == {"robo", "robotwo"}


async def test_a_member_keeps_at_most_fifty(datasets: DatasetStore) -> None:
    for number in range(MOST_DATASETS):
        assert await datasets.add(dataset(f"Robo {number}", word=f"robo{number}")) is None

    assert await datasets.add(dataset("One more", word="onemore")) is Clash.TOO_MANY


async def test_the_dataset_that_grew_last_comes_first(datasets: DatasetStore, uploads: PendingUploadStore) -> None:
    old, new = dataset("Old", word="oldie"), dataset("New", word="newie")
    await datasets.add(old)
    await datasets.add(new)
    await filled(uploads, old, pictures(1))

    assert [(d.name, d.images) for d in await datasets.of_member(**HERE)] == [("Old", 1), ("New", 0)]


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


async def test_a_version_stays_as_it_was_whatever_happens_to_the_dataset(
    datasets: DatasetStore, images: ImageStore, uploads: PendingUploadStore
) -> None:
    robo = dataset()
    await datasets.add(robo)
    await filled(uploads, robo, pictures(10))
    version = await datasets.freeze(robo.id, version_id="v", now=3_000.0, **HERE)
    ids = [i.id for i in await held(images, robo)]
    await images.caption(ids[0], "changed", **HERE)
    await images.remove(ids[1:], dataset_id=robo.id, removal_id="r", now=3_000.0, **HERE)

    assert version is not None
    assert await datasets.version("v") == version
    assert len(version.images) == 10
    assert sum(i.held_out for i in version.images) == 2
    assert version.images[0].caption == ""
    assert await datasets.version("w") is None


async def test_too_few_pictures_freeze_nothing(
    database: Database, datasets: DatasetStore, uploads: PendingUploadStore
) -> None:
    robo = dataset()
    await datasets.add(robo)
    await filled(uploads, robo, pictures(3))

    with pytest.raises(InvalidInput):
        await datasets.freeze(robo.id, version_id="v", now=3_000.0, **HERE)

    assert await database.read(lambda c: c.execute("SELECT count(*) FROM dataset_versions").fetchone()[0]) == 0


async def test_only_the_count_that_was_seen_is_deleted(datasets: DatasetStore, uploads: PendingUploadStore) -> None:
    robo = dataset()
    await datasets.add(robo)
    await filled(uploads, robo, pictures(2))

    assert await datasets.delete(robo.id, count=1, now=3_000.0, **HERE) is False
    assert await datasets.delete(robo.id, count=2, now=3_000.0, **HERE) is True
    assert await datasets.delete(robo.id, count=2, now=3_000.0, **HERE) is False
    assert await datasets.find("Robo", **HERE) is None


async def test_a_deleted_dataset_comes_back_unless_its_place_is_taken(datasets: DatasetStore) -> None:
    for robo in (dataset("Robo", word="robo"), dataset("Blip", word="blip")):
        await datasets.add(robo)
        await datasets.delete(robo.id, count=0, now=3_000.0, **HERE)
    await datasets.add(dataset("Blip again", word="blip"))

    back = await datasets.undelete("id of Robo", since=3_000.0, **HERE)
    blocked = await datasets.undelete("id of Blip", since=3_000.0, **HERE)

    assert back is not None
    assert back[1] is None
    assert blocked is not None
    assert blocked[1] is Clash.TRIGGER_WORD
    assert await datasets.undelete("id of Robo", since=3_000.0, **HERE) is None


async def test_the_word_of_a_deleted_dataset_stays_its_owners_for_as_long_as_undo_may_bring_it_back(
    datasets: DatasetStore,
) -> None:
    await datasets.add(dataset("Robo", word="robo"))
    await datasets.delete("id of Robo", count=0, now=3_000.0, **HERE)
    last = replace(dataset("Bens", word="robo", owner=BEN), created_at=3_000.0 + UNDO_SECONDS)

    assert await datasets.trigger_words(guild_id=GUILD, since=3_000.0) == {"robo"}
    assert await datasets.trigger_words(guild_id=GUILD, since=3_000.0, but_deleted_by=BEN) == {"robo"}
    assert await datasets.trigger_words(guild_id=GUILD, since=3_000.0, but_deleted_by=ANA) == frozenset()
    assert await datasets.trigger_words(guild_id=GUILD, since=3_000.1) == frozenset()
    assert await datasets.add(last) is Clash.TRIGGER_WORD
    assert await datasets.add(replace(last, created_at=last.created_at + 1)) is None


async def test_after_a_day_only_what_something_still_needs_is_left(
    database: Database, datasets: DatasetStore, images: ImageStore, uploads: PendingUploadStore
) -> None:
    robo, gone = dataset("Robo"), dataset("Gone", word="gonzo")
    await datasets.add(robo)
    await datasets.add(gone)
    await filled(uploads, robo, pictures(6))
    await filled(uploads, gone, [*pictures(1), *pictures(1, 50)])  # picture 1 is in both
    await datasets.freeze(robo.id, version_id="v", now=2_000.0, **HERE)
    await TaskStore(database).add(replace(TASK, dataset_id=robo.id, version_id="v"))  # a backend holds it
    await filled(uploads, robo, pictures(2, 20))
    kept = await held(images, robo)
    await images.remove([kept[5].id], dataset_id=robo.id, removal_id="r", now=3_000.0, **HERE)  # in the version
    await images.remove([kept[6].id], dataset_id=robo.id, removal_id="s", now=3_000.0, **HERE)  # picture 20
    await images.remove([kept[7].id], dataset_id=robo.id, removal_id="t", now=9_000.0, **HERE)  # too young
    await datasets.delete(gone.id, count=2, now=3_000.0, **HERE)
    await uploads.add(PendingUpload("old", GUILD, ANA, ANA, 3_000.0), source_id=None)
    await uploads.keep("old", pictures(1, 70)[0], position=0)
    await uploads.add(PendingUpload("young", GUILD, ANA, ANA, 9_000.0), source_id=None)
    await uploads.keep("young", pictures(1, 80)[0], position=0)
    purging = Purging(database)

    unused = await purging.unused(before=5_000.0)
    await purging.purge(before=5_000.0)

    assert sorted(int(sha256, 16) for sha256 in unused) == [20, 50, 70]
    assert await datasets.undelete(gone.id, since=0.0, **HERE) is None
    assert await purging.unused(before=5_000.0) == []
    assert await images.put_back("t", since=0.0, **HERE) is not None
    assert await images.put_back("r", since=0.0, **HERE) is None
    assert await uploads.get("old", **HERE) is None
    assert await uploads.get("young", **HERE) is not None
    assert len(await held(images, robo)) == 6
