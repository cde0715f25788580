"""Collecting pictures into datasets, on real storage with the real picture reader."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from domain.datasets.dataset import MOST_DATASETS, UNDO_SECONDS, Dataset, Kind
from domain.errors import InvalidInput, NotFound, StorageFull
from services.datasets.datasets import CollectionService
from services.datasets.images import CurationService
from services.datasets.intake import Arrival, NotReceived, Offer, ReceivingService, Repeated, Report
from services.upkeep.cleanup import GRACE_SECONDS, TidyingService
from storage.database import Database, open_database
from storage.datasets.datasets import DatasetStore
from storage.datasets.images import ImageStore
from storage.datasets.pending_uploads import TrayStore
from storage.files import FileStore
from storage.pictures.pool import PicturePool
from storage.training.tasks import TaskStore
from storage.upkeep.purging import Purging
from tests.cogs.running import drawn
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import TASK

ANA, BEN, GUILD = 11, 22, 100


@dataclass
class Clock:
    at: float = 1_000_000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Studio:
    database: Database
    files: FileStore
    clock: Clock
    collection: CollectionService
    receiving: ReceivingService
    curation: CurationService
    tidying: TidyingService


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_database(tmp_path / "a.sqlite") as database, PicturePool(processes=1) as pool:
        clock, files, storing = Clock(), FileStore(tmp_path / "files", free_floor=0), asyncio.Lock()
        numbers = count(1)

        def new_id() -> str:
            return f"{next(numbers):032x}"

        collection = CollectionService(DatasetStore(database), now=clock, new_id=new_id)
        yield Studio(
            database,
            files,
            clock,
            collection,
            ReceivingService(
                TrayStore(database),
                collection,
                files=files,
                pool=pool,
                storing=storing,
                now=clock,
                new_id=new_id,
            ),
            CurationService(ImageStore(database), collection, files=files, pool=pool, now=clock, new_id=new_id),
            TidyingService(Purging(database), files=files, storing=storing, now=clock),
        )


def arrival(name: str, content: bytes | Exception) -> Arrival:
    async def read() -> bytes:
        if isinstance(content, Exception):
            raise content
        return content

    return Arrival(name, read)


def drawings(*numbers: int) -> list[Arrival]:
    return [arrival(f"{number}.png", drawn(number).data) for number in numbers]


async def robo(studio: Studio, *numbers: int, member: int = ANA, name: str = "Robo") -> Dataset:
    await studio.collection.new(name, Kind.CHARACTER, guild_id=GUILD, member_id=member)
    if numbers:
        await studio.receiving.add(name, drawings(*numbers), guild_id=GUILD, member_id=member)
    return await studio.collection.find(name, guild_id=GUILD, member_id=member)


def files_on_disk(studio: Studio) -> int:
    return sum(1 for path in studio.files.path("0" * 64).parents[1].rglob("*") if path.is_file())


async def test_every_file_of_a_batch_gets_its_own_verdict_in_order(studio: Studio) -> None:
    await robo(studio)
    seen: list[tuple[int, int]] = []

    async def progress(done: int, of: int) -> None:
        seen.append((done, of))

    report = await studio.receiving.add(
        "robo",
        [
            arrival("lost.png", NotReceived("Gone. Attach it again.")),
            *drawings(1),
            arrival("empty.png", b""),
            *drawings(2),
        ],
        guild_id=GUILD,
        member_id=ANA,
        progress=progress,
    )

    assert [p.picture.filename for p in report.placements] == ["1.png", "2.png"]
    assert [(r.filename, r.sentence.split(".")[0]) for r in report.refused] == [
        ("lost.png", "Gone"),
        ("empty.png", "This file is empty (0 bytes), so there is no picture in it"),
    ]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert report.dataset.images == 2


async def test_the_eleventh_file_is_named_and_left_out(studio: Studio) -> None:
    await robo(studio)
    files = [arrival(f"{n}.txt", b"no picture") for n in range(1, 12)]

    report = await studio.receiving.add("Robo", files, guild_id=GUILD, member_id=ANA)

    assert report.refused[10].filename == "11.txt"
    assert report.refused[10].sentence == (
        "I take 10 files at a time, and this one came after them. Please send it again by itself."
    )


async def test_an_unknown_dataset_is_told_before_anything_is_read(studio: Studio) -> None:
    with pytest.raises(NotFound):
        await studio.receiving.add("Robo", drawings(1), guild_id=GUILD, member_id=ANA)

    assert files_on_disk(studio) == 0


async def test_what_arrives_is_stored_clean_and_can_be_read_back(studio: Studio) -> None:
    await robo(studio, 1)

    page = await studio.curation.page("Robo", guild_id=GUILD, member_id=ANA)

    stored = studio.files.read(page.images[0].sha256)
    assert stored.startswith((b"\x89PNG", b"\xff\xd8\xff"))
    assert len(stored) == page.images[0].size
    assert (page.images[0].width, page.images[0].height) == (256, 256)


async def test_a_full_disk_is_told_and_what_was_there_stays(studio: Studio, tmp_path: Path) -> None:
    await robo(studio, 1)
    studio.receiving._files = FileStore(tmp_path / "files", free_floor=2**62)

    with pytest.raises(StorageFull):
        await studio.receiving.add("Robo", drawings(2), guild_id=GUILD, member_id=ANA)

    assert (await studio.collection.find("Robo", guild_id=GUILD, member_id=ANA)).images == 1
    studio.receiving._files = studio.files
    report = await studio.receiving.add("Robo", drawings(2), guild_id=GUILD, member_id=ANA)
    assert report.dataset.images == 2


async def test_pictures_without_a_dataset_wait_for_their_owner_only(studio: Studio) -> None:
    await robo(studio)
    await robo(studio, name="Blip")
    offer = await studio.receiving.offer(drawings(1), guild_id=GUILD, member_id=ANA, contributor_id=BEN)
    assert isinstance(offer, Offer)

    with pytest.raises(NotFound):
        await studio.receiving.place(offer.tray.id, "Robo", guild_id=GUILD, member_id=BEN)
    with pytest.raises(NotFound):
        await studio.receiving.place(offer.tray.id, "Robo", guild_id=GUILD + 1, member_id=ANA)
    report = await studio.receiving.place(offer.tray.id, "Robo", guild_id=GUILD, member_id=ANA)
    with pytest.raises(InvalidInput, match="in a dataset already"):
        await studio.receiving.place(offer.tray.id, "Blip", guild_id=GUILD, member_id=ANA)

    assert {d.name for d in offer.datasets} == {"Blip", "Robo"}
    assert len(report.placements) == 1
    page = await studio.curation.page("Robo", guild_id=GUILD, member_id=ANA)
    assert page.images[0].contributor_id == BEN


async def test_a_message_is_received_once(studio: Studio) -> None:
    await robo(studio)
    first = await studio.receiving.offer(drawings(1), guild_id=GUILD, member_id=ANA, contributor_id=ANA, source_id=5)

    with pytest.raises(Repeated):
        await studio.receiving.offer(drawings(1), guild_id=GUILD, member_id=ANA, contributor_id=ANA, source_id=5)

    assert isinstance(first, Report)


async def test_only_refused_files_wait_for_nothing(studio: Studio) -> None:
    await robo(studio)

    offer = await studio.receiving.offer([arrival("a.txt", b"x")], guild_id=GUILD, member_id=ANA, contributor_id=ANA)

    assert isinstance(offer, Offer)
    assert offer.tray.pictures == ()
    assert [r.filename for r in offer.tray.refused] == ["a.txt"]


async def test_two_members_adding_at_once_do_not_mix(studio: Studio) -> None:
    await robo(studio, name="Robo")
    await robo(studio, member=BEN, name="Blip")

    reports = await asyncio.gather(
        studio.receiving.add("Robo", drawings(1, 2, 3), guild_id=GUILD, member_id=ANA),
        studio.receiving.add("Blip", drawings(3, 4), guild_id=GUILD, member_id=BEN),
        studio.receiving.add("Robo", drawings(2, 5), guild_id=GUILD, member_id=ANA),
    )

    assert [len(r.placements) for r in reports] == [3, 2, 2]
    ana = await studio.curation.page("Robo", guild_id=GUILD, member_id=ANA)
    ben = await studio.curation.page("Blip", guild_id=GUILD, member_id=BEN)
    assert [i.number for i in ana.images] == [1, 2, 3, 4]
    assert [i.number for i in ben.images] == [1, 2]


Call = Callable[[Studio, str], Awaitable[object]]


@pytest.mark.parametrize(
    "call",
    [
        lambda s, d: s.collection.find(d, guild_id=GUILD, member_id=BEN),
        lambda s, d: s.collection.freeze(d, guild_id=GUILD, member_id=BEN),
        lambda s, d: s.collection.delete(d, count=0, guild_id=GUILD, member_id=BEN),
        lambda s, d: s.collection.undelete(d, guild_id=GUILD, member_id=BEN),
        lambda s, d: s.receiving.add(d, [], guild_id=GUILD, member_id=BEN),
        lambda s, d: s.curation.view(d, guild_id=GUILD, member_id=BEN),
        lambda s, d: s.curation.page(d, guild_id=GUILD, member_id=BEN),
        lambda s, d: s.curation.image(d, 1, guild_id=GUILD, member_id=BEN),
        lambda s, d: s.curation.plan_change(d, "a", "b", guild_id=GUILD, member_id=BEN),
        lambda s, d: s.curation.remove(d, "1", guild_id=GUILD, member_id=BEN),
        lambda s, d: s.curation.caption(d, "x", guild_id=GUILD, member_id=BEN),
        lambda s, d: s.curation.apply_change(d, guild_id=GUILD, member_id=BEN),
        lambda s, d: s.curation.put_back(d, guild_id=GUILD, member_id=BEN),
    ],
)
async def test_what_is_not_yours_answers_as_if_it_did_not_exist(studio: Studio, call: Call) -> None:
    foreign = await robo(studio)

    with pytest.raises(NotFound) as real:
        await call(studio, foreign.id)
    with pytest.raises(NotFound) as invented:
        await call(studio, "f" * 32)

    assert str(real.value) == str(invented.value)


async def test_undo_is_there_for_a_day_and_then_the_files_go(studio: Studio) -> None:
    await robo(studio, 1, 2)
    removal = await studio.curation.remove("Robo", "1", guild_id=GUILD, member_id=ANA)
    studio.clock.at += UNDO_SECONDS - 1
    await studio.tidying.tidy()
    _, back = await studio.curation.put_back(removal.id, guild_id=GUILD, member_id=ANA)
    again = await studio.curation.remove("Robo", "1", guild_id=GUILD, member_id=ANA)
    studio.clock.at += UNDO_SECONDS + 1

    with pytest.raises(NotFound, match="more than 24 hours ago"):
        await studio.curation.put_back(again.id, guild_id=GUILD, member_id=ANA)
    before = files_on_disk(studio)
    studio.clock.at += GRACE_SECONDS
    gone = await studio.tidying.tidy()

    assert back == 1
    assert (before, gone, files_on_disk(studio)) == (2, 1, 1)


async def test_a_deleted_datasets_files_go_after_a_day_unless_a_training_needs_them(studio: Studio) -> None:
    trained = await robo(studio, 1, 2, 3, 4)
    _, version = await studio.collection.freeze(trained.id, guild_id=GUILD, member_id=ANA)
    await TaskStore(studio.database).add(changed(TASK, dataset_id=trained.id, version_id=version.id))
    idle = await robo(studio, 5, 6, name="Blip")
    await studio.collection.delete(trained.id, count=4, guild_id=GUILD, member_id=ANA)
    await studio.collection.delete(idle.id, count=2, guild_id=GUILD, member_id=ANA)
    studio.clock.at += UNDO_SECONDS + GRACE_SECONDS + 1

    gone = await studio.tidying.tidy()

    assert (gone, files_on_disk(studio)) == (2, 4)


async def new(studio: Studio, name: str, word: str | None = None, *, member: int = ANA) -> Dataset:
    return await studio.collection.new(name, Kind.CHARACTER, word, guild_id=GUILD, member_id=member)


async def delete(studio: Studio, dataset: Dataset, *, member: int = ANA) -> None:
    await studio.collection.delete(dataset.id, count=0, guild_id=GUILD, member_id=member)


async def undo(studio: Studio, dataset: Dataset) -> Dataset:
    return await studio.collection.undelete(dataset.id, guild_id=GUILD, member_id=ANA)


async def test_nobody_else_takes_the_word_of_a_deleted_dataset_while_undo_is_promised(studio: Studio) -> None:
    gone = await robo(studio)
    await delete(studio, gone)
    studio.clock.at += UNDO_SECONDS - 1

    with pytest.raises(InvalidInput, match="deleted in the last 24 hours and may come back"):
        await new(studio, "Blip", "robo", member=BEN)
    made_up = await new(studio, "Robo", member=BEN)
    offered = await studio.collection.suggest_trigger_words("robo", "", guild_id=GUILD)
    back = await undo(studio, gone)

    assert made_up.trigger_word == "roboxo"
    assert "robo" not in offered
    assert (back.id, back.trigger_word, back.deleted_at) == (gone.id, "robo", None)


async def test_after_the_time_for_undo_its_word_is_free(studio: Studio) -> None:
    gone = await robo(studio)
    await delete(studio, gone)
    studio.clock.at += UNDO_SECONDS + 1

    assert (await new(studio, "Blip", "robo", member=BEN)).trigger_word == "robo"
    with pytest.raises(NotFound, match="more than 24 hours ago"):
        await undo(studio, gone)


async def test_a_member_may_start_over_under_the_same_name_and_word(studio: Studio) -> None:
    gone = await robo(studio)
    await delete(studio, gone)
    again = await new(studio, "Robo", "robo")

    with pytest.raises(InvalidInput) as refused:
        await undo(studio, gone)
    await delete(studio, again)
    back = await undo(studio, gone)

    assert str(refused.value) == (
        "You already have a dataset called `Robo` on this server again, so I can't bring this one back beside it. "
        "Delete that one with /dataset delete first, then press Undo here again."
    )
    assert back.id == gone.id


async def test_a_word_that_nobody_typed_never_stands_in_the_way_of_a_members_own_undo(studio: Studio) -> None:
    gone = await robo(studio)
    await delete(studio, gone)
    other = await new(studio, "Robo 2")
    back = await undo(studio, gone)

    assert (other.trigger_word, back.trigger_word) == ("roboxo", "robo")


async def test_undo_names_the_members_dataset_that_has_the_word_now(studio: Studio) -> None:
    gone = await robo(studio)
    await delete(studio, gone)
    holder = await new(studio, "Blip", "robo")

    with pytest.raises(InvalidInput) as refused:
        await undo(studio, gone)
    await delete(studio, holder)

    assert str(refused.value) == (
        "Your dataset `Blip` has the trigger word `robo` now; pictures would mix, so I can't bring `Robo` back "
        "beside it. Delete `Blip` with /dataset delete first, then press Undo here again."
    )
    assert (await undo(studio, gone)).id == gone.id


async def test_undo_says_when_a_word_was_lost_to_somebody_else_before_it_was_kept(studio: Studio) -> None:
    gone = await robo(studio)
    blip = await new(studio, "Blip", "blip", member=BEN)
    await delete(studio, gone)
    await studio.database.transaction(
        lambda c: c.execute("UPDATE datasets SET trigger_word = 'robo' WHERE id = ?", (blip.id,))
    )

    with pytest.raises(InvalidInput, match="Somebody else's dataset on this server has the trigger word `robo` now"):
        await undo(studio, gone)


async def test_undo_says_what_to_do_when_there_is_no_room_left(studio: Studio) -> None:
    gone = await robo(studio)
    await delete(studio, gone)
    for number in range(MOST_DATASETS):
        await new(studio, f"Blip {number}")

    with pytest.raises(InvalidInput, match="with /dataset delete first, then press Undo here again"):
        await undo(studio, gone)


async def test_the_sheet_survives_a_picture_whose_file_is_damaged(studio: Studio) -> None:
    await robo(studio, 1, 2)
    page = await studio.curation.page("Robo", guild_id=GUILD, member_id=ANA)
    studio.files.path(page.images[0].sha256).write_bytes(b"damaged")

    sheet = (await studio.curation.view("Robo", guild_id=GUILD, member_id=ANA)).sheet

    assert sheet is not None
    assert sheet.startswith(b"\xff\xd8\xff")


async def test_a_caption_that_is_too_long_leaves_the_old_one(studio: Studio) -> None:
    await robo(studio, 1)
    image = await studio.curation.image("Robo", 1, guild_id=GUILD, member_id=ANA)
    await studio.curation.caption(image.id, "  waving\n\u202ehello ", guild_id=GUILD, member_id=ANA)

    with pytest.raises(InvalidInput, match="401 characters"):
        await studio.curation.caption(image.id, "x" * 401, guild_id=GUILD, member_id=ANA)

    kept = await studio.curation.image("Robo", 1, guild_id=GUILD, member_id=ANA)
    assert (kept.caption, kept.captioned_by) == ("waving hello", ANA)
