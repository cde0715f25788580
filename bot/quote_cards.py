"""What a member sees before a training: the quote, and its settings as a form."""

from typing import Any

import discord

from bot import training_buttons
from bot.amounts import about, when
from bot.fact_words import charge_words, text_words, words
from bot.forms import Submitted, choice_field, form, text_field
from bot.words import card, count
from domain import numbers
from domain.backend_names import spoken
from domain.charges import NOTHING, PERHAPS, Charge, amount
from domain.money import dollars
from domain.tasks import Approval, TaskStatus, TrainingTask
from domain.text import shown
from domain.training import Bounds, CheckpointInfo, Estimate, TrainingSettings
from services.places import Offer
from services.quoting import Quote

ADVANCED = "advanced"
MOST_FIELDS, MOST_BUTTONS = 5, 5  # in one form, in one row

STARTED = "▶️ **Started.** Its card in this channel shows how it goes, and I tell you there when it is done."
UNCLEAR = (
    "⏳ **Handed over, but the answer got lost.** It may have arrived or not; I never hand it over twice on a guess. "
    "Its card in this channel shows what I find out."
)
STOPPED = "⏹️ **Stopped before it began.** Nothing was charged. Its card has buttons for what to do next."
NOT_YET = (
    "⏳ **Not handed over yet.** {who} could not be reached. I try again by myself; nothing was charged. "
    "Its card in this channel shows how it goes."
)
ASKED = (
    "💰 **A moderator has to agree first**, because it costs more than this server lets members spend at once. "
    "I asked in this channel; it starts by itself when they approve. Nothing was started or charged yet."
)
DROPPED = "✖️ **Quote cancelled.** Nothing was started or charged. /train start makes a new one."


def quote_card(quote: Quote) -> discord.ui.LayoutView:
    """Return the quote: what, from what, where, how long, for how much; the buttons that decide; the other places."""
    task = quote.task
    lines = [
        f"**Quote · train {shown(task.model_name)}** · {_time(quote.estimate)} · {_cost(quote.estimate)}",
        (
            f"**What:** a model that knows {shown(task.dataset_name)} by the trigger word "
            f"{shown(task.trigger_word)}, on {shown(quote.checkpoint.label)}"
        ),
        f"**Learns from:** {_learns_from(quote)}",
        f"**Where:** {quote.estimate.where}",
        (
            f"**How long:** {_time(quote.estimate)}{_wait(quote.estimate)} (preset {task.preset}, "
            f"{count(task.settings.steps, 'step')}{f', {task.settings.method}' if task.settings.method else ''})"
        ),
        f"**Costs:** {_cost(quote.estimate)}{_made_of(quote.estimate)}",
        (
            f"-# Nothing starts or is charged before you confirm{_set_aside(quote.estimate)}. "
            f"Valid until {when(task.quote_ends_at, 't')} ({when(task.quote_ends_at)})."
        ),
    ]
    view = card(
        "\n".join(lines),
        training_buttons.confirm(task.id),
        training_buttons.advanced(task.id),
        training_buttons.drop(task.id),
    )
    if quote.elsewhere:
        view.add_item(discord.ui.TextDisplay("\n".join(["**Or elsewhere**", *map(_offer, quote.elsewhere)])))
        fitting = [offer.place for offer in quote.elsewhere if not offer.why_not][:MOST_BUTTONS]
        if fitting:
            row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
            for place in fitting:
                row.add_item(training_buttons.place(task.id, place.key, spoken(place.backend.name)))
            view.add_item(row)
    return view


def confirmed_card(task: TrainingTask) -> discord.ui.LayoutView:
    """Return what takes the quote's place once it was confirmed: what really came of it."""
    match task.status:
        case TaskStatus.FAILED:
            why = f"{text_words(task.reason)} {charge_words(_charge_of(task))}"
            return card(f"⚠️ **Not started.** {why} Its card has buttons for what to do next.")
        case TaskStatus.CANCELLED:
            return card(STOPPED)
        case TaskStatus.SUBMITTING if task.again_at is not None:
            return card(NOT_YET.format(who=spoken(task.backend, first=True)))
        case TaskStatus.SUBMITTING:
            return card(UNCLEAR)
        case TaskStatus.QUOTED:
            return card(ASKED)
        case _:
            return card(STARTED)


def approval_card(task: TrainingTask) -> discord.ui.LayoutView:
    """Return the question to the moderators about a training that is dear, or what they decided."""
    about_it = (
        f"{shown(task.model_name)} for <@{task.owner_id}> at {spoken(task.backend)}, "
        f"up to {dollars(task.ceiling_micros or 0)}"
    )
    match task.approval, task.status:
        case Approval.ASKED, TaskStatus.QUOTED:
            return card(
                f"💰 **Approval · waiting** · {about_it}\nIt costs more than this server lets members spend at once. "
                f"A member who may manage the server decides until {when(task.quote_ends_at, 'f')}; nothing is "
                "charged before.",
                training_buttons.approve(task.id),
                training_buttons.decline(task.id),
            )
        case Approval.GIVEN, _:
            return card(f"✅ **Approval · given** by <@{task.approved_by}> · {about_it}")
        case Approval.DECLINED, _:
            return card(f"✖️ **Approval · declined** by <@{task.approved_by}> · {about_it}\nNothing was charged.")
        case Approval.ASKED, TaskStatus.CANCELLED:
            return card(f"✖️ **Approval · withdrawn** · {about_it}\nIts owner cancelled it. Nothing was charged.")
        case _:
            return card(f"⌛ **Approval · over** · {about_it}\nNobody decided in time. Nothing was charged.")


