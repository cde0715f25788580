"""`/dataset`: new, add, upload, list, delete, as members use them."""

import pytest

from playground import Channel, Guild, Member, Playground, Upload
from tests.cogs.member_actions import add, dataset_id, make_dataset, said, settled
from tests.cogs.running_bot import Bot
from tests.pictures import drawn, halved

pytestmark = pytest.mark.usefixtures("bot")

UNKNOWN = (
    "I can't find that dataset among yours on this server. "
    "Pick one from the list while you type, or see /dataset list."
)


async def test_a_member_makes_a_dataset_adds_pictures_and_sees_them(channel: Channel, ana: Member) -> None:
    new = await said(ana, channel, "dataset new", name="Robo", kind="character")
    added = await add(ana, channel, "Robo", [drawn(n) for n in range(1, 11)])
    sheet = await said(ana, channel, "dataset view", dataset="robo")

    assert "Made the dataset `Robo` (character or person). Its trigger word is `robo`" in new.text
    assert "Added 10 pictures to `Robo`; it has 10 pictures now." in added.text
    assert "/dataset view to see them, /train start when ready." in added.text
    assert "`Robo` · 10 pictures" in sheet.text
    assert sheet.alt_texts() == ["Contact sheet of Robo, page 1 of 1, pictures 1 to 10"]
    assert [m.ephemeral_for for m in (new, added, sheet)] == [ana.user] * 3


async def test_a_dataset_with_few_pictures_says_how_many_are_missing(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel)

    added = await add(ana, channel, "Robo", [drawn(1)])

    assert "Added 1 picture to `Robo`; it has 1 picture now." in added.text
    assert "Add at least 3 more to train" in added.text


async def test_a_name_is_taken_only_for_its_owner_on_its_server(
    discord: Playground, channel: Channel, ana: Member, ben: Member
) -> None:
    other = discord.add_guild("Game team")
    elsewhere, ana_there = other.add_channel("general"), other.add_member("Ana", user=ana.user)
    await make_dataset(ana, channel)

    again = await said(ana, channel, "dataset new", name="ROBO", kind="style")
    bens = await said(ben, channel, "dataset new", name="Robo", kind="style")
    there = await said(ana_there, elsewhere, "dataset new", name="Robo", kind="style")

    assert "You already have a dataset called `ROBO`" in again.text
    assert "Its trigger word is `robozor`" in bens.text or "Its trigger word is `roboxo`" in bens.text
    assert "Its trigger word is `robo`" in there.text


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("robo", "already the trigger word of another dataset"),
        ("dragon", "everyday word"),
        ("two words", "3 to 16 letters and digits"),
        ("@everyone", "3 to 16 letters and digits"),
    ],
)
async def test_an_unsuitable_trigger_word_is_refused_with_a_suggestion(
    channel: Channel, ana: Member, word: str, why: str
) -> None:
    await make_dataset(ana, channel)

    refused = await said(ana, channel, "dataset new", name="Blip", kind="object", trigger_word=word)

    assert why in refused.text
    assert "How about `" in refused.text
    assert refused.ephemeral_for == ana.user
    assert not refused.pings


async def test_the_trigger_word_list_offers_words_like_the_name(channel: Channel, ana: Member) -> None:
    offered = await ana.autocomplete(channel, "dataset new", "trigger_word", "", name="Blip", kind="object")

    assert [choice.value for choice in offered] == ["blip", "blipxo", "myblip"]


async def test_the_dataset_list_offers_only_ones_own_the_best_fit_first(
    channel: Channel, ana: Member, ben: Member
) -> None:
    for name in ("Old robo", "Robot", "Cat"):
        await make_dataset(ana, channel, name)
    await make_dataset(ben, channel, "Robocop")

    offered = await ana.autocomplete(channel, "dataset view", "dataset", "rob")

    assert [choice.name for choice in offered] == ["Robot", "Old robo"]


