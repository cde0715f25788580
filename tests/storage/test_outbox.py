"""Messages that are to be posted, in a database file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.posts import PostKind
from storage import outbox
from storage.database import Database, open_database
from storage.outbox import Destination, OutboxStore, Posting

KIND = PostKind.PICTURES
SUBJECT = "a" * 32
NOW = 1_000.0


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "atelier.sqlite") as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> OutboxStore:
    return OutboxStore(database)


async def want(database: Database, *, hold_until: float | None = None) -> None:
    await database.transaction(
        lambda connection: outbox.want(
            connection, kind=KIND, subject_id=SUBJECT, channel_id=5, now=NOW, hold_until=hold_until
        )
    )


async def only(store: OutboxStore, now: float = NOW) -> Posting:
    [posting] = await store.due(now)
    return posting


async def test_changes_before_a_post_are_gathered_into_one(database: Database, store: OutboxStore) -> None:
    await want(database)
    await want(database)

    assert (await only(store)).wanted == 2


async def test_a_message_that_shows_all_is_not_due_until_it_changes(database: Database, store: OutboxStore) -> None:
    await want(database)
    await store.shown(await only(store), 9, due_at=NOW)
    rest = await store.due(NOW)
    await store.touch(KIND, SUBJECT)

    assert rest == []
    assert (await only(store)).message_id == 9


async def test_a_change_during_a_post_is_shown_next(database: Database, store: OutboxStore) -> None:
    await want(database)
    posting = await only(store)
    await want(database)
    await store.shown(posting, 9, due_at=NOW + 5)

    assert await store.due(NOW) == []
    assert (await only(store, NOW + 5)).wanted == 2


async def test_what_an_interaction_is_about_to_show_is_held_back(database: Database, store: OutboxStore) -> None:
    await want(database, hold_until=NOW + 60)
    early = await store.due(NOW)
    await store.adopt(KIND, SUBJECT, 9, NOW)

    assert early == []
    assert await store.due(NOW + 60) == []


async def test_an_interaction_that_comes_too_late_does_not_count(database: Database, store: OutboxStore) -> None:
    await want(database)
    begun = await store.begun(await only(store), NOW)
    await store.adopt(KIND, SUBJECT, 9, NOW)

    assert begun
    assert (await only(store)).message_id is None


async def test_a_time_that_a_clock_which_jumped_has_set_is_due(database: Database, store: OutboxStore) -> None:
    await want(database, hold_until=NOW + 2 * outbox.LONGEST_WAIT)

    assert (await only(store)).subject_id == SUBJECT


async def test_a_message_that_no_channel_takes_is_given_up_for_good(database: Database, store: OutboxStore) -> None:
    await want(database)
    await store.undeliverable(await only(store), "forbidden")
    await want(database)

    assert await store.due(NOW) == []
    assert await store.is_undeliverable(KIND, SUBJECT)


async def test_each_place_and_each_repeat_has_a_nonce_of_its_own(database: Database, store: OutboxStore) -> None:
    await want(database)
    first = await only(store)
    await store.vanished(first)
    again = await only(store)
    await store.moved(again, Destination.OWNER, 6)
    moved = await only(store)

    assert len({first.nonce, again.nonce, moved.nonce}) == 3
    assert max(len(posting.nonce) for posting in (first, again, moved)) <= 25
    assert moved.channel_id == 6
