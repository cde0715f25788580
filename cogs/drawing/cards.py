"""What members see of a drawing in every state."""

import re
from collections.abc import Sequence

import discord

from bot.interactions.fact_words import words
from bot.interactions.texts import dollars
from cogs.drawing import buttons, texts
from domain.drawing import recipes
from domain.drawing.drawings import Drawing, alt_text
from domain.drawing.recipes import Recipe
from domain.money.charges import PERHAPS, UNKNOWN
from domain.money.limits import MICROS
from domain.orders.states import OrderStatus
from domain.text import one_line, shown
from services.drawing.wishes import DrawingView

CENT = MICROS // 100
PROMPT_SHOWN = 300  # characters on a card; ℹ️ Info has all of it
STOPPING = "⏹️ I stop it. Its card shows when that is done, and what it has cost until then."
TRY_AGAIN = "🔄 Try again uses the same recipe; if it keeps failing, tell the person who runs this bot."


def card(view: DrawingView, filenames: Sequence[str] = ()) -> discord.ui.LayoutView:
    """Return the card of a drawing as it stands. `filenames` are its attached pictures, in order."""
    match view.drawing.order.status:
        case OrderStatus.SUBMITTING | OrderStatus.QUEUED | OrderStatus.RUNNING:
            return _waiting(view)
        case OrderStatus.SUCCEEDED:
            return _result(view, filenames) if filenames else _waiting(view)
        case OrderStatus.CANCELLED:
            return _cancelled(view)
        case _:
            return _failed(view)


def filename(view: DrawingView, number: int, *, extension: str) -> str:
    """Return the name of picture `number` (from 1), made of its model and its seed."""
    model = re.sub(r"[^a-z0-9]+", "-", view.model.lower()).strip("-") or "picture"
    return f"{model}-{view.drawing.recipe.seed + number - 1}.{extension}"


def recipe_text(view: DrawingView) -> str:
    """Return the full recipe, ready to be copied, in at most 2,000 characters."""
    drawing = view.drawing
    recipe = drawing.recipe
    last = recipe.seed + recipe.count - 1
    seeds = f"seed {recipe.seed}" if recipe.count == 1 else f"seeds {recipe.seed} to {last}, in order"
    lines = [
        "ℹ️ **Recipe of this drawing**",
        f"Asked for by <@{drawing.order.owner_id}>, <t:{int(drawing.order.times.created_at)}:f>",
        _model_line(view),
        f"{_counted(recipe.count)} of {recipe.width} × {recipe.height}, {seeds}{_price(drawing, before=', ')}",
        *(f"{said}: attach it as `image` again{_shape(recipe)}" for said in _start(recipe)),
        "Copy this to draw the same again:",
        f"```\n{_command(view)}\n```",
    ]
    return "\n".join(lines)


def delete_question(view: DrawingView) -> str:
    """Return the question before a drawing's pictures are deleted."""
    count = len(view.drawing.pictures)
    what = "the picture" if count == 1 else f"these {count} pictures"
    if not count:
        return "Delete this card? Nothing else is changed."
    return f"Delete {what} for everybody? They can't be brought back, but the same recipe draws them again."


def delete_now(view: DrawingView, message: discord.Message | None) -> buttons.Item:
    """Return the button that deletes a drawing's pictures and the message that shows them."""
    message_id = message.id if message else 0
    return buttons.delete_now(view.drawing.id, message_id, count=len(view.drawing.pictures))


def deleted_text(view: DrawingView) -> str:
    """Return what is said after a drawing was deleted."""
    count = len(view.drawing.pictures)
    return f"Deleted {_counted(count)}." if count else "Deleted the card."


def _waiting(view: DrawingView) -> discord.ui.LayoutView:
    drawing = view.drawing
    first = f"🎨 **Drawing {_counted(drawing.recipe.count)}** with {shown(view.model)} · {_place(drawing)}"
    return _layout(
        discord.ui.TextDisplay(first),
        discord.ui.TextDisplay(shown(drawing.recipe.full_prompt, longest=PROMPT_SHOWN)),
        discord.ui.ActionRow(buttons.stop(drawing.id)),
    )


def _result(view: DrawingView, filenames: Sequence[str]) -> discord.ui.LayoutView:
    drawing = view.drawing
    gallery = discord.ui.MediaGallery[discord.ui.LayoutView](
        *(
            discord.MediaGalleryItem(f"attachment://{name}", description=alt_text(drawing, view.model, number))
            for number, name in enumerate(filenames, start=1)
        )
    )
    first = f"🎨 **{_counted(len(filenames))}** drawn with {shown(view.model)} for <@{drawing.order.owner_id}>"
    return _layout(
        discord.ui.TextDisplay(first),
        discord.ui.TextDisplay(shown(drawing.recipe.full_prompt, longest=PROMPT_SHOWN)),
        gallery,
        *(discord.ui.TextDisplay(f"⚠️ {said}") for said in _remarks(drawing)),
        discord.ui.TextDisplay(f"-# {_footer(view)}"),
        discord.ui.ActionRow(
            buttons.reroll(drawing.id),
            buttons.edit(drawing.id),
            buttons.info(drawing.id),
            buttons.delete(drawing.id),
        ),
    )


