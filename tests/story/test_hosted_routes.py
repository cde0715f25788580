"""The main job over hosted backends, each on its stand-in: Discord, providers and files over real sockets."""

import asyncio
import importlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from playground import Channel, Member, Message, Playground
from tests.backends.case import Case
from tests.cogs.member_actions import said
from tests.providers.fal import FalStandIn
from tests.providers.faults import Fault, Kind
from tests.providers.novita import Novita
from tests.providers.octoai import OctoAI
from tests.providers.replicate import ReplicateStandIn
from tests.providers.scenario import Scenario
from tests.story.hosted import (
    HostedBot,
    card_says,
    collect,
    confirmed,
    dollars,
    quoted,
    running,
    texts,
    until,
)

FOLDER = Path(__file__).parent.parent / "backends" / "cases"
CASES: list[Case] = [
    case
    for file in sorted(FOLDER.glob("*.py"))
    for case in importlib.import_module(f"tests.backends.cases.{file.stem}").CASES
]
HALF_A_CENT = 5_000  # by which a price that is read may differ
DECIDE = ["Confirm", "Advanced", "Cancel"]  # the buttons of a quote, before those of other places
LOST = Fault(Kind.RESET, after=True)


@pytest.fixture(autouse=True)
def _quick_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backends.octoai.assets.PAUSE", 0.05)


def only_training(bot: HostedBot, trainings: Sequence[str]) -> str:
    """Return the id of the one training, which was paid once, under its own name, and whose money adds up."""
    (task,) = bot.tasks()
    assert list(trainings) == [f"atelier-{task['id']}"]
    ceiling, charged = task["ceiling_micros"], task["booked_micros"]
    assert 0 < charged <= ceiling
    assert bot.money()[task["id"]] == [("reserve", ceiling), ("release", -ceiling), ("settle", charged)]
    return str(task["id"])


def shown_once(channel: Channel, words: str) -> Message:
    (message,) = (message for message in channel.messages if words in message.text)
    return message


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_pictures_become_a_model_that_draws(
    case: Case, discord: Playground, channel: Channel, ana: Member, tmp_path: Path
) -> None:
    standin = case.standin()
    async with running(discord, tmp_path, standin) as bot:
        place = standin.name
        await collect(ana, channel, kind=case.kind, pictures=case.images)
        options = {"checkpoint": f"{place}/{case.checkpoint}"} if case.checkpoint else {}
        quote = await quoted(ana, channel, **options)
        offer = quote.text
        card = await confirmed(ana, channel, quote)
        done = await channel.wait_for(lambda m: "is done" in m.text)
        end = await card_says(channel, card, "Training · done")
        waiting = await said(ana, channel, "imagine", prompt="at the sea", model="Robo v1", count=2, seed=7)
        picture = await channel.wait_for(lambda m: m.id == waiting.id and "Re-roll" in m.text)
        recipe = await (await ana.press(picture, "Info")).final()
        limits = await said(ana, channel, "me limits")

        task_id = only_training(bot, case.trainings(standin))
        (task,) = bot.tasks()
        ((_, ceiling), released, (_, spent)) = bot.money()[bot.rows("SELECT id FROM drawings")[0]["id"]]
        assert "your pictures go to" in offer.lower()
        assert f"**Learns from:** {case.images} pictures" in offer
        assert "price list of" in offer
        assert abs(dollars(offer, "**Costs:**") - task["quoted_micros"]) <= HALF_A_CENT
        assert abs(dollars(offer, "then up to") - task["ceiling_micros"]) <= HALF_A_CENT
        assert "**Started.**" in quote.text
        assert f"{case.images} pictures" in end
        assert f"task {task_id[:8]}" in end
        assert abs(dollars(end, "counts as" if "counts as" in end else "") - task["booked_micros"]) <= HALF_A_CENT
        assert done.pings == [ana.id]
        assert "`Robo v1` is done" in done.text
        assert [attachment.content_type for attachment in picture.shown_attachments] == ["image/png"] * 2
        assert picture.alt_texts() == [f"at the sea ({n} of 2) · Robo v1 · AI-generated" for n in (1, 2)]
        assert "· 1024 × 1024 ·" in picture.text or "· 512 × 512 ·" in picture.text
        assert "$" in picture.text
        assert "$" in recipe.text
        assert released == ("release", -ceiling)
        assert 0 < spent <= ceiling
        assert abs(dollars(limits.text, "You:") - task["booked_micros"] - spent) <= HALF_A_CENT


