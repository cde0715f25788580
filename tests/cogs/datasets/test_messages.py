"""Pictures that come without a dataset: the message action, and messages that mention Atelier."""

from pathlib import Path

import pytest

from playground import Channel, Guild, Member, Message, Permission, Playground, Upload
from storage.files import FileStore
from tests.cogs.member_actions import add, make_dataset, said, settled
from tests.cogs.running_bot import Bot
from tests.pictures import drawn, halved

pytestmark = pytest.mark.usefixtures("bot")


async def answer_to(message: Message) -> Message:
    return await message.channel.wait_for(
        lambda m: m.reference is not None and m.author.bot and m.id > message.id and bool(m.text)
    )


async def choice_of(member: Member, asked: Message) -> Message:
    """Press the button below a message that waits for a dataset, and return what the member sees then."""
    return await (await member.press(asked, "Choose where…")).final()


async def test_a_mention_with_pictures_fills_the_only_dataset_at_once(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel)

    posted = await ana.post(channel, "look", files=[drawn(1), drawn(2)], mention_bot=True)
    answer = await answer_to(posted)

    assert answer.text.splitlines()[0] == "✅ Added 2 pictures to your dataset."
    assert answer.ephemeral_for is None
    assert not answer.pings
    assert "· 2 pictures ·" in (await said(ana, channel, "dataset list")).text


async def test_a_mention_that_names_a_dataset_uses_it(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, "Robo")
    await make_dataset(ana, channel, "Snow cat")

    posted = await ana.post(channel, "these are for SNOW CAT, please", files=[drawn(1)], mention_bot=True)

    assert "Added 1 picture to `Snow cat`" in (await answer_to(posted)).text


async def test_what_a_dataset_holds_is_not_told_to_everybody(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, "Secret cat", pictures=3)

    posted = await ana.post(channel, files=[drawn(3), drawn(4), halved(drawn(2))], mention_bot=True)
    answer = await answer_to(posted)

    assert answer.text == (
        "✅ Added 2 pictures to your dataset.\n"
        "👀 Almost the same as another: 1 picture. All are kept.\n"
        "♻️ Already there, so not added again: `robo3.png`.\n"
        "/dataset view shows what is in it, to you alone."
    )


async def test_without_a_name_the_author_chooses_alone_and_nobody_else_can(
    channel: Channel, ana: Member, ben: Member
) -> None:
    await make_dataset(ana, channel, "Robo")
    await make_dataset(ana, channel, "Snow cat")
    await make_dataset(ben, channel, "Bens own")
    posted = await ana.post(channel, files=[drawn(1), Upload("x.txt", b"no")], mention_bot=True)
    asked = await answer_to(posted)

    stranger = await (await ben.press(asked, "Choose where…")).followup()
    choice = await choice_of(ana, asked)
    question, options = choice.text, [option.label for option in choice.selects[0].options]
    await (await ana.choose(choice, ["Robo"])).final()
    late = await (await ana.press(asked, "Choose where…")).followup()

    assert "I have 1 picture from you, kept for a day. Choose the dataset; only you see yours." in asked.text
    assert "`x.txt`: This file is not a picture" in asked.text
    assert "Robo" not in asked.text
    assert asked.selects == []
    assert [b.label for b in asked.buttons] == ["Choose where…"]
    assert "Only the member who sent them can place them" in stranger.text
    assert stranger.ephemeral_for == ben.user
    assert choice.ephemeral_for == ana.user
    assert "I have 1 picture from you. Which dataset do they belong to?" in question
    assert options == ["Snow cat", "Robo"]
    assert "Added 1 picture to `Robo`; it has 1 picture now." in choice.text
    assert not choice.selects
    assert late.text == "These pictures are in a dataset already. /dataset view shows them."
    assert late.ephemeral_for == ana.user


