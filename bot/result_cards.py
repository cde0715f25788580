"""What members see of a drawing: waiting, done, failed, its recipe; values in, layouts and texts out."""

import re
from collections.abc import Sequence

import discord

from bot import drawing_buttons
from bot.fact_words import text_words
from domain import generations
from domain.backend_names import spoken
from domain.generations import Generation, GenerationStatus, Recipe
from domain.money import MICROS, dollars
from domain.text import one_line, shown
from services.generation import Drawn

CENT = MICROS // 100
PROMPT_SHOWN = 300  # characters on a card; ℹ️ Info has all of it
STOPPING = "⏹️ I stop it. Its card shows when that is done, and what was charged until then."
TRY_AGAIN = "🔄 Try again uses the same recipe; if it keeps failing, tell the person who runs this bot."


def card(drawn: Drawn, filenames: Sequence[str] = ()) -> discord.ui.LayoutView:
    """Return the card of a drawing as it stands; `filenames` are its attached pictures, in order."""
    match drawn.generation.status:
        case GenerationStatus.SUBMITTING | GenerationStatus.QUEUED | GenerationStatus.RUNNING:
            return _waiting(drawn)
        case GenerationStatus.SUCCEEDED:
            return _result(drawn, filenames) if filenames else _waiting(drawn)
        case GenerationStatus.FAILED:
            return _failed(drawn)
        case GenerationStatus.CANCELLED:
            return _cancelled(drawn)


def filename(drawn: Drawn, number: int, *, extension: str) -> str:
    """Return the name of picture `number` (from 1): the model and the seed that drew it."""
    model = re.sub(r"[^a-z0-9]+", "-", drawn.model.lower()).strip("-") or "picture"
    return f"{model}-{drawn.generation.recipe.seed + number - 1}.{extension}"


def recipe_text(drawn: Drawn) -> str:
    """Return the full recipe, ready to be copied, in at most 2,000 characters."""
    generation = drawn.generation
    recipe = generation.recipe
    last = recipe.seed + recipe.count - 1
    seeds = f"seed {recipe.seed}" if recipe.count == 1 else f"seeds {recipe.seed} to {last}, in order"
    lines = [
        "ℹ️ **Recipe of this drawing**",
        f"Asked for by <@{generation.owner_id}>, <t:{int(generation.created_at)}:f>",
        _model_line(drawn),
        f"{_counted(recipe.count)} of {recipe.width} × {recipe.height}, {seeds}{_price(generation, before=', ')}",
        *(f"{said}: attach it as `image` again{_shape(recipe)}" for said in _start(recipe)),
        "Copy this to draw the same again:",
        f"```\n{_command(drawn)}\n```",
    ]
    return "\n".join(lines)


def delete_question(drawn: Drawn) -> str:
    """Return the question before a drawing's pictures are deleted."""
    count = len(drawn.generation.pictures)
    what = "the picture" if count == 1 else f"these {count} pictures"
    if not count:
        return "Delete this card? Nothing else is changed."
    return f"Delete {what} for everybody? They can't be brought back, but the same recipe draws them again."


def delete_now(drawn: Drawn, message: discord.Message | None) -> drawing_buttons.Item:
    """Return the button that deletes a drawing's pictures and the message that shows them."""
    message_id = message.id if message else 0
    return drawing_buttons.delete_now(drawn.generation.id, message_id, count=len(drawn.generation.pictures))


def deleted_text(drawn: Drawn) -> str:
    """Return what is said after a drawing was deleted."""
    count = len(drawn.generation.pictures)
    return f"Deleted {_counted(count)}." if count else "Deleted the card."


def _waiting(drawn: Drawn) -> discord.ui.LayoutView:
    generation = drawn.generation
    first = f"🎨 **Drawing {_counted(generation.recipe.count)}** with {shown(drawn.model)} · {_place(generation)}"
    return _layout(
        discord.ui.TextDisplay(first),
        discord.ui.TextDisplay(shown(generation.recipe.full_prompt, longest=PROMPT_SHOWN)),
        discord.ui.ActionRow(drawing_buttons.stop(generation.id)),
    )


def _result(drawn: Drawn, filenames: Sequence[str]) -> discord.ui.LayoutView:
    generation = drawn.generation
    gallery = discord.ui.MediaGallery[discord.ui.LayoutView](
        *(
            discord.MediaGalleryItem(
                f"attachment://{name}", description=generations.alt_text(generation, drawn.model, number)
            )
            for number, name in enumerate(filenames, start=1)
        )
    )
    first = f"🎨 **{_counted(len(filenames))}** drawn with {shown(drawn.model)} for <@{generation.owner_id}>"
    return _layout(
        discord.ui.TextDisplay(first),
        discord.ui.TextDisplay(shown(generation.recipe.full_prompt, longest=PROMPT_SHOWN)),
        gallery,
        *([discord.ui.TextDisplay(f"⚠️ {text_words(generation.reason)}")] if generation.reason else []),
        discord.ui.TextDisplay(f"-# {_footer(drawn)}"),
        discord.ui.ActionRow(
            drawing_buttons.reroll(generation.id),
            drawing_buttons.edit(generation.id),
            drawing_buttons.info(generation.id),
            drawing_buttons.delete(generation.id),
        ),
    )


