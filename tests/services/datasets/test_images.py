"""Pictures of a dataset are seen, captioned, removed and put back."""

import pytest

from domain.datasets.dataset import UNDO_SECONDS
from domain.datasets.errors import (
    RemovalNotFound,
)
from domain.text import CaptionTooLong
from services.upkeep.cleanup import GRACE_SECONDS
from tests.services.datasets.dataset_services import ANA, DatasetServices, caller, files_on_disk, robo


async def test_undo_is_there_for_a_day_and_then_the_files_go(services: DatasetServices) -> None:
    await robo(services, 1, 2)
    removal = await services.images.remove("Robo", "1", caller=caller(ANA))
    services.clock.at += UNDO_SECONDS - 1
    await services.cleanup.clean_up()
    _, back = await services.images.put_back(removal.id, caller=caller(ANA))
    again = await services.images.remove("Robo", "1", caller=caller(ANA))
    services.clock.at += UNDO_SECONDS + 1

    with pytest.raises(RemovalNotFound):
        await services.images.put_back(again.id, caller=caller(ANA))
    before = files_on_disk(services)
    services.clock.at += GRACE_SECONDS
    gone = await services.cleanup.clean_up()

    assert back == 1
    assert (before, gone, files_on_disk(services)) == (2, 1, 1)


async def test_the_sheet_survives_a_picture_whose_file_is_damaged(services: DatasetServices) -> None:
    await robo(services, 1, 2)
    page = await services.images.page("Robo", caller=caller(ANA))
    services.files.folder.path(page.images[0].sha256).write_bytes(b"damaged")

    sheet = (await services.images.view("Robo", caller=caller(ANA))).sheet

    assert sheet is not None
    assert sheet.startswith(b"\xff\xd8\xff")


async def test_a_caption_that_is_too_long_leaves_the_old_one(services: DatasetServices) -> None:
    await robo(services, 1)
    image = await services.images.image("Robo", 1, caller=caller(ANA))
    await services.images.caption(image.id, "  waving\n\u202ehello ", caller=caller(ANA))

    with pytest.raises(CaptionTooLong, match="401"):
        await services.images.caption(image.id, "x" * 401, caller=caller(ANA))

    kept = await services.images.image("Robo", 1, caller=caller(ANA))
    assert (kept.caption, kept.captioned_by) == ("waving hello", ANA)