def dropped_card() -> discord.ui.LayoutView:
    """Return what takes the place of a quote that was dropped."""
    return card(DROPPED)


def advanced_form(task: TrainingTask, checkpoint: CheckpointInfo) -> discord.ui.Modal:
    """Return the settings of a quoted task that its checkpoint lets members change, at most five, as a form."""
    settings, allowed = task.settings, checkpoint.allowed
    fields: list[discord.ui.Label[Any]] = []
    if allowed.methods:
        options = [discord.SelectOption(label=m, value=m, default=m == settings.method) for m in allowed.methods]
        fields.append(choice_field("method", "Way of training", options, hint="what this place learns the best"))
    if allowed.steps:
        fields.append(_field("steps", "Steps", str(settings.steps), allowed.steps, "more learns longer; "))
    if allowed.learning_rate:
        hint = "how big each step is; "
        rates = ", ".join(f"{rate:g}" for rate in allowed.learning_rates)
        if rates:
            fields.append(
                text_field(
                    "learning_rate",
                    "Learning rate",
                    value=f"{settings.learning_rate:g}",
                    longest=20,
                    hint=f"one of {rates}",
                )
            )
        else:
            fields.append(
                _field("learning_rate", "Learning rate", f"{settings.learning_rate:g}", allowed.learning_rate, hint)
            )
    if allowed.rank:
        fields.append(_field("rank", "Rank", str(settings.rank), allowed.rank, "how much it can remember; "))
    if allowed.resolution:
        hint = f"pixels, a multiple of {allowed.resolution_step}; "
        fields.append(_field("resolution", "Resolution", str(settings.resolution), allowed.resolution, hint))
    if allowed.seed:
        fields.append(_field("seed", "Seed", str(settings.seed), allowed.seed, ""))
    return form("Advanced settings", ADVANCED, task.id, fields=fields[:MOST_FIELDS])


def read_settings(submitted: Submitted, old: TrainingSettings) -> TrainingSettings:
    """Return the settings that a member wrote, what the form left out as it was.

    Raises `InvalidInput` naming the first that is no number.
    """
    texts = submitted.texts
    method = submitted.choices.get("method", ())

    def whole(name: str, what: str, kept: int) -> int:
        return numbers.whole(texts[name], what=what) if name in texts else kept

    return TrainingSettings(
        steps=whole("steps", "Steps", old.steps),
        learning_rate=(
            numbers.decimal(texts["learning_rate"], what="Learning rate")
            if "learning_rate" in texts
            else old.learning_rate
        ),
        rank=whole("rank", "Rank", old.rank),
        resolution=whole("resolution", "Resolution", old.resolution),
        seed=whole("seed", "Seed", old.seed),
        method=method[0] if method else old.method,
    )


def _field(name: str, label: str, value: str, bounds: Bounds, hint: str) -> discord.ui.Label[Any]:
    return text_field(
        name, label, value=value, longest=20, hint=f"{hint}{_plain(bounds.low)} to {_plain(bounds.high)}"
    )


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number >= 1 or number == 0 else f"{number:g}"


def _learns_from(quote: Quote) -> str:
    """Say how many pictures are learned from; a hosted place gets all of them, and measures nothing on any."""
    if quote.estimate.cost_micros != 0:
        return count(quote.trained_on + quote.held_out, "picture")
    held_out = quote.held_out
    more = f"; {held_out} more {'is' if held_out == 1 else 'are'} held out, for an honest score" if held_out else ""
    return f"{count(quote.trained_on, 'picture')}{more}"


def _offer(offer: Offer) -> str:
    place = f"**{spoken(offer.place.backend.name, first=True)}**, {shown(offer.place.checkpoint.label)}"
    if offer.estimate is None:
        return f"• {place}: {offer.why_not}"
    estimate = offer.estimate
    return f"• {place}: {_cost(estimate)}, {_time(estimate)}. {estimate.where}"


def _time(estimate: Estimate) -> str:
    return "time not known" if estimate.train_seconds is None else about(estimate.train_seconds)


def _wait(estimate: Estimate) -> str:
    if estimate.wait_seconds is None:
        return ""
    return ", starts at once" if estimate.wait_seconds < 1 else f", after {about(estimate.wait_seconds)} of waiting"


def _cost(estimate: Estimate) -> str:
    match estimate.cost_micros:
        case None:
            return "price not known"
        case 0:
            return "nothing, your own machine"
        case micros:
            most = estimate.most_micros or micros
            return f"about {dollars(micros)}{f', at most {dollars(most)}' if most > micros else ''}"


def _set_aside(estimate: Estimate) -> str:
    """Return what happens to the money of an order that is confirmed; nothing where it costs nothing."""
    most = estimate.most_micros
    if not most:
        return ""
    return f"; then up to {dollars(most)} is set aside, and what it does not cost is free again when it ends"


def _made_of(estimate: Estimate) -> str:
    """Return what a price is made of and where it is from; of one thing alone the price stands there already."""
    lines = estimate.lines
    items = " + ".join(
        f"{words(line.what)} {dollars(line.micros)}" if len(lines) > 1 else words(line.what) for line in lines
    )
    told = "; ".join(part for part in (items, words(estimate.price_source)) if part)
    return f" ({told})" if told else ""


def _charge_of(task: TrainingTask) -> Charge:
    """Return what a training that was not started has cost."""
    if task.charged_micros:
        return amount(task.charged_micros)
    return PERHAPS if task.lost_answers else NOTHING