async def test_a_quote_shows_the_other_places_and_moves_there(
    discord: Playground, channel: Channel, ana: Member, tmp_path: Path
) -> None:
    octoai, replicate, others = OctoAI(), ReplicateStandIn(), (Novita(), Scenario(), FalStandIn())
    async with running(discord, tmp_path, octoai, replicate, *others) as bot:
        await collect(ana, channel, pictures=4)
        quote = await quoted(ana, channel)
        first, offered = quote.text, [button.label for button in quote.buttons]
        await (await ana.press(quote, "Quote at Replicate")).final()
        second, then = quote.text, [button.label for button in quote.buttons]
        await confirmed(ana, channel, quote)
        await channel.wait_for(lambda m: "is done" in m.text)

        only_training(bot, replicate.paid)
        usual = first.partition("**Or elsewhere**")
        moved = second.partition("**Or elsewhere**")
        assert "the OctoAI-compatible server" in usual[0]
        assert "• **Novita**, `Stable Diffusion XL 1.0`: about $3.00, about 10 min." in usual[2]
        assert "• **Replicate**, `FLUX.1 dev`: about $1.00, at most $2.00" in usual[2]
        assert "• **Scenario**, `Z-Image`: This dataset has 4 pictures; this checkpoint takes 5 to 50." in usual[2]
        assert offered == [*DECIDE, "Quote at Novita", "Quote at Replicate", "Quote at fal"]
        assert "your pictures go to Replicate" in moved[0]
        assert "then up to $2.00 is set aside" in moved[0]
        assert "• **The OctoAI-compatible server**, `Stable Diffusion XL 1.0`: about $0.20" in moved[2]
        assert then == [*DECIDE, "Quote at the OctoAI-compatible server", "Quote at Novita", "Quote at fal"]
        assert not octoai.paid


async def test_a_checkpoint_that_scenario_is_first_asked_about_can_be_trained_on(
    discord: Playground, channel: Channel, ana: Member, tmp_path: Path
) -> None:
    scenario = Scenario()
    async with running(discord, tmp_path, scenario) as bot:
        await collect(ana, channel)
        async with asyncio.timeout(20):
            offered: Sequence[str] = ()
            while not offered:
                found = await ana.autocomplete(channel, "train start", "checkpoint", "klein 4", dataset="Robo")
                offered = [str(choice.value) for choice in found]
        quote = await quoted(ana, channel, checkpoint=offered[0])
        offer = quote.text
        await confirmed(ana, channel, quote)
        await channel.wait_for(lambda m: "is done" in m.text)

        only_training(bot, scenario.paid)
        assert offered == ["scenario/flux.2-klein-4b"]
        assert "FLUX.2 Klein 4B" in offer


async def test_what_one_provider_refuses_is_trained_at_another(
    discord: Playground, channel: Channel, ana: Member, tmp_path: Path
) -> None:
    replicate, fal = ReplicateStandIn(), FalStandIn()
    async with running(discord, tmp_path, replicate, fal) as bot:
        replicate.faults.add("POST .*/trainings$", Fault(status=402, body='{"detail": "no credit"}'))
        await collect(ana, channel)
        quote = await quoted(ana, channel)
        refused = await confirmed(ana, channel, quote)
        why = await card_says(channel, refused, "Training · failed")
        again = await (await ana.press(refused, "Elsewhere")).final()
        offer = again.text
        await confirmed(ana, channel, again)
        await channel.wait_for(lambda m: "is done" in m.text)

        first, second = bot.tasks()
        assert "Replicate does not accept this training, so it was not started." in why
        assert "Nothing was charged." in why
        assert "The $2.00 set aside for it is free again." in why
        assert "**Not started.**" in quote.text
        assert "Your pictures go to fal" in offer
        assert bot.money()[first["id"]] == [("reserve", 2_000_000), ("release", -2_000_000), ("settle", 0)]
        assert bot.money()[second["id"]] == [("reserve", 1_000_000), ("release", -1_000_000), ("settle", 1_000_000)]
        assert replicate.paid == []
        assert fal.trainings == [f"atelier-{second['id']}"]


async def test_a_lost_answer_is_looked_up_and_paid_once(
    discord: Playground, channel: Channel, ana: Member, tmp_path: Path
) -> None:
    novita = Novita()
    async with running(discord, tmp_path, novita) as bot:
        novita.faults.add("POST /v3/training/", LOST)
        await collect(ana, channel)
        quote = await quoted(ana, channel)
        card = await confirmed(ana, channel, quote)
        await channel.wait_for(lambda m: "is done" in m.text)
        await card_says(channel, card, "Training · done")

        only_training(bot, novita.paid)
        assert "the answer got lost" in quote.text
        assert "I never hand it over twice on a guess" in quote.text


