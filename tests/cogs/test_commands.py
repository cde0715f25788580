"""The commands that members have: all of them, and every name is offered while they type."""

from collections.abc import Iterator
from typing import Any

from discord import app_commands

from playground import Channel, Member
from tests.cogs.member_actions import make_dataset, said
from tests.cogs.running_bot import Bot

NAMES = {"dataset", "training", "model", "checkpoint", "trigger_word"}  # options that name something


def commands(bot: Bot) -> Iterator[app_commands.Command[Any, Any, Any]]:
    return (c for c in bot.client.tree.walk_commands() if isinstance(c, app_commands.Command))


async def test_every_command_is_there_and_says_what_it_does(bot: Bot) -> None:
    dataset = ("new", "add", "upload", "view", "caption", "remove", "list", "delete")
    wanted = {
        *(f"dataset {name}" for name in dataset),
        *(f"train {name}" for name in ("start", "status", "list", "cancel", "retry")),
        *(f"model {name}" for name in ("list", "info", "delete")),
        *(f"admin {name}" for name in ("limits", "pause", "status", "approve")),
        *("imagine", "queue", "help", "me limits"),
    }

    assert {command.qualified_name for command in commands(bot)} == wanted
    assert all(command.description.endswith(".") for command in commands(bot))
    bare = {option.name for c in commands(bot) for option in c.parameters if option.description == "…"}
    assert all(name.startswith("image") for name in bare), "only further pictures explain themselves"


async def test_whatever_has_a_name_is_offered_while_a_member_types(bot: Bot) -> None:
    typed = [
        f"{command.qualified_name} {option.name}"
        for command in commands(bot)
        for option in command.parameters
        if option.name in NAMES and not option.autocomplete
    ]

    assert typed == []


async def test_an_empty_dataset_is_not_trained_and_the_member_hears_what_is_missing(
    bot: Bot, channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel)

    refused = await said(ana, channel, "train start", dataset="Robo")

    assert refused.text == (
        "This dataset has 0 pictures; training needs at least 4, and 10 or more work better. "
        "Add some with /dataset add. Nothing was charged."
    )
    assert refused.ephemeral_for is ana.user
    assert bot.backend.count("estimate") == 0


async def test_a_member_who_never_sees_an_id_gets_everywhere_by_names(
    bot: Bot, channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel, pictures=4)
    await (await ana.press(await said(ana, channel, "train start", dataset=" ROBO "), "Confirm")).final()
    status = await said(ana, channel, "train status", training="ROBO")
    stopping = await said(ana, channel, "train cancel", training="robo")
    await channel.wait_for(lambda m: "Training · cancelled" in m.text)
    quote = await said(ana, channel, "train retry", training="Robo")

    assert "`Robo`" in status.text
    assert "Stopping `Robo`" in stopping.text
    assert "**Quote · train `Robo`**" in quote.text
    assert bot.backend.count("submit") == 1