async def test_each_bad_file_is_named_with_its_reason_and_the_good_ones_are_kept(
    channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel)
    good, broken = drawn(1), drawn(2)

    added = await add(
        ana,
        channel,
        "Robo",
        [
            Upload("empty.png", b""),
            Upload("letter.png", b"Dear all, this is no picture."),
            Upload("half.png", broken.data[: len(broken.data) // 2]),
            good,
        ],
    )

    assert "Added 1 picture to `Robo`" in added.text
    assert "3 files left out" in added.text
    assert "`empty.png`: This file is empty (0 bytes)" in added.text
    assert "`letter.png`: This file is not a picture" in added.text
    assert "`half.png`: This PNG file is damaged" in added.text
    assert "attach it again" in added.text


async def test_a_file_that_is_too_large_is_refused_before_it_is_fetched(discord: Playground, ana: Member) -> None:
    boosted = discord.add_guild("Boosted", tier=2)  # its members may upload 50 MiB
    there, ana = boosted.add_channel("general"), boosted.add_member("Ana", user=ana.user)
    await make_dataset(ana, there)
    huge = Upload("huge.png", b"\x89PNG\r\n\x1a\n" + bytes(10 * 1024 * 1024))

    added = await add(ana, there, "Robo", [huge, drawn(1)])

    assert "Added 1 picture" in added.text
    assert "`huge.png`: This file is larger than 10 MiB" in added.text


async def test_duplicates_and_near_duplicates_are_told_by_number(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=2)

    added = await add(ana, channel, "Robo", [drawn(1, name="again.png"), halved(drawn(2)), drawn(3)])

    assert "Added 2 pictures to `Robo`; it has 4 pictures now." in added.text
    assert "Already there, so not added again: `again.png` (picture 1)." in added.text
    assert "Almost the same: 3 and 2." in added.text


async def test_an_expired_link_costs_only_its_own_picture_a_sentence(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel)
    discord.faults.dead_links(404)

    added = await add(ana, channel, "Robo", [drawn(1)])

    assert "Nothing new was added to `Robo`" in added.text
    assert "`robo1.png`: Discord's link to this file has expired. Please attach the file once more." in added.text


async def test_somebody_elses_dataset_and_none_at_all_get_the_same_answer(
    channel: Channel, ana: Member, ben: Member
) -> None:
    await make_dataset(ana, channel, pictures=1)
    foreign = await dataset_id(ana, channel, "Robo")

    answers = [
        await said(ben, channel, command, dataset=dataset, **options)
        for command, options in (
            ("dataset view", {}),
            ("dataset add", {"image1": drawn(9)}),
            ("dataset upload", {}),
            ("dataset caption", {"number": 1}),
            ("dataset caption", {"find": "a", "replace": "b"}),
            ("dataset remove", {"numbers": "1"}),
            ("dataset delete", {}),
        )
        for dataset in (foreign, "Robo", "no such thing")
    ]

    assert {answer.text for answer in answers} == {UNKNOWN}
    assert all(answer.ephemeral_for == ben.user for answer in answers)
    assert "1 picture" in (await said(ana, channel, "dataset view", dataset="Robo")).text


async def test_another_server_sees_nothing_of_it(discord: Playground, channel: Channel, ana: Member) -> None:
    other = discord.add_guild("Game team")
    elsewhere, ana_there = other.add_channel("general"), other.add_member("Ana", user=ana.user)
    await make_dataset(ana, channel)
    mine = await dataset_id(ana, channel, "Robo")

    assert (await said(ana_there, elsewhere, "dataset view", dataset=mine)).text == UNKNOWN
    assert await ana_there.autocomplete(elsewhere, "dataset view", "dataset", "") == []
    assert "You have no datasets on this server yet" in (await said(ana_there, elsewhere, "dataset list")).text


async def test_ten_pictures_come_in_through_the_form_even_when_the_bot_restarts_meanwhile(
    bot: Bot, channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel)
    opened = await ana.command(channel, "dataset upload", dataset="Robo")
    await bot.restart()

    sent = await ana.submit(opened.modal, {"Pictures": [drawn(n) for n in range(1, 11)]})
    added = await settled(ana, sent)

    assert "Added 10 pictures to `Robo`; it has 10 pictures now." in added.text
    assert added.ephemeral_for == ana.user


async def test_the_list_shows_every_dataset_with_its_trigger_word(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, "Robo", pictures=1)
    await make_dataset(ana, channel, "Blip")

    listed = await said(ana, channel, "dataset list")

    assert "Your 2 datasets" in listed.text
    assert "`Robo` · character or person · 1 picture · trigger word `robo`" in listed.text
    assert "`Blip` · character or person · 0 pictures · trigger word `blip`" in listed.text


async def test_deleting_asks_with_the_exact_count_and_can_be_undone(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=2)

    asked = await said(ana, channel, "dataset delete", dataset="Robo")
    question = asked.text
    gone = await (await ana.press(asked, "Delete 2 pictures")).final()
    told = gone.text
    after = await said(ana, channel, "dataset view", dataset="Robo")
    back = await (await ana.press(gone, "Undo")).final()

    assert "Delete the dataset `Robo` with 2 pictures and their captions?" in question
    assert "Deleted `Robo` with 2 pictures. You can undo this for 24 hours." in told
    assert after.text == UNKNOWN
    assert "`Robo` is back with 2 pictures" in back.text
    assert not back.buttons


async def test_a_dataset_that_grew_meanwhile_is_not_deleted(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=2)
    asked = await said(ana, channel, "dataset delete", dataset="Robo")
    await add(ana, channel, "Robo", [drawn(7)])

    refused = await (await ana.press(asked, "Delete 2 pictures")).followup()

    assert "no longer holds the 2 pictures" in refused.text
    assert "3 pictures" in (await said(ana, channel, "dataset view", dataset="Robo")).text
    assert not next(b for b in asked.buttons if "Delete" in b.title).disabled


async def test_undo_says_when_the_name_is_taken_again_and_works_once_it_is_free(
    channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel)
    asked = await said(ana, channel, "dataset delete", dataset="Robo")
    gone = await (await ana.press(asked, "Delete the empty dataset")).final()
    await make_dataset(ana, channel)

    refused = await (await ana.press(gone, "Undo")).followup()
    told = refused.text
    asked = await said(ana, channel, "dataset delete", dataset="Robo")
    await (await ana.press(asked, "Delete the empty dataset")).final()
    back = await (await ana.press(gone, "Undo")).final()

    assert "You already have a dataset called `Robo`" in told
    assert "Delete that one with /dataset delete first, then press Undo here again." in told
    assert "`Robo` is back" in back.text


async def test_keeping_a_dataset_closes_the_question(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel)
    asked = await said(ana, channel, "dataset delete", dataset="Robo")

    kept = await (await ana.press(asked, "Keep it")).final()

    assert kept.text == "Kept `Robo`; nothing was deleted."


async def test_a_mention_of_everyone_in_any_text_pings_nobody(channel: Channel, guild: Guild, ana: Member) -> None:
    bad = "@everyone <@&1> `x`"
    new = await said(ana, channel, "dataset new", name=bad, kind="object", trigger_word="blip")
    added = await add(ana, channel, bad, [drawn(1), Upload("@everyone `.png", b"no")])
    view = await said(ana, channel, "dataset view", dataset=bad)
    listed = await said(ana, channel, "dataset list")
    form = await ana.command(channel, "dataset caption", dataset=bad, number=1)
    written = await (await ana.submit(form.modal, {"caption": "@everyone @here <@1>"})).final()
    counted = await said(ana, channel, "dataset caption", dataset=bad, find="@everyone", replace="@here")
    gone = await said(ana, channel, "dataset remove", dataset=bad, numbers="1")
    wrong = await said(ana, channel, "dataset remove", dataset=bad, numbers="@everyone")
    asked = await said(ana, channel, "dataset delete", dataset=bad)

    messages = [new, added, view, listed, written, counted, gone, wrong, asked]
    assert [message.pings for message in messages] == [[]] * len(messages)
    assert all("`@everyone <@&1> ˋxˋ`" in message.text for message in (new, added, view, listed, gone, asked))
    assert guild.id not in {ping for message in channel.messages for ping in message.pings}


async def test_a_new_member_finds_the_four_steps_in_help(channel: Channel, ana: Member) -> None:
    shown = await said(ana, channel, "help")

    commands = ["/dataset new", "/dataset add", "/train start", "/imagine"]
    assert [shown.text.index(command) for command in commands] == sorted(shown.text.index(c) for c in commands)
    assert shown.ephemeral_for == ana.user
