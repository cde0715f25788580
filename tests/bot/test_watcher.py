import asyncio
from dataclasses import dataclass, field
from functools import partial

from bot.turns import Turns
from bot.watcher import Watcher
from domain.errors import BackendUnavailable


@dataclass
class Things:
    """Open things, and what each look at one of them says: a pause, the end, or an error."""

    script: dict[str, list[float | Exception | None]]
    looks: list[str] = field(default_factory=list)
    is_broken: bool = False

    async def open_ids(self) -> list[str]:
        if self.is_broken:
            raise OSError("disk")
        return [name for name, said in self.script.items() if said]

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


async def test_a_turn_never_runs_twice_at_once_and_room_is_limited() -> None:
    gate, begun = asyncio.Event(), list[str]()
    turns = Turns(most=2)

    async def turn(name: str) -> None:
        begun.append(name)
        await gate.wait()

    started = [turns.start(name, partial(turn, name)) for name in ("a", "a", "b", "c")]
    await asyncio.sleep(0)
    gate.set()
    await turns.settled()
    again = turns.start("a", partial(turn, "a"))
    await turns.settled()

    assert started == [True, False, True, False]
    assert begun == ["a", "b", "a"]
    assert again


async def test_turns_in_line_begin_in_order_each_once_and_never_more_than_there_is_room_for() -> None:
    gates, begun = {name: asyncio.Event() for name in "abcd"}, asyncio.Queue[str]()
    turns = Turns(most=2)

    async def turn(name: str) -> None:
        begun.put_nowait(name)
        await gates[name].wait()

    for name in "abacdd":
        turns.line_up(name, partial(turn, name))
    order = [await begun.get(), await begun.get()]  # the second comes although the first still runs
    waiting = turns.start("e", partial(turn, "a"))
    for name in "abcd":
        gates[name].set()
    await turns.settled()
    order += [begun.get_nowait() for _ in range(begun.qsize())]

    assert not waiting
    assert order == ["a", "b", "c", "d"]


async def test_a_long_line_of_quick_turns_lets_others_run() -> None:
    happened = list[str]()
    turns = Turns()

    async def turn(name: str) -> None:
        happened.append(name)

    for number in range(100):
        turns.line_up(number, partial(turn, "quick"))
    other = asyncio.create_task(turn("other"))
    await turns.settled()
    await other

    assert happened.count("quick") == 100
    assert happened.index("other") <= 16


async def test_stopping_forgets_who_stands_in_line() -> None:
    begun = list[str]()
    turns = Turns(most=1)

    async def turn(name: str) -> None:
        begun.append(name)
        await asyncio.Event().wait()

    for name in "ab":
        turns.line_up(name, partial(turn, name))
    await asyncio.sleep(0)
    await turns.stop()
    await turns.settled()

    assert begun == ["a"]
    assert turns.start("b", partial(turn, "b"))
    await turns.stop()


async def test_stopping_breaks_off_what_hangs() -> None:
    turns = Turns()
    turns.start("a", asyncio.Event().wait)  # type: ignore[arg-type]  # its result is not looked at
    await asyncio.sleep(0)
    await turns.stop()

    assert turns.start("a", asyncio.Event().wait)  # type: ignore[arg-type]  # same
    await turns.stop()
