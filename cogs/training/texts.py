"""The sentences about what stopped a training, why it ended, and what it cost."""

from bot.interactions.fact_words import words
from bot.interactions.texts import dollars
from domain.backend_names import spoken
from domain.errors import UserError
from domain.money.charges import Charged
from domain.orders.facts import Fact, FactKind
from domain.orders.orders import Order, known_charge
from domain.text import shown
from domain.training import errors

MOST_NAMES = 20  # of checkpoints in one sentence
UNTOUCHED = "Nothing was changed or charged."
UNSTARTED = "Nothing was started or charged."
PICK_ONE = "Pick one from the list, or see /train list."


def explain(error: UserError) -> str | None:
    """Return the sentence of an error about trainings, None for any other."""
    return _setting(error) or _quote(error) or _approval(error) or _task(error)


def misfit(error: errors.ImageCountUnfit) -> str:
    """Return why a dataset does not fit a backend."""
    return (
        f"This dataset has {error.images} pictures; this checkpoint takes {error.fewest} to {error.most}. "
        "Add or remove some with /dataset add or /dataset remove."
    )


def why(reason: Fact | None) -> str:
    """Return why a training ended, without what it cost. Empty when that is not known."""
    if reason is None:
        return ""
    because = f" {why(reason.because)}" if reason.because else ""
    return f"{_why(reason)}{because}"


def charge_words(order: Order) -> str:
    """Return what was charged for a training that is over, as one sentence."""
    price, who = order.price, spoken(order.backend)
    charge = known_charge(order)
    if price.is_free:
        ran = ": it ran on this bot's own machine" if order.hand_over.remote_id else ""
        return f"Nothing was charged{ran}."
    booked = dollars(price.booked_micros or 0)
    match charge.charged if charge else Charged.UNKNOWN:
        case Charged.NOTHING:
            back = (
                f" The {dollars(price.ceiling_micros)} set aside for it is free again."
                if price.ceiling_micros
                else ""
            )
            return f"Nothing was charged.{back}"
        case Charged.AMOUNT:
            quoted = f" (quoted: {dollars(price.quoted_micros or 0)})"
            is_other = price.quoted_micros and price.quoted_micros != price.booked_micros
            return f"{booked} was charged by {who}{quoted if is_other else ''}."
        case Charged.PERHAPS if price.booked_micros is None:
            return "It may have been charged."
        case Charged.PERHAPS:
            return f"It may have been charged, so it counts as {booked}."
        case Charged.UNKNOWN if price.booked_micros is None:
            return f"{spoken(order.backend, first=True)} has not said what it cost; your account there shows it."
        case Charged.UNKNOWN:
            return f"It counts as {booked}, as quoted: {who} does not say what it charges."


def _why(reason: Fact) -> str:
    who = spoken(str(reason.values.get("backend", "")), first=True)
    match reason.kind:
        case FactKind.NOT_REACHED if reason.because:
            return f"{who} could not take it, so the training was not started."
        case FactKind.NOT_REACHED:
            return f"{who} could not be reached, so the training was not started."
        case FactKind.NOT_ACCEPTED:
            return f"{who} does not accept this training, so it was not started."
        case FactKind.NEVER_ANSWERED:
            return (
                "The connection broke while I handed this training over, and there is no way to ask whether it "
                "arrived."
            )
        case FactKind.LOST_TOO_OFTEN:
            return "Each time that I ordered this training the answer got lost, and it is not there."
        case FactKind.UNKNOWN_THERE:
            return f"{who} does not know this training any more."
        case FactKind.LOST_AND_REFUSED:
            return f"{who} lost this training and can't begin it again."
        case FactKind.RESULT_DAMAGED:
            return f"{who} trained it, but its file arrives damaged each time, so I did not keep it."
        case FactKind.NO_RESULT:
            return f"{who} trained it, but gives no usable file."
        case _:
            return words(reason)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _setting(error: UserError) -> str | None:
    match error:
        case errors.SettingOutOfBounds(name=name, low=low, high=high, given=given):
            return (
                f"{name} must be between {_number(low)} and {_number(high)}; you gave {_number(given)}. {UNTOUCHED}"
            )
        case errors.ResolutionUneven(step=step, given=pixels):
            return f"Resolution must be a multiple of {step}; {pixels} is not. {UNTOUCHED}"
        case errors.LearningRateUnknown(known=rates, given=given):
            known = ", ".join(f"{rate:g}" for rate in rates)
            return f"Learning rate must be one of {known}; you gave {given:g}. {UNTOUCHED}"
        case errors.MethodUnknown(known=methods):
            return f"The way of training must be one of {', '.join(methods)}. {UNTOUCHED}"
        case _:
            return None


