"""Places are handed out in turn."""

import asyncio
from collections.abc import Hashable

from storage.pictures.fair_semaphore import FairSemaphore


async def _waiting(semaphore: FairSemaphore, served: list[Hashable], *keys: Hashable) -> list[asyncio.Task[None]]:
    async def wait(key: Hashable) -> None:
        await semaphore.acquire(key)
        served.append(key)

    tasks = [asyncio.create_task(wait(key)) for key in keys]
    await asyncio.sleep(0)
    return tasks


async def test_one_member_with_many_pictures_does_not_hold_up_another_with_one() -> None:
    semaphore, served = FairSemaphore(1), list[Hashable]()
    await semaphore.acquire("first")
    tasks = await _waiting(semaphore, served, "a", "a", "a", "b", "c", "b")

    for task in range(6):
        semaphore.release()
        await asyncio.sleep(0)
        assert len(served) == task + 1
    await asyncio.gather(*tasks)

    assert served == ["a", "b", "c", "a", "b", "a"]


async def test_as_many_are_served_at_once_as_there_are_places() -> None:
    semaphore, served = FairSemaphore(2), list[Hashable]()
    tasks = await _waiting(semaphore, served, "a", "a", "a")

    assert served == ["a", "a"]

    semaphore.release()
    await asyncio.gather(*tasks)


async def test_a_cancelled_caller_leaves_the_queue() -> None:
    semaphore, served = FairSemaphore(1), list[Hashable]()
    await semaphore.acquire("first")
    gone, kept = await _waiting(semaphore, served, "gone", "kept")
    gone.cancel()
    semaphore.release()
    await kept

    assert served == ["kept"]


async def test_a_place_handed_to_a_caller_that_is_cancelled_in_that_moment_is_not_lost() -> None:
    semaphore, served = FairSemaphore(1), list[Hashable]()
    await semaphore.acquire("first")
    (gone,) = await _waiting(semaphore, served, "gone")
    semaphore.release()
    gone.cancel()
    await asyncio.wait([gone])
    await asyncio.wait_for(semaphore.acquire("next"), 5)

    assert gone.cancelled()
    assert served == []
