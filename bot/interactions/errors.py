"""The one place that turns an error into a sentence for a member."""

import logging
import secrets
from collections.abc import Callable
from typing import Any

import discord

from bot.interactions import texts
from bot.interactions.fact_words import words
from domain.backend_names import spoken
from domain.errors import (
    AppError,
    BackendAmbiguous,
    BackendError,
    BackendUnavailable,
    StorageFull,
    UserError,
)
from domain.money.charges import NOTHING
from domain.orders.facts import Fact

log = logging.getLogger(__name__)

Explain = Callable[[UserError], str | None]  # None where another feature words that error

# Discord's codes for an interaction that is gone or answered already, so that no answer can be sent.
UNKNOWN_INTERACTION, ALREADY_ACKNOWLEDGED = 10062, 40060


class Explanations:
    """The words of errors, which the cogs register feature by feature."""

    def __init__(self) -> None:
        self._explain: list[Explain] = [texts.explain]

    def add(self, explain: Explain) -> None:
        """Let `explain` word the errors of one feature."""
        self._explain.append(explain)

    def words(self, error: BaseException) -> str:
        """Return what happened, why, what to do, and what was charged where that is known."""
        if isinstance(error, UserError):
            return next((said for explain in self._explain if (said := explain(error)) is not None), str(error))
        return _general(error)


def _general(error: BaseException) -> str:
    match error:
        case StorageFull():
            said = (
                "My disk is full, so this could not be stored.",
                texts.charged(error.charge),
                "Please tell the person who runs this bot.",
            )
        case BackendError(reason=Fact() as reason):
            said = (f"{_name(error)} could not do this.", words(reason), _cost(error))
        case BackendUnavailable():
            said = (f"{_name(error)} can't be reached right now.", _cost(error), "Try again soon.")
        case BackendAmbiguous():
            return f"{_name(error)} did not answer clearly. I am checking whether it arrived; please wait."
        case BackendError():
            why = "The person who runs this bot sees why."
            said = (f"{_name(error)} could not do this.", _cost(error), why)
        case _:
            return _unknown(error)
    return " ".join(part for part in said if part)


def _cost(error: BackendError) -> str:
    """Return what the call that failed has cost. That it cost nothing says nothing of the order that it was about."""
    return "" if error.charge == NOTHING else texts.charged(error.charge)


def _name(error: BackendError) -> str:
    return spoken(error.backend, first=True)


def is_over(error: BaseException) -> bool:
    """Whether the interaction died or was answered already (a repeat of the same one)."""
    return isinstance(error, discord.InteractionResponded) or (
        isinstance(error, discord.HTTPException) and error.code in (UNKNOWN_INTERACTION, ALREADY_ACKNOWLEDGED)
    )


def _unknown(error: BaseException) -> str:
    reference = secrets.token_hex(4)
    kind = "expected" if isinstance(error, AppError) else "unknown"
    log.error("%s error reference=%s", kind, reference, exc_info=error)
    return (
        "Sorry, something went wrong on my side. Please look whether it was done before you try again. If it happens "
        f"again, tell the person who runs this bot the reference `{reference}`."
    )


async def answer(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Explain an error to the member alone, where the interaction is still there."""
    if is_over(error):
        log.info("interaction=%d is gone or was answered already", interaction.id)
        return
    sentence = interaction.client.explanations.words(error)
    try:
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            await interaction.delete_original_response()  # else a refusal would replace a public "thinking…"
        if interaction.response.is_done():
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)
    except discord.HTTPException as failure:
        log.warning("interaction=%d could not be answered: %s", interaction.id, failure.code)
