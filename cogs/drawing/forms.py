"""The forms that draw."""

import discord

from bot.interactions.forms import Submitted, form, text_field
from domain import numbers
from domain.drawing.recipes import CHANGE_HIGHEST, CHANGE_LOWEST, MOST_PICTURES, STRENGTH_HIGHEST, STRENGTH_LOWEST
from domain.models.loras import Lora
from domain.text import PROMPT_LONGEST
from services.drawing.wishes import DrawingView, DrawingWish, RecipeChanges

EDIT, TRY = "edit-drawing", "try"

CHANGE_HINT = f"of the picture it starts from: {CHANGE_LOWEST:g} is hardly anything, {CHANGE_HIGHEST:g} is all of it"
STRENGTH_HINT = f"{STRENGTH_LOWEST:g} is none of it, 1 is as trained, {STRENGTH_HIGHEST:g} is the most"


def edit_form(view: DrawingView) -> discord.ui.Modal:
    """Return a drawing's recipe as a form to change."""
    recipe = view.drawing.recipe
    fields = [
        text_field("prompt", "Prompt", longest=PROMPT_LONGEST, value=recipe.prompt, paragraph=True),
        text_field("count", "How many pictures", longest=2, value=str(recipe.count), hint=f"1 to {MOST_PICTURES}"),
        text_field("seed", "Seed", longest=20, value=str(recipe.seed), hint="The same seed gives the same picture"),
    ]
    if view.lora is not None:
        strength = f"{recipe.strength:g}"
        fields.insert(1, text_field("strength", "How strongly", longest=8, value=strength, hint=STRENGTH_HINT))
    if recipe.source_sha256:
        change = f"{recipe.change:g}"
        fields.append(text_field("change", "How much may change", longest=8, value=change, hint=CHANGE_HINT))
    return form("Edit and draw again", EDIT, view.drawing.id, fields=fields)


def read_changes(submitted: Submitted) -> RecipeChanges:
    """Return what a member changed. Raises `InvalidInput`."""
    texts = submitted.texts
    return RecipeChanges(
        prompt=texts.get("prompt", ""),
        strength=numbers.decimal(texts.get("strength", "1"), what="How strongly"),
        count=numbers.whole(texts.get("count", "1"), what="How many pictures"),
        seed=numbers.whole(texts.get("seed", ""), what="Seed"),
        change=numbers.decimal(texts["change"], what="How much may change") if "change" in texts else None,
    )


def try_form(lora: Lora) -> discord.ui.Modal:
    """Return the form to draw with a LoRA."""
    prompt = text_field(
        "prompt",
        "What should the picture show?",
        longest=PROMPT_LONGEST,
        paragraph=True,
        hint=f"I add the trigger word {lora.trigger_word} by myself",
        placeholder="on a beach at night",
    )
    count = text_field("count", "How many pictures", longest=2, value="3", hint=f"1 to {MOST_PICTURES}")
    strength = text_field("strength", "How strongly", longest=8, value="1", hint=STRENGTH_HINT)
    return form(f"Draw with {lora.title}", TRY, lora.id, fields=[prompt, count, strength])


def read_wish(submitted: Submitted) -> DrawingWish:
    """Return what a member wants to see. Raises `InvalidInput`."""
    texts = submitted.texts
    return DrawingWish(
        prompt=texts.get("prompt", ""),
        model=submitted.ids[0],
        strength=numbers.decimal(texts.get("strength", "1"), what="How strongly"),
        count=numbers.whole(texts.get("count", "1"), what="How many pictures"),
    )
