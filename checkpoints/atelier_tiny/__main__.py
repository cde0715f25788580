"""The command line that makes atelier-tiny, shows its training pictures or draws the demo's mascot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from checkpoints.atelier_tiny.training.recipe import Recipe

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
console = Console()

Out = Annotated[Path, typer.Option(help="The folder to write.")]
Gpu = Annotated[bool, typer.Option("--gpu", help="Learn on a GPU, from more pictures.")]
Work = Annotated[Path, typer.Option(help="Where finished stages are kept; give the same folder to go on.")]


@app.command()
def make(
    out: Out,
    work: Work = Path("tiny-work"),
    minutes: Annotated[float, typer.Option(min=0.1, help="Training time in minutes, all stages together.")] = 90,
    drawings: Annotated[int | None, typer.Option(min=300, help="How many pictures to learn from.")] = None,
    *,
    gpu: Gpu = False,
) -> None:
    """Draw the training pictures, train the checkpoint on them and write its folder."""
    from dataclasses import replace

    from checkpoints.atelier_tiny.training.checkpoint import make as make_checkpoint

    recipe = _recipe(gpu=gpu)
    if drawings is not None:
        recipe = replace(recipe, drawings=drawings)
    make_checkpoint(recipe, work=work, out=out, minutes=minutes, report=console.print)


@app.command()
def export(out: Out, work: Work = Path("tiny-work"), *, gpu: Gpu = False) -> None:
    """Write the folder from the last saved state of a training, finished or not."""
    from checkpoints.atelier_tiny.training.checkpoint import export as export_checkpoint

    export_checkpoint(_recipe(gpu=gpu), work=work, out=out, report=console.print)


@app.command()
def mascot(out: Out = Path("demo/pictures")) -> None:
    """Draw the twelve pictures of the demo's mascot, with captions."""
    from checkpoints.atelier_tiny.pictures.mascot import write_mascot

    console.print(f"{write_mascot(out)} pictures in {out}")


@app.command()
def pictures(
    out: Out, count: Annotated[int, typer.Option(min=1)] = 24, seed: Annotated[int, typer.Option()] = 0
) -> None:
    """Draw some of the training pictures with their captions, to look at."""
    from checkpoints.atelier_tiny.pictures.captioned import picture

    out.mkdir(parents=True, exist_ok=True)
    for number in range(seed, seed + count):
        drawn = picture(number)
        drawn.image.save(out / f"{number:06}.png")
        (out / f"{number:06}.txt").write_text(f"{drawn.caption}\n")


def _recipe(*, gpu: bool) -> Recipe:
    from checkpoints.atelier_tiny.training.recipe import ON_A_GPU, Recipe

    return ON_A_GPU if gpu else Recipe()


if __name__ == "__main__":
    app()
