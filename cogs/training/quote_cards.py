"""What a member sees of a quote and of its confirmation."""

import discord

from bot.interactions.cards import card
from bot.interactions.fact_words import words
from bot.interactions.texts import about, count, dollars, when
from cogs.training import buttons, texts
from domain.backend_names import spoken
from domain.orders.states import OrderStatus
from domain.text import shown
from domain.training.settings import Estimate
from domain.training.tasks import Approval, TrainingTask
from services.training.quotes import Quote
from services.training.targets import TargetOffer

MOST_BUTTONS = 5  # in one row

STARTED = "▶️ **Started.** Its card in this channel shows how it goes, and I tell you there when it is done."
UNCLEAR = (
    "⏳ **Handed over, but the answer got lost.** It may have arrived or not; I never hand it over twice on a guess. "
    "Its card in this channel shows what I find out."
)
UNDER_WAY = (
    "⏳ **Being handed over.** Its card in this channel shows how it goes, and I tell you there when it is done."
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
    """Return the quote with its buttons and with what other backends would take."""
    task = quote.task
    cost, time = _cost(quote.estimate, is_free=task.order.price.is_free), _time(quote.estimate)
    lines = [
        f"**Quote · train {shown(task.model_name)}** · {time} · {cost}",
        (
            f"**What:** a model that knows {shown(task.dataset_name)} by the trigger word "
            f"{shown(task.trigger_word)}, on {shown(quote.checkpoint.label)}"
        ),
        f"**Learns from:** {_learns_from(quote)}",
        f"**Where:** {quote.estimate.where}",
        (
            f"**How long:** {time}{_wait(quote.estimate)} (preset {task.preset}, "
            f"{count(task.settings.steps, 'step')}{f', {task.settings.method}' if task.settings.method else ''})"
        ),
        f"**Costs:** {cost}{_made_of(quote.estimate)}",
        (
            f"-# Nothing starts or is charged before you confirm{_set_aside(quote.estimate)}. "
            f"Valid until {when(task.quote_ends_at, 't')} ({when(task.quote_ends_at)})."
        ),
    ]
    view = card(
        "\n".join(lines),
        buttons.confirm(task.id),
        buttons.advanced(task.id),
        buttons.drop(task.id),
    )
    if quote.elsewhere:
        view.add_item(discord.ui.TextDisplay("\n".join(["**Or elsewhere**", *map(_offer, quote.elsewhere)])))
        fitting = [offer.target for offer in quote.elsewhere if offer.misfit is None][:MOST_BUTTONS]
        if fitting:
            row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
            for target in fitting:
                row.add_item(buttons.quote_at(task.id, target.key, spoken(target.backend.name)))
            view.add_item(row)
    return view


def confirmed_card(task: TrainingTask) -> discord.ui.LayoutView:
    """Return what came of a confirmation, to be shown instead of the quote."""
    match task.order.status:
        case OrderStatus.FAILED:
            why = " ".join(said for said in (texts.why(task.order.reason), texts.charge_words(task.order)) if said)
            return card(f"⚠️ **Not started.** {why} Its card has buttons for what to do next.")
        case OrderStatus.CANCELLED:
            return card(STOPPED)
        case OrderStatus.SUBMITTING if task.order.hand_over.lost_answers:
            return card(UNCLEAR)
        case OrderStatus.INTERRUPTED:
            return card(UNCLEAR)
        case OrderStatus.SUBMITTING if task.order.hand_over.attempts:
            return card(NOT_YET.format(who=spoken(task.order.backend, first=True)))
        case OrderStatus.SUBMITTING:
            return card(UNDER_WAY)
        case OrderStatus.QUOTED:
            return card(ASKED)
        case _:
            return card(STARTED)


def approval_card(task: TrainingTask) -> discord.ui.LayoutView:
    """Return the question to the moderators about an expensive training, or what they decided."""
    about_it = (
        f"{shown(task.model_name)} for <@{task.order.owner_id}> at {spoken(task.order.backend)}, "
        f"up to {dollars(task.order.price.ceiling_micros or 0)}"
    )
    match task.approval, task.order.status:
        case Approval.ASKED, OrderStatus.QUOTED:
            return card(
                f"💰 **Approval · waiting** · {about_it}\nIt costs more than this server lets members spend at once. "
                f"A member who may manage the server decides until {when(task.quote_ends_at, 'f')}; nothing is "
                "charged before.",
                buttons.approve(task.id),
                buttons.decline(task.id),
            )
        case Approval.GIVEN, _:
            return card(f"✅ **Approval · given** by <@{task.approved_by}> · {about_it}")
        case Approval.DECLINED, _:
            return card(f"✖️ **Approval · declined** by <@{task.approved_by}> · {about_it}\nNothing was charged.")
        case Approval.ASKED, OrderStatus.CANCELLED:
            return card(f"✖️ **Approval · withdrawn** · {about_it}\nIts owner cancelled it. Nothing was charged.")
        case _:
            return card(f"⌛ **Approval · over** · {about_it}\nNobody decided in time. Nothing was charged.")


def dropped_card() -> discord.ui.LayoutView:
    """Return what takes the place of a quote that was dropped."""
    return card(DROPPED)


def _learns_from(quote: Quote) -> str:
    """Say how many pictures are learned from. A hosted place gets all of them, and measures nothing on any."""
    if not quote.task.order.price.is_free:
        return count(quote.trained_on + quote.held_out, "picture")
    held_out = quote.held_out
    more = f"; {held_out} more {'is' if held_out == 1 else 'are'} held out, for an honest score" if held_out else ""
    return f"{count(quote.trained_on, 'picture')}{more}"


def _offer(offer: TargetOffer) -> str:
    target = f"**{spoken(offer.target.backend.name, first=True)}**, {shown(offer.target.checkpoint.label)}"
    if offer.estimate is None:
        return f"• {target}: {texts.misfit(offer.misfit) if offer.misfit else 'It does not answer right now.'}"
    estimate = offer.estimate
    cost = _cost(estimate, is_free=offer.target.backend.abilities.is_free)
    return f"• {target}: {cost}, {_time(estimate)}. {estimate.where}"


def _time(estimate: Estimate) -> str:
    return "time not known" if estimate.train_seconds is None else about(estimate.train_seconds)


def _wait(estimate: Estimate) -> str:
    if estimate.wait_seconds is None:
        return ""
    return ", starts at once" if estimate.wait_seconds < 1 else f", after {about(estimate.wait_seconds)} of waiting"


def _cost(estimate: Estimate, *, is_free: bool) -> str:
    if is_free:
        return "nothing, your own machine"
    match estimate.cost_micros:
        case None:
            return "price not known"
        case micros:
            most = estimate.most_micros or micros
            return f"about {dollars(micros)}{f', at most {dollars(most)}' if most > micros else ''}"


def _set_aside(estimate: Estimate) -> str:
    """Return what happens to the money of an order that is confirmed. Nothing where it costs nothing."""
    most = estimate.most_micros
    if not most:
        return ""
    return f"; then up to {dollars(most)} is set aside, and what it does not cost is free again when it ends"


def _made_of(estimate: Estimate) -> str:
    """Return what a price is made of and where it is from. Of one thing alone the price stands there already."""
    lines = estimate.lines
    items = " + ".join(
        f"{words(line.what)} {dollars(line.micros)}" if len(lines) > 1 else words(line.what) for line in lines
    )
    told = "; ".join(part for part in (items, words(estimate.price_source)) if part)
    return f" ({told})" if told else ""
