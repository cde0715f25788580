"""Drawings in a database file."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.drawing.drawings import Drawing
from domain.drawing.errors import TooManyWaiting
from domain.drawing.recipes import WAITING_PER_MEMBER, Recipe
from domain.orders.orders import move
from domain.orders.states import OrderStatus
from storage.database import Database, open_database
from storage.drawing.drawings import DrawingStore
from storage.outbox import OutboxStore
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import ORDER
from tests.services.workshop import CAPS

PICTURE, SOURCE = "1" * 64, "2" * 64
DRAWING = Drawing(ORDER, Recipe("a dot", "a dot", "atelier-tiny", None, 1.0, 1, 5, 64, 64, source_sha256=SOURCE))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "atelier.sqlite") as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> DrawingStore:
    return DrawingStore(database)


async def add(store: DrawingStore, drawing: Drawing = DRAWING, *, interaction_id: int = 1) -> Drawing:
    return await store.add(drawing, interaction_id=interaction_id, hold_until=0.0, defaults=CAPS)


async def test_a_drawing_comes_back_as_it_was_stored(store: DrawingStore) -> None:
    await add(store)

    assert await store.load(DRAWING.id) == DRAWING
    assert await store.on_server(DRAWING.id, guild_id=100) == DRAWING
    assert await store.on_server(DRAWING.id, guild_id=101) is None


async def test_a_repeated_interaction_gives_the_first_drawing(store: DrawingStore) -> None:
    await add(store)

    assert await add(store, changed(DRAWING, id="b" * 32)) == DRAWING
    assert await store.load("b" * 32) is None


async def test_a_member_may_not_have_more_waiting(store: DrawingStore) -> None:
    for number in range(WAITING_PER_MEMBER):
        await add(store, changed(DRAWING, id=str(number)), interaction_id=number)

    with pytest.raises(TooManyWaiting):
        await add(store, interaction_id=99)
    await add(store, changed(DRAWING, owner_id=8), interaction_id=100)


async def test_an_end_is_kept_and_shown(store: DrawingStore, database: Database) -> None:
    await add(store)
    moved = await store.update(
        DRAWING.id, lambda old: replace(old, order=move(old.order, OrderStatus.CANCELLED, now=2_000.0))
    )
    [posting] = await OutboxStore(database).due(2_000.0)

    assert moved.after.order.status is OrderStatus.CANCELLED
    assert await store.load(DRAWING.id) == moved.after
    assert await store.open_orders() == []
    assert (posting.subject_id, posting.wanted) == (DRAWING.id, 2)


async def test_a_deleted_drawing_frees_the_files_that_nothing_else_needs(
    store: DrawingStore, database: Database
) -> None:
    await add(store, replace(DRAWING, pictures=(PICTURE,)))
    await add(store, changed(DRAWING, id="b" * 32), interaction_id=2)
    stored = await store.load(DRAWING.id)
    assert stored
    free = await store.delete(stored, now=3_000.0)

    assert free == [PICTURE]
    assert await store.is_used(SOURCE)
    assert await store.on_server(DRAWING.id, guild_id=100) is None
    assert [posting.subject_id for posting in await OutboxStore(database).due(3_000.0)] == ["b" * 32]
