"""What members see of a training in every state."""

from collections.abc import Sequence

import discord

from bot.interactions.fact_words import words
from bot.interactions.posts import Attached
from bot.interactions.texts import about, count, dollars, when
from cogs.drawing import buttons as drawing_buttons
from cogs.training import buttons, texts
from domain.backend_names import spoken
from domain.money.charges import PERHAPS, UNKNOWN
from domain.orders.progress import Progress
from domain.orders.states import OrderStatus
from domain.text import one_line, shown
from domain.training.tasks import TrainingTask
from services.training.tasks import TaskView

BAR = 16  # signs
NEW_QUOTE = "🔁 Retry makes a new quote, everything kept."
ELSEWHERE = "🔀 Elsewhere makes one at another place."
NOWHERE_TO_POST = (
    "⚠️ I could not post this anywhere: the channel is gone or closed to me, and so are your direct messages. "
    "Nothing is lost: you see it here, and your models in /model list."
)


def training_card(view: TaskView, strip: Attached | None = None) -> discord.ui.LayoutView:
    """Return the card of a training as it stands. `strip` are its samples so far."""
    lines = [f"**{headline(view)}**", _subject(view), *_body(view), *_score(view), *_loss(view)]
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(
        discord.ui.TextDisplay("\n".join(lines)), accent_colour=_colour(view)
    )
    if strip:
        container.add_item(
            discord.ui.MediaGallery(discord.MediaGalleryItem(strip.link, description=strip.description))
        )
    container.add_item(discord.ui.TextDisplay(f"-# {_footer(view)}"))
    container.add_item(discord.ui.ActionRow(*_buttons(view)))
    return _layout(container)


def completion_card(view: TaskView, pictures: Attached | None = None) -> discord.ui.LayoutView:
    """Return the post that tells a member that their model is done. `pictures` compare it with the base model."""
    task, lora = view.task, view.lora
    title = lora.title if lora else task.model_name
    lines = [
        f"🎉 <@{task.order.owner_id}> **Your model {shown(title)} is done.**",
        (
            f"It knows {shown(task.dataset_name)} by the trigger word {shown(task.trigger_word)}; "
            "I add that to your prompts by myself."
        ),
        *_score(view),
        f"Try it below, or write `/imagine` and pick {shown(title)}. {texts.charge_words(view.task.order)}",
    ]
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(
        discord.ui.TextDisplay("\n".join(lines)), accent_colour=discord.Colour.green()
    )
    if pictures:
        container.add_item(
            discord.ui.MediaGallery(discord.MediaGalleryItem(pictures.link, description=pictures.description))
        )
    row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
    if lora:
        row.add_item(drawing_buttons.try_it(lora.id))
    row.add_item(buttons.again(task.id))
    container.add_item(row)
    return _layout(container)


def strip_alt(view: TaskView, steps: Sequence[int]) -> str:
    """Return the alt text of a strip of samples with its columns and prompts."""
    prompts = list(dict.fromkeys(sample.prompt for sample in view.task.order.progress.samples))
    columns = ", ".join("base model" if step == 0 else f"step {step:,}" for step in steps)
    return f"Samples of {view.task.model_name}, from left: {columns}. Prompts: {'; '.join(prompts)}. AI-generated."[
        :1000
    ]


def headline(view: TaskView) -> str:
    """Return a training's state in words, its first line everywhere."""
    task, progress = view.task, view.task.order.progress
    if task.order.hand_over.is_stop_asked and not task.order.status.is_final:
        return "Training · stopping"
    match task.order.status:
        case OrderStatus.RUNNING if view.is_lost:
            since = progress.sign_of_life or task.order.times.updated_at
            return f"Training · lost · no sign of life since {when(since)}"
        case OrderStatus.RUNNING if progress.step:
            return f"Training · {step_words(progress)}{_left(progress)}"
        case OrderStatus.RUNNING:
            doing = one_line(words(progress.message))[:100].rstrip(".")
            return f"Training · getting ready{f' · {doing}' if doing not in ('', 'training') else ''}"
        case OrderStatus.SUBMITTING | OrderStatus.QUEUED:
            return f"Training · waiting{_place(progress)}"
        case OrderStatus.COLLECTING:
            return "Training · finished, saving and checking the model"
        case OrderStatus.SUCCEEDED:
            return f"Training · done{_took(view)}"
        case _:
            return f"Training · {status_word(view)}"


