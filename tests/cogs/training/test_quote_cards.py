from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.interactions.forms import Submitted
from cogs.training import forms, quote_cards, task_cards
from domain.numbers import NumberMissing
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.states import OrderStatus
from domain.training.checkpoints import ATELIER_TINY
from domain.training.settings import AllowedSettings, Estimate, QuoteLine
from services.training.quotes import Quote
from tests.cogs.training.shown_cards import buttons, text, view
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import TASK
from tests.services.scripted_backend import TINY

S = OrderStatus


def quote(**changes: Any) -> Quote:  # noqa: ANN401 - any field of an estimate
    estimate = replace(Estimate(0, 0.0, 65.0, "The pictures stay on this machine."), **changes)
    task = changed(TASK, status=S.QUOTED, is_free=estimate.cost_micros == 0)
    return Quote(task, TINY, estimate, trained_on=10, held_out=1)


def test_a_quote_answers_what_where_how_long_and_how_much() -> None:
    layout = quote_cards.quote_card(quote())

    assert "by the trigger word `robozor`" in text(layout)
    assert "10 pictures; 1 more is held out, for an honest score" in text(layout)
    assert "The pictures stay on this machine." in text(layout)
    assert "about 1 min, starts at once (preset fast, 60 steps)" in text(layout)
    assert "**Costs:** nothing, your own machine" in text(layout)
    assert "Valid until <t:1600:t> (<t:1600:R>)" in text(layout)
    assert [label for label, _, _ in buttons(layout)] == ["Confirm", "Advanced", "Cancel"]


def said(words: str) -> Fact:
    return fact(FactKind.WORDS, said=words)


def line(what: str, micros: int) -> QuoteLine:
    return QuoteLine(said(what), micros)


def test_a_quote_that_costs_money_says_of_what_it_is_made_and_what_is_set_aside() -> None:
    one: dict[str, Any] = {"lines": [line("1,000 steps", 2_000_000)], "price_source": said("asked just now")}
    two: dict[str, Any] = {"lines": [line("1,000 steps", 2_000_000), line("captions", 500_000)]}
    flat = text(quote_cards.quote_card(quote(cost_micros=2_000_000, **one)))
    dearer = text(quote_cards.quote_card(quote(cost_micros=2_500_000, ceiling_micros=5_000_000, **two)))

    assert "**Costs:** about $2.00 (1,000 steps; asked just now)" in flat
    assert "before you confirm; then up to $2.00 is set aside" in flat
    assert "**Costs:** about $2.50, at most $5.00 (1,000 steps $2.00 + captions $0.50)" in dearer
    assert "before you confirm; then up to $5.00 is set aside" in dearer
    assert "set aside" not in text(quote_cards.quote_card(quote()))


def test_a_hosted_place_learns_from_every_picture_on_the_quote_and_on_the_card() -> None:
    card = text(task_cards.training_card(view(S.RUNNING, is_free=False)))

    assert "**Learns from:** 11 pictures" in text(quote_cards.quote_card(quote(cost_micros=1_000_000)))
    assert "preset fast · 12 pictures · on" in card


def test_what_a_backend_does_not_know_is_said_to_be_unknown() -> None:
    layout = quote_cards.quote_card(quote(cost_micros=None, train_seconds=None, wait_seconds=None))

    assert "**Costs:** price not known" in text(layout)
    assert "time not known" in text(layout)
    assert "about $1.25" in text(quote_cards.quote_card(quote(cost_micros=1_250_000)))


def test_the_advanced_form_reads_back_what_it_was_filled_with() -> None:
    form = forms.advanced_form(TASK, ATELIER_TINY)
    filled = {
        label.component.custom_id: label.component.default or ""
        for label in form.children
        if isinstance(label, discord.ui.Label) and isinstance(label.component, discord.ui.TextInput)
    }

    old = replace(TASK.settings, method="kept")
    read = forms.read_settings(Submitted("advanced", (TASK.id,), texts=filled), old)
    assert read == old
    wrong = {**filled, "learning_rate": "fast"}
    with pytest.raises(NumberMissing, match="Learning rate"):
        forms.read_settings(Submitted("advanced", (TASK.id,), texts=wrong), TASK.settings)


def test_the_advanced_form_offers_what_the_checkpoint_lets_be_set_and_no_more() -> None:
    allowed = AllowedSettings(learning_rate=None, rank=None, resolution=None, methods=("subject", "style"))
    task = changed(TASK, settings=replace(TASK.settings, method="style"))
    form = forms.advanced_form(task, replace(ATELIER_TINY, allowed=allowed))

    labels = [label.text for label in form.children if isinstance(label, discord.ui.Label)]
    assert labels == ["Way of training", "Steps", "Seed"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (S.QUEUED, "Started"),
        (S.RUNNING, "Started"),
        (S.SUBMITTING, "Being handed over"),
        (S.INTERRUPTED, "answer got lost"),
        (S.FAILED, "Not started"),
        (S.CANCELLED, "Stopped before it began"),
    ],
)
def test_a_confirmed_quote_turns_into_what_really_happened(status: OrderStatus, said: str) -> None:
    assert said in text(quote_cards.confirmed_card(changed(TASK, status=status)))


def test_a_confirmed_quote_says_when_its_answer_got_lost_or_it_did_not_arrive() -> None:
    lost = changed(TASK, status=S.SUBMITTING, lost_answers=1)
    away = changed(TASK, status=S.SUBMITTING, attempts=1, again_at=5.0)

    assert "answer got lost" in text(quote_cards.confirmed_card(lost))
    assert "Not handed over yet" in text(quote_cards.confirmed_card(away))
