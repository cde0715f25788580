"""Counts, times, amounts, charges and the errors of no single feature in words."""

from domain import numbers, text
from domain.errors import ServersOnly, UserError
from domain.money.charges import Charge, Charged

MINUTE, HOUR = 60, 3_600


def about(seconds: float) -> str:
    """Return a rough length of time such as `about 3 min`."""
    if seconds < MINUTE:
        return "less than a minute"
    if seconds < 1.5 * HOUR:
        return f"about {round(seconds / MINUTE)} min"
    return f"about {seconds / HOUR:.1f} h".replace(".0 h", " h")


def when(time: float, style: str = "R") -> str:
    """Return a time that each member reads in their own time zone, with `R` as the time from now."""
    return f"<t:{int(time)}:{style}>"


def count(number: int, thing: str) -> str:
    """Return `1 picture`, `12 pictures`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def dollars(micros: int) -> str:
    """Return millionths of a US dollar to the last digit, such as `$5.00` or `$0.0025`."""
    whole_cents = micros % 10_000 == 0
    return f"${micros / 1_000_000:,.2f}" if whole_cents else f"${micros / 1_000_000:,.6f}".rstrip("0")


def charged(charge: Charge | None) -> str:
    """Return a sentence about what was charged, none where that is not known."""
    if charge is None:
        return ""
    match charge.charged:
        case Charged.NOTHING:
            return "Nothing was charged."
        case Charged.AMOUNT:
            return f"It was charged: {dollars(charge.micros or 0)}."
        case Charged.PERHAPS:
            return "It may have been charged."
        case Charged.UNKNOWN:
            return "It was charged; how much is not known."


def explain(error: UserError) -> str | None:
    """Return what happened, why and what to do, for errors that every feature can raise."""
    match error:
        case ServersOnly():
            return (
                "I keep everything per server, so I can't do this in a direct message. Please write to me in a "
                "channel of the server where you want to use it. Nothing was changed."
            )
        case text.NameMissing(what=what):
            return f"A {what} needs a name with at least one letter. Please give it one. Nothing was made."
        case text.NameTooLong(length=length):
            return f"That name has {length} characters; please keep it to {text.NAME_LONGEST}. Nothing was made."
        case text.PromptMissing():
            return "The prompt is empty. Write what the picture should show. Nothing was drawn."
        case text.PromptTooLong(length=length):
            return (
                f"The prompt has {length:,} characters; I can read {text.PROMPT_LONGEST:,}. "
                "Please shorten it. Nothing was drawn."
            )
        case text.CaptionTooLong(length=length):
            return (
                f"That caption has {length} characters; please keep it to {text.CAPTION_LONGEST}. "
                "The old caption is unchanged."
            )
        case numbers.NumberMissing(field=field, is_whole=is_whole):
            example = "a whole number, such as 3" if is_whole else "a number, such as 0.8"
            return f"{field} must be {example}. Nothing was started or charged."
        case _:
            return None
