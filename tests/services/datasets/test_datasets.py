"""Datasets are made, deleted and brought back."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from domain.datasets.dataset import MOST_DATASETS, UNDO_SECONDS, Dataset, Kind
from domain.datasets.errors import (
    Clash,
    DeletedDatasetNotFound,
    TriggerWordRefused,
    UndeleteClash,
    WordFault,
)
from domain.errors import NotFound
from services.upkeep.cleanup import GRACE_SECONDS
from storage.training.tasks import TaskStore
from tests.domain.training.some_task import TASK
from tests.services.datasets.dataset_services import ANA, BEN, DatasetServices, caller, files_on_disk, robo

Call = Callable[[DatasetServices, str], Awaitable[object]]


@pytest.mark.parametrize(
    "call",
    [
        lambda s, d: s.datasets.find(d, caller=caller(BEN)),
        lambda s, d: s.datasets.freeze(d, caller=caller(BEN)),
        lambda s, d: s.datasets.delete(d, count=0, caller=caller(BEN)),
        lambda s, d: s.datasets.undelete(d, caller=caller(BEN)),
        lambda s, d: s.intake.add(d, [], caller=caller(BEN)),
        lambda s, d: s.images.view(d, caller=caller(BEN)),
        lambda s, d: s.images.page(d, caller=caller(BEN)),
        lambda s, d: s.images.image(d, 1, caller=caller(BEN)),
        lambda s, d: s.images.plan_change(d, "a", "b", caller=caller(BEN)),
        lambda s, d: s.images.remove(d, "1", caller=caller(BEN)),
        lambda s, d: s.images.caption(d, "x", caller=caller(BEN)),
        lambda s, d: s.images.apply_change(d, caller=caller(BEN)),
        lambda s, d: s.images.put_back(d, caller=caller(BEN)),
    ],
)
async def test_what_is_not_yours_answers_as_if_it_did_not_exist(services: DatasetServices, call: Call) -> None:
    foreign = await robo(services)

    with pytest.raises(NotFound) as real:
        await call(services, foreign.id)
    with pytest.raises(NotFound) as invented:
        await call(services, "f" * 32)

    assert repr(real.value) == repr(invented.value)


async def test_the_files_of_a_deleted_dataset_go_after_a_day_unless_trained_on(
    services: DatasetServices,
) -> None:
    trained = await robo(services, 1, 2, 3, 4)
    _, version = await services.datasets.freeze(trained.id, caller=caller(ANA))
    await TaskStore(services.database).add(replace(TASK, dataset_id=trained.id, version_id=version.id))
    idle = await robo(services, 5, 6, name="Blip")
    await services.datasets.delete(trained.id, count=4, caller=caller(ANA))
    await services.datasets.delete(idle.id, count=2, caller=caller(ANA))
    services.clock.at += UNDO_SECONDS + GRACE_SECONDS + 1

    gone = await services.cleanup.clean_up()

    assert (gone, files_on_disk(services)) == (2, 4)


async def new(services: DatasetServices, name: str, word: str | None = None, *, member: int = ANA) -> Dataset:
    return await services.datasets.new(name, Kind.CHARACTER, caller(member), trigger_word=word)


async def delete(services: DatasetServices, dataset: Dataset, *, member: int = ANA) -> None:
    await services.datasets.delete(dataset.id, count=0, caller=caller(member))


async def undo(services: DatasetServices, dataset: Dataset) -> Dataset:
    return await services.datasets.undelete(dataset.id, caller=caller(ANA))


async def test_no_other_member_takes_a_deleted_datasets_word_while_undo_is_promised(
    services: DatasetServices,
) -> None:
    gone = await robo(services)
    await delete(services, gone)
    services.clock.at += UNDO_SECONDS - 1

    with pytest.raises(TriggerWordRefused) as refused:
        await new(services, "Blip", "robo", member=BEN)
    assert refused.value.fault is WordFault.TAKEN
    made_up = await new(services, "Robo", member=BEN)
    offered = await services.datasets.suggest_trigger_words("robo", "", caller(ANA))
    back = await undo(services, gone)

    assert made_up.trigger_word == "roboxo"
    assert "robo" not in offered
    assert (back.id, back.trigger_word, back.deleted_at) == (gone.id, "robo", None)


async def test_after_the_time_for_undo_its_word_is_free(services: DatasetServices) -> None:
    gone = await robo(services)
    await delete(services, gone)
    services.clock.at += UNDO_SECONDS + 1

    assert (await new(services, "Blip", "robo", member=BEN)).trigger_word == "robo"
    with pytest.raises(DeletedDatasetNotFound):
        await undo(services, gone)


async def test_a_member_may_start_over_under_the_same_name_and_word(services: DatasetServices) -> None:
    gone = await robo(services)
    await delete(services, gone)
    again = await new(services, "Robo", "robo")

    with pytest.raises(UndeleteClash) as refused:
        await undo(services, gone)
    await delete(services, again)
    back = await undo(services, gone)

    assert (refused.value.clash, refused.value.name) == (Clash.NAME, "Robo")
    assert back.id == gone.id


async def test_a_made_up_word_never_stands_in_the_way_of_a_members_own_undo(
    services: DatasetServices,
) -> None:
    gone = await robo(services)
    await delete(services, gone)
    other = await new(services, "Robo 2")
    back = await undo(services, gone)

    assert (other.trigger_word, back.trigger_word) == ("roboxo", "robo")


async def test_undo_names_the_members_dataset_that_has_the_word_now(services: DatasetServices) -> None:
    gone = await robo(services)
    await delete(services, gone)
    holder = await new(services, "Blip", "robo")

    with pytest.raises(UndeleteClash) as refused:
        await undo(services, gone)
    await delete(services, holder)

    assert (refused.value.clash, refused.value.holder) == (Clash.TRIGGER_WORD, "Blip")
    assert (await undo(services, gone)).id == gone.id


async def test_undo_says_when_another_member_has_the_word(services: DatasetServices) -> None:
    gone = await robo(services)
    blip = await new(services, "Blip", "blip", member=BEN)
    await delete(services, gone)
    await services.database.transaction(
        lambda c: c.execute("UPDATE datasets SET trigger_word = 'robo' WHERE id = ?", (blip.id,))
    )

    with pytest.raises(UndeleteClash) as refused:
        await undo(services, gone)

    assert (refused.value.clash, refused.value.holder) == (Clash.TRIGGER_WORD, None)


async def test_undo_says_what_to_do_when_there_is_no_room_left(services: DatasetServices) -> None:
    gone = await robo(services)
    await delete(services, gone)
    for number in range(MOST_DATASETS):
        await new(services, f"Blip {number}")

    with pytest.raises(UndeleteClash) as refused:
        await undo(services, gone)

    assert refused.value.clash is Clash.TOO_MANY