async def test_a_lost_answer_that_nobody_can_look_up_is_for_its_owner_to_decide(
    discord: Playground, channel: Channel, ana: Member, ben: Member, tmp_path: Path
) -> None:
    fal = FalStandIn()
    async with running(discord, tmp_path, fal) as bot:
        fal.faults.add("POST /fal-ai/", LOST)
        await collect(ana, channel)
        card = await confirmed(ana, channel, await quoted(ana, channel))
        asked = await card_says(channel, card, "Training · interrupted")
        choices = [button.label for button in card.buttons]
        during = dict(bot.money())
        refused = await (await ben.press(card, "It was not charged")).final()
        answer = await (await ana.press(card, "It was not charged")).final()
        told = await card_says(channel, card, "Retry")
        limits = await said(ana, channel, "me limits")

        (task,) = bot.tasks()
        assert len(fal.trainings) == 1
        assert "It may have been charged" in asked
        assert "Until then up to $1.00 stays set aside" in asked
        assert choices == ["It was charged", "It was not charged"]
        assert during[task["id"]] == [("reserve", 1_000_000)]
        assert refused.ephemeral_for == ben.user
        assert "what was set aside is free again" in answer.text
        assert "Nothing was charged. The $1.00 set aside for it is free again." in told
        assert "It may have been charged" not in told
        assert bot.money()[task["id"]] == [("reserve", 1_000_000), ("release", -1_000_000), ("settle", 0)]
        assert "You: $0.00 of $5.00, over all servers" in limits.text


async def test_a_place_that_lets_a_training_wait_for_too_long_is_said_to_be_unusual(
    discord: Playground, channel: Channel, ana: Member, tmp_path: Path
) -> None:
    novita = Novita()
    async with running(discord, tmp_path, novita, stuck_seconds=0.5) as bot:
        novita.held = True
        await collect(ana, channel)
        card = await confirmed(ana, channel, await quoted(ana, channel))
        stuck = await card_says(channel, card, "unusually long")
        novita.held = False
        await card_says(channel, card, "Training · done")

        only_training(bot, novita.paid)
        assert "**Training · waiting" in stuck
        assert "Novita has kept it waiting since" in stuck
        assert "unusually long" not in card.text
        assert "unusually long" not in texts(card)[0]


async def test_a_drawing_that_fails_says_what_it_cost(
    discord: Playground, channel: Channel, ana: Member, tmp_path: Path
) -> None:
    fal = FalStandIn()
    async with running(discord, tmp_path, fal) as bot:
        await collect(ana, channel)
        await confirmed(ana, channel, await quoted(ana, channel))
        await channel.wait_for(lambda m: "is done" in m.text)
        fal.is_prudish = True
        await said(ana, channel, "imagine", prompt="at the sea", model="Robo v1", count=2)
        withheld = await channel.wait_for(lambda m: "filter kept every picture back" in m.text)
        fal.faults.add("POST /fal-ai/flux-lora$", Fault(status=402))
        refused = await said(ana, channel, "imagine", prompt="at night", model="Robo v1", count=2)
        fal.faults.add("POST /fal-ai/flux-lora$", LOST)
        lost = await said(ana, channel, "imagine", prompt="at noon", model="Robo v1", count=2)

        spent = [bot.money()[row["id"]][-1] for row in bot.rows("SELECT id FROM drawings ORDER BY created_at")]
        assert spent == [("settle", 70_000), ("settle", 0), ("settle", 70_000)]
        assert "Please word the prompt differently. It counts as $0.07" in withheld.text
        assert "Nothing was charged." not in withheld.text
        assert "fal does not accept this drawing. This bot's account at fal has no credit left." in refused.text
        assert refused.text.count("Nothing was charged.") == 1
        assert "I did not order it twice. It may have been charged, so it counts as $0.07." in lost.text
        assert "Nothing was charged." not in lost.text


@pytest.mark.parametrize("state", ["quoted", "submitting", "queued", "running", "collecting"])
async def test_the_main_job_goes_on_after_a_restart(
    state: str, discord: Playground, channel: Channel, ana: Member, tmp_path: Path
) -> None:
    replicate = ReplicateStandIn()
    async with running(discord, tmp_path, replicate, poll_seconds=0.1) as bot:
        await collect(ana, channel)
        quote = await quoted(ana, channel)
        if state != "quoted":
            await stopped_at(state, bot, replicate, ana, quote)
        await bot.stop()
        before = [task["status"] for task in bot.tasks()]
        replicate.held, replicate.file_status = False, 200
        await discord.bot_gone()
        await bot.start()
        if state == "quoted":
            await confirmed(ana, channel, quote)
        await channel.wait_for(lambda m: "is done" in m.text)
        await channel.wait_for(lambda m: "Training · done" in m.text)

        task_id = only_training(bot, replicate.paid)
        assert before == [state]
        assert f"task {task_id[:8]}" in shown_once(channel, "Training ·").text
        assert shown_once(channel, "`Robo v1` is done").pings == [ana.id]


async def stopped_at(state: str, bot: HostedBot, replicate: ReplicateStandIn, member: Member, quote: Message) -> None:
    """Confirm, and let the training come to a state and no further."""
    if state == "submitting":
        replicate.faults.add("POST .*/trainings$", Fault(Kind.DRIP, after=True))
    replicate.held = state == "queued"
    replicate.file_status = 503 if state == "collecting" else 200
    await member.press(quote, "Confirm")
    if state == "submitting":
        await until(lambda: bool(replicate.paid))
    if state == "running":
        await until(lambda: any(work.status == "processing" for work in replicate.work.values()))
        replicate.held = True
    await until(lambda: bot.tasks()[0]["status"] == state)