def status_word(view: TaskView) -> str:
    """Return the one word for a training's state that is used everywhere."""
    return "lost" if view.is_lost else word_of(view.task.order.status)


def word_of(status: OrderStatus) -> str:
    """Return the one word for a state, as far as the state alone says it."""
    match status:
        case OrderStatus.QUOTED:
            return "quoted"
        case OrderStatus.SUBMITTING | OrderStatus.QUEUED:
            return "waiting"
        case OrderStatus.RUNNING | OrderStatus.COLLECTING:
            return "running"
        case OrderStatus.SUCCEEDED:
            return "done"
        case OrderStatus.FAILED:
            return "failed"
        case OrderStatus.CANCELLED:
            return "cancelled"
        case OrderStatus.EXPIRED:
            return "expired"
        case OrderStatus.INTERRUPTED:
            return "interrupted"


def stopping_text(task: TrainingTask) -> str:
    """Return what is said after a member asked to stop a training."""
    name = shown(task.model_name)
    if task.order.status.is_final:
        return f"⏹️ {name} is stopped. 🔁 Retry on its card makes a new quote, everything kept."
    return f"⏹️ Stopping {name}. Its card shows when it has stopped, and what was charged."


def choice_name(task: TrainingTask) -> str:
    """Return how a training reads in a list to pick from."""
    steps = f", {step_words(task.order.progress)}" if task.order.status is OrderStatus.RUNNING else ""
    return f"{task.model_name} · {word_of(task.order.status)}{steps} · {task.preset}, {task.id[:8]}"


def _subject(view: TaskView) -> str:
    task = view.task
    name = view.lora.title if view.lora else task.model_name
    parts = [
        f"{shown(name)} for <@{task.order.owner_id}>",
        f"preset {task.preset}",
        _learned_from(view),
        f"on {shown(view.checkpoint)}",
    ]
    return " · ".join(parts)


def _learned_from(view: TaskView) -> str:
    """Say how many pictures it learns from. A hosted place gets all of them, as its quote said."""
    if not view.task.order.price.is_free:
        return count(view.trained_on + view.held_out, "picture")
    return count(view.trained_on, "picture") + (f" + {view.held_out} held out" if view.held_out else "")


def _body(view: TaskView) -> list[str]:
    order = view.task.order
    progress, who, first = order.progress, spoken(order.backend), spoken(order.backend, first=True)
    match order.status:
        case OrderStatus.RUNNING if view.is_lost:
            return [
                bar(progress),
                (
                    "Its worker has gone quiet. I keep looking, and it goes on by itself when the worker is back; "
                    "what it learned so far is kept. You can also stop it."
                ),
            ]
        case OrderStatus.RUNNING | OrderStatus.COLLECTING:
            return [bar(progress), *map(words, progress.notes)]
        case OrderStatus.SUBMITTING if order.hand_over.again_at is not None and order.hand_over.attempts:
            return [
                (
                    f"{first} could not be reached, so nothing was started or charged. "
                    f"I try again {when(order.hand_over.again_at)}."
                )
            ]
        case OrderStatus.FAILED:
            return [texts.why(order.reason) or "I don't know why.", texts.charge_words(order), _next_steps(view)]
        case OrderStatus.CANCELLED:
            why = texts.why(order.reason) or "It was stopped."
            return [why, texts.charge_words(order), _next_steps(view)]
        case OrderStatus.INTERRUPTED if order.price.booked_micros is None:
            return [
                f"{texts.why(order.reason)} {texts.charge_words(order)}",
                (
                    f"Please look into the account at {who}, or ask the person who runs this bot, and press what you "
                    f"find. Until then up to {dollars(order.price.ceiling_micros or 0)} stays set aside."
                ),
            ]
        case OrderStatus.INTERRUPTED:
            return [texts.why(order.reason), texts.charge_words(order), NEW_QUOTE]
        case OrderStatus.QUEUED if view.is_stuck:
            return [
                (
                    f"{first} has kept it waiting since {when(order.times.queued_at or 0, 'f')}, which is unusually "
                    "long. I keep looking, and order nothing twice."
                ),
                *map(words, progress.notes),
            ]
        case OrderStatus.SUCCEEDED:
            return [texts.charge_words(order), *map(words, progress.notes)]
        case _:
            return list(map(words, progress.notes))


