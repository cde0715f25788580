import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from backends.base import DrawingPlan, DrawingProgress, RemoteTask
from domain.errors import BackendUnavailable
from domain.orders.facts import FactKind, fact
from domain.orders.progress import RemoteState
from playground import CannotDo, Channel, Guild, Member, Message, Playground, Upload
from storage.files import FileStore
from tests.cogs.running_bot import Bot
from tests.cogs.trained_models import let_draw, train
from tests.pictures import drawn


def is_done(message: Message) -> bool:
    return "Re-roll" in message.text


def after(message: Message) -> Callable[[Message], bool]:
    """Say whether a finished drawing is another, later one."""
    return lambda other: other.id > message.id and is_done(other)


async def draw(member: Member, channel: Channel, **options: Any) -> Message:  # noqa: ANN401 - the options of a command
    """Draw, and return the message when its pictures are there."""
    reply = await member.command(channel, "imagine", **{"prompt": "on a beach", **options})
    first = await reply.final()
    return await channel.wait_for(lambda m: m.id == first.id and is_done(m))


def slow_to_order(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let orders take longer than an interaction may show nothing; return what lets them through."""
    ordered, draw_now = asyncio.Event(), bot.backend.draw

    async def slowly(plan: DrawingPlan) -> RemoteTask:
        await ordered.wait()
        return await draw_now(plan)

    monkeypatch.setattr("services.drawing.drawings.SHOW_SECONDS", 0.2)
    monkeypatch.setattr(bot.backend, "draw", slowly)
    return ordered


async def test_a_waiting_card_turns_into_pictures_with_alt_text(bot: Bot, channel: Channel, ana: Member) -> None:
    lora = await train(bot, ana)
    reply = await ana.command(channel, "imagine", prompt="on a beach", model=lora.id, count=3, strength=0.8, seed=41)
    card = await reply.final()
    waiting = card.text
    let_draw(bot)
    done = await channel.wait_for(is_done)

    assert not reply.ephemeral
    assert "Drawing 3 pictures** with `Robo v1`" in waiting
    assert done.id == card.id
    assert [a.filename for a in done.shown_attachments] == ["robo-v1-41.png", "robo-v1-42.png", "robo-v1-43.png"]
    assert done.alt_texts()[0] == "on a beach (1 of 3) · Robo v1 · AI-generated"
    assert "I added the trigger word `zorbo` · strength 0.8 · seed 41" in done.text
    assert done.pings == []
    assert bot.backend.count("draw") == 1


async def test_a_finished_drawing_needs_no_interaction_token(
    bot: Bot, discord: Playground, channel: Channel, ana: Member
) -> None:
    await (await ana.command(channel, "imagine", prompt="hi")).final()
    discord.advance(minutes=40)
    let_draw(bot)
    done = await channel.wait_for(is_done)

    assert len(done.shown_attachments) == 1


async def test_an_order_that_takes_long_leaves_one_card(
    bot: Bot, channel: Channel, ana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered = slow_to_order(bot, monkeypatch)
    reply = await ana.command(channel, "imagine", prompt="hi")
    card = await channel.wait_for(lambda m: "Drawing 1 picture" in m.text)
    ordered.set()
    let_draw(bot)
    done = await channel.wait_for(is_done)
    await channel.world.changes.until(
        lambda: reply.interaction.original is not None and reply.interaction.original.deleted,
        timeout=30,
        what="the end of thinking",
    )

    assert done.id == card.id
    assert [message.id for message in channel.messages] == [card.id]


async def test_who_stops_a_drawing_that_is_still_being_ordered_is_told_so(
    bot: Bot, channel: Channel, ana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered = slow_to_order(bot, monkeypatch)
    await ana.command(channel, "imagine", prompt="hi")
    card = await channel.wait_for(lambda m: "Drawing 1 picture" in m.text)
    told = await (await ana.press(card, "Stop")).followup()
    ordered.set()
    stopped = await channel.wait_for(lambda m: m.id == card.id and "stopped" in m.text)

    assert "I stop it." in told.text
    assert told.ephemeral_for == ana.user
    assert "Drawing 1 picture" not in stopped.text


async def test_old_buttons_work_after_a_restart_and_a_month(
    bot: Bot, discord: Playground, channel: Channel, ana: Member
) -> None:
    let_draw(bot)
    lora = await train(bot, ana)
    old = await draw(ana, channel, model=lora.id, seed=5)
    await bot.restart()
    discord.advance(days=31)
    rerolled = await ana.press(old, "Re-roll")
    new = await channel.wait_for(after(old))
    info = await (await ana.press(old, "Info")).final()

    assert not rerolled.ephemeral
    assert "zorbo, on a beach" in new.text
    assert "seed 5 " not in new.text
    assert info.ephemeral_for is ana.user
    assert "/imagine prompt:on a beach model:Robo v1 strength:1 count:1 seed:5" in info.content


async def test_the_command_that_info_tells_asks_for_the_same_shape(bot: Bot, channel: Channel, ana: Member) -> None:
    let_draw(bot)
    wide = await draw(ana, channel, seed=5, ratio="wide 16:9")
    info = await (await ana.press(wide, "Info")).final()

    assert "/imagine prompt:on a beach count:1 seed:5 ratio:16:9\n" in info.content
    assert "seed 5 · 88 × 48" in wide.text


async def test_a_form_that_was_open_during_a_restart_still_draws(bot: Bot, channel: Channel, ana: Member) -> None:
    let_draw(bot)
    lora = await train(bot, ana)
    old = await draw(ana, channel, model=lora.id, seed=5)
    form = (await ana.press(old, "Edit")).modal
    assert form
    prefilled = {field.label: field.value for field in form.fields}
    await bot.restart()
    changes = {"Prompt": "at night", "How strongly": "1,5", "How many pictures": "2", "Seed": "6"}
    await ana.submit(form, changes)
    new = await channel.wait_for(after(old))

    assert prefilled == {"Prompt": "on a beach", "How strongly": "1", "How many pictures": "1", "Seed": "5"}
    assert "`zorbo, at night`" in new.text
    assert "strength 1.5 · seed 6" in new.text
    assert len(new.shown_attachments) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Seed": "soon"}, "Seed must be a whole number"),
        ({"How many pictures": "9"}, "1 to 4 pictures"),
        ({"How strongly": "-1"}, "Strength goes from 0 to 2"),
    ],
)
async def test_a_form_with_a_wrong_number_says_which(
    bot: Bot,
    channel: Channel,
    ana: Member,
    changes: dict[str, str],
    words: str,
) -> None:
    let_draw(bot)
    lora = await train(bot, ana)
    old = await draw(ana, channel, model=lora.id)
    form = (await ana.press(old, "Edit")).modal
    assert form
    prefilled = {field.label: field.value for field in form.fields}
    reply = await ana.submit(form, prefilled | changes)
    answer = await reply.final()

    assert words in answer.text
    assert answer.ephemeral_for is ana.user
    assert bot.backend.count("draw") == 1


async def test_a_prompt_of_five_thousand_characters_is_refused_to_its_author_alone(
    bot: Bot, channel: Channel, ana: Member
) -> None:
    reply = await ana.command(channel, "imagine", prompt="x" * 5_000)
    answer = await reply.final()

    assert "The prompt has 5,000 characters; I can read 1,000" in answer.content
    assert answer.ephemeral_for is ana.user
    assert channel.messages == []
    assert bot.backend.drawings == {}


async def test_a_form_with_far_too_many_characters_from_a_client_that_forgets_the_limit_is_refused(
    bot: Bot, channel: Channel, ana: Member
) -> None:
    await train(bot, ana)
    info = await (await ana.command(channel, "model info", model="Robo")).final()
    form = (await ana.press(info, "Try it")).modal
    assert form
    with pytest.raises(CannotDo, match="1000 characters, not 5000"):
        await ana.submit(form, {"What should the picture show?": "x" * 5_000})
    form.field("prompt").raw["max_length"] = 4_000
    answer = await (await ana.submit(form, {"What should the picture show?": "x" * 4_000})).final()

    assert "The prompt has 4,000 characters; I can read 1,000" in answer.text
    assert answer.ephemeral_for is ana.user
    assert channel.messages == []
    assert bot.backend.drawings == {}


async def test_bounds_are_set_before_anything_is_sent(bot: Bot, channel: Channel, ana: Member) -> None:
    del bot
    for options in ({"count": 5}, {"strength": 2.5}, {"seed": -1}, {"ratio": "7:5"}):
        with pytest.raises(CannotDo):
            await ana.command(channel, "imagine", prompt="hi", **options)


async def test_nobody_is_pinged_whatever_a_member_writes(
    bot: Bot, channel: Channel, ana: Member, ben: Member
) -> None:
    let_draw(bot)
    evil = f"@everyone @here <@{ben.id}> <@&{channel.guild.id if channel.guild else 0}>"
    done = await draw(ana, channel, prompt=evil)
    unknown = await (await ana.command(channel, "imagine", prompt="hi", model=evil)).final()
    info = await (await ana.press(done, "Info")).final()

    assert all(message.pings == [] for message in (done, unknown, info))
    assert "`@everyone @here" in done.text


async def test_another_members_model_is_unknown_by_id_by_name_and_by_typing(
    bot: Bot, channel: Channel, ana: Member, ben: Member
) -> None:
    lora = await train(bot, ana)
    by_id = await (await ben.command(channel, "imagine", prompt="hi", model=lora.id)).final()
    by_name = await (await ben.command(channel, "imagine", prompt="hi", model="Robo v1")).final()
    offered = await ben.autocomplete(channel, "imagine", "model", "ro", prompt="hi")
    offered_to_ana = await ana.autocomplete(channel, "imagine", "model", "ro", prompt="hi")

    assert by_id.content == by_name.content
    assert "I can't find that model among yours on this server. Pick one from the list" in by_id.content
    assert by_id.ephemeral_for is ben.user
    assert offered == []
    assert [(choice.name, choice.value) for choice in offered_to_ana] == [("Robo v1", lora.id)]
    assert bot.backend.drawings == {}


async def test_others_may_look_at_a_recipe_but_not_draw_with_somebodys_model_or_delete_it(
    bot: Bot, channel: Channel, ana: Member, ben: Member
) -> None:
    let_draw(bot)
    lora = await train(bot, ana)
    done = await draw(ana, channel, model=lora.id)
    info = await (await ben.press(done, "Info")).final()
    rerolled = await (await ben.press(done, "Re-roll")).final()
    edited = await (await ben.press(done, "Edit")).final()
    deleted = await (await ben.press(done, "Delete")).final()

    assert "Recipe of this drawing" in info.content
    assert "somebody else's model" in rerolled.content
    assert "somebody else's model" in edited.content
    assert "Only the member who asked for this drawing" in deleted.content
    assert all(message.ephemeral_for is ben.user for message in (info, rerolled, edited, deleted))
    assert len(channel.messages) == 1
    assert bot.backend.count("draw") == 1


async def test_anybody_may_re_roll_what_the_bare_checkpoint_drew(
    bot: Bot, channel: Channel, ana: Member, ben: Member
) -> None:
    let_draw(bot)
    old = await draw(ana, channel)
    await ben.press(old, "Re-roll")
    new = await channel.wait_for(after(old))

    assert f"for <@{ben.id}>" in new.text


async def test_deleting_asks_first_and_removes_the_message(bot: Bot, channel: Channel, ana: Member) -> None:
    let_draw(bot)
    done = await draw(ana, channel, count=2)
    question = await (await ana.press(done, "Delete")).final()
    asked = question.content
    await ana.press(question, "Delete 2 pictures")
    answer = await channel.wait_for(lambda m: "Deleted 2 pictures" in m.content, seen_by=ana)

    assert "Delete these 2 pictures for everybody?" in asked
    assert done.deleted
    assert answer.buttons == []
    assert channel.messages == []


async def test_staff_may_delete_what_a_member_drew(bot: Bot, channel: Channel, guild: Guild, ana: Member) -> None:
    let_draw(bot)
    mod = guild.add_member("Mod", permissions=1 << 5)  # Manage Server
    done = await draw(ana, channel)
    question = await (await mod.press(done, "Delete")).final()
    await mod.press(question, "Delete it")
    await channel.wait_for(lambda m: "Deleted 1 picture" in m.content, seen_by=mod)

    assert done.deleted


async def test_a_repeated_interaction_is_one_drawing(
    bot: Bot, discord: Playground, channel: Channel, ana: Member
) -> None:
    let_draw(bot)
    await draw(ana, channel)
    discord.faults.replay_after_resume("INTERACTION_CREATE")
    discord.faults.reconnect()
    await discord.bot_resumed()
    again = await draw(ana, channel)

    assert channel.messages[-1].id == again.id
    assert len(channel.messages) == 2
    assert bot.backend.count("draw") == 2


async def test_a_drawing_can_be_stopped_by_its_owner_only(
    bot: Bot, channel: Channel, ana: Member, ben: Member
) -> None:
    card = await (await ana.command(channel, "imagine", prompt="hi")).final()
    refused = await (await ben.press(card, "Stop")).final()
    await ana.press(card, "Stop")
    stopped = await channel.wait_for(lambda m: "This drawing was stopped" in m.text)

    assert "Only the member who asked" in refused.content
    assert refused.ephemeral_for is ben.user
    assert stopped.id == card.id
    assert bot.backend.count("cancel_drawing") == 1


async def test_a_failed_drawing_says_why_and_tries_again_with_the_same_recipe(
    bot: Bot, channel: Channel, ana: Member
) -> None:
    bot.backend.errors["draw"] = [BackendUnavailable("scripted", "down")]
    failed = await (await ana.command(channel, "imagine", prompt="hi", seed=77)).final()
    words = failed.text
    let_draw(bot)
    await ana.press(failed, "Try again")
    done = await channel.wait_for(is_done)

    assert "This drawing failed.** scripted can't be reached right now. Nothing was charged." in words
    assert "seed 77" in done.text
    assert bot.backend.count("draw") == 2


async def test_a_worker_that_fails_is_told_with_its_reason(bot: Bot, channel: Channel, ana: Member) -> None:
    bot.backend.draw_answer = lambda _: DrawingProgress(
        RemoteState.FAILED, message=fact(FactKind.WORDS, said="The worker ran out of memory.")
    )
    await ana.command(channel, "imagine", prompt="hi")
    failed = await channel.wait_for(lambda m: "This drawing failed" in m.text)

    assert "The worker ran out of memory. Nothing was charged." in failed.text
    assert failed.buttons[0].title == "🔄 Try again"


async def test_two_servers_never_see_each_others_things(
    bot: Bot, discord: Playground, channel: Channel, ana: Member
) -> None:
    let_draw(bot)
    other = discord.add_guild("Chess club")
    elsewhere = other.add_channel("games")
    ana_there = other.add_member("Ana", user=ana.user)
    lora = await train(bot, ana)
    refused = await (await ana_there.command(elsewhere, "imagine", prompt="hi", model=lora.id)).final()
    offered = await ana_there.autocomplete(elsewhere, "imagine", "model", "", prompt="hi")
    bare = await draw(ana_there, elsewhere)

    assert "I can't find that model among yours on this server" in refused.content
    assert offered == []
    assert "drawn with `atelier-tiny`" in bare.text
    assert channel.messages == []


async def test_pictures_too_big_for_the_channel_are_made_to_fit(
    bot: Bot,
    channel: Channel,
    ana: Member,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.background.poster.Poster._limit", lambda *_: 150)
    let_draw(bot)
    done = await draw(ana, channel, seed=9)

    assert [a.filename for a in done.shown_attachments] == ["atelier-tiny-9.jpg"]


async def test_a_drawing_starts_from_an_attached_picture_also_when_it_is_re_rolled_after_a_restart(
    bot: Bot, channel: Channel, ana: Member
) -> None:
    let_draw(bot)
    done = await draw(ana, channel, image=drawn(1), change=0.3)
    await bot.restart()
    info = await (await ana.press(done, "Info")).final()
    await ana.press(done, "Re-roll")
    rerolled = await channel.wait_for(after(done))
    first, second = bot.backend.drawings.values()

    assert first.source_image
    assert second.source_image
    assert (first.source_image.sha256, first.source_image.change) == (
        second.source_image.sha256,
        second.source_image.change,
    )
    assert FileStore(bot.settings.files).folder.has(first.source_image.sha256)
    assert first.source_image.change == 0.3
    assert "64 × 64 · started from a picture, change 0.3" in done.text
    assert "started from a picture, change 0.3: attach it as `image` again" in info.content
    assert "started from a picture, change 0.3" in rerolled.text


async def test_the_form_to_edit_a_drawing_from_a_picture_asks_how_much_may_change(
    bot: Bot, channel: Channel, ana: Member
) -> None:
    let_draw(bot)
    lora = await train(bot, ana)
    done = await draw(ana, channel, model=lora.id, image=drawn(1))
    form = (await ana.press(done, "Edit")).modal
    assert form
    prefilled = {field.label: field.value for field in form.fields}
    wrong = await (await ana.submit(form, prefilled | {"How much may change": "2"})).final()
    await ana.submit(form, prefilled | {"How much may change": "0,9"})
    edited = await channel.wait_for(after(done))

    assert prefilled["How much may change"] == "0.6"
    assert len(prefilled) == 5
    assert "Change goes from 0.05 to 1; you gave 2. Nothing was drawn or charged." in wrong.text
    assert "started from a picture, change 0.9" in edited.text


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (Upload("phone.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "This is a HEIC picture"),
        (Upload("page.png", b"<!doctype html><script>alert(1)</script>"), "This is a web page"),
    ],
    ids=lambda value: value.filename if isinstance(value, Upload) else "",
)
async def test_a_file_that_is_no_picture_draws_nothing_and_says_why_to_its_author_alone(
    bot: Bot, channel: Channel, ana: Member, upload: Upload, words: str
) -> None:
    answer = await (await ana.command(channel, "imagine", prompt="hi", image=upload)).final()

    assert f"`{upload.filename}`: {words}" in answer.content
    assert answer.content.endswith("Nothing was drawn or charged.")
    assert answer.ephemeral_for is ana.user
    assert channel.messages == []
    assert bot.backend.drawings == {}


async def test_a_place_that_can_t_start_from_a_picture_is_named_before_anything_is_drawn(
    bot: Bot, channel: Channel, ana: Member
) -> None:
    bot.backend.abilities = replace(bot.backend.abilities, draws_from_image=False)
    answer = await (await ana.command(channel, "imagine", prompt="hi", image=drawn(1))).final()

    assert answer.content == (
        "scripted draws from words alone and can't start from a picture. Leave `image` out, or pick a model that was "
        "trained elsewhere. Nothing was drawn or charged."
    )
    assert answer.ephemeral_for is ana.user
    assert bot.backend.drawings == {}


@pytest.mark.parametrize("change", [0.04, 1.1])
async def test_how_much_may_change_has_bounds_in_the_command_itself(
    bot: Bot, channel: Channel, ana: Member, change: float
) -> None:
    del bot
    with pytest.raises(CannotDo):
        await ana.command(channel, "imagine", prompt="hi", image=drawn(1), change=change)
