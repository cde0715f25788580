from dataclasses import replace
from typing import Any

import pytest

from cogs.training import lists, task_cards
from cogs.training.posts import chosen_steps
from domain.money.charges import NOTHING, PERHAPS, UNKNOWN, amount
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState, Sample
from domain.orders.states import OrderStatus
from domain.training.settings import Estimate, Preset
from services.training.quotes import Quote
from services.training.tasks import Line, TaskView
from tests.cogs.training.shown_cards import RUNNING, STRIP, VIEW, alts, buttons, text, view
from tests.domain.models.some_lora import ROBO
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import TASK
from tests.services.scripted_backend import TINY

S = OrderStatus


@pytest.mark.parametrize(
    ("shown", "first"),
    [
        (view(S.SUBMITTING), "Training · waiting"),
        (view(S.QUEUED, progress=Progress(RemoteState.QUEUED, position=0)), "Training · waiting · next in line"),
        (
            view(S.QUEUED, progress=Progress(RemoteState.QUEUED, position=2, eta_seconds=200)),
            "Training · waiting · 2 ahead · starts in about 3 min",
        ),
        (view(S.RUNNING), "Training · getting ready"),
        (
            view(
                S.RUNNING,
                progress=Progress(
                    RemoteState.RUNNING, message=fact(FactKind.WORDS, said="looking at your pictures (2 of 8)")
                ),
            ),
            "Training · getting ready · looking at your pictures (2 of 8)",
        ),
        (
            view(
                S.RUNNING,
                progress=Progress(
                    RemoteState.RUNNING, message=fact(FactKind.WORDS, said="Scenario prepares the training.")
                ),
            ),
            "Training · getting ready · Scenario prepares the training",
        ),
        (view(S.RUNNING, progress=RUNNING), "Training · step 40 of 60 · about 1 min left"),
        (view(S.RUNNING, progress=RUNNING, is_stop_asked=True), "Training · stopping"),
        (
            view(S.RUNNING, progress=replace(RUNNING, sign_of_life=900.0), is_lost=True),
            "Training · lost · no sign of life since <t:900:R>",
        ),
        (view(S.COLLECTING, progress=RUNNING), "Training · finished, saving and checking the model"),
        (view(S.SUCCEEDED, started_at=1_000.0, finished_at=1_065.0), "Training · done · took about 1 min"),
        (view(S.FAILED), "Training · failed"),
        (view(S.CANCELLED), "Training · cancelled"),
        (view(S.INTERRUPTED), "Training · interrupted"),
    ],
)
def test_the_first_line_says_the_state_in_words(shown: TaskView, first: str) -> None:
    assert text(task_cards.training_card(shown)).splitlines()[0] == f"**{first}**"


@pytest.mark.parametrize("status", [s for s in S if s not in (S.QUOTED, S.EXPIRED)])
def test_every_card_carries_a_button_with_its_task_so_that_it_can_be_found_again(status: OrderStatus) -> None:
    layout = task_cards.training_card(view(status, lora=ROBO))

    verbs = ("stop-training", "retry-training", "was-charged")
    assert any(name in {f"v1:{verb}:{TASK.id}" for verb in verbs} for _, name, _ in buttons(layout))
    assert f"task {TASK.id[:8]} · my own worker · free" in text(layout)
    assert text(layout).count("charged") <= 1


def test_a_card_says_when_it_is_tried_again_where_its_place_is_away() -> None:
    layout = task_cards.training_card(view(S.SUBMITTING, backend="novita", attempts=1, again_at=900.0))

    assert "Novita could not be reached, so nothing was started or charged. I try again <t:900:R>." in text(layout)
    assert buttons(layout) == [("Stop", f"v1:stop-training:{TASK.id}", False)]


def test_a_running_card_shows_bar_score_loss_and_samples() -> None:
    layout = task_cards.training_card(view(S.RUNNING, progress=RUNNING), STRIP)

    assert "▰▰▰▰▰▰▰▰▰▰▰▱▱▱▱▱ 67%" in text(layout)
    assert "it is 24 % closer than the base model" in text(layout)
    assert "Loss 0.1234 (a lower one is not better by itself)" in text(layout)
    assert "preset fast · 10 pictures + 2 held out · on `Atelier tiny`" in text(layout)
    assert alts(layout) == ["two samples"]
    assert buttons(layout) == [("Stop", f"v1:stop-training:{TASK.id}", False)]


def test_no_score_is_claimed_where_none_was_measured_or_nothing_was_gained() -> None:
    nothing = text(task_cards.training_card(view(S.RUNNING, progress=replace(RUNNING, held_out_loss=None))))
    worse = text(task_cards.training_card(view(S.RUNNING, progress=replace(RUNNING, held_out_loss=0.6))))

    assert "Score" not in nothing
    assert "not yet closer than the base model" in worse