def _remarks(drawing: Drawing) -> Sequence[str]:
    """Return why it ended so, and what its backend says of pictures that are missing."""
    known = (texts.why(drawing.order.reason), *map(words, drawing.order.progress.notes))
    return [said for said in known if said]


def _failed(view: DrawingView) -> discord.ui.LayoutView:
    drawing = view.drawing
    why = " ".join(_remarks(drawing)) or "I don't know why."
    return _layout(
        discord.ui.TextDisplay(" ".join(["⚠️ **This drawing failed.**", why, texts.charge_words(drawing.order)])),
        discord.ui.TextDisplay(shown(drawing.recipe.full_prompt, longest=PROMPT_SHOWN)),
        discord.ui.TextDisplay(TRY_AGAIN),
        discord.ui.ActionRow(
            buttons.again(drawing.id),
            buttons.edit(drawing.id),
            buttons.info(drawing.id),
            buttons.delete(drawing.id),
        ),
    )


def _cancelled(view: DrawingView) -> discord.ui.LayoutView:
    drawing = view.drawing
    return _layout(
        discord.ui.TextDisplay(" ".join(["⏹️ **This drawing was stopped.**", texts.charge_words(drawing.order)])),
        discord.ui.TextDisplay(shown(drawing.recipe.full_prompt, longest=PROMPT_SHOWN)),
        discord.ui.ActionRow(buttons.again(drawing.id), buttons.delete(drawing.id)),
    )


def _layout(*items: discord.ui.Item[discord.ui.LayoutView]) -> discord.ui.LayoutView:
    layout = discord.ui.LayoutView(timeout=None)
    layout.add_item(discord.ui.Container(*items))
    return layout


def _place(drawing: Drawing) -> str:
    match drawing.order.status, drawing.order.progress.position:
        case OrderStatus.RUNNING, _:
            return "under way"
        case OrderStatus.SUCCEEDED, _:
            return "done, here they come"
        case _, None:
            return "waiting"
        case _, 0:
            return "starting"
        case _, ahead:
            return f"{ahead} ahead of you"


def _start(recipe: Recipe) -> Sequence[str]:
    return (f"started from a picture, change {recipe.change:g}",) if recipe.source_sha256 else ()


def _shape(recipe: Recipe) -> str:
    """Say that a drawing has the shape of the picture it starts from, where no ratio can be asked for instead."""
    own = f"; it is drawn in that picture's shape, {recipe.width} × {recipe.height}"
    return "" if recipes.ratio_again(recipe) else own


def _footer(view: DrawingView) -> str:
    recipe = view.drawing.recipe
    parts = [f"seed {recipe.seed}", f"{recipe.width} × {recipe.height}"]
    if view.lora is not None:
        parts.insert(0, f"strength {recipe.strength:g}")
        if recipe.full_prompt != recipe.prompt:
            parts.insert(0, f"I added the trigger word {shown(view.lora.trigger_word)}")
    return " · ".join((*parts, *_start(recipe))) + _price(view.drawing, before=" · ")


def _price(drawing: Drawing, *, before: str) -> str:
    """Return what a drawing costs, in few words. Nothing where it is free."""
    price = drawing.order.price
    if price.is_free:
        return ""
    if price.booked_micros is None:
        return f"{before}up to {dollars(max(price.ceiling_micros or 0, CENT))}"
    if price.booked_micros == 0:
        return f"{before}nothing charged"
    if price.booked_micros < CENT:
        return f"{before}less than {dollars(CENT)}"
    return f"{before}{'about ' if price.charge in (PERHAPS, UNKNOWN) else ''}{dollars(price.booked_micros)}"


def _model_line(view: DrawingView) -> str:
    recipe = view.drawing.recipe
    if view.lora is None:
        return f"Checkpoint {shown(recipe.checkpoint)}, without a model"
    trigger = shown(view.lora.trigger_word)
    added = "added by itself" if recipe.full_prompt != recipe.prompt else "written in the prompt"
    return (
        f"Model {shown(view.lora.title)} on the checkpoint {shown(recipe.checkpoint)}, "
        f"strength {recipe.strength:g}, trigger word {trigger} ({added})"
    )


def _command(view: DrawingView) -> str:
    recipe = view.drawing.recipe
    parts = ["/imagine", f"prompt:{recipe.prompt}"]
    if view.lora is not None:
        parts += [f"model:{view.lora.title}", f"strength:{recipe.strength:g}"]
    parts += [f"count:{recipe.count}", f"seed:{recipe.seed}"]
    if recipe.source_sha256:
        parts.append(f"change:{recipe.change:g}")
    ratio = recipes.ratio_again(recipe)
    if ratio:
        parts.append(f"ratio:{ratio}")
    return one_line(" ".join(parts)).replace("`", "\u02cb")  # a backtick could end the code block


def _counted(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"
