"""What a member sees after acting."""

from playground import Channel, Guild, Member, Playground
from tests.playground.sample_bot import running


async def test_a_command_that_is_never_answered_fails_after_three_seconds(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord) as bot:
        discord.world.seconds_to_answer = 0.05
        reply = await ana.command(channel, "silent")

        assert reply.error == "The application did not respond"
        assert reply.acknowledged is None
        assert bot.seen_interactions == [reply.interaction.id]


async def test_ephemeral_answers_are_seen_by_one_member(
    discord: Playground, guild: Guild, channel: Channel, ana: Member
) -> None:
    ben = guild.add_member("Ben")
    async with running(discord):
        reply = await ana.command(channel, "hello", text="psst", secret=True)

    assert reply.ephemeral
    assert [m.text for m in channel.seen_by(ana)] == ["psst"]
    assert channel.seen_by(ben) == []
