"""What the client does when it starts, and what it never does twice."""

from pathlib import Path

from playground import Channel, Member, Playground
from tests.cogs.member_actions import said
from tests.cogs.running_bot import Bot


def published(discord: Playground) -> int:
    return sum(seen.method == "PUT" and seen.route.endswith("/commands") for seen in discord.requests)


async def test_commands_that_did_not_change_are_published_once(discord: Playground, bot: Bot) -> None:
    await bot.restart()

    assert published(discord) == 1


async def test_commands_that_changed_are_published_again(discord: Playground, bot: Bot, tmp_path: Path) -> None:
    (tmp_path / "commands.sha256").write_text("those of an older version")
    await bot.restart()

    assert published(discord) == 2


async def test_an_error_of_a_command_is_explained_to_the_member_alone(
    bot: Bot, channel: Channel, ana: Member
) -> None:
    async def fail(*_: object) -> None:
        raise LookupError("secret detail")

    bot.client.services.datasets.of_member = fail  # type: ignore[assignment, method-assign] # as a bug would
    answer = await said(ana, channel, "dataset list")

    assert answer.text.startswith("Sorry, something went wrong on my side.")
    assert "secret detail" not in answer.text
    assert answer.ephemeral_for is ana.user
