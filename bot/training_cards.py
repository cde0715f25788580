"""What members see of a training: its card in every state, its completion, and lists; values in, layouts out."""

from collections.abc import Sequence

import discord

from bot import drawing_buttons, training_buttons
from bot.amounts import about, when
from bot.fact_words import text_words, words
from bot.posts import Attached
from bot.words import count
from domain.backend_names import spoken
from domain.money import dollars
from domain.tasks import Progress, TaskStatus, TrainingTask
from domain.text import one_line, shown
from services.training import Line, TaskView

BAR = 16  # signs
NO_TASKS = "You have no trainings on this server yet. /train start makes a quote for one; a quote costs nothing."
NEW_QUOTE = "🔁 Retry makes a new quote, everything kept."
ELSEWHERE = "🔀 Elsewhere makes one at another place."
NOWHERE_TO_POST = (
    "⚠️ I could not post this anywhere: the channel is gone or closed to me, and so are your direct messages. "
    "Nothing is lost: you see it here, and your models in /model list."
)


def training_card(view: TaskView, strip: Attached | None = None) -> discord.ui.LayoutView:
    """Return the card of a training as it stands; `strip` are its samples so far."""
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
    """Return the post that tells a member that their model is done; `pictures` compare it with the base model."""
    task, lora = view.task, view.lora
    title = lora.title if lora else task.model_name
    lines = [
        f"🎉 <@{task.owner_id}> **Your model {shown(title)} is done.**",
        (
            f"It knows {shown(task.dataset_name)} by the trigger word {shown(task.trigger_word)}; "
            "I add that to your prompts by myself."
        ),
        *_score(view),
        f"Try it below, or write `/imagine` and pick {shown(title)}. {_charge(view)}",
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
    row.add_item(training_buttons.again(task.id))
    container.add_item(row)
    return _layout(container)


def strip_alt(view: TaskView, steps: Sequence[int]) -> str:
    """Return the alt text of a strip of samples: which columns it has, of which prompts."""
    prompts = list(dict.fromkeys(sample.prompt for sample in view.task.progress.samples))
    columns = ", ".join("base model" if step == 0 else f"step {step:,}" for step in steps)
    return f"Samples of {view.task.model_name}, from left: {columns}. Prompts: {'; '.join(prompts)}. AI-generated."[
        :1000
    ]


def headline(view: TaskView) -> str:
    """Return a training's state in words, its first line everywhere."""
    task, progress = view.task, view.task.progress
    if task.cancel_asked and not task.status.is_final:
        return "Training · stopping"
    match task.status:
        case TaskStatus.RUNNING if view.is_lost:
            return f"Training · lost · no sign of life since {when(progress.sign_of_life or task.updated_at)}"
        case TaskStatus.RUNNING if progress.step:
            return f"Training · {_step(progress)}{_left(progress)}"
        case TaskStatus.RUNNING:
            doing = one_line(words(progress.message))[:100].rstrip(".")
            return f"Training · getting ready{f' · {doing}' if doing not in ('', 'training') else ''}"
        case TaskStatus.SUBMITTING | TaskStatus.QUEUED:
            return f"Training · waiting{_place(progress)}"
        case TaskStatus.COLLECTING:
            return "Training · finished, saving and checking the model"
        case TaskStatus.SUCCEEDED:
            return f"Training · done{_took(view)}"
        case _:
            return f"Training · {status_word(view)}"


def status_word(view: TaskView) -> str:
    """Return the one word for a training's state that is used everywhere."""
    return "lost" if view.is_lost else word_of(view.task.status)


def word_of(status: TaskStatus) -> str:
    """Return the one word for a state, as far as the state alone says it."""
    match status:
        case TaskStatus.QUOTED:
            return "quoted"
        case TaskStatus.SUBMITTING | TaskStatus.QUEUED:
            return "waiting"
        case TaskStatus.RUNNING | TaskStatus.COLLECTING:
            return "running"
        case TaskStatus.SUCCEEDED:
            return "done"
        case TaskStatus.FAILED:
            return "failed"
        case TaskStatus.CANCELLED:
            return "cancelled"
        case TaskStatus.EXPIRED:
            return "expired"
        case TaskStatus.INTERRUPTED:
            return "interrupted"


def list_text(views: Sequence[TaskView]) -> str:
    """Return a member's trainings, newest first, one line each."""
    if not views:
        return NO_TASKS
    lines = [
        f"• {shown(v.task.model_name)} · {status_word(v)}{_steps(v)} · {when(v.task.created_at)}"
        f"{' · ⚠️ could not be posted' if v.is_undeliverable else ''}"
        for v in views
    ]
    return "\n".join(["**Your trainings on this server**", *lines, "-# /train status shows one in full."])


def queue_text(line: Line) -> str:
    """Return the queue as one member sees it: their own place first, then how busy it is."""
    if not line.own:
        return f"You have no training waiting or running. {_busy(line)}"
    own = [f"• {shown(view.task.model_name)} · {headline(view).removeprefix('Training · ')}" for view in line.own]
    return "\n".join(
        ["**Your trainings**", *own, _busy(line), "-# Drawings go before trainings, so they hardly wait."]
    )


def _busy(line: Line) -> str:
    if not line.running and not line.waiting:
        return "Nobody else's is either, so a new one would start at once."
    runs = f"{count(line.running, 'training')} {'runs' if line.running == 1 else 'run'}"
    return f"On all servers together, {runs} and {line.waiting:,} {'waits' if line.waiting == 1 else 'wait'}."


def stopping_text(task: TrainingTask) -> str:
    """Return what is said after a member asked to stop a training."""
    name = shown(task.model_name)
    if task.status.is_final:
        return f"⏹️ {name} is stopped. 🔁 Retry on its card makes a new quote, everything kept."
    return f"⏹️ Stopping {name}. Its card shows when it has stopped, and what was charged."


def choice_name(task: TrainingTask) -> str:
    """Return how a training reads in a list to pick from."""
    steps = f", {_step(task.progress)}" if task.status is TaskStatus.RUNNING else ""
    return f"{task.model_name} · {word_of(task.status)}{steps} · {task.preset}, {task.id[:8]}"


def _subject(view: TaskView) -> str:
    task = view.task
    name = view.lora.title if view.lora else task.model_name
    parts = [
        f"{shown(name)} for <@{task.owner_id}>",
        f"preset {task.preset}",
        _learned_from(view),
        f"on {shown(view.checkpoint)}",
    ]
    return " · ".join(parts)


def _learned_from(view: TaskView) -> str:
    """Say how many pictures it learns from; a hosted place gets all of them, as its quote said."""
    if not view.is_free:
        return count(view.trained_on + view.held_out, "picture")
    return count(view.trained_on, "picture") + (f" + {view.held_out} held out" if view.held_out else "")


def _body(view: TaskView) -> list[str]:
    task, progress = view.task, view.task.progress
    match task.status:
        case TaskStatus.RUNNING if view.is_lost:
            return [
                bar(progress),
                (
                    "Its worker has gone quiet. I keep looking, and it goes on by itself when the worker is back; "
                    "what it learned so far is kept. You can also stop it."
                ),
            ]
        case TaskStatus.RUNNING | TaskStatus.COLLECTING:
            return [bar(progress), *map(words, progress.notes)]
        case TaskStatus.SUBMITTING if task.again_at is not None:
            return [
                (
                    f"{spoken(task.backend, first=True)} could not be reached, so nothing was started or charged. "
                    f"I try again {when(task.again_at)}."
                )
            ]
        case TaskStatus.FAILED:
            return [_why(task) or "I don't know why.", _charge(view), _next_steps(view)]
        case TaskStatus.CANCELLED:
            return [_why(task) or "It was stopped as you asked.", _charge(view), _next_steps(view)]
        case TaskStatus.INTERRUPTED if task.charged_micros is None:
            return [
                text_words(task.reason),
                (
                    f"Please look into the account at {spoken(task.backend)}, or ask the person who runs this bot, "
                    f"and press what you find. Until then up to {dollars(task.ceiling_micros or 0)} stays set aside."
                ),
            ]
        case TaskStatus.INTERRUPTED:
            return [_why(task), _charge(view), NEW_QUOTE]
        case TaskStatus.QUEUED if view.is_stuck:
            return [
                (
                    f"{spoken(task.backend, first=True)} has kept it waiting since {when(task.queued_at or 0, 'f')}, "
                    "which is unusually long. I keep looking, and order nothing twice."
                ),
                *map(words, progress.notes),
            ]
        case TaskStatus.SUCCEEDED:
            return [_charge(view), *map(words, progress.notes)]
        case _:
            return list(map(words, progress.notes))


def _next_steps(view: TaskView) -> str:
    return f"{NEW_QUOTE} {ELSEWHERE}" if view.can_go_elsewhere else NEW_QUOTE


def _why(task: TrainingTask) -> str:
    """Return why it ended, without what was said then of its cost: the card tells that beside it."""
    return (
        text_words(task.reason)
        .removesuffix("Nothing was charged.")
        .removesuffix("It may have been charged.")
        .rstrip()
    )


def bar(progress: Progress) -> str:
    """Return how far it is as a bar with its percentage."""
    share = min(1.0, progress.step / progress.of) if progress.of else 0.0
    full = round(share * BAR)
    return f"{'▰' * full}{'▱' * (BAR - full)} {share:.0%}"


def _score(view: TaskView) -> list[str]:
    """Say in plain words how good it is, as far as that was measured on pictures that it never learns from."""
    progress = view.task.progress
    if not progress.base_loss or progress.held_out_loss is None:
        return []
    percent = round(100 * (1 - progress.held_out_loss / progress.base_loss))
    closer = f"{percent} % closer than the base model" if percent > 0 else "not yet closer than the base model"
    return [f"**Score:** on the held-out pictures, which it never learns from, it is {closer}."]


def _loss(view: TaskView) -> list[str]:
    loss = view.task.progress.loss
    is_told = loss is not None and view.task.status is TaskStatus.RUNNING
    return [f"-# Loss {loss:.4f} (a lower one is not better by itself)"] if is_told else []


def _charge(view: TaskView) -> str:
    """Say what was charged."""
    task = view.task
    if view.is_free:
        return "Nothing was charged: it ran on this bot's own machine."
    cost, who = task.charged_micros, spoken(task.backend)
    if cost is None and task.remote_id is None and task.status is not TaskStatus.INTERRUPTED:
        cost = 0
    if cost == 0:
        back = f" The {dollars(task.ceiling_micros)} set aside for it is free again." if task.ceiling_micros else ""
        return f"Nothing was charged.{back}"
    if cost is None:
        return f"{spoken(task.backend, first=True)} has not said what it cost; your account there shows it."
    if task.charge_is_guess:
        return f"It counts as {dollars(cost)}, as quoted: {who} does not say what it charges."
    return f"{dollars(cost)} was charged by {who}{_quoted(task)}."


def _quoted(task: TrainingTask) -> str:
    quoted = task.quoted_micros
    return f" (quoted: {dollars(quoted)})" if quoted and quoted != task.charged_micros else ""


def _footer(view: TaskView) -> str:
    task = view.task
    return f"task {task.id[:8]} · {spoken(task.backend)} · {_price(view)} · {when(task.created_at)}"


def _price(view: TaskView) -> str:
    """Return what it costs so far, in few words."""
    task = view.task
    told = task.charged_micros if task.charged_micros is not None else task.progress.cost_micros
    if view.is_free or told == 0:
        return "free" if view.is_free else "nothing charged"
    if told is not None:
        return f"{'about ' if task.charge_is_guess else ''}{dollars(told)}"
    return f"up to {dollars(task.ceiling_micros)}" if task.ceiling_micros else "cost not known yet"


def _buttons(view: TaskView) -> list[training_buttons.Item]:
    task = view.task
    if not task.status.is_final:
        can = view.can_stop and not task.cancel_asked and task.status is not TaskStatus.COLLECTING
        return [training_buttons.stop(task.id, disabled=not can)]
    if task.status is TaskStatus.INTERRUPTED and task.charged_micros is None:
        return [training_buttons.was_charged(task.id), training_buttons.was_not_charged(task.id)]
    if task.status is not TaskStatus.SUCCEEDED:
        retry = training_buttons.retry(task.id)
        return [retry, training_buttons.elsewhere(task.id)] if view.can_go_elsewhere else [retry]
    again = training_buttons.retry(task.id, label="Train again")
    return [drawing_buttons.try_it(view.lora.id), again] if view.lora else [again]


def _colour(view: TaskView) -> discord.Colour:
    """Return the colour that repeats, for the eye, what the words say already."""
    match view.task.status:
        case TaskStatus.SUCCEEDED:
            return discord.Colour.green()
        case TaskStatus.FAILED | TaskStatus.INTERRUPTED:
            return discord.Colour.red()
        case TaskStatus.CANCELLED | TaskStatus.EXPIRED:
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
    if task.started_at is None or task.finished_at is None:
        return ""
    return f" · took {about(task.finished_at - task.started_at)}"


def _steps(view: TaskView) -> str:
    progress = view.task.progress
    return f", {_step(progress)}" if view.task.status is TaskStatus.RUNNING and progress.step else ""


def _step(progress: Progress) -> str:
    if progress.is_percent:
        return f"{progress.step} % done"
    return f"step {progress.step:,} of {progress.of:,}" if progress.of else f"step {progress.step:,}"
