"""The worker's command line, which also trains and draws without a bot."""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from domain.datasets import trigger_words
from domain.datasets.errors import TriggerWordRefused
from domain.errors import AppError, TrainingError
from worker.daemon import serve
from worker.texts import trigger_word, words
from worker.training.events import Prepared, Preparing, Sampled, Stepped, TrainEvent, Validated
from worker.training.picture_folder import pictures_in

# torch and diffusers take seconds to import: each command imports what it needs, so that --help is quick.

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train and draw on this machine.")
app.command()(serve)
screen = Console(stderr=True)  # progress; what the commands answer goes to standard output

Checkpoint = Annotated[str, typer.Option(help="atelier-tiny, a folder in diffusers layout, or a Hugging Face id.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and no progress.")]


@app.command()
def train(
    images: Annotated[Path, typer.Option(help="Folder of pictures; NAME.txt beside NAME.png is its caption.")],
    trigger: Annotated[str, typer.Option(help="The made-up word that will call up your subject.")],
    out: Annotated[Path, typer.Option(help="Where the LoRA goes, a .safetensors file.")],
    *,
    checkpoint: Checkpoint = "atelier-tiny",
    preset: Annotated[str, typer.Option(help="fast, balanced or best.")] = "balanced",
    steps: Annotated[int | None, typer.Option(min=1, max=20_000, help="At most so many steps.")] = None,
    learning_rate: Annotated[float | None, typer.Option(min=1e-6, max=1e-1)] = None,
    rank: Annotated[int | None, typer.Option(min=1, max=128)] = None,
    resolution: Annotated[
        int | None, typer.Option(min=32, max=1024, help="Pixels; the checkpoint's own if left out.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1)] = 1,
    flip: Annotated[bool, typer.Option(help="Also learn mirrored pictures.")] = True,
    samples: Annotated[Path | None, typer.Option(help="Folder for the samples drawn on the way.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train a LoRA on a folder of pictures."""
    with _explained(as_json=as_json):
        word = trigger_words.check(trigger, ())
        found = pictures_in(images)
        _check_free(out)

        from worker.models.warm import WarmCheckpoint
        from worker.training.request import TrainPicture, TrainRequest
        from worker.training.settings import settings_for
        from worker.training.trainer import train as train_lora
        from worker.training.validation import choose_held_out

        model = WarmCheckpoint().get(checkpoint)
        wishes = {"steps": steps, "learning_rate": learning_rate, "rank": rank, "resolution": resolution}
        settings = replace(
            settings_for(model.family.name, preset),
            seed=seed,
            may_flip=flip,
            **{name: wish for name, wish in wishes.items() if wish is not None},  # type: ignore[arg-type]  # fields
        )
        kept_out = choose_held_out(len(found), seed)
        pictures = tuple(
            TrainPicture(path, caption, held_out=number in kept_out) for number, (path, caption) in enumerate(found)
        )
        request = TrainRequest(pictures, word, settings)
        with _workdir(samples) as workdir, _train_bar(quiet=as_json) as on_event:
            outcome = train_lora(model, request, out=out, workdir=workdir, on_event=on_event)
    if as_json:
        print(json.dumps(asdict(outcome), default=str))  # noqa: T201 - the answer of a command
        return
    screen.print(
        f"Done in {outcome.seconds:.0f} s: {out} ({outcome.size / 1e6:.1f} MB, kept from step {outcome.best_step})."
    )
    if outcome.base_loss and outcome.best_loss:
        less = 100 * (1 - outcome.best_loss / outcome.base_loss)
        screen.print(f"Held-out loss {outcome.base_loss:.3f} → {outcome.best_loss:.3f} ({less:.0f} % less).")


@app.command()
def draw(
    prompt: Annotated[str, typer.Option(help="What the pictures show.")],
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")],
    *,
    lora: Annotated[list[Path] | None, typer.Option(help="A LoRA file; may be given several times.")] = None,
    strength: Annotated[float, typer.Option(min=0, max=2, help="Of every LoRA.")] = 1.0,
    checkpoint: Checkpoint = "atelier-tiny",
    count: Annotated[int, typer.Option(min=1, max=100)] = 1,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Of the first picture; the next one's is one more.")
    ] = 1,
    width: Annotated[int | None, typer.Option(min=32, max=2048)] = None,
    height: Annotated[int | None, typer.Option(min=32, max=2048)] = None,
    steps: Annotated[int | None, typer.Option(min=1, max=200)] = None,
    guidance: Annotated[float | None, typer.Option(min=0, max=30)] = None,
    as_json: AsJson = False,
) -> None:
    """Draw pictures, with LoRAs or without.

    A LoRA's trigger word is added to the prompt by itself.
    """
    with _explained(as_json=as_json):
        from worker.drawing import DrawRequest, LoraFile
        from worker.drawing import draw as draw_pictures
        from worker.lora.file import trigger_word
        from worker.models.warm import WarmCheckpoint

        loras = tuple(LoraFile(path, strength) for path in lora or ())
        full = _with_triggers(prompt, [trigger_word(use.path) for use in loras])
        seeds = tuple(range(seed, seed + count))
        request = DrawRequest(full, seeds, loras, width=width, height=height, steps=steps, guidance=guidance)
        model = WarmCheckpoint().get(checkpoint)
        with _bar("drawing", quiet=as_json) as (bar, task):
            pictures = draw_pictures(
                model, request, on_step=lambda done, of: bar.update(task, completed=done, total=of)
            )
        out.mkdir(parents=True, exist_ok=True)
        files = [out / f"seed-{number}.png" for number in seeds]
        for picture, file in zip(pictures, files, strict=True):
            picture.save(file)
    if as_json:
        print(json.dumps({"prompt": full, "files": [str(file) for file in files]}))  # noqa: T201 - the answer
        return
    screen.print(f"{full!r}: {', '.join(map(str, files))}")


def _with_triggers(prompt: str, words: list[str]) -> str:
    missing = [word for word in words if word and not trigger_words.has_word(prompt, word)]
    return ", ".join([*missing, prompt])


def _check_free(out: Path) -> None:
    if out.suffix != ".safetensors":
        raise AppError(f"LoRA files end in .safetensors; {out.name} does not. Nothing was trained.")
    if out.exists():
        raise AppError(f"{out} exists already. Choose another name or move it away. Nothing was trained.")


@contextmanager
def _explained(*, as_json: bool) -> Iterator[None]:
    """Turn an expected error into its sentence and exit status 1."""
    try:
        yield
    except TrainingError as error:
        _fail(words(error.reason), as_json=as_json)
    except TriggerWordRefused as error:
        _fail(trigger_word(error), as_json=as_json)
    except AppError as error:
        _fail(str(error), as_json=as_json)
    except PermissionError as error:
        _fail(f"I may not write or read {error.filename}. Choose another place.", as_json=as_json)


def _fail(sentence: str, *, as_json: bool) -> NoReturn:
    if as_json:
        print(json.dumps({"error": sentence}))  # noqa: T201 - the answer of a command
    else:
        screen.print(sentence, style="red", markup=False)
    sys.exit(1)


@contextmanager
def _workdir(samples: Path | None) -> Iterator[Path]:
    """Give a folder that is removed afterwards.

    The samples in it are copied to `samples` if that is given.
    """
    with tempfile.TemporaryDirectory(prefix="atelier-") as folder:
        yield Path(folder)
        if samples is not None:
            shutil.copytree(Path(folder) / "samples", samples, dirs_exist_ok=True)


@contextmanager
def _bar(title: str, *, quiet: bool) -> Iterator[tuple[Progress, TaskID]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, disable=quiet) as bar:
        yield bar, bar.add_task(title, total=None)


@contextmanager
def _train_bar(*, quiet: bool) -> Iterator[Callable[[TrainEvent], None]]:
    with _bar("encoding", quiet=quiet) as (bar, task):

        def on_event(event: TrainEvent) -> None:
            match event:
                case Preparing(done, of):
                    bar.update(task, completed=done, total=of)
                case Prepared(pictures, held_out, _):
                    bar.console.print(f"{pictures} pictures to learn from, {held_out} held out to test with.")
                case Stepped(step, of, loss, _):
                    shown = "" if loss is None else f", loss {loss:.3f}"
                    bar.update(task, description=f"training{shown}", completed=step, total=of)
                case Validated(step, loss, base, _, _):
                    bar.console.print(f"step {step}: held-out loss {loss:.4f} ({100 * (loss / base - 1):+.0f} %)")
                case Sampled(step, _):
                    bar.console.print(f"step {step}: samples drawn")

        yield on_event


if __name__ == "__main__":
    app()
