"""What members and moderators read about money and about the state of the backends."""

from collections.abc import Sequence

from bot.interactions.cards import LONGEST
from bot.interactions.fact_words import words
from bot.interactions.texts import count, dollars, when
from domain.backend_names import spoken
from domain.errors import UserError
from domain.money.errors import Limit, LimitTooHigh, ManagersOnly, NothingToSettle, OverBudget, Paused, PriceUnknown
from domain.money.orphaned_work import OrphanedWork
from domain.text import one_line, shown
from services.money.spending import BackendStatus, Health, ServerStatus, Standing

FREE = "Everything here runs on this bot's own machine, so nothing costs anything and there is nothing to limit."
PAUSED = "⏸️ **Paused:** the moderators let nothing start that costs money."
UNKNOWN_WORK = "**Unknown work at backends** (no order of mine knows it; it may cost money)"
MOST_FINDINGS = 10


def own_limits_text(standing: Standing, *, is_free: bool) -> str:
    """Return what one member may still spend this month."""
    if is_free:
        return FREE
    used, limits = standing.used, standing.limits
    left = max(0, min(limits.member - used.member, limits.guild - used.guild))
    lines = [
        f"**Your money this month** · {dollars(left)} left",
        f"• You: {dollars(used.member)} of {dollars(limits.member)}, over all servers",
        f"• This server: {dollars(used.guild)} of {dollars(limits.guild)}",
        "-# Spent and set aside together. What a training sets aside and does not cost is free again when it ends.",
    ]
    return "\n".join([PAUSED, *lines] if standing.is_paused else lines)


def server_limits_text(standing: Standing) -> str:
    """Return the limits of a server, as moderators set them."""
    limits = standing.limits
    above = "none" if limits.approval_above is None else f"a training of more than {dollars(limits.approval_above)}"
    lines = [
        f"**Limits of this server** · {dollars(standing.used.guild)} of {dollars(limits.guild)} used this month",
        f"• Each member: {dollars(limits.member)} a month",
        f"• Needs a moderator's approval: {above}",
        "-# /admin limits changes them, /admin pause stops everything that costs money.",
    ]
    return "\n".join([PAUSED, *lines] if standing.is_paused else lines)


def status_text(status: ServerStatus) -> str:
    """Return the state of the backends, the limits of this server and what the audit found, on one card."""
    lines = [
        f"**Status** · {count(status.running, 'training')} running, {status.waiting:,} waiting, on all servers",
        *map(_backend, status.backends),
        "",
        server_limits_text(status.standing),
    ]
    text = "\n".join(lines)
    return text + _orphans(status.orphans, room=LONGEST - len(text))


def pause_text(standing: Standing) -> str:
    """Return the answer after a pause began or ended."""
    if standing.is_paused:
        return f"{PAUSED} What runs already goes on. /admin pause on:False lets it start again."
    return "▶️ **Not paused:** members may start what costs money again, within the limits."


def settled_text(*, was_charged: bool) -> str:
    """Return the answer after an owner looked whether a training was charged."""
    if was_charged:
        return "💰 Noted: it counts as charged, as quoted. 🔁 Retry on its card makes a new quote."
    return (
        "🚫 Noted: nothing was charged, and what was set aside is free again. 🔁 Retry on its card makes a new quote."
    )


def explain(error: UserError) -> str | None:
    """Return what happened, why and what to do, or None for errors of other features."""
    match error:
        case OverBudget():
            return _over_budget_approved(error) if error.for_moderator else _over_budget(error)
        case Paused():
            return (
                "The moderators have paused everything on this server that costs money. Nothing was started or "
                "charged. Training and drawing on this bot's own machine go on as usual, where it has one."
            )
        case PriceUnknown():
            return (
                "It is not known what this would cost, so I don't start it. Nothing was started or charged. "
                "The person who runs this bot can set the price."
            )
        case LimitTooHigh(wanted=wanted, allowed=allowed):
            return (
                f"The person who runs this bot allows a server {dollars(allowed)} a month at most, so it can't be "
                f"{dollars(wanted)}. Nothing was changed."
            )
        case NothingToSettle():
            return "There is no open question about this training any more. Nothing was changed."
        case ManagersOnly():
            return "Only members who may manage this server can do that. Nothing was changed."
        case _:
            return None


def _over_budget(error: OverBudget) -> str:
    span = ""
    match error.limit:
        case Limit.MEMBER:
            whose, remedy = "your own", "The moderators can raise it with /admin limits."
            span = ", over all servers,"
        case Limit.GUILD:
            whose, remedy = "this server's", "The moderators, or the person who runs this bot, can raise it."
        case Limit.BOT:
            whose, remedy = "this whole bot's", "Only the person who runs this bot can raise it."
    return (
        f"This may cost {dollars(error.micros)}, and of {whose} {dollars(error.cap)} for this month{span} "
        f"{dollars(error.left)} is left. Nothing was started or charged. {remedy}"
    )


def _over_budget_approved(error: OverBudget) -> str:
    match error.limit:
        case Limit.MEMBER:
            who, remedy = "the member who asked", "/admin limits raises it for each member; then approve again."
        case Limit.GUILD:
            who = "this server"
            remedy = "/admin limits raises it, as far as the person who runs this bot lets it; then approve again."
        case Limit.BOT:
            who, remedy = "this whole bot", "Only the person who runs this bot can raise it; then approve again."
    return (
        f"This may cost {dollars(error.micros)}, and {who} has {dollars(error.left)} left of {dollars(error.cap)} "
        f"for this month. Nothing was started or charged. {remedy}"
    )


def _backend(status: BackendStatus) -> str:
    sign, word = ("✅", "answers") if status.health is Health.WELL else ("⚠️", "does not answer well")
    spent = "" if status.is_free else f" · {dollars(status.spent)} this month"
    return f"{sign} **{spoken(status.name, first=True)}** {word}{spent} · {one_line(_says(status))[:200]}"


def _says(status: BackendStatus) -> str:
    match status.health:
        case Health.SILENT:
            return "It does not answer."
        case Health.UNWELL:
            return words(status.says) or "It does not answer as it should; the log says more."
        case Health.WELL:
            return words(status.says)


def _orphans(orphans: Sequence[OrphanedWork], *, room: int) -> str:
    """Return what the audit found in at most `room` characters, the oldest first, and how many are left out."""
    if not orphans:
        return ""
    for most in range(min(MOST_FINDINGS, len(orphans)), 0, -1):
        left = len(orphans) - most
        rest = [f"… and {left:,} more"] if left else []
        text = "\n".join(["\n", UNKNOWN_WORK, *map(_orphan, orphans[:most]), *rest])
        if len(text) <= room:
            return text
    return f"\n\n{UNKNOWN_WORK}: {len(orphans):,}"


def _orphan(finding: OrphanedWork) -> str:
    return (
        f"• {spoken(finding.backend)}: {shown(finding.name)}, {finding.state}, id {shown(finding.remote_id)}, "
        f"first seen {when(finding.first_seen)}"
    )
