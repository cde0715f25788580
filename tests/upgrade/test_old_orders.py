"""What was on its way when commit c394d22 stopped goes on, and is never ordered twice."""

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from backends.base import DrawingPlan, DrawingProgress, TrainedLora
from domain.orders.progress import Progress, RemoteState
from playground import Message
from storage.files import FileFolder
from tests.cogs.running_bot import Bot
from tests.services.scripted_backend import ScriptedBackend
from tests.upgrade.old_data import ask, remote_name, words
from tests.upgrade.old_discord import OldDiscord

ENDED = (
    *("the card of a finished training", "a finished training", "the finished Cloudy", "a failed training"),
    *("a refused training", "a cancelled training", "a training refused by Replicate"),
    *("an interrupted training, Owl one", "an interrupted training, Owl three"),
    *("a drawing", "a drawing at Replicate", "a drawing from a picture", "a re-roll", "an edited drawing"),
    *("a drawing to delete", "a failed drawing", "a stopped drawing"),
    *("an approval that was given", "an approval that was declined", "a question to approve"),
)


def change(folder: Path, sql: str, *values: object) -> None:
    """Change the data folder before the bot opens it."""
    with closing(sqlite3.connect(folder / "atelier.sqlite")) as connection:
        connection.execute(sql, values)
        connection.commit()


def read(message: Message) -> str:
    """Return what stands there, without the times, which were moved, and without where free work ran.

    What never ran no longer says that it ran on this machine, and a stop no longer says who asked for it.
    """
    return (
        re.sub(r"<t:\d+", "<t:", message.text)
        .replace(": it ran on this bot's own machine", "")
        .replace(" as you asked", "")
    )


async def edited(message: Message) -> None:
    """Wait until the bot has edited an old message."""
    await message.channel.wait_for(lambda m: m is message and m.edits > 0)


async def shows(old: OldDiscord, card: str, text: str) -> None:
    """Wait until an old card shows a text."""
    message = old.messages[card]
    await message.channel.wait_for(lambda m: m is message and text in m.text)


def ordered(backend: ScriptedBackend, method: str) -> list[str]:
    """Return the names under which something was ordered."""
    return [name for called, name in backend.calls if called == method]


async def test_lost_and_failed_hand_overs_go_on_and_nothing_is_ordered_twice(
    stopped_bot: Bot, folder: Path, old: OldDiscord, replicate: ScriptedBackend
) -> None:
    held, missing, again = (remote_name(folder, name) for name in ("Cat held", "Cat missing", "Cat again"))
    change(folder, "UPDATE tasks SET again_at = ? WHERE again_at IS NOT NULL", time.time())
    for name in (held, missing, again):
        replicate.progress[f"remote-{name}"] = Progress(RemoteState.RUNNING, step=3, of=60)
    await stopped_bot.start()
    for card in ("a lost hand-over that arrived", "a lost hand-over that never arrived", "a hand-over to repeat"):
        await shows(old, card, "step 3 of 60")
    await stopped_bot.stop()

    assert sorted(ordered(replicate, "submit")) == sorted([missing, again])


async def test_trainings_that_a_backend_holds_end_as_it_says(
    stopped_bot: Bot, folder: Path, old: OldDiscord, own_machine: ScriptedBackend, replicate: ScriptedBackend
) -> None:
    general = old.channels["general"]
    content = b"another trained LoRA"
    own_machine.trained = TrainedLora(FileFolder(folder / "files").put(content), len(content), 0.5, 0.4)
    own_machine.progress[remote_name(folder, "Halted")] = Progress(RemoteState.SUCCEEDED, step=60, of=60)
    replicate.trained = TrainedLora(None, 0, reference="their-model-dog")
    replicate.errors.clear()
    replicate.progress[f"remote-{remote_name(folder, 'Dog queued')}"] = Progress(
        RemoteState.FAILED, message=words("No.")
    )
    await stopped_bot.start()
    mine = await general.wait_for(lambda m: "is done" in m.text and "`Halted v1`" in m.text)
    theirs = await general.wait_for(lambda m: "is done" in m.text and "`Dog collecting v1`" in m.text)
    await shows(old, "a training being stopped", "Training · cancelled")
    await shows(old, "a queued training", "Training · failed")
    await stopped_bot.stop()

    assert mine.pings == [old.member("Ana").id]
    assert theirs.pings == [old.member("Cleo").id]
    assert own_machine.count("submit") == 0


async def test_open_drawings_go_on_and_what_may_be_paid_is_not_ordered_twice(
    stopped_bot: Bot, folder: Path, old: OldDiscord, own_machine: ScriptedBackend, replicate: ScriptedBackend
) -> None:
    def finish(plan: DrawingPlan) -> DrawingProgress:
        del plan  # each of them is one picture
        return DrawingProgress(RemoteState.SUCCEEDED, pictures=(picture,))

    (picture,) = ask(folder, "SELECT json_extract(pictures, '$[0]') FROM generations WHERE seed = 9")
    (handed_over,) = ask(folder, "SELECT id FROM generations WHERE prompt = 'handed over'")
    own_machine.draw_answer = finish
    replicate.drawn = {held: DrawingProgress(RemoteState.SUCCEEDED, pictures=(picture,)) for held in replicate.drawn}
    await stopped_bot.start()
    for card in ("a waiting drawing", "a second waiting drawing", "a running drawing", "a drawing being handed over"):
        await shows(old, card, "Re-roll")
    await shows(old, "a paid drawing being handed over", "It may have been charged")
    await stopped_bot.stop()

    assert ordered(own_machine, "draw") == [f"atelier-draw-{handed_over}"]
    assert replicate.count("draw") == 0


async def test_posts_that_were_owed_come_once(bot: Bot, old: OldDiscord) -> None:
    general = old.channels["general"]
    await general.wait_for(lambda m: "is done" in m.text and "`Guessed v1`" in m.text)
    await edited(old.messages["a refused training"])
    await bot.restart()

    assert len([m for m in general.messages if "is done" in m.text and "`Guessed v1`" in m.text]) == 1


async def test_cards_of_what_ended_are_drawn_as_they_were(stopped_bot: Bot, folder: Path, old: OldDiscord) -> None:
    cards = {name: old.messages[name] for name in ENDED}
    then = {name: read(card) for name, card in cards.items()}
    change(folder, "UPDATE outbox SET state = 'pending', wanted = wanted + 1 WHERE message_id IS NOT NULL")
    await stopped_bot.start()
    for card in cards.values():
        await edited(card)
    now = {name: read(card) for name, card in cards.items()}
    lost = old.messages["a drawing with a lost answer"]
    await edited(lost)
    await stopped_bot.stop()

    assert now == then
    assert "I did not order it twice. It may have been charged, so it counts as $" in read(lost)
