"""Training in chat, as members use it: quote, confirm, card, completion, stop, retry, and what others may not do."""

import asyncio
from collections.abc import Callable

from backends.base import TrainedLora
from domain.errors import BackendAmbiguous, BackendUnavailable
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState, Sample
from playground import Channel, Guild, Member, Message, Playground, Upload
from storage.files import FileStore
from tests.cogs.running_bot import Bot
from tests.pictures import drawn
from tests.services.scripted_backend import ScriptedBackend

Picture = Callable[[int], Upload]


async def with_dataset(member: Member, channel: Channel, name: str = "Robo", *, pictures: int = 6) -> None:
    await (await member.command(channel, "dataset new", name=name, kind="character")).final()
    files = {f"image{n}": drawn(n, side=96) for n in range(1, pictures + 1)}
    await member.command(channel, "dataset add", timeout=30, dataset=name, **files)
    await channel.wait_for(lambda m: f"Added {pictures} pictures" in m.text, seen_by=member)


async def quoted(member: Member, channel: Channel, **options: str) -> Message:
    return await (await member.command(channel, "train start", timeout=30, dataset="Robo", **options)).final()


async def started(member: Member, channel: Channel) -> Message:
    """Confirm a quote and return its public card."""
    await with_dataset(member, channel)
    await (await member.press(await quoted(member, channel), "Confirm")).final()
    return await channel.wait_for(lambda m: "Training ·" in m.text)


def samples(files: FileStore, *steps: int) -> tuple[Sample, ...]:
    return tuple(Sample(step, "robo waves", files.folder.put(drawn(step + 1, side=64).data)) for step in steps)


def finished(bot: Bot, backend: ScriptedBackend) -> None:
    """Let the one training that is held end well."""
    files = FileStore(bot.settings.files)
    content = b"a trained LoRA"
    drawn_samples = samples(files, 0, 30, 60)
    backend.trained = TrainedLora(files.folder.put(content), len(content), 0.5, 0.38, drawn_samples)
    backend.progress[backend.only_training()] = Progress(RemoteState.SUCCEEDED, step=60, of=60, cost_micros=0)


async def test_a_quote_says_what_where_how_long_and_what_it_costs(bot: Bot, channel: Channel, ana: Member) -> None:
    await with_dataset(ana, channel)

    quote = await quoted(ana, channel, preset="fast", name="Robo One")

    assert quote.ephemeral_for == ana.user
    assert "train `Robo One`" in quote.text
    assert "4 pictures; 2 more are held out, for an honest score" in quote.text
    assert "stay on the machine that runs this bot" in quote.text
    assert "about 1 min" in quote.text
    assert "nothing, your own machine" in quote.text
    assert [button.label for button in quote.buttons] == ["Confirm", "Advanced", "Cancel"]
    assert bot.backend.count("submit") == 0


