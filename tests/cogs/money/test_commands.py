"""Money in chat: quotes with prices, caps, a moderator's word, a pause, and what each end says about the charge."""

from dataclasses import replace
from uuid import UUID

import pytest

from backends.base import DrawingPlan, DrawingProgress, RemoteWork, TrainedLora
from domain.errors import BackendAmbiguous, BackendRejected
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.training.settings import Estimate, QuoteLine
from playground import CannotDo, Channel, Guild, Member, Message, Permission
from storage.files import FileStore
from tests.cogs.member_actions import make_dataset, said, settled
from tests.cogs.running_bot import Bot
from tests.pictures import png
from tests.services.scripted_backend import HOSTED, ScriptedBackend

WHERE = "Hosted: your pictures go to Cloud."


@pytest.fixture
def backend() -> ScriptedBackend:
    """Return a backend that wants two dollars for a training, and three cents for a drawing."""
    return ScriptedBackend(abilities=HOSTED, estimated=priced(2_000_000), drawing_price=30_000)


@pytest.fixture
def boss(guild: Guild) -> Member:
    """Return a member who may manage the server."""
    return guild.add_member("Boss", permissions=int(Permission.MANAGE_GUILD))


def priced(micros: int, *, most: int | None = None) -> Estimate:
    return Estimate(
        micros,
        0.0,
        600.0,
        WHERE,
        (QuoteLine(fact(FactKind.WORDS, said="training"), micros),),
        most,
        fact(FactKind.WORDS, said="price list of 1 November 2026"),
    )


async def quoted(member: Member, channel: Channel) -> Message:
    return await said(member, channel, "train start", dataset="Robo")


async def confirmed(member: Member, quote: Message) -> Message:
    return await (await member.press(quote, "Confirm")).final()


def finish(backend: ScriptedBackend, *, cost: int | None) -> None:
    """Let the one training end well at the provider, which keeps the weights."""
    backend.trained = TrainedLora(None, 0, reference="their-model-7")
    backend.progress[backend.only_training()] = Progress(RemoteState.SUCCEEDED, step=60, of=60, cost_micros=cost)


