"""What the bot can read of a message."""

import discord as library

from playground import Channel, Member, Upload
from tests.playground.asking_bot import AskingBot
from tests.playground.sample_bot import SampleBot, place


async def test_without_the_content_intent_only_some_messages_can_be_read(
    bot: SampleBot, channel: Channel, ana: Member
) -> None:
    picture = Upload("a.png", b"x")
    plain = await ana.post(channel, "secret", files=[picture])
    await ana.post(channel, "@Atelier look", files=[picture], mention_bot=True)
    await ana.post(ana.dm, "privately", files=[picture])
    seen = await place(bot, channel).fetch_message(plain.id)
    own = await place(bot, channel).send("mine")
    await ana.post(channel, "say hello", reply_to=channel.messages[-1])
    answer = await channel.wait_for(lambda m: m.text == "hello")

    heard = [(m.content, len(m.attachments)) for m in bot.heard]
    assert heard[:2] == [("", 0), (f"<@{bot.user and bot.user.id}> look", 1)]
    assert ("privately", 1) in heard
    assert (seen.content, seen.attachments) == ("", [])
    assert own.content == "mine"
    assert answer.pings == [ana.id]


async def test_embeds_show_their_own_files(asking: AskingBot, channel: Channel) -> None:
    embed = (
        library.Embed(title="Sheet", description="Twelve")
        .set_image(url="attachment://sheet.png")
        .set_footer(text="end")
    )
    embed.add_field(name="Name", value="Robo")
    file = library.File(__file__, "sheet.png")
    sent = await asking.get_partial_messageable(channel.id).send(embed=embed, file=file)
    shown = channel.messages[-1]

    assert shown.text == "Sheet\nTwelve\nName\nRobo\nend"
    assert shown.embeds[0]["image"]["url"].partition("?")[0] == shown.attachments[0].url.partition("?")[0]
    assert sent.embeds[0].image.url
    assert await sent.attachments[0].read() == shown.attachments[0].data
