from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.errors import InvalidInput, NotFound
from domain.models.errors import ModelGone, ModelNotTheirs
from domain.models.loras import Lora
from services.caller import Caller
from services.models.models import ModelService
from services.pictures import StoredPictures
from storage.database import Database, open_database
from storage.files import FileStore
from storage.models.loras import LoraStore
from storage.pictures.pool import PicturePool
from tests.services import trained

ANA, BEN, CLUB, OTHER, CHANNEL = 7, 8, 100, 200, 1_000
HOUR = 3_600.0


@dataclass
class Library:
    database: Database
    files: FileStore
    now: float = 10_000.0

    @property
    def models(self) -> ModelService:
        return ModelService(LoraStore(self.database), self.files, now=lambda: self.now)

    async def train(self, number: int, name: str, owner: int = ANA, guild: int = CLUB) -> Lora:
        lora = trained.lora(
            number, name=name, owner_id=owner, guild_id=guild, preview_sha256=self.files.folder.put(b"robo")
        )
        return await self.database.transaction(lambda connection: trained.keep(connection, lora))


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    async with open_database(tmp_path / "atelier.sqlite") as database:
        yield Library(database, FileStore(tmp_path / "files", free_floor=0))


async def test_members_see_only_their_own_models_of_this_server(library: Library) -> None:
    mine = await library.train(1, "Robo")
    await library.train(2, "Robo", owner=BEN)
    await library.train(3, "Robo", guild=OTHER)
    page = await library.models.page(0, Caller(CLUB, CHANNEL, ANA))
    found = await library.models.search("ro", Caller(CLUB, CHANNEL, ANA))

    assert list(page.loras) == [mine]
    assert list(found) == [mine]


async def test_training_again_under_a_name_makes_the_next_version(library: Library) -> None:
    await library.train(1, "Robo")
    second = await library.train(2, "ROBO")
    newest = await library.models.find("robo", Caller(CLUB, CHANNEL, ANA))

    assert second.title == "ROBO v2"
    assert newest == second


async def test_pages_hold_five_and_a_page_beyond_the_end_is_the_last(library: Library) -> None:
    for number in range(1, 13):
        await library.train(number, f"Model {number}")
    first = await library.models.page(0, Caller(CLUB, CHANNEL, ANA))
    beyond = await library.models.page(9, Caller(CLUB, CHANNEL, ANA))

    assert [lora.name for lora in first.loras][:2] == ["Model 12", "Model 11"]
    assert (beyond.page, beyond.pages, beyond.total, len(beyond.loras)) == (2, 3, 12, 2)


async def test_a_deleted_model_is_gone_at_once_and_comes_back_within_a_day(library: Library) -> None:
    lora = await library.train(1, "Robo")
    await library.models.delete("Robo v1", Caller(CLUB, CHANNEL, ANA))
    with pytest.raises(NotFound):
        await library.models.find(lora.id, Caller(CLUB, CHANNEL, ANA))
    library.now += 23 * HOUR
    back = await library.models.undelete(lora.id, Caller(CLUB, CHANNEL, ANA))
    again = await library.models.undelete(lora.id, Caller(CLUB, CHANNEL, ANA))

    assert back.id == again.id == lora.id


async def test_after_a_day_a_deleted_model_stays_deleted(library: Library) -> None:
    lora = await library.train(1, "Robo")
    await library.models.delete(lora.id, Caller(CLUB, CHANNEL, ANA))
    library.now += 25 * HOUR
    with pytest.raises(ModelGone):
        await library.models.undelete(lora.id, Caller(CLUB, CHANNEL, ANA))


async def test_nobody_deletes_or_restores_somebody_elses_model(library: Library) -> None:
    lora = await library.train(1, "Robo")
    with pytest.raises(NotFound):
        await library.models.delete(lora.id, Caller(CLUB, CHANNEL, BEN))
    with pytest.raises(NotFound):
        await library.models.delete(lora.id, Caller(OTHER, CHANNEL, ANA))
    await library.models.delete(lora.id, Caller(CLUB, CHANNEL, ANA))
    with pytest.raises(InvalidInput):
        await library.models.undelete(lora.id, Caller(CLUB, CHANNEL, BEN))


async def test_a_public_try_button_says_politely_whose_model_it_is(library: Library) -> None:
    lora = await library.train(1, "Robo")
    with pytest.raises(ModelNotTheirs):
        await library.models.drawable(lora.id, Caller(CLUB, CHANNEL, BEN))
    with pytest.raises(NotFound):
        await library.models.drawable(lora.id, Caller(OTHER, CHANNEL, BEN))

    assert await library.models.drawable(lora.id, Caller(CLUB, CHANNEL, ANA)) == lora


async def test_a_preview_that_is_gone_is_no_error(library: Library) -> None:
    lora = await library.train(1, "Robo")
    pictures = StoredPictures(library.files, PicturePool())
    before = await pictures.preview(lora.preview_sha256)
    library.files.folder.delete(lora.preview_sha256 or "")

    assert before == b"robo"
    assert await pictures.preview(lora.preview_sha256) is None
