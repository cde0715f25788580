"""The sentences about what stopped a drawing, why it ended, and what it cost."""

from bot.interactions.fact_words import words
from bot.interactions.refusals import refusal
from bot.interactions.texts import dollars
from domain.backend_names import spoken
from domain.drawing import errors
from domain.drawing.recipes import (
    CHANGE_HIGHEST,
    CHANGE_LOWEST,
    MOST_PICTURES,
    SEED_HIGHEST,
    STRENGTH_HIGHEST,
    STRENGTH_LOWEST,
)
from domain.errors import UserError
from domain.money.charges import Charged
from domain.orders.facts import Fact, FactKind
from domain.orders.orders import Order
from domain.text import shown

UNDRAWN = "Nothing was drawn or charged."
STILL_THERE = "See /model list, or draw without a model."


def explain(error: UserError) -> str | None:
    """Return the sentence of an error about drawings, None for any other."""
    return _wish(error) or _source_image(error) or _drawing(error)


def why(reason: Fact | None) -> str:
    """Return why a drawing ended, without what it cost. Empty when that is not known."""
    if reason is None:
        return ""
    because = f" {why(reason.because)}" if reason.because else ""
    return f"{_why(reason)}{because}"


def charge_words(order: Order) -> str:
    """Return what was charged for a drawing that is over, as one sentence."""
    booked, who = dollars(order.price.booked_micros or 0), spoken(order.backend)
    match order.price.charge.charged if order.price.charge else Charged.NOTHING:
        case Charged.NOTHING:
            return "Nothing was charged."
        case Charged.AMOUNT:
            return f"{booked} was charged by {who}."
        case Charged.PERHAPS:
            return f"It may have been charged, so it counts as {booked}."
        case Charged.UNKNOWN:
            return f"It counts as {booked}, as {who} does not say what it charges."


def _why(reason: Fact) -> str:
    who = spoken(str(reason.values.get("backend", "")), first=True)
    match reason.kind:
        case FactKind.NOT_REACHED if reason.because:
            return f"{who} could not take it."
        case FactKind.NOT_REACHED:
            return f"{who} can't be reached right now."
        case FactKind.NOT_ACCEPTED:
            return f"{who} does not accept this drawing."
        case FactKind.NEVER_ANSWERED:
            return (
                "The connection broke while I ordered it, and there is no way to ask whether it was drawn. I did not "
                "order it twice."
            )
        case FactKind.LOST_TOO_OFTEN:
            return "Each time that I ordered it the answer got lost."
        case FactKind.UNKNOWN_THERE:
            return f"{who} lost this drawing."
        case FactKind.LOST_AND_REFUSED:
            return f"{who} lost this drawing and does not accept it again."
        case FactKind.RESULT_DAMAGED | FactKind.NO_RESULT:
            return f"{who} drew it, but gives no usable picture."
        case FactKind.PICTURES_MISSING:
            return "Some of its pictures never arrived."
        case _:
            return words(reason)


def _wish(error: UserError) -> str | None:
    match error:
        case errors.StrengthOutOfBounds(given=given):
            return f"Strength goes from {STRENGTH_LOWEST:g} to {STRENGTH_HIGHEST:g}; you gave {given:g}. {UNDRAWN}"
        case errors.CountOutOfBounds(given=given):
            return f"I draw 1 to {MOST_PICTURES} pictures at a time; you asked for {given}. {UNDRAWN}"
        case errors.SeedOutOfBounds():
            return f"A seed is a whole number from 0 to {SEED_HIGHEST:,}. {UNDRAWN}"
        case errors.ChangeOutOfBounds(given=given):
            return f"Change goes from {CHANGE_LOWEST:g} to {CHANGE_HIGHEST:g}; you gave {given:g}. {UNDRAWN}"
        case errors.TooManyWaiting(waiting=waiting):
            return (
                f"You have {waiting} drawings waiting already, which is the most for one member. Ask again when one "
                f"of them is done. {UNDRAWN}"
            )
        case errors.CheckpointGone(checkpoint=checkpoint):
            return (
                f"That model was trained on the checkpoint {checkpoint}, which this bot does not run any more. "
                f"{UNDRAWN}"
            )
        case errors.BackendSwitchedOff(backend=backend):
            return f"{spoken(backend, first=True)}, which made that, is switched off here. {UNDRAWN}"
        case errors.DrawingPriceUnknown():
            return (
                f"Nobody can say what this would cost, so I don't draw it. {UNDRAWN} The person who runs this bot "
                "can set the price."
            )
        case _:
            return None


def _source_image(error: UserError) -> str | None:
    match error:
        case errors.NoSourceImages(backend=backend):
            return (
                f"{spoken(backend, first=True)} draws from words alone and can't start from a picture. Leave `image` "
                f"out, or pick a model that was trained elsewhere. {UNDRAWN}"
            )
        case errors.SourceImageGone():
            return f"The picture that this drawing starts from is gone. Attach it to /imagine once more. {UNDRAWN}"
        case errors.SourceImageRefused(filename=filename, verdict=verdict):
            return f"{shown(filename)}: {refusal(verdict)} {UNDRAWN}"
        case errors.NotTheirSourceImage():
            return (
                "This was drawn from a picture that somebody else attached; only they can draw from it again. "
                "ℹ️ Info shows you the recipe; /imagine starts from a picture of yours. Nothing was drawn."
            )
        case _:
            return None


def _drawing(error: UserError) -> str | None:
    match error:
        case errors.DrawingGone():
            return "That drawing is gone; it was probably deleted. /imagine makes a new one."
        case errors.DrawingOver():
            return "This drawing is finished already, so there is nothing to stop."
        case errors.DrawingOpen():
            return "This drawing is still under way. Stop it first, then delete it."
        case errors.CannotStopDrawing(backend=backend):
            return (
                f"{spoken(backend, first=True)} can't stop a drawing that was ordered. It comes in a moment, and is "
                "charged."
            )
        case errors.NotTheirDrawing():
            return "Only the member who asked for this drawing, or the server's staff, can do that."
        case errors.ModelDeleted():
            return f"The model of this drawing was deleted. {STILL_THERE} Nothing was drawn."
        case errors.NotTheirModel():
            return (
                "This picture was drawn with somebody else's model; only its owner can draw with it. "
                f"ℹ️ Info shows you the recipe. {STILL_THERE}"
            )
        case _:
            return None
