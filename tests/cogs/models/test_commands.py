from playground import Channel, Member, Playground
from tests.cogs.running_bot import Bot
from tests.cogs.trained_models import let_draw, train

DAY = 24 * 3_600.0


async def test_the_list_shows_own_models_with_described_previews_to_their_owner_alone(
    bot: Bot, channel: Channel, ana: Member, ben: Member
) -> None:
    await train(bot, ana, number=1)
    await train(bot, ana, number=2)
    await train(bot, ben, number=3, name="Secret")
    listed = await (await ana.command(channel, "model list")).final()

    assert listed.ephemeral_for is ana.user
    assert "Your models on this server** · 2 models" in listed.text
    assert "`Robo v2`" in listed.text
    assert "Secret" not in listed.text
    assert listed.alt_texts() == [
        "A picture drawn with Robo v2, trigger word zorbo · AI-generated",
        "A picture drawn with Robo v1, trigger word zorbo · AI-generated",
    ]


async def test_an_empty_list_tells_how_to_begin(bot: Bot, channel: Channel, ana: Member) -> None:
    del bot
    listed = await (await ana.command(channel, "model list")).final()

    assert "Three steps make one: /dataset new" in listed.text


async def test_a_long_list_is_paged_even_after_a_restart(bot: Bot, channel: Channel, ana: Member) -> None:
    for number in range(1, 8):
        await train(bot, ana, number=number, name=f"Model {number}")
    listed = await (await ana.command(channel, "model list")).final()
    await bot.restart()
    await ana.press(listed, "Next")
    second = await channel.wait_for(lambda m: "page 2 of 2" in m.text, seen_by=ana)

    assert second.id == listed.id
    assert "`Model 1 v1`" in second.text
    assert "`Model 7 v1`" not in second.text
    assert [button.disabled for button in second.buttons] == [False, True]


async def test_info_tells_everything_and_its_try_button_draws(bot: Bot, channel: Channel, ana: Member) -> None:
    let_draw(bot)
    await train(bot, ana)
    info = await (await ana.command(channel, "model info", model="robo")).final()
    form = (await ana.press(info, "Try it")).modal
    assert form
    await ana.submit(form, {"What should the picture show?": "at night", "How many pictures": "2"})
    done = await channel.wait_for(lambda m: "Re-roll" in m.text)

    assert "25 % closer to your pictures than the bare checkpoint" in info.text
    assert "Trigger word: `zorbo`" in info.text
    assert "`zorbo, at night`" in done.text
    assert len(done.shown_attachments) == 2


async def test_a_deleted_model_is_not_offered_any_more_and_undo_brings_it_back(
    bot: Bot, channel: Channel, ana: Member
) -> None:
    lora = await train(bot, ana)
    question = await (await ana.command(channel, "model delete", model=lora.id)).final()
    asked = question.text
    await ana.press(question, "Delete this model")
    deleted = await channel.wait_for(lambda m: "Deleted `Robo v1`" in m.text, seen_by=ana)
    told = deleted.text
    offered = await ana.autocomplete(channel, "imagine", "model", "", prompt="hi")
    refused = await (await ana.command(channel, "model info", model="Robo")).final()
    await bot.restart()
    await ana.press(deleted, "Undo")
    await channel.wait_for(lambda m: "`Robo v1` is back" in m.text, seen_by=ana)
    offered_again = await ana.autocomplete(channel, "imagine", "model", "", prompt="hi")

    assert "You can bring it back for 24 hours" in asked
    assert "Its pictures stay" in told
    assert offered == []
    assert "I can't find that model among yours" in refused.text
    assert [choice.name for choice in offered_again] == ["Robo v1"]


async def test_another_members_model_can_be_neither_seen_nor_deleted(
    bot: Bot, channel: Channel, ana: Member, ben: Member
) -> None:
    lora = await train(bot, ana)
    info = await (await ben.command(channel, "model info", model=lora.id)).final()
    deleted = await (await ben.command(channel, "model delete", model="Robo v1")).final()
    offered = await ben.autocomplete(channel, "model delete", "model", "ro")

    assert info.text == deleted.text
    assert "I can't find that model among yours on this server." in info.text
    assert info.ephemeral_for is ben.user
    assert offered == []


async def test_models_of_another_server_are_not_there(
    bot: Bot, discord: Playground, channel: Channel, ana: Member
) -> None:
    del channel
    other = discord.add_guild("Chess club")
    elsewhere = other.add_channel("games")
    ana_there = other.add_member("Ana", user=ana.user)
    await train(bot, ana)
    listed = await (await ana_there.command(elsewhere, "model list")).final()

    assert "You have no models on this server yet" in listed.text


async def test_everyone_is_never_pinged_by_a_name(bot: Bot, channel: Channel, ana: Member) -> None:
    await train(bot, ana, name="@everyone")
    listed = await (await ana.command(channel, "model list")).final()
    unknown = await (await ana.command(channel, "model info", model="@everyone <@&1>")).final()

    assert listed.pings == []
    assert "`@everyone v1`" in listed.text
    assert unknown.pings == []
