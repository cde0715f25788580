import asyncio
from functools import partial

from bot.background.runner import BoundedRunner


async def test_a_turn_never_runs_twice_at_once_and_room_is_limited() -> None:
    gate, begun = asyncio.Event(), list[str]()
    runner = BoundedRunner(most=2)

    async def turn(name: str) -> None:
        begun.append(name)
        await gate.wait()

    started = [runner.start(name, partial(turn, name)) for name in ("a", "a", "b", "c")]
    await asyncio.sleep(0)
    gate.set()
    await runner.settled()
    again = runner.start("a", partial(turn, "a"))
    await runner.settled()

    assert started == [True, False, True, False]
    assert begun == ["a", "b", "a"]
    assert again


async def test_turns_in_line_begin_in_order_each_once_and_never_more_than_there_is_room_for() -> None:
    gates, begun = {name: asyncio.Event() for name in "abcd"}, asyncio.Queue[str]()
    runner = BoundedRunner(most=2)

    async def turn(name: str) -> None:
        begun.put_nowait(name)
        await gates[name].wait()

    for name in "abacdd":
        runner.line_up(name, partial(turn, name))
    order = [await begun.get(), await begun.get()]  # the second comes although the first still runs
    waiting = runner.start("e", partial(turn, "a"))
    for name in "abcd":
        gates[name].set()
    await runner.settled()
    order += [begun.get_nowait() for _ in range(begun.qsize())]

    assert not waiting
    assert order == ["a", "b", "c", "d"]


async def test_a_long_line_of_quick_turns_lets_others_run() -> None:
    happened = list[str]()
    runner = BoundedRunner()

    async def turn(name: str) -> None:
        happened.append(name)

    for number in range(100):
        runner.line_up(number, partial(turn, "quick"))
    other = asyncio.create_task(turn("other"))
    await runner.settled()
    await other

    assert happened.count("quick") == 100
    assert happened.index("other") <= 16


async def test_stopping_forgets_who_stands_in_line() -> None:
    begun = list[str]()
    runner = BoundedRunner(most=1)

    async def turn(name: str) -> None:
        begun.append(name)
        await asyncio.Event().wait()

    for name in "ab":
        runner.line_up(name, partial(turn, name))
    await asyncio.sleep(0)
    await runner.stop()
    await runner.settled()

    assert begun == ["a"]
    assert runner.start("b", partial(turn, "b"))
    await runner.stop()


async def test_stopping_breaks_off_what_hangs() -> None:
    runner = BoundedRunner()
    runner.start("a", asyncio.Event().wait)  # type: ignore[arg-type]  # its result is not looked at
    await asyncio.sleep(0)
    await runner.stop()

    assert runner.start("a", asyncio.Event().wait)  # type: ignore[arg-type]  # same
    await runner.stop()