def _quote(error: UserError) -> str | None:
    match error:
        case errors.TargetUnknown(known=known):
            names = ", ".join(shown(name) for name in known[:MOST_NAMES])
            return f"I don't have that checkpoint here. You can choose from: {names}. Nothing was charged."
        case errors.NoOtherTarget():
            return f"There is no other place here to train at. {UNSTARTED}"
        case errors.ImageCountUnfit():
            return f"{misfit(error)} {UNSTARTED}"
        case errors.TargetSwitchedOff():
            return f"The place of this quote was switched off here. {UNSTARTED} Get a new quote with /train start."
        case errors.QuoteOver():
            return f"This quote was valid for ten minutes and is over. {UNSTARTED} Get a new one with /train start."
        case errors.QuoteCancelled():
            return "This training was cancelled, so it can't be started any more. Get a new quote with /train start."
        case errors.AlreadyStarted():
            return "This training has started already. See how it goes with /train status."
        case errors.ImagesDeleted():
            return (
                "Pictures of this training were deleted for good, so it can't be started again as it was. "
                f"{UNSTARTED} Get a new quote with /train start."
            )
        case errors.TrainingPriceUnknown():
            return (
                f"Nobody can say what this would cost, so I don't start it. {UNSTARTED} "
                "The person who runs this bot can set the price."
            )
        case _:
            return None


def _approval(error: UserError) -> str | None:
    match error:
        case errors.ApprovalPending():
            return (
                "You confirmed this already; it waits for a moderator's approval. Nothing was started or charged yet."
            )
        case errors.ApprovalOver():
            return f"This was decided already, or it is over. {UNTOUCHED}"
        case errors.NotAModerator():
            return f"Only members who may manage this server can decide about its money. {UNSTARTED}"
        case errors.TooManyOpen(open_count=count, for_moderator=is_for_moderator):
            most = f"{count} trainings waiting or running, which is the most for one member."
            if is_for_moderator:
                remedy = "Approve again when one of them is done or stopped."
                return f"The member who asked already has {most} {remedy} {UNSTARTED}"
            return f"You already have {most} Wait for one to finish, or stop one with /train cancel. {UNSTARTED}"
        case _:
            return None


def _task(error: UserError) -> str | None:
    match error:
        case errors.StillOpen():
            return (
                "This training is still on its way. Stop it first if you want to start over. Nothing new was started."
            )
        case errors.TrainingOver():
            return "This training is over already, so there is nothing to stop. /train status shows how it ended."
        case errors.BeingSaved():
            return "This training has just finished; its model is being saved, so there is nothing to stop."
        case errors.CannotStop(backend=backend):
            return f"{spoken(backend, first=True)} can't stop a training once it was handed over, so it goes on."
        case errors.TrainingNotFound(is_named=is_named):
            hint = PICK_ONE if is_named else "Start one with /train start."
            return f"I can't find that training among yours on this server. {hint}"
        case errors.NotTheirTraining(staff_may=staff_may):
            others = " or the moderators" if staff_may else ""
            return (
                f"This training belongs to somebody else, so only they{others} can do that. "
                "You can start your own with /train start."
            )
        case _:
            return None
