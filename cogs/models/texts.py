"""What members read about their models."""

from domain.backend_names import LOCAL, spoken
from domain.errors import UserError
from domain.models.errors import ModelGone, ModelNotFound, ModelNotTheirs
from domain.models.loras import Lora, gain_percent
from domain.text import shown

NO_MODELS = (
    "You have no models on this server yet. Three steps make one: /dataset new, then /dataset add with 10 or more "
    "pictures, then /train start."
)


def alt_text(lora: Lora) -> str:
    """Return what a screen reader says for a model's preview."""
    return f"A picture drawn with {lora.title}, trigger word {lora.trigger_word} · AI-generated"


def delete_question(lora: Lora) -> str:
    """Return the question before a model is deleted."""
    return (
        f"Delete {shown(lora.title)}? No one can draw with it then; pictures that were drawn with it stay. "
        "You can bring it back for 24 hours."
    )


def deleted(lora: Lora) -> str:
    """Return the answer after a model was deleted."""
    return f"Deleted {shown(lora.title)}. Its pictures stay. You can bring it back for 24 hours."


def undeleted(lora: Lora) -> str:
    """Return the answer after a model was brought back."""
    return f"{shown(lora.title)} is back. /imagine draws with it."


def score(lora: Lora) -> str:
    """Return how much closer to its pictures a model draws than its checkpoint."""
    match gain_percent(lora):
        case None if lora.backend != LOCAL:
            return f"not scored: {spoken(lora.backend)} measures nothing on pictures that it never learned from"
        case None:
            return "not scored: too few pictures to keep some out of training"
        case gain if gain > 0:
            return f"{gain} % closer to your pictures than the bare checkpoint"
        case _:
            return "no closer to your pictures than the bare checkpoint; more or more varied pictures help"


def losses(lora: Lora) -> str:
    """Return the held-out losses of a model and of its checkpoint."""
    if lora.base_loss is None or lora.held_out_loss is None:
        return "not measured"
    return f"{lora.held_out_loss:.4f} (bare checkpoint {lora.base_loss:.4f}; lower is better here)"


def file(lora: Lora) -> str:
    """Return what is known about a model's file."""
    if lora.sha256 is None:
        return f"Its weights stay with {spoken(lora.backend)}, which does not give them out."
    return f"File: {lora.size / 1_000_000:.1f} MB, SHA-256 {shown(lora.sha256[:16])}"


def explain(error: UserError) -> str | None:
    """Return what happened, why and what to do, or None for errors of other features."""
    match error:
        case ModelNotFound():
            return "I can't find that model among yours on this server. Pick one from the list, or see /model list."
        case ModelNotTheirs():
            return "Only its owner can draw with this model. To train your own, start with /dataset new."
        case ModelGone():
            return (
                "That model can't be brought back: a deleted model can be undone for 24 hours by its owner. "
                "You can train it again with /train start."
            )
        case _:
            return None
