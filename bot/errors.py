"""The one place that turns an error into a sentence for a member."""

import logging
import secrets

import discord

from bot.fact_words import charge_words, words
from domain.backend_names import spoken
from domain.errors import (
    AppError,
    BackendAmbiguous,
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    StorageFull,
    TrainingError,
    UserError,
)
from domain.facts import Fact

log = logging.getLogger(__name__)

# Discord's codes for an interaction that is gone or answered already: nobody is left to tell.
UNKNOWN_INTERACTION, ALREADY_ACKNOWLEDGED = 10062, 40060


def explain(error: BaseException) -> str:
    """Return what happened, why, what to do, and whether anything was charged."""
    match error:
        case UserError() | TrainingError():
            return str(error)
        case StorageFull():
            return (
                "My disk is full, so nothing was stored, started or charged. "
                "Please tell the person who runs this bot."
            )
        case BackendError(reason=Fact() as reason):
            return f"{_who(error)} could not do this. {words(reason)} {charge_words(error.charge)}"
        case BackendUnavailable():
            return f"{_who(error)} can't be reached right now. Nothing was started or charged; try again soon."
        case BackendAmbiguous():
            return f"{_who(error)} did not answer clearly. I am checking whether it arrived; please wait."
        case BackendRejected() | BackendReplyInvalid() | BackendError():
            return f"{_who(error)} could not do this. Nothing was charged; the person who runs this bot sees why."
        case _:
            return _unknown(error)


def _who(error: BackendError) -> str:
    return spoken(error.backend, first=True)


def is_nobody_left(error: BaseException) -> bool:
    """Whether the interaction died or was answered already (a repeat of the same one)."""
    return isinstance(error, discord.InteractionResponded) or (
        isinstance(error, discord.HTTPException) and error.code in (UNKNOWN_INTERACTION, ALREADY_ACKNOWLEDGED)
    )


def _unknown(error: BaseException) -> str:
    reference = secrets.token_hex(4)
    kind = "expected" if isinstance(error, AppError) else "unknown"
    log.error("%s error reference=%s", kind, reference, exc_info=error)
    return (
        "Sorry, something went wrong on my side. Nothing was charged. Please try again; if it happens again, "
        f"tell the person who runs this bot the reference `{reference}`."
    )


async def answer(interaction: discord.Interaction, error: BaseException) -> None:
    """Tell the member about an error, to them alone; say nothing when nobody is left to tell."""
    if is_nobody_left(error):
        log.info("interaction=%d is gone or was answered already", interaction.id)
        return
    sentence = explain(error)
    try:
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            await interaction.delete_original_response()  # else a refusal would replace a public "thinking…"
        if interaction.response.is_done():
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)
    except discord.HTTPException as failure:
        log.warning("interaction=%d could not be answered: %s", interaction.id, failure.code)
