"""What is removed for good: real trainings, quotes and files, and a clock that the test turns."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.datasets.dataset import UNDO_SECONDS, Dataset
from domain.errors import BackendRejected, BackendUnavailable
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.orders.states import OrderStatus
from domain.training.errors import ImagesDeleted
from services.training.quotes import TrainingWish
from services.upkeep.cleanup import GRACE_SECONDS, CleanupService
from storage.datasets.images import ImageStore
from storage.upkeep.purging import Purging
from tests.services.workshop import ANA, Workshop, workshop

OWN = {"guild_id": ANA.guild_id, "owner_id": ANA.member_id}
A_DAY = UNDO_SECONDS + GRACE_SECONDS + 1
A_MONTH = 30 * 24 * 3600


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path) as opened:
        yield opened


async def tidied(shop: Workshop, *, after: float) -> int:
    """Tidy up a day after so many seconds; return how many files went."""
    shop.now += after
    await shop.confirmations.expire()  # which ends the quotes whose time is over
    shop.now += A_DAY
    return await tidied_now(shop)


async def tidied_now(shop: Workshop) -> int:
    cleanup = CleanupService(Purging(shop.database), files=shop.files, now=shop.clock)
    return await cleanup.clean_up()


async def delete(shop: Workshop, dataset: Dataset, *, count: int = 4) -> None:
    await shop.collection.delete(dataset.id, ANA, count=count)


async def remove_first(shop: Workshop, dataset: Dataset) -> None:
    images = ImageStore(shop.database)
    sheet = await images.of_dataset(dataset.id, **OWN)
    assert sheet is not None
    await images.remove([sheet[1][0].id], dataset_id=dataset.id, removal_id="r", now=shop.now, **OWN)


async def frozen(shop: Workshop) -> int:
    """Return how many pictures with their captions all versions together still name."""
    return await shop.database.read(lambda c: int(c.execute("SELECT count(*) FROM version_images").fetchone()[0]))


def on_disk(shop: Workshop) -> int:
    return sum(1 for path in shop.files.folder.path("0" * 64).parents[1].rglob("*") if path.is_file())


async def test_a_quote_that_nobody_confirmed_keeps_nothing_of_a_deleted_dataset(shop: Workshop) -> None:
    dataset = await shop.dataset(images=4)
    task = await shop.quoted(wish=TrainingWish(dataset.id))
    await delete(shop, dataset)

    gone = await tidied(shop, after=A_MONTH)

    assert (await shop.stored(task)).order.status is OrderStatus.EXPIRED
    assert (gone, on_disk(shop), await frozen(shop)) == (4, 0, 0)


async def test_a_quote_that_was_cancelled_keeps_nothing_of_a_deleted_dataset(shop: Workshop) -> None:
    dataset = await shop.dataset(images=4)
    task = await shop.quoted(wish=TrainingWish(dataset.id))
    await shop.quotes.drop(task.id, ANA)
    await delete(shop, dataset)

    assert await tidied(shop, after=0) == 4
    assert (on_disk(shop), await frozen(shop)) == (0, 0)


@pytest.mark.parametrize("confirmed", [False, True])
async def test_a_removed_picture_goes_though_it_was_in_a_quote(shop: Workshop, *, confirmed: bool) -> None:
    dataset = await shop.dataset(images=6)
    task = await shop.quoted(wish=TrainingWish(dataset.id))
    if confirmed:
        shop.backend.errors["submit"] = [BackendRejected("scripted", "402")]
        await shop.confirmations.confirm(task.id, ANA)
    await remove_first(shop, dataset)

    assert await tidied(shop, after=A_MONTH) == 1
    assert (on_disk(shop), await frozen(shop)) == (5, 0)


async def test_a_file_goes_with_its_version_though_its_picture_went_before(shop: Workshop) -> None:
    dataset = await shop.dataset(images=6)
    await remove_first(shop, dataset)
    await shop.database.transaction(lambda c: c.execute("UPDATE images SET deleted_at = NULL"))
    await shop.quoted(wish=TrainingWish(dataset.id))
    await shop.database.transaction(lambda c: c.execute("DELETE FROM images WHERE removal_id = 'r'"))

    assert await tidied(shop, after=A_MONTH) == 1
    assert on_disk(shop) == 5


async def test_quotes_that_are_over_pile_up_no_rows(shop: Workshop) -> None:
    dataset = await shop.dataset(images=4)
    for _ in range(5):
        await shop.quoted(wish=TrainingWish(dataset.id))
    shop.backend.errors["estimate"] = [BackendUnavailable("scripted", "away")]
    with pytest.raises(BackendUnavailable):  # frozen, and then no quote was made
        await shop.quoted(wish=TrainingWish(dataset.id))
    before = await frozen(shop)

    gone = await tidied(shop, after=A_MONTH)

    assert (before, gone, await frozen(shop), on_disk(shop)) == (24, 0, 0, 4)
    await shop.confirmations.confirm((await shop.quoted(wish=TrainingWish(dataset.id))).id, ANA)
    assert len(shop.backend.trainings) == 1


async def test_a_quote_that_is_just_over_is_kept_for_a_day(shop: Workshop) -> None:
    dataset = await shop.dataset(images=4)
    await shop.quoted(wish=TrainingWish(dataset.id))
    shop.now += A_MONTH  # the bot was off: nothing ended the quote until now
    await shop.confirmations.expire()
    await tidied_now(shop)

    assert await frozen(shop) == 4


async def test_what_was_never_handed_over_can_be_retried_while_its_pictures_are_there(shop: Workshop) -> None:
    dataset = await shop.dataset(images=4)
    shop.backend.errors["submit"] = [BackendRejected("scripted", "402")]
    task = await shop.confirmations.confirm((await shop.quoted(wish=TrainingWish(dataset.id))).id, ANA)
    assert task.order.status is OrderStatus.FAILED

    gone = await tidied(shop, after=A_MONTH)
    quote = await shop.quotes.retry_seen(task.id, ANA)

    assert gone == 0
    assert quote.task.version_id == task.version_id
    await shop.confirmations.confirm(quote.task.id, ANA)
    assert len(shop.backend.trainings) == 1


async def test_what_was_never_handed_over_keeps_nothing_of_a_deleted_dataset(shop: Workshop) -> None:
    dataset = await shop.dataset(images=4)
    shop.backend.errors["submit"] = [BackendRejected("scripted", "402")]
    task = await shop.confirmations.confirm((await shop.quoted(wish=TrainingWish(dataset.id))).id, ANA)
    await delete(shop, dataset)

    gone = await tidied(shop, after=A_MONTH)

    assert (gone, on_disk(shop), await frozen(shop)) == (4, 0, 0)
    assert await shop.datasets.version(task.version_id) is None  # nothing is ever trained on an empty version
    with pytest.raises(ImagesDeleted):
        await shop.quotes.retry_seen(task.id, ANA)
    view = await shop.training.view(task.id)  # its card still can be drawn
    assert view is not None
    assert view.task.order.status is OrderStatus.FAILED


async def test_a_deleted_dataset_that_undo_still_brings_back_keeps_what_can_be_retried(shop: Workshop) -> None:
    dataset = await shop.dataset(images=4)
    task = await shop.quoted(wish=TrainingWish(dataset.id))
    await shop.quotes.drop(task.id, ANA)
    shop.now += A_MONTH
    await delete(shop, dataset)
    shop.now += UNDO_SECONDS

    assert await tidied_now(shop) == 0
    assert await frozen(shop) == 4


async def test_a_dataset_says_that_a_training_learned_from_it_once_one_was_handed_over(shop: Workshop) -> None:
    dataset = await shop.dataset(images=4)
    task = await shop.quoted(wish=TrainingWish(dataset.id))
    quoted = await shop.datasets.get(dataset.id, **OWN)
    shop.backend.errors["submit"] = [BackendRejected("scripted", "402")]
    await shop.confirmations.confirm(task.id, ANA)
    refused = await shop.datasets.get(dataset.id, **OWN)
    await shop.confirmations.confirm((await shop.quoted(wish=TrainingWish(dataset.id))).id, ANA)
    held = await shop.datasets.get(dataset.id, **OWN)

    assert [each.is_trained for each in (quoted, refused, held) if each] == [False, False, True]


@pytest.mark.parametrize("state", [RemoteState.FAILED, RemoteState.CANCELLED, RemoteState.SUCCEEDED])
async def test_pictures_that_a_training_learned_from_stay_with_it(shop: Workshop, state: RemoteState) -> None:
    dataset = await shop.dataset(images=4)
    task = await shop.confirmations.confirm((await shop.quoted(wish=TrainingWish(dataset.id))).id, ANA)
    if state is RemoteState.SUCCEEDED:
        shop.finish()
    else:
        shop.backend.progress[shop.backend.only_training()] = Progress(
            state, message=fact(FactKind.WORDS, said="Over.")
        )
    await shop.follow(task)
    await delete(shop, dataset)

    gone = await tidied(shop, after=A_MONTH)

    assert (gone, await frozen(shop)) == (0, 4)
    if state is not RemoteState.SUCCEEDED:
        assert (await shop.quotes.retry_seen(task.id, ANA)).task.version_id == task.version_id


async def test_a_version_stays_when_a_retry_was_trained_on_it(shop: Workshop) -> None:
    dataset = await shop.dataset(images=4)
    shop.backend.errors["submit"] = [BackendRejected("scripted", "402")]
    first = await shop.confirmations.confirm((await shop.quoted(wish=TrainingWish(dataset.id))).id, ANA)
    again = await shop.confirmations.confirm((await shop.quotes.retry_seen(first.id, ANA)).task.id, ANA)
    shop.finish()
    await shop.follow(again)
    await delete(shop, dataset)

    gone = await tidied(shop, after=A_MONTH)

    assert (gone, await frozen(shop)) == (0, 4)