async def test_choosing_works_after_every_restart(bot: Bot, channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, "Robo")
    await make_dataset(ana, channel, "Snow cat")
    posted = await ana.post(channel, files=[drawn(1)], mention_bot=True)
    asked = await answer_to(posted)
    await bot.restart()
    choice = await choice_of(ana, asked)
    await bot.restart()

    names = [asked.buttons[0].custom_id or "", choice.selects[0].custom_id or ""]
    await (await ana.choose(choice, ["Snow cat"])).final()

    assert names[0].startswith("v1:choose-where:")
    assert names[1].startswith("v1:place:")
    assert "Added 1 picture to `Snow cat`" in choice.text


async def test_a_member_without_datasets_makes_one_right_there(bot: Bot, channel: Channel, ana: Member) -> None:
    posted = await ana.post(channel, files=[drawn(1), drawn(2)], mention_bot=True)
    choice = await choice_of(ana, await answer_to(posted))
    question = choice.text
    form = await ana.press(choice, "New dataset")
    await bot.restart()

    await (await ana.submit(form.modal, {"Name": "Robo", "What it shows": "Style", "trigger_word": ""})).final()

    assert "you have no dataset on this server yet" in question
    assert "Added 2 pictures to `Robo`; it has 2 pictures now." in choice.text
    assert "`Robo` · style · 2 pictures" in (await said(ana, channel, "dataset list")).text


async def test_a_bad_name_in_the_form_leaves_the_pictures_waiting(channel: Channel, ana: Member) -> None:
    posted = await ana.post(channel, files=[drawn(1)], mention_bot=True)
    choice = await choice_of(ana, await answer_to(posted))
    form = await ana.press(choice, "New dataset")

    refused = await (
        await ana.submit(form.modal, {"Name": "Robo", "What it shows": "Object", "trigger_word": "cat"})
    ).followup()
    again = await ana.press(choice, "New dataset")
    await (await ana.submit(again.modal, {"Name": "Robo", "What it shows": "Object", "trigger_word": ""})).final()

    assert "everyday word" in refused.text
    assert "Added 1 picture to `Robo`" in choice.text


async def test_the_same_message_delivered_twice_is_answered_once(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel)
    posted = await ana.post(channel, files=[drawn(1)], mention_bot=True)
    await answer_to(posted)
    discord.faults.replay_after_resume("MESSAGE_CREATE")
    discord.faults.abort_gateway()
    await discord.bot_resumed(1)

    other = await ana.post(channel, files=[drawn(2)], mention_bot=True)
    await answer_to(other)

    assert len([m for m in channel.messages if m.author.bot]) == 2
    assert "2 pictures" in (await said(ana, channel, "dataset view", dataset="Robo")).text


async def test_a_message_without_a_mention_or_without_pictures_is_left_alone(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel)

    await ana.post(channel, "nice picture", files=[drawn(1)])
    await ana.post(channel, "hello", mention_bot=True)
    answered = await ana.post(channel, files=[drawn(2)], mention_bot=True)
    await answer_to(answered)

    assert len([m for m in channel.messages if m.author.bot]) == 1
    assert "1 picture" in (await said(ana, channel, "dataset view", dataset="Robo")).text


async def test_a_reply_to_the_bot_takes_pictures_only_when_its_words_mention_it(
    channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel)
    heard = await ana.post(channel, files=[drawn(1)], mention_bot=True)
    answer = await answer_to(heard)

    pinged = await ana.post(channel, "why does it look so?", files=[drawn(2)], reply_to=answer)
    meant = await ana.post(channel, "one more", files=[drawn(3)], reply_to=answer, mention_bot=True)
    await answer_to(meant)

    assert pinged.pings == [answer.author.id]
    assert [m.reference for m in channel.messages if m.author.bot] == [heard, meant]
    assert "2 pictures" in (await said(ana, channel, "dataset view", dataset="Robo")).text


async def test_pictures_of_a_message_that_is_deleted_at_once_are_still_answered(
    channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel)

    posted = await ana.post(channel, files=[drawn(1)], mention_bot=True)
    await ana.delete(posted)
    answer = await channel.wait_for(lambda m: m.author.bot)

    assert "Added 1 picture to your dataset." in answer.text