def _next_steps(view: TaskView) -> str:
    return f"{NEW_QUOTE} {ELSEWHERE}" if view.can_go_elsewhere else NEW_QUOTE


def bar(progress: Progress) -> str:
    """Return how far it is as a bar with its percentage."""
    share = min(1.0, progress.step / progress.of) if progress.of else 0.0
    full = round(share * BAR)
    return f"{'▰' * full}{'▱' * (BAR - full)} {share:.0%}"


def _score(view: TaskView) -> list[str]:
    """Say in plain words how good it is, as far as that was measured on pictures that it never learns from."""
    progress = view.task.order.progress
    if not progress.base_loss or progress.held_out_loss is None:
        return []
    percent = round(100 * (1 - progress.held_out_loss / progress.base_loss))
    closer = f"{percent} % closer than the base model" if percent > 0 else "not yet closer than the base model"
    return [f"**Score:** on the held-out pictures, which it never learns from, it is {closer}."]


def _loss(view: TaskView) -> list[str]:
    loss = view.task.order.progress.loss
    is_told = loss is not None and view.task.order.status is OrderStatus.RUNNING
    return [f"-# Loss {loss:.4f} (a lower one is not better by itself)"] if is_told else []


def _footer(view: TaskView) -> str:
    task = view.task
    return f"task {task.id[:8]} · {spoken(task.order.backend)} · {_price(view)} · {when(task.order.times.created_at)}"


def _price(view: TaskView) -> str:
    """Return what it costs so far, in few words."""
    price = view.task.order.price
    told = view.task.order.progress.cost_micros if price.booked_micros is None else price.booked_micros
    if price.is_free or told == 0:
        return "free" if price.is_free else "nothing charged"
    if told is not None:
        return f"{'about ' if price.charge in (PERHAPS, UNKNOWN) else ''}{dollars(told)}"
    return f"up to {dollars(price.ceiling_micros)}" if price.ceiling_micros else "cost not known yet"


def _buttons(view: TaskView) -> list[buttons.Item]:
    task = view.task
    if not task.order.status.is_final:
        can = (
            view.can_stop
            and not task.order.hand_over.is_stop_asked
            and task.order.status is not OrderStatus.COLLECTING
        )
        return [buttons.stop(task.id, disabled=not can)]
    if task.order.status is OrderStatus.INTERRUPTED and task.order.price.booked_micros is None:
        return [buttons.was_charged(task.id), buttons.was_not_charged(task.id)]
    if task.order.status is not OrderStatus.SUCCEEDED:
        retry = buttons.retry(task.id)
        return [retry, buttons.elsewhere(task.id)] if view.can_go_elsewhere else [retry]
    again = buttons.retry(task.id, label="Train again")
    return [drawing_buttons.try_it(view.lora.id), again] if view.lora else [again]


def _colour(view: TaskView) -> discord.Colour:
    """Return the colour that repeats, for the eye, what the words say already."""
    match view.task.order.status:
        case OrderStatus.SUCCEEDED:
            return discord.Colour.green()
        case OrderStatus.FAILED | OrderStatus.INTERRUPTED:
            return discord.Colour.red()
        case OrderStatus.CANCELLED | OrderStatus.EXPIRED:
            return discord.Colour.light_grey()
        case _:
            return discord.Colour.gold() if view.is_lost else discord.Colour.blurple()


def _layout(container: discord.ui.Container[discord.ui.LayoutView]) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)  # a view that times out would take its template with it
    view.add_item(container)
    return view


def _left(progress: Progress) -> str:
    return "" if progress.eta_seconds is None else f" · {about(progress.eta_seconds)} left"


def _place(progress: Progress) -> str:
    match progress.position:
        case None:
            return ""
        case 0:
            return " · next in line"
        case ahead:
            soon = "" if progress.eta_seconds is None else f" · starts in {about(progress.eta_seconds)}"
            return f" · {ahead} ahead{soon}"


def _took(view: TaskView) -> str:
    task = view.task
    if task.order.times.started_at is None or task.order.times.finished_at is None:
        return ""
    return f" · took {about(task.order.times.finished_at - task.order.times.started_at)}"


def step_words(progress: Progress) -> str:
    """Return how far a training is, in steps or as a share."""
    if progress.is_percent:
        return f"{progress.step} % done"
    return f"step {progress.step:,} of {progress.of:,}" if progress.of else f"step {progress.step:,}"
