"""What members and moderators read about money: caps, what is spent, how the backends stand."""

from collections.abc import Sequence

from bot.amounts import when
from bot.fact_words import text_words
from bot.words import LONGEST, count
from domain.backend_names import spoken
from domain.money import dollars
from domain.text import one_line, shown
from services.money import BackendStatus, ServerStatus, Standing
from storage.findings import Finding

FREE = "Everything here runs on this bot's own machine, so nothing costs anything and there is nothing to limit."
PAUSED = "⏸️ **Paused:** the moderators let nothing start that costs money."
UNKNOWN_WORK = "**Unknown work at backends** (none of my rows knows it; it may cost money)"
MOST_FINDINGS = 10


def limits_text(standing: Standing, *, is_free: bool) -> str:
    """Return what one member may still spend this month."""
    if is_free:
        return FREE
    used, caps = standing.used, standing.caps
    lines = [
        f"**Your money this month** · {dollars(max(0, caps.member - used.member))} left",
        f"• You: {dollars(used.member)} of {dollars(caps.member)}",
        f"• This server: {dollars(used.guild)} of {dollars(caps.guild)}",
        "-# Spent and set aside together. What a training sets aside and does not cost is free again when it ends.",
    ]
    return "\n".join([PAUSED, *lines] if standing.is_paused else lines)


def caps_text(standing: Standing) -> str:
    """Return the caps of a server, as moderators set them."""
    caps = standing.caps
    above = "none" if caps.approval_above is None else f"of more than {dollars(caps.approval_above)}"
    lines = [
        f"**Limits of this server** · {dollars(standing.used.guild)} of {dollars(caps.guild)} used this month",
        f"• Each member: {dollars(caps.member)} a month",
        f"• Needs a moderator's word: {above if above == 'none' else f'a training {above}'}",
        "-# /admin limits changes them, /admin pause stops everything that costs money.",
    ]
    return "\n".join([PAUSED, *lines] if standing.is_paused else lines)


def status_text(status: ServerStatus) -> str:
    """Return how the backends stand, what this server may spend, and what the audit found; it fits on one card."""
    lines = [
        f"**Status** · {count(status.running, 'training')} running, {status.waiting:,} waiting, on all servers",
        *map(_backend, status.backends),
        "",
        caps_text(status.standing),
    ]
    told = "\n".join(lines)
    return told + _findings(status.findings, room=LONGEST - len(told))


def pause_text(standing: Standing) -> str:
    """Return what is said after a pause began or ended."""
    if standing.is_paused:
        return f"{PAUSED} What runs already goes on. /admin pause on:False lets it start again."
    return "▶️ **Not paused:** members may start what costs money again, within the limits."


def settled_text(*, was_charged: bool) -> str:
    """Return what is said after an owner told what they found in their account."""
    if was_charged:
        return "💰 Noted: it counts as charged, as quoted. 🔁 Retry on its card makes a new quote."
    return (
        "🚫 Noted: nothing was charged, and what was set aside is free again. 🔁 Retry on its card makes a new quote."
    )


def _backend(status: BackendStatus) -> str:
    sign, word = ("✅", "answers") if status.is_there else ("⚠️", "does not answer well")
    spent = "" if status.is_free else f" · {dollars(status.spent)} this month"
    return f"{sign} **{spoken(status.name, first=True)}** {word}{spent} · {one_line(text_words(status.says))[:200]}"


def _findings(findings: Sequence[Finding], *, room: int) -> str:
    """Return what the audit found in at most `room` characters, the oldest first, and how many are left out."""
    if not findings:
        return ""
    for most in range(min(MOST_FINDINGS, len(findings)), 0, -1):
        left = len(findings) - most
        rest = [f"… and {left:,} more"] if left else []
        told = "\n".join(["\n", UNKNOWN_WORK, *map(_finding, findings[:most]), *rest])
        if len(told) <= room:
            return told
    return f"\n\n{UNKNOWN_WORK}: {len(findings):,}"


def _finding(finding: Finding) -> str:
    return (
        f"• {spoken(finding.backend)}: {shown(finding.name)}, {finding.state}, id {shown(finding.remote_id)}, "
        f"first seen {when(finding.first_seen)}"
    )