async def test_a_training_goes_from_quote_to_a_finished_model(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    card = await started(ana, channel)
    remote = backend.only_training()
    files = FileStore(bot.settings.files)
    backend.progress[remote] = Progress(
        RemoteState.RUNNING,
        step=40,
        of=60,
        eta_seconds=65,
        loss=0.1234,
        base_loss=0.5,
        held_out_loss=0.38,
        samples=samples(files, 0, 30),
    )
    running = await channel.wait_for(lambda m: "step 40 of 60" in m.text)
    texts = running.text
    alts = running.alt_texts()
    finished(bot, backend)
    done = await channel.wait_for(lambda m: "is done" in m.text)
    await channel.wait_for(lambda m: m.id == card.id and "Training · done" in m.text)

    assert running.id == card.id
    assert "Training · step 40 of 60 · about 1 min left" in texts
    assert "24 % closer than the base model" in texts
    assert "a lower one is not better by itself" in texts
    assert alts == ["Samples of Robo, from left: base model, step 30. Prompts: robo waves. AI-generated."]
    assert done.id != card.id
    assert done.pings == [ana.user.id]
    assert card.pings == []
    assert "`Robo v1` is done" in done.text
    assert "trigger word `robo`" in done.text
    assert [button.label for button in done.buttons] == ["Try it", "Train again"]
    assert backend.count("submit") == 1


async def test_confirm_pressed_twice_at_once_starts_one_training(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    await with_dataset(ana, channel)
    quote = await quoted(ana, channel)

    await asyncio.gather(ana.press(quote, "Confirm"), ana.press(quote, "Confirm"))
    await channel.wait_for(lambda m: "Training ·" in m.text)

    assert len(backend.trainings) == 1
    assert backend.count("submit") == 1
    assert len([m for m in channel.messages if "Training ·" in m.text]) == 1
    assert bot.sessions == 1


async def test_a_quote_works_after_a_restart(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    await with_dataset(ana, channel)
    first = await quoted(ana, channel)
    await bot.restart()
    await (await ana.press(first, "Confirm")).final()

    assert backend.count("submit") == 1


async def test_advanced_settings_are_prefilled_checked_and_quoted_anew(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    await with_dataset(ana, channel)
    quote = await quoted(ana, channel, preset="fast")
    form = (await ana.press(quote, "Advanced")).modal
    assert form is not None
    assert form.field("Steps").value == "60"
    await bot.restart()
    refused = await (await ana.submit(form, {"Steps": "5"})).followup(1)
    changed = await (await ana.submit(form, {"Steps": "30", "Rank": "8"})).final()
    new_text = changed.text
    await (await ana.press(changed, "Confirm")).final()

    assert "Steps must be between 10 and 4,000; you gave 5. Nothing was changed or charged." in refused.text
    assert "30 steps" in new_text
    settings = backend.trainings[backend.only_training()].settings
    assert (settings.steps, settings.rank) == (30, 8)


async def test_a_dropped_quote_starts_nothing(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    await with_dataset(ana, channel)
    quote = await quoted(ana, channel)
    dropped = await (await ana.press(quote, "Cancel")).final()

    assert "Nothing was started or charged" in dropped.text
    assert dropped.buttons == []
    assert backend.count("submit") == 0
    assert bot.sessions == 1


async def test_only_the_owner_and_moderators_stop_a_training(
    bot: Bot, channel: Channel, guild: Guild, ana: Member, ben: Member
) -> None:
    card = await started(ana, channel)
    refused = await (await ben.press(card, "Stop")).final()
    assert bot.backend.count("cancel") == 0
    mod = guild.add_member("Mod", permissions=1 << 5)
    stopping = await (await mod.press(card, "Stop")).final()
    stopped = await channel.wait_for(lambda m: "Training · cancelled" in m.text)

    assert refused.ephemeral_for == ben.user
    assert "belongs to somebody else" in refused.text
    assert "Stopping `Robo`" in stopping.text or "is stopped" in stopping.text
    assert "Nothing was charged" in stopped.text
    assert [button.label for button in stopped.buttons] == ["Retry"]
    assert bot.sessions == 1


async def test_a_stranger_can_not_retry_and_an_owner_can_after_a_restart(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member, ben: Member
) -> None:
    card = await started(ana, channel)
    backend.progress[backend.only_training()] = Progress(
        RemoteState.FAILED, message=fact(FactKind.WORDS, said="The worker ran out of memory.")
    )
    await channel.wait_for(lambda m: "Training · failed" in m.text)
    await bot.restart()
    refused = await (await ben.press(card, "Retry")).final()
    quote = await (await ana.press(card, "Retry")).final()
    await (await ana.press(quote, "Confirm")).final()

    assert "The worker ran out of memory." in card.text
    assert "belongs to somebody else" in refused.text
    assert quote.ephemeral_for == ana.user
    assert backend.count("submit") == 2


async def test_a_backend_that_is_away_starts_nothing_and_says_so(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    await with_dataset(ana, channel)
    backend.errors["submit"] = [BackendUnavailable("scripted", "connection refused")]
    said = await (await ana.press(await quoted(ana, channel), "Confirm")).final()
    card = await channel.wait_for(lambda m: "I try again <t:" in m.text)
    waiting = card.text
    stopped = await (await ana.press(card, "Stop")).final()
    await channel.wait_for(lambda m: "Training · cancelled" in m.text)

    assert "scripted could not be reached" in said.text
    assert "nothing was charged" in said.text
    assert "scripted could not be reached, so nothing was started or charged." in waiting
    assert "is stopped" in stopped.text
    assert "Nothing was charged" in card.text
    assert backend.count("submit") == 1
    assert bot.sessions == 1


async def test_a_lost_answer_is_looked_up_and_never_paid_twice(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    await with_dataset(ana, channel)
    backend.lose_answer_of["submit"] = [BackendAmbiguous("scripted", "read timeout")]
    said = await (await ana.press(await quoted(ana, channel), "Confirm")).final()
    await bot.restart()
    await channel.wait_for(lambda m: "next in line" in m.text or "waiting" in m.text)
    backend.progress[backend.only_training()] = Progress(RemoteState.RUNNING, step=1, of=60)
    await channel.wait_for(lambda m: "step 1 of 60" in m.text)

    assert "the answer got lost" in said.text
    assert backend.count("submit") == 1


async def test_status_list_queue_and_autocomplete_show_only_ones_own(
    bot: Bot, channel: Channel, ana: Member, ben: Member
) -> None:
    await started(ana, channel)
    status = await (await ana.command(channel, "train status")).final()
    listed = await (await ana.command(channel, "train list")).final()
    queue = await (await ana.command(channel, "queue")).final()
    mine = await ana.autocomplete(channel, "train cancel", "training", "ro")
    theirs = await ben.autocomplete(channel, "train cancel", "training", "")
    bens_queue = await (await ben.command(channel, "queue")).final()
    bens_status = await (await ben.command(channel, "train status")).final()
    bens_cancel = await (await ben.command(channel, "train cancel", training=mine[0].value)).final()
    unknown = await (await ben.command(channel, "train cancel", training="nonsense")).final()

    assert "Training · waiting" in status.text
    assert status.ephemeral_for == ana.user
    assert "• `Robo` · waiting" in listed.text
    assert "Your trainings" in queue.text
    assert "Robo · waiting" in mine[0].name
    assert theirs == []
    assert "You have no training waiting or running." in bens_queue.text
    assert "1 waits" in bens_queue.text
    assert "/train start" in bens_status.text
    assert bens_cancel.text == unknown.text
    assert bot.sessions == 1


async def test_cancel_by_its_name_stops_a_waiting_training(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    await started(ana, channel)
    said = await (await ana.command(channel, "train cancel", training="robo")).final()
    await channel.wait_for(lambda m: "Training · cancelled" in m.text)

    assert "`Robo` is stopped" in said.text
    assert backend.count("cancel") >= 1
    assert bot.sessions == 1


async def test_too_few_pictures_an_unknown_dataset_and_another_members_are_refused(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member, ben: Member
) -> None:
    await with_dataset(ana, channel, pictures=3)
    few = await quoted(ana, channel)
    (own,) = await ana.autocomplete(channel, "train start", "dataset", "ro")
    unknown = await (await ana.command(channel, "train start", dataset="Nobody")).final()
    foreign = await (await ben.command(channel, "train start", dataset=own.value)).final()
    checkpoint = await (await ana.command(channel, "train start", dataset="Robo", checkpoint="flux")).final()

    assert "training needs at least 4" in few.text
    assert "I can't find that dataset" in unknown.text
    assert foreign.text == unknown.text
    assert "I don't have that checkpoint here" in checkpoint.text
    assert all(m.ephemeral_for for m in (few, unknown, foreign, checkpoint))
    assert backend.count("submit") == 0
    assert bot.sessions == 1


async def test_a_member_has_at_most_three_trainings_on_their_way(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    await with_dataset(ana, channel)
    for _ in range(3):
        await (await ana.press(await quoted(ana, channel), "Confirm")).final()
    fourth = await (await ana.press(await quoted(ana, channel), "Confirm")).followup(1)

    assert "You already have 3 trainings waiting or running" in fourth.text
    assert backend.count("submit") == 3
    assert bot.sessions == 1


async def test_a_card_goes_on_after_a_restart_and_nothing_is_posted_twice(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    card = await started(ana, channel)
    remote = backend.only_training()
    await bot.stop()
    backend.progress[remote] = Progress(RemoteState.RUNNING, step=50, of=60)
    await bot.start()
    shown = await channel.wait_for(lambda m: "step 50 of 60" in m.text)
    finished(bot, backend)
    await channel.wait_for(lambda m: "is done" in m.text)
    await bot.restart()

    assert shown.id == card.id
    assert len([m for m in channel.messages if "is done" in m.text]) == 1
    assert len([m for m in channel.messages if "Training ·" in m.text]) == 1


async def test_everyone_in_a_model_name_pings_nobody(
    discord: Playground, bot: Bot, channel: Channel, ana: Member, backend: ScriptedBackend
) -> None:
    await with_dataset(ana, channel)
    quote = await quoted(ana, channel, name="@everyone <@1> `x`")
    await (await ana.press(quote, "Confirm")).final()
    card = await channel.wait_for(lambda m: "Training ·" in m.text)
    finished(bot, backend)
    done = await channel.wait_for(lambda m: "is done" in m.text)

    assert "`@everyone <@1> ˋxˋ" in card.text
    assert card.pings == []
    assert done.pings == [ana.user.id]
    assert discord.requests


async def test_buttons_work_a_month_later_after_a_restart(
    discord: Playground, bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    card = await started(ana, channel)
    finished(bot, backend)
    done = await channel.wait_for(lambda m: "is done" in m.text)
    await channel.wait_for(lambda m: m.id == card.id and "Training · done" in m.text)
    discord.advance(days=30)
    await bot.restart()
    again = await (await ana.press(done, "Train again")).final()
    from_card = await (await ana.press(card, "Train again")).final()
    form = (await ana.press(done, "Try it")).modal

    assert "train `Robo`" in again.text
    assert "train `Robo`" in from_card.text
    assert form is not None
    assert form.title == "Draw with Robo v1"


async def test_a_training_in_a_thread_that_is_deleted_goes_on_in_its_parent(
    discord: Playground, bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    thread = channel.add_thread("robots", owner=ana)
    await with_dataset(ana, thread)
    await (await ana.press(await quoted(ana, thread), "Confirm")).final()
    await thread.wait_for(lambda m: "Training ·" in m.text)
    discord.faults.delete_channel(thread)
    finished(bot, backend)
    done = await channel.wait_for(lambda m: "is done" in m.text)

    assert done.pings == [ana.user.id]


async def test_a_post_that_nobody_takes_is_told_in_the_status(
    discord: Playground, bot: Bot, guild: Guild, channel: Channel, ana: Member
) -> None:
    ana.user.takes_dms = False
    await started(ana, channel)
    discord.faults.delete_channel(channel)
    finished(bot, bot.backend)
    elsewhere = guild.add_channel("elsewhere")
    status = await (await ana.command(elsewhere, "train status")).final()
    while "could not post this anywhere" not in status.text:  # no event says that the poster gave up
        status = await (await ana.command(elsewhere, "train status")).final()

    assert "Training · done" in status.text
    assert "Nothing is lost" in status.text
