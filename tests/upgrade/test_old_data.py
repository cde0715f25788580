"""What commit c394d22 kept is shown again: datasets, pictures, models, trainings, drawings and money."""

from collections.abc import Sequence

import pytest

from playground import Channel
from tests.cogs.member_actions import said
from tests.cogs.running_bot import Bot
from tests.upgrade.old_data import STRAY
from tests.upgrade.old_discord import OldDiscord

REFUSED = "does not accept this training, so it was not started. Its queue is closed today."
Options = dict[str, object]

ANSWERS: Sequence[tuple[str, str, Options, Sequence[str]]] = (
    (
        "Ana",
        "dataset list",
        {},
        ["Your 3 datasets", "`Spare` · style · 2 pictures", "`Fox` · character or person · 5"],
    ),
    ("Ana", "dataset list", {}, ["`Album` · character or person · 14 pictures · trigger word `album`"]),
    ("Ana", "dataset view", {"dataset": "Album"}, ["2. `a red robot waves`", "5. `two robots`", "page 1 of 2"]),
    ("Ana", "dataset view", {"dataset": "Album", "page": 2}, ["page 2 of 2"]),
    ("Ana", "dataset view", {"dataset": "Fox"}, ["trigger word `foxxo`"]),
    ("Ana", "model list", {}, ["7 models", "`Guessed v1`", "`Cloudy v1`", "`Foxy v5`", "24 % closer"]),
    ("Ana", "model info", {"model": "Cloudy"}, ["Its weights stay with Replicate"]),
    ("Ana", "model info", {"model": "Foxy"}, ["Trigger word: `foxxo`"]),
    ("Ana", "train list", {}, ["`Threaded` · waiting", "`Halted` · running, step 40 of 60", "`Halted` · cancelled"]),
    (
        "Ana",
        "train list",
        {},
        ["`Broken` · failed", "⚠️ could not be posted", "`Refused` · failed", "`Cloudy` · done"],
    ),
    ("Ana", "queue", {}, ["`Threaded` · waiting", "`Halted` · step 40 of 60 · about 1 min left"]),
    ("Ana", "me limits", {}, ["You: $0.86 of $9.00", "This server: $9.76 of $15.00"]),
    ("Ben", "train list", {}, ["`Cat again` · waiting", "`Cat missing` · waiting", "`Cat held` · waiting"]),
    ("Ben", "me limits", {}, ["You: $1.50 of $9.00"]),
    ("Cleo", "train list", {}, ["`Dog collecting` · running", "`Dog stopping` · running, 10 % done", "`Dog queued`"]),
    ("Cleo", "queue", {}, ["`Dog collecting` · finished, saving", "`Dog stopping` · stopping"]),
    ("Cleo", "me limits", {}, ["You: $1.50 of $9.00"]),
    ("Dan", "train list", {}, ["`Owl refused` · failed", "`Owl three` · interrupted", "`Owl one` · interrupted"]),
    ("Dan", "me limits", {}, ["You: $1.40 of $9.00"]),
    ("Eva", "train list", {}, ["`Bee declined` · cancelled", "`Bee approved` · waiting"]),
    ("Eva", "me limits", {}, ["You: $4.50 of $9.00"]),
    (
        "Boss",
        "admin status",
        {},
        ["$9.76 of $15.00 used this month", "Each member: $9.00 a month", "more than $4.00"],
    ),
    (
        "Boss",
        "admin status",
        {},
        [f"Replicate: `{STRAY.name}`, running, id `stray-7`"],
    ),
)
ENDS = (
    (
        "Ana",
        "Refused",
        "My own worker does not accept this training, so it was not started. Its queue is closed today.",
    ),
    ("Ana", "Broken", "The worker ran out of memory."),
    (
        "Dan",
        "Owl refused",
        "Replicate does not accept this training, so it was not started. Its queue is closed today.",
    ),
    ("Dan", "Owl one", "there is no way to ask whether it arrived. It may have been charged."),
    ("Dan", "Owl three", "It counts as $0.40, as quoted"),
    ("Eva", "Bee declined", "A moderator declined it."),
)


@pytest.fixture
def channel(old: OldDiscord) -> Channel:
    return old.channels["general"]


async def _texts(old: OldDiscord, channel: Channel, asked: Sequence[tuple[str, str, Options]]) -> list[str]:
    return [(await said(old.member(who), channel, command, **options)).text for who, command, options in asked]


async def test_members_find_everything_that_was_there(bot: Bot, old: OldDiscord, channel: Channel) -> None:
    del bot
    texts = await _texts(old, channel, [(who, command, options) for who, command, options, _ in ANSWERS])

    missing = [
        (who, command, sentence, text)
        for (who, command, _, sentences), text in zip(ANSWERS, texts, strict=True)
        for sentence in sentences
        if sentence not in text
    ]
    assert missing == []


async def test_why_a_training_ended_is_still_said(bot: Bot, old: OldDiscord, channel: Channel) -> None:
    del bot
    texts = await _texts(old, channel, [(who, "train status", {"training": name}) for who, name, _ in ENDS])

    assert [(name, text) for (_, name, why), text in zip(ENDS, texts, strict=True) if why not in text] == []


async def test_the_other_server_is_still_paused_under_its_own_limits(bot: Bot, old: OldDiscord) -> None:
    del bot
    lounge = old.channels["lounge"]
    status = await said(old.elsewhere["boss"], lounge, "admin status")
    datasets = await said(old.elsewhere["ana"], lounge, "dataset list")

    assert "Paused:" in status.text
    assert "$0.00 of $3.00 used this month" in status.text
    assert "`Lamp` · object" in datasets.text
    assert "Album" not in datasets.text