def test_a_stop_that_was_asked_or_is_impossible_can_not_be_pressed() -> None:
    for shown in (
        view(S.RUNNING, is_stop_asked=True),
        view(S.RUNNING, can_stop=False),
        view(S.COLLECTING),
    ):
        assert buttons(task_cards.training_card(shown)) == [("Stop", f"v1:stop-training:{TASK.id}", True)]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (
            view(S.FAILED, reason=fact(FactKind.WORDS, said="Out of memory."), remote_id="x"),
            "Nothing was charged: it ran on this bot's own machine.",
        ),
        (view(S.FAILED, is_free=False, charge=NOTHING, booked_micros=0), "Nothing was charged."),
        (view(S.FAILED, backend="cloud", is_free=False, remote_id="x"), "cloud has not said what it cost"),
        (
            view(
                S.CANCELLED,
                backend="cloud",
                is_free=False,
                remote_id="x",
                charge=amount(1_500_000),
                booked_micros=1_500_000,
                quoted_micros=2_000_000,
            ),
            "$1.50 was charged by cloud (quoted: $2.00).",
        ),
        (
            view(S.SUCCEEDED, backend="cloud", is_free=False, charge=UNKNOWN, booked_micros=2_000_000),
            "It counts as $2.00, as quoted: cloud does not say what it charges.",
        ),
        (
            view(S.FAILED, backend="cloud", is_free=False, charge=NOTHING, booked_micros=0, ceiling_micros=3_000_000),
            "Nothing was charged. The $3.00 set aside for it is free again.",
        ),
        (
            view(S.INTERRUPTED, is_free=False, reason=fact(FactKind.NEVER_ANSWERED), charge=NOTHING, booked_micros=0),
            "Nothing was charged.",
        ),
    ],
)
def test_every_end_says_what_was_charged(shown: TaskView, said: str) -> None:
    layout = task_cards.training_card(shown)

    assert said in text(layout)
    assert any(name == f"v1:retry-training:{TASK.id}" for _, name, _ in buttons(layout))


def test_an_interrupted_training_asks_its_owner_and_keeps_the_money_aside_until_they_say() -> None:
    shown = view(
        S.INTERRUPTED, is_free=False, charge=PERHAPS, reason=fact(FactKind.NEVER_ANSWERED), ceiling_micros=3_000_000
    )
    layout = task_cards.training_card(shown)

    assert "Until then up to $3.00 stays set aside" in text(layout)
    assert [name for _, name, _ in buttons(layout)] == [
        f"v1:was-charged:{TASK.id}",
        f"v1:was-not-charged:{TASK.id}",
    ]


def test_a_refused_training_that_cost_nothing_can_go_elsewhere() -> None:
    layout = task_cards.training_card(
        view(S.FAILED, is_free=False, charge=NOTHING, booked_micros=0, can_go_elsewhere=True)
    )

    assert "Elsewhere makes one at another place" in text(layout)
    assert "Elsewhere" not in text(
        task_cards.training_card(view(S.FAILED, is_free=False, charge=NOTHING, booked_micros=0))
    )
    assert buttons(layout)[1] == ("Elsewhere", f"v1:train-elsewhere:{TASK.id}", False)


def test_a_training_that_waits_for_days_is_said_to_be_unusual() -> None:
    layout = task_cards.training_card(
        view(S.QUEUED, backend="novita", is_free=False, queued_at=1_000.0, is_stuck=True)
    )

    assert "Novita has kept it waiting since <t:1000:f>, which is unusually long" in text(layout)


def test_the_completion_pings_its_owner_and_offers_to_draw() -> None:
    layout = task_cards.completion_card(view(S.SUCCEEDED, lora=ROBO, progress=RUNNING), STRIP)

    assert text(layout).startswith("🎉 <@7> **Your model `Robo v2` is done.**")
    assert "trigger word `robozor`" in text(layout)
    assert "24 % closer" in text(layout)
    assert buttons(layout) == [
        ("Try it", f"v1:try:{ROBO.id}", False),
        ("Train again", f"v1:train-again:{TASK.id}", False),
    ]


def test_lists_and_the_queue_read_as_sentences() -> None:
    running = view(S.RUNNING, progress=RUNNING)

    assert "no trainings on this server yet" in lists.list_text([])
    assert "• `Robo` · running, step 40 of 60 · <t:1000:R>" in lists.list_text([running])
    assert "could not be posted" in lists.list_text([replace(running, is_undeliverable=True)])
    assert "1 training runs and 1 waits." in lists.queue_text(Line([], 1, 1))
    assert "2 trainings run and 3 wait." in lists.queue_text(Line([running], 2, 3))
    assert "• `Robo` · step 40 of 60 · about 1 min left" in lists.queue_text(Line([running], 2, 3))


def quote(**changes: Any) -> Quote:  # noqa: ANN401 - any field of an estimate
    estimate = replace(Estimate(0, 0.0, 65.0, "The pictures stay on this machine."), **changes)
    task = changed(TASK, status=S.QUOTED, is_free=estimate.cost_micros == 0)
    return Quote(task, TINY, estimate, trained_on=10, held_out=1)


def test_members_text_stays_in_code_spans_and_cards_within_discords_limit() -> None:
    evil = changed(
        TASK,
        model_name="@everyone `x` <@1>",
        dataset_name="# [a](b)" * 40,
        reason=fact(FactKind.WORDS, said="r" * 300),
        preset=Preset.BEST,
    )
    for status in S:
        shown = replace(VIEW, task=changed(evil, status=status), lora=replace(ROBO, name="@here"))
        layouts = (task_cards.training_card(shown, STRIP), task_cards.completion_card(shown, STRIP))
        for layout in layouts:
            assert len(text(layout)) < 4_000
            assert "`@everyone" in text(layout) or "`@here" in text(layout)
            assert "[a](b)" not in text(layout).replace("`" + ("# [a](b)" * 40)[:199] + "…`", "")


def test_a_strip_shows_the_base_model_and_the_last_steps() -> None:
    samples = [Sample(step, "p", "") for step in (0, 10, 20, 30, 40, 40)]

    assert chosen_steps(samples, 3) == [0, 30, 40]
    assert chosen_steps(samples, 9) == [0, 10, 20, 30, 40]
    assert chosen_steps([], 3) == []