def _failed(drawn: Drawn) -> discord.ui.LayoutView:
    generation = drawn.generation
    why = text_words(generation.reason) or "I don't know why."
    return _layout(
        discord.ui.TextDisplay(" ".join(["⚠️ **This drawing failed.**", why, *_charge(generation)])),
        discord.ui.TextDisplay(shown(generation.recipe.full_prompt, longest=PROMPT_SHOWN)),
        discord.ui.TextDisplay(TRY_AGAIN),
        discord.ui.ActionRow(
            drawing_buttons.again(generation.id),
            drawing_buttons.edit(generation.id),
            drawing_buttons.info(generation.id),
            drawing_buttons.delete(generation.id),
        ),
    )


def _cancelled(drawn: Drawn) -> discord.ui.LayoutView:
    generation = drawn.generation
    return _layout(
        discord.ui.TextDisplay(" ".join(["⏹️ **This drawing was stopped.**", *_charge(generation)])),
        discord.ui.TextDisplay(shown(generation.recipe.full_prompt, longest=PROMPT_SHOWN)),
        discord.ui.ActionRow(drawing_buttons.again(generation.id), drawing_buttons.delete(generation.id)),
    )


def _layout(*items: discord.ui.Item[discord.ui.LayoutView]) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.Container(*items))
    return view


def _place(generation: Generation) -> str:
    match generation.status, generation.position:
        case GenerationStatus.RUNNING, _:
            return "under way"
        case GenerationStatus.SUCCEEDED, _:
            return "done, here they come"
        case _, None:
            return "waiting"
        case _, 0:
            return "starting"
        case _, ahead:
            return f"{ahead} ahead of you"


def _start(recipe: Recipe) -> Sequence[str]:
    return (f"started from a picture, change {recipe.change:g}",) if recipe.start_sha256 else ()


def _shape(recipe: Recipe) -> str:
    """Say that a drawing has the shape of the picture it starts from, where no ratio can be asked for instead."""
    own = f"; it is drawn in that picture's shape, {recipe.width} × {recipe.height}"
    return "" if generations.ratio_again(recipe) else own


def _footer(drawn: Drawn) -> str:
    recipe = drawn.generation.recipe
    parts = [f"seed {recipe.seed}", f"{recipe.width} × {recipe.height}"]
    if drawn.lora is not None:
        parts.insert(0, f"strength {recipe.strength:g}")
        if recipe.full_prompt != recipe.prompt:
            parts.insert(0, f"I added the trigger word {shown(drawn.lora.trigger_word)}")
    return " · ".join((*parts, *_start(recipe))) + _price(drawn.generation, before=" · ")


def _price(generation: Generation, *, before: str) -> str:
    """Return what a drawing costs, in few words; nothing where it is free."""
    if not generation.ceiling_micros:
        return ""
    charged = generation.charged_micros
    if charged is None:
        return f"{before}up to {dollars(max(generation.ceiling_micros, CENT))}"
    if charged == 0:
        return f"{before}nothing charged"
    if charged < CENT:
        return f"{before}less than {dollars(CENT)}"
    return f"{before}{'about ' if generation.charge_is_guess else ''}{dollars(charged)}"


def _charge(generation: Generation) -> Sequence[str]:
    """Say what a drawing without pictures has cost."""
    cost, who = generation.charged_micros or 0, spoken(generation.backend)
    if cost == 0:
        return ("Nothing was charged.",)
    if generation.charge_is_guess:
        return (f"It counts as {dollars(cost)}, as {who} does not say what it charges.",)
    return (f"{dollars(cost)} was charged by {who}.",)


def _model_line(drawn: Drawn) -> str:
    recipe = drawn.generation.recipe
    if drawn.lora is None:
        return f"Checkpoint {shown(recipe.checkpoint)}, without a model"
    trigger = shown(drawn.lora.trigger_word)
    added = "added by itself" if recipe.full_prompt != recipe.prompt else "written in the prompt"
    return (
        f"Model {shown(drawn.lora.title)} on the checkpoint {shown(recipe.checkpoint)}, "
        f"strength {recipe.strength:g}, trigger word {trigger} ({added})"
    )


def _command(drawn: Drawn) -> str:
    recipe = drawn.generation.recipe
    parts = ["/imagine", f"prompt:{recipe.prompt}"]
    if drawn.lora is not None:
        parts += [f"model:{drawn.lora.title}", f"strength:{recipe.strength:g}"]
    parts += [f"count:{recipe.count}", f"seed:{recipe.seed}"]
    if recipe.start_sha256:
        parts.append(f"change:{recipe.change:g}")
    ratio = generations.ratio_again(recipe)
    if ratio:
        parts.append(f"ratio:{ratio}")
    return one_line(" ".join(parts)).replace("`", "\u02cb")  # a backtick could end the code block


def _counted(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"