async def test_a_bad_file_in_a_mention_pings_nobody(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel)

    posted = await ana.post(channel, "@everyone", files=[Upload("@everyone.png", b"no")], mention_bot=True)
    answer = await answer_to(posted)

    assert "I could not use this file, so nothing was added." in answer.text
    assert "`everyone.png`: This file is not a picture" in answer.text
    assert not answer.pings


async def test_a_direct_message_is_told_where_to_go(ana: Member) -> None:
    await ana.post(ana.dm, "hello", files=[drawn(1)])

    answer = await ana.dm.wait_for(lambda m: m.author.bot)

    assert "I keep everything per server" in answer.text


async def test_pictures_of_anybodys_message_are_added_by_the_message_action(
    channel: Channel, ana: Member, ben: Member
) -> None:
    await make_dataset(ana, channel)
    posted = await ben.post(channel, "my drawings", files=[drawn(1), drawn(2)])

    added = await settled(ana, await ana.message_action("Add to dataset", posted))

    assert "Added 2 pictures to `Robo`" in added.text
    assert added.ephemeral_for == ana.user


async def test_the_message_action_asks_when_there_are_several_datasets(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, "Robo")
    await make_dataset(ana, channel, "Snow cat")
    posted = await ana.post(channel, files=[drawn(1)])

    asked = await settled(ana, await ana.message_action("Add to dataset", posted))
    options = [option.label for option in asked.selects[0].options]
    await (await ana.choose(asked, ["Snow cat"])).final()

    assert options == ["Snow cat", "Robo"]
    assert "Added 1 picture to `Snow cat`" in asked.text


async def test_a_message_without_files_is_refused_in_words(channel: Channel, ana: Member) -> None:
    posted = await ana.post(channel, "only words")

    refused = await (await ana.message_action("Add to dataset", posted)).final()

    assert refused.text == "There are no files on that message, so there was nothing to add."


async def test_a_full_dataset_says_which_pictures_found_no_room(
    monkeypatch: pytest.MonkeyPatch, channel: Channel, ana: Member
) -> None:
    monkeypatch.setattr("domain.datasets.dataset.MOST_IMAGES", 2)
    await make_dataset(ana, channel, pictures=1)

    added = await add(ana, channel, "Robo", [drawn(2), drawn(3), drawn(4)])

    assert "Added 1 picture to `Robo`; it has 2 pictures now." in added.text
    assert "No room for `robo3.png`, `robo4.png`" in added.text


async def test_a_full_disk_is_told_below_the_message(bot: Bot, channel: Channel, ana: Member, tmp_path: Path) -> None:
    await make_dataset(ana, channel)
    bot.client.services.intake._files = FileStore(tmp_path / "full", free_floor=2**62)

    posted = await ana.post(channel, files=[drawn(1)], mention_bot=True)
    answer = await answer_to(posted)

    assert answer.text.startswith("My disk is full, so this could not be stored.")


async def test_a_mention_in_a_thread_is_heard_too(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel)
    thread = channel.add_thread("Robo pictures", owner=ana)

    posted = await ana.post(thread, files=[drawn(1)], mention_bot=True)

    assert "Added 1 picture to your dataset." in (await answer_to(posted)).text


async def test_where_the_bot_may_not_write_nothing_is_taken_behind_the_members_back(
    channel: Channel, guild: Guild, ana: Member
) -> None:
    await make_dataset(ana, channel)
    quiet = guild.add_channel("quiet")
    atelier = next(member for member in guild.members.values() if member.user.bot)
    quiet.allow(atelier, deny=Permission.SEND_MESSAGES)

    await ana.post(quiet, files=[drawn(1)], mention_bot=True)
    heard = await ana.post(channel, files=[drawn(2)], mention_bot=True)
    answer = await answer_to(heard)

    assert "Added 1 picture to your dataset." in answer.text
    assert "· 1 picture ·" in (await said(ana, channel, "dataset list")).text
    assert [m for m in quiet.messages if m.author.bot] == []
