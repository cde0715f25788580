"""What members do with commands, modals, buttons and menus, through an unmodified discord.py."""

import io

import pytest
from PIL import Image

from playground import CannotDo, Channel, Guild, Member, Playground, Upload
from tests.playground.sample_bot import running


def picture(width: int = 8, height: int = 6) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return out.getvalue()


async def test_a_deferred_command_with_files_is_answered(discord: Playground, channel: Channel, ana: Member) -> None:
    data = picture()
    async with running(discord):
        reply = await ana.command(channel, "pictures add", where="Robo", one=Upload("a b.png", data), count=2)

        assert reply.deferred
        assert reply.acknowledged is not None
        assert reply.acknowledged < 3000
        final = await reply.final()

    assert final.text == f"Robo x2: [{len(data)}] 8x6"
    assert channel.messages == [final]
    assert final.edits == 0
    assert not final.is_loading


async def test_autocomplete_offers_what_the_bot_answers(discord: Playground, channel: Channel, ana: Member) -> None:
    async with running(discord):
        choices = await ana.autocomplete(channel, "pictures add", "where", "ro")

    assert [(c.name, c.value) for c in choices] == [("Robo", "robo"), ("Rose", "rose")]


async def test_the_client_refuses_what_discord_would_not_send(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord):
        with pytest.raises(CannotDo, match="one is required"):
            await ana.command(channel, "pictures add", where="Robo")
        with pytest.raises(CannotDo, match="value 9 is above 4"):
            await ana.command(channel, "pictures add", where="Robo", one=Upload("a.png", b"x"), count=9)
        with pytest.raises(CannotDo, match="length 1 is below 2"):
            await ana.command(channel, "pictures add", where="R", one=Upload("a.png", b"x"))
        with pytest.raises(CannotDo, match="no command /pictures drop"):
            await ana.command(channel, "pictures drop")


async def test_a_modal_with_files_is_filled_and_answered_for_its_member_only(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord):
        opened = await ana.command(channel, "upload")
        assert opened.modal
        assert [f.label for f in opened.modal.fields] == ["Name", "Kind", "Pictures"]
        with pytest.raises(CannotDo, match="Pictures: this field is required"):
            await ana.submit(opened.modal, {"Name": "x", "Kind": "Style"})
        files = [Upload("1.png", b"1"), Upload("2.png", b"22")]
        reply = await ana.submit(opened.modal, {"Name": "x", "Kind": "Style", "Pictures": files})
        final = await reply.final()

    assert reply.ephemeral
    assert final.text == "x/['Style']: [1, 2]"
    assert ana.inbox == [final]
    assert channel.messages == []
    assert channel.seen_by(ana) == [final]


async def test_a_button_works_before_and_after_a_restart(discord: Playground, channel: Channel, ana: Member) -> None:
    async with running(discord):
        message = await (await ana.command(channel, "counter")).final()
        pressed = await ana.press(message, "Pressed 0")
        assert pressed.message is message
        assert message.text == "1 presses\n🔢 Pressed 1"
    async with running(discord):
        await ana.press(message, custom_id="count:1")

    assert message.text == "2 presses\n🔢 Pressed 2"
    assert message.edits == 2
    assert [r.content for r in message.history] == ["0 presses", "1 presses", "2 presses"]


async def test_a_card_of_components_shows_its_picture_with_alt_text(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord):
        card = await (await ana.command(channel, "card")).final()
        pressed = await ana.press(card, "Pressed 0")
        assert await pressed.final() is card

    assert card.buttons[0].title == "🔢 Pressed 1"
    assert card.is_v2
    assert card.text.startswith("## A card")
    assert [a.filename for a in card.shown_attachments] == ["red.png"]
    assert card.alt_texts() == ["A red square"]


async def test_a_command_that_is_never_answered_fails_after_three_seconds(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord) as bot:
        discord.world.seconds_to_answer = 0.05
        reply = await ana.command(channel, "silent")

        assert reply.error == "The application did not respond"
        assert reply.acknowledged is None
        assert bot.seen_interactions == [reply.interaction.id]


async def test_message_and_user_actions_reach_the_bot_whole(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord):
        message = await ana.post(channel, "look", files=[Upload("a.png", picture())])
        reply = await ana.message_action("Add to pictures", message)
        who = await ana.user_action("Who", ana, channel)

    assert reply.text == "'look' 1"
    assert who.text.startswith("Ana ")


async def test_ephemeral_answers_are_seen_by_one_member(
    discord: Playground, guild: Guild, channel: Channel, ana: Member
) -> None:
    ben = guild.add_member("Ben")
    async with running(discord):
        reply = await ana.command(channel, "hello", text="psst", secret=True)

    assert reply.ephemeral
    assert [m.text for m in channel.seen_by(ana)] == ["psst"]
    assert channel.seen_by(ben) == []