async def test_a_quote_says_what_it_costs_at_most_and_where_the_pictures_go(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    backend.estimated = priced(2_000_000, most=2_500_000)
    await make_dataset(ana, channel, pictures=6)
    quote = await quoted(ana, channel)

    assert "about $2.00, at most $2.50" in quote.text
    assert "price list of 1 November 2026" in quote.text
    assert WHERE in quote.text
    assert "6 pictures" in quote.text
    assert "held out" not in quote.text
    assert bot.backend.count("submit") == 0


async def test_the_end_says_what_was_charged_and_what_is_left(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel, pictures=6)
    await confirmed(ana, await quoted(ana, channel))
    aside = await said(ana, channel, "me limits")
    finish(backend, cost=1_700_000)
    done = await channel.wait_for(lambda m: "Training · done" in m.text)
    after = await said(ana, channel, "me limits")
    info = await said(ana, channel, "model info", model="Robo")

    assert "$3.00 left" in aside.text
    assert aside.ephemeral_for is ana.user
    assert "$1.70 was charged by scripted (quoted: $2.00)." in done.text
    assert "You: $1.70 of $5.00, over all servers" in after.text
    assert "Its weights stay with scripted" in info.text
    assert bot.backend.count("submit") == 1


async def test_a_model_whose_weights_stay_at_the_provider_draws_there_and_the_price_counts(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    files = FileStore(bot.settings.files, free_floor=0)

    def answer(plan: DrawingPlan) -> DrawingProgress:
        del plan
        return DrawingProgress(RemoteState.SUCCEEDED, pictures=(files.folder.put(png(1)),), cost_micros=20_000)

    backend.draw_answer = answer
    await make_dataset(ana, channel, pictures=6)
    await confirmed(ana, await quoted(ana, channel))
    finish(backend, cost=1_000_000)
    await channel.wait_for(lambda m: "Training · done" in m.text)
    asked = await said(ana, channel, "imagine", prompt="at sea", model="Robo")
    await channel.wait_for(lambda m: m.id == asked.id and bool(m.attachments))
    (plan,) = backend.drawings.values()
    after = await said(ana, channel, "me limits")

    assert (plan.loras[0].sha256, plan.loras[0].reference) == (None, "their-model-7")
    assert "You: $1.02 of $5.00, over all servers" in after.text


async def test_what_does_not_fit_under_a_cap_is_refused_with_what_is_left(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member, boss: Member
) -> None:
    limits = await settled(boss, await boss.command(channel, "admin limits", member=1.5))
    await make_dataset(ana, channel, pictures=6)
    refused = await confirmed(ana, await quoted(ana, channel))

    assert "Each member: $1.50 a month" in limits.text
    assert (
        "of your own $1.50 for this month, over all servers, $1.50 is left. Nothing was started or charged."
        in refused.text
    )
    assert bot.backend.count("submit") == 0
    assert backend.trainings == {}


async def test_a_server_cannot_raise_its_cap_over_what_the_owner_allows(
    bot: Bot, channel: Channel, boss: Member, ana: Member
) -> None:
    too_much = await said(boss, channel, "admin limits", server=99)

    assert "allows a server $15.00 a month at most" in too_much.text
    with pytest.raises(CannotDo, match="does not see /admin"):
        await ana.command(channel, "admin limits", server=1)
    assert bot.backend.count("draw") == 0


async def test_a_dear_training_waits_for_a_moderators_word_and_then_starts(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member, boss: Member
) -> None:
    backend.estimated = priced(4_500_000)
    await make_dataset(ana, channel, pictures=6)
    waiting = await confirmed(ana, await quoted(ana, channel))
    question = await channel.wait_for(lambda m: "Approval · waiting" in m.text)
    hers = await (await ana.press(question, "Approve")).final()
    before = bot.backend.count("submit")
    await boss.press(question, "Approve")
    decided = await channel.wait_for(lambda m: m.id == question.id and "Approval · given" in m.text)
    await channel.wait_for(lambda m: "Training · waiting" in m.text)

    assert "A moderator has to agree first" in waiting.text
    assert "up to $4.50" in question.text
    assert "Only members who may manage this server" in hers.text
    assert before == 0
    assert f"by <@{boss.id}>" in decided.text
    assert decided.buttons == []
    assert bot.backend.count("submit") == 1


async def test_a_declined_training_starts_nothing_and_says_so(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member, boss: Member
) -> None:
    backend.estimated = priced(4_500_000)
    await make_dataset(ana, channel, pictures=6)
    quote = await quoted(ana, channel)
    await confirmed(ana, quote)
    question = await channel.wait_for(lambda m: "Approval · waiting" in m.text)
    task_id = (question.buttons[0].custom_id or "").split(":")[2]
    await bot.restart()
    await boss.press(question, "Decline")
    decided = await channel.wait_for(lambda m: m.id == question.id and "declined" in m.text)
    again = await said(boss, channel, "admin approve", training=task_id)

    assert "Nothing was charged." in decided.text
    assert "was decided already" in again.text
    assert bot.backend.count("submit") == 0


async def test_who_withdraws_what_waits_is_said_to_have_done_so(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    backend.estimated = priced(4_500_000)
    await make_dataset(ana, channel, pictures=6)
    await confirmed(ana, await quoted(ana, channel))
    question = await channel.wait_for(lambda m: "Approval · waiting" in m.text)
    task_id = (question.buttons[0].custom_id or "").split(":")[2]
    await said(ana, channel, "train cancel", training=task_id)
    over = await channel.wait_for(lambda m: m.id == question.id and "Approval · waiting" not in m.text)

    assert "Its owner cancelled it. Nothing was charged." in over.text
    assert bot.backend.count("submit") == 0


async def test_a_word_that_the_members_own_limits_stop_is_answered_about_that_member(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member, boss: Member
) -> None:
    await make_dataset(ana, channel, pictures=6)
    await confirmed(ana, await quoted(ana, channel))
    backend.estimated = priced(4_500_000)
    await confirmed(ana, await quoted(ana, channel))
    question = await channel.wait_for(lambda m: "Approval · waiting" in m.text)
    money = await (await boss.press(question, "Approve")).followup()
    await settled(boss, await boss.command(channel, "admin limits", member=15))
    backend.estimated = priced(0)
    for _ in range(2):
        await confirmed(ana, await quoted(ana, channel))
    room = await (await boss.press(question, "Approve")).followup()

    assert "the member who asked has $3.00 left of $5.00 for this month. Nothing was started" in money.text
    assert "/admin limits raises it for each member; then approve again." in money.text
    assert "The member who asked already has 3 trainings waiting or running" in room.text
    assert "Approve again when one of them is done or stopped. Nothing was started or charged." in room.text
    assert money.ephemeral_for is boss.user
    assert bot.backend.count("submit") == 3


async def test_moderators_who_approve_their_own_training_read_of_their_own_limits(
    bot: Bot, backend: ScriptedBackend, channel: Channel, boss: Member
) -> None:
    backend.estimated = priced(5_500_000)
    await make_dataset(boss, channel, pictures=6)
    await confirmed(boss, await quoted(boss, channel))
    question = await channel.wait_for(lambda m: "Approval · waiting" in m.text)
    refused = await (await boss.press(question, "Approve")).followup()

    assert (
        "of your own $5.00 for this month, over all servers, $5.00 is left. Nothing was started or charged."
        in refused.text
    )
    assert bot.backend.count("submit") == 0


async def test_a_moderator_finds_what_waits_by_name(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member, boss: Member
) -> None:
    backend.estimated = priced(4_500_000)
    await make_dataset(ana, channel, pictures=6)
    await confirmed(ana, await quoted(ana, channel))
    hers = await ana.autocomplete(channel, "admin approve", "training", "ro")
    (choice,) = await boss.autocomplete(channel, "admin approve", "training", "ro")
    answer = await said(boss, channel, "admin approve", training=choice.value)

    assert hers == []
    assert "Approval · given" in answer.text
    assert bot.backend.count("submit") == 1


async def test_a_pause_lets_nothing_start_that_costs_money(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member, boss: Member
) -> None:
    await make_dataset(ana, channel, pictures=6)
    paused = await said(boss, channel, "admin pause", on=True)
    training = await confirmed(ana, await quoted(ana, channel))
    drawing = await said(ana, channel, "imagine", prompt="hi")
    free = await said(boss, channel, "admin pause", on=False)
    started = await confirmed(ana, await quoted(ana, channel))

    assert "Paused" in paused.text
    assert "paused everything on this server that costs money" in training.text
    assert "paused everything on this server that costs money" in drawing.text
    assert "Not paused" in free.text
    assert "Started" in started.text
    assert backend.drawings == {}
    assert bot.backend.count("submit") == 1


async def test_a_refusal_costs_nothing_and_gives_back_what_was_set_aside(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    backend.errors["submit"] = [
        BackendRejected("scripted", "no", reason=fact(FactKind.WORDS, said="Its queue is closed today."))
    ]
    await make_dataset(ana, channel, pictures=6)
    refused = await confirmed(ana, await quoted(ana, channel))
    card = await channel.wait_for(lambda m: "Training · failed" in m.text)
    after = await said(ana, channel, "me limits")

    assert "Its queue is closed today." in refused.text
    assert "Nothing was charged. The $2.00 set aside for it is free again." in card.text
    assert "You: $0.00 of $5.00, over all servers" in after.text
    assert bot.backend.count("submit") == 1


async def test_a_lost_order_that_nobody_can_look_up_is_for_its_owner_to_decide(
    bot: Bot, backend: ScriptedBackend, channel: Channel, ana: Member, ben: Member
) -> None:
    backend.abilities = replace(backend.abilities, find=False)
    backend.lose_answer_of["submit"] = [BackendAmbiguous("scripted", "lost")]
    await make_dataset(ana, channel, pictures=6)
    await confirmed(ana, await quoted(ana, channel))
    card = await channel.wait_for(lambda m: "Training · interrupted" in m.text)
    asked = card.text
    aside = await said(ana, channel, "me limits")
    not_his = await (await ben.press(card, "It was not charged")).final()
    noted = await (await ana.press(card, "It was not charged")).final()
    settled = await channel.wait_for(lambda m: m.id == card.id and "free again" in m.text)
    after = await said(ana, channel, "me limits")

    assert "It may have been charged." in asked
    assert "You: $2.00 of $5.00, over all servers" in aside.text
    assert "belongs to somebody else" in not_his.text
    assert "nothing was charged" in noted.text
    assert [button.label for button in settled.buttons] == ["Retry"]
    assert "You: $0.00 of $5.00, over all servers" in after.text
    assert bot.backend.count("submit") == 1


async def test_moderators_see_how_the_places_stand_and_what_was_spent(
    bot: Bot, channel: Channel, ana: Member, boss: Member
) -> None:
    await make_dataset(ana, channel, pictures=6)
    await confirmed(ana, await quoted(ana, channel))
    status = await said(boss, channel, "admin status")

    assert "answers · $2.00 this month · All is well." in status.text
    assert "$2.00 of $15.00 used this month" in status.text
    assert status.ephemeral_for is boss.user
    assert bot.backend.count("draw") == 0


async def test_a_status_with_much_unknown_work_is_told_too(
    bot: Bot, backend: ScriptedBackend, channel: Channel, boss: Member
) -> None:
    backend.held = [RemoteWork(str(UUID(int=n)), f"atelier-{UUID(int=n)}", RemoteState.RUNNING) for n in range(12)]
    await bot.restart()
    status = await said(boss, channel, "admin status")

    assert "Status" in status.text
    assert "Needs a moderator's approval: a training of more than $4.00" in status.text.split("Unknown work")[0]
    assert f"id `{UUID(int=9)}`" in status.text
    assert status.text.endswith("… and 2 more")
