"""Pictures come in, wait where they have no dataset, and are placed."""

import asyncio
from pathlib import Path

import pytest

from domain.datasets.errors import (
    AlreadyPlaced,
)
from domain.datasets.pictures import RefusedPicture
from domain.datasets.refusals import Refusal
from domain.errors import NotFound, StorageFull
from services.datasets.intake import Offer, Repeated, Report
from storage.files import FileStore
from tests.services.datasets.dataset_services import (
    ANA,
    BEN,
    GUILD,
    DatasetServices,
    caller,
    drawings,
    files_on_disk,
    incoming,
    robo,
)


async def test_every_file_of_a_batch_gets_its_own_verdict_in_order(services: DatasetServices) -> None:
    await robo(services)
    seen: list[tuple[int, int]] = []

    async def progress(done: int, of: int) -> None:
        seen.append((done, of))

    report = await services.intake.add(
        "robo",
        [
            incoming("lost.png", RefusedPicture(Refusal.LINK_EXPIRED)),
            *drawings(1),
            incoming("empty.png", b""),
            *drawings(2),
        ],
        caller(ANA),
        progress=progress,
    )

    assert [p.picture.filename for p in report.placements] == ["1.png", "2.png"]
    assert [(r.filename, r.refusal.reason) for r in report.refused] == [
        ("lost.png", Refusal.LINK_EXPIRED),
        ("empty.png", Refusal.EMPTY),
    ]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert report.dataset.images == 2


async def test_the_eleventh_file_is_named_and_left_out(services: DatasetServices) -> None:
    await robo(services)
    files = [incoming(f"{n}.txt", b"no picture") for n in range(1, 12)]

    report = await services.intake.add("Robo", files, caller=caller(ANA))

    assert report.refused[10].filename == "11.txt"
    assert report.refused[10].refusal.reason is Refusal.TOO_MANY_AT_ONCE


async def test_an_unknown_dataset_is_told_before_anything_is_read(services: DatasetServices) -> None:
    with pytest.raises(NotFound):
        await services.intake.add("Robo", drawings(1), caller=caller(ANA))

    assert files_on_disk(services) == 0


async def test_what_arrives_is_stored_clean_and_can_be_read_back(services: DatasetServices) -> None:
    await robo(services, 1)

    page = await services.images.page("Robo", caller=caller(ANA))

    stored = services.files.folder.read(page.images[0].sha256)
    assert stored.startswith((b"\x89PNG", b"\xff\xd8\xff"))
    assert len(stored) == page.images[0].size
    assert (page.images[0].width, page.images[0].height) == (256, 256)


async def test_a_full_disk_is_told_and_what_was_there_stays(services: DatasetServices, tmp_path: Path) -> None:
    await robo(services, 1)
    services.intake._files = FileStore(tmp_path / "files", free_floor=2**62)

    with pytest.raises(StorageFull):
        await services.intake.add("Robo", drawings(2), caller=caller(ANA))

    assert (await services.datasets.find("Robo", caller=caller(ANA))).images == 1
    services.intake._files = services.files
    report = await services.intake.add("Robo", drawings(2), caller=caller(ANA))
    assert report.dataset.images == 2


async def test_pictures_without_a_dataset_wait_for_their_owner_only(services: DatasetServices) -> None:
    await robo(services)
    await robo(services, name="Blip")
    offer = await services.intake.offer(drawings(1), caller=caller(ANA), contributor_id=BEN)
    assert isinstance(offer, Offer)

    with pytest.raises(NotFound):
        await services.intake.place(offer.upload.id, "Robo", caller=caller(BEN))
    with pytest.raises(NotFound):
        await services.intake.place(offer.upload.id, "Robo", caller=caller(ANA, GUILD + 1))
    report = await services.intake.place(offer.upload.id, "Robo", caller=caller(ANA))
    with pytest.raises(AlreadyPlaced):
        await services.intake.place(offer.upload.id, "Blip", caller=caller(ANA))

    assert {d.name for d in offer.datasets} == {"Blip", "Robo"}
    assert len(report.placements) == 1
    page = await services.images.page("Robo", caller=caller(ANA))
    assert page.images[0].contributor_id == BEN


async def test_a_message_is_received_once(services: DatasetServices) -> None:
    await robo(services)
    first = await services.intake.offer(drawings(1), caller=caller(ANA), contributor_id=ANA, source_id=5)

    with pytest.raises(Repeated):
        await services.intake.offer(drawings(1), caller=caller(ANA), contributor_id=ANA, source_id=5)

    assert isinstance(first, Report)


async def test_only_refused_files_wait_for_nothing(services: DatasetServices) -> None:
    await robo(services)

    offer = await services.intake.offer([incoming("a.txt", b"x")], caller=caller(ANA), contributor_id=ANA)

    assert isinstance(offer, Offer)
    assert offer.upload.pictures == ()
    assert [r.filename for r in offer.upload.refused] == ["a.txt"]


async def test_two_members_adding_at_once_do_not_mix(services: DatasetServices) -> None:
    await robo(services, name="Robo")
    await robo(services, member=BEN, name="Blip")

    reports = await asyncio.gather(
        services.intake.add("Robo", drawings(1, 2, 3), caller=caller(ANA)),
        services.intake.add("Blip", drawings(3, 4), caller=caller(BEN)),
        services.intake.add("Robo", drawings(2, 5), caller=caller(ANA)),
    )

    assert [len(r.placements) for r in reports] == [3, 2, 2]
    ana = await services.images.page("Robo", caller=caller(ANA))
    ben = await services.images.page("Blip", caller=caller(BEN))
    assert [i.number for i in ana.images] == [1, 2, 3, 4]
    assert [i.number for i in ben.images] == [1, 2]
