import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from bot.background.watcher import Watcher
from domain.errors import BackendUnavailable
from services.orders.follower import OpenOrder


@dataclass
class Things:
    """Open things, and what each look at one of them says: a pause, the end, or an error."""

    script: dict[str, list[float | Exception | None]]
    looks: list[str] = field(default_factory=list)
    is_broken: bool = False
    listed: dict[str, float | None] = field(default_factory=dict)  # what a list says
    lists: list[frozenset[str]] = field(default_factory=list)

    async def open_orders(self) -> list[OpenOrder]:
        if self.is_broken:
            raise OSError("disk")
        by = "a place" if self.listed else None
        return [OpenOrder(name, by) for name, said in self.script.items() if said]

    async def refresh_listed(self, backend: str, order_ids: Collection[str], /) -> dict[str, float | None]:
        assert backend == "a place"
        self.lists.append(frozenset(order_ids))
        return {name: pause for name, pause in self.listed.items() if name in order_ids}

    async def refresh(self, subject_id: str, /) -> float | None:
        self.looks.append(subject_id)
        said = self.script[subject_id].pop(0)
        if isinstance(said, Exception):
            raise said
        return said


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def looked(watcher: Watcher, clock: Clock, *, until: float, step: float = 0.5) -> None:
    while clock.now < until:
        await watcher.look_around()
        await watcher.settled()
        clock.now += step


async def test_each_thing_is_looked_at_in_its_own_time() -> None:
    things = Things({"quick": [0.5] * 100, "slow": [10.0] * 100})
    clock = Clock()
    await looked(Watcher([things], clock=clock), clock, until=20.0)

    assert things.looks.count("quick") == 40
    assert things.looks.count("slow") == 2


async def test_a_failure_delays_only_its_own_thing_and_less_and_less_often() -> None:
    errors: list[float | Exception | None] = [RuntimeError("a bug"), BackendUnavailable("x", "away"), OSError()] * 20
    things = Things({"broken": errors, "fine": [0.5] * 100})
    clock = Clock()
    await looked(Watcher([things], clock=clock), clock, until=15.0)

    assert things.looks.count("fine") == 30
    assert things.looks.count("broken") == 4


async def test_a_list_that_fails_does_not_stop_the_others() -> None:
    broken, fine = Things({}, is_broken=True), Things({"a": [None]})
    clock = Clock()
    await looked(Watcher([broken, fine], clock=clock), clock, until=2.0)

    assert fine.looks == ["a"]


async def test_the_first_look_after_a_recovery_is_at_the_usual_pace_again() -> None:
    things = Things({"a": [OSError(), OSError(), 1.0, OSError(), 1.0]})
    clock = Clock()
    await looked(Watcher([things], clock=clock), clock, until=7.0)

    assert len(things.looks) == 5


async def test_a_backend_that_asks_to_be_left_alone_is_left_alone_for_so_long() -> None:
    things = Things({"a": [BackendUnavailable("x", "429", retry_after=100.0), 1.0]})
    clock = Clock()
    watcher = Watcher([things], clock=clock)
    await looked(watcher, clock, until=100.0)
    before = len(things.looks)
    await looked(watcher, clock, until=100.5)

    assert (before, len(things.looks)) == (1, 2)


async def test_of_more_than_there_is_room_for_each_is_looked_at_in_its_own_time() -> None:
    names = [str(number) for number in range(50)]
    things = Things({name: [2.0] * 100 for name in names})
    clock = Clock()
    await looked(Watcher([things], clock=clock), clock, until=8.0)

    assert {name: things.looks.count(name) for name in names} == dict.fromkeys(names, 4)


async def test_what_a_list_names_is_not_looked_at_by_itself_and_what_it_leaves_out_is() -> None:
    things = Things({name: [10.0] * 10 for name in "abc"}, listed={"a": 10.0, "b": 10.0})
    clock = Clock()
    await looked(Watcher([things], clock=clock), clock, until=10.0)

    assert things.lists == [frozenset("abc")]
    assert things.looks == ["c"]


async def test_a_press_waits_for_the_end_of_its_look() -> None:
    things = Things({"a": [10.0, 10.0]})
    clock = Clock()
    watcher = Watcher([things], clock=clock)
    await watcher.look_now(things, "a")
    first = list(things.looks)
    await looked(watcher, clock, until=5.0)

    assert first == ["a"]
    assert things.looks == ["a"]


async def test_a_press_waits_no_longer_than_it_may_and_never_fails() -> None:
    class Slow(Things):
        async def refresh(self, order_id: str, /) -> float | None:
            self.looks.append(order_id)
            await asyncio.Event().wait()
            return None

    slow, broken = Slow({"a": [1.0]}), Things({"b": [OSError()]})
    watcher = Watcher([slow, broken], clock=Clock(), look_seconds=0.01)
    await watcher.look_now(slow, "a")
    await watcher.look_now(slow, "a")  # a look is under way, so none is begun beside it
    await watcher.look_now(broken, "b")

    assert (slow.looks, broken.looks) == (["a"], ["b"])
    running = asyncio.create_task(watcher.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])


async def test_a_press_during_a_look_gets_a_look_of_its_own() -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    class Gated(Things):
        async def refresh(self, order_id: str, /) -> float | None:
            begun.set()
            await go.wait()
            return await super().refresh(order_id)

    things = Gated({"a": [10.0, 10.0]})
    watcher = Watcher([things], clock=Clock())
    await watcher.look_around()
    await begun.wait()
    pressed = asyncio.create_task(watcher.look_now(things, "a"))
    await asyncio.sleep(0)
    go.set()
    await watcher.settled()
    is_answered_by_the_old_look = pressed.done()
    await watcher.look_around()
    await pressed

    assert not is_answered_by_the_old_look
    assert things.looks == ["a", "a"]
