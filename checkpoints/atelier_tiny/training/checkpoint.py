"""The stages that make atelier-tiny, each of which leaves its result in a working folder."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline
from torch import Tensor
from transformers import CLIPTokenizer

from checkpoints.atelier_tiny.training.autoencoder import encode, new_autoencoder, train_autoencoder
from checkpoints.atelier_tiny.training.denoiser import Painter, denoiser_data, new_denoiser, train_denoiser
from checkpoints.atelier_tiny.training.model_card import model_card
from checkpoints.atelier_tiny.training.picture_set import drawings
from checkpoints.atelier_tiny.training.pipeline_folder import pipeline_of, write_folder
from checkpoints.atelier_tiny.training.recipe import Recipe
from checkpoints.atelier_tiny.training.sample_sheet import PROMPTS, draw_sheet
from checkpoints.atelier_tiny.training.words import Speller, new_text_encoder, words_of, write_tokenizer

Report = Callable[[str], None]
LOG = "log.txt"  # in the working folder: what the stages reported, for the model card


def make(recipe: Recipe, *, work: Path, out: Path, minutes: float, report: Report) -> None:
    """Draw the pictures, train the networks and write the folder.

    Finished stages are kept in `work`.
    """
    _prepare(recipe)
    work.mkdir(parents=True, exist_ok=True)
    report = _noting(report, work / LOG)
    drawn = drawings(work, seed=recipe.first_drawing, count=recipe.drawings, side=recipe.side, report=report)
    report(f"learning for {minutes:g} minutes")
    pixels = drawn.pixels.to(recipe.device)
    autoencoder = _autoencoder(recipe, pixels, work, minutes * recipe.autoencoder_share, report)
    latents = _latents(autoencoder, pixels, work) * autoencoder.config.scaling_factor
    tokenizer = write_tokenizer(work / "tokenizer", words_of(drawn.captions), recipe.text_tokens)
    painter = Painter(new_denoiser(recipe), new_text_encoder(recipe, tokenizer))
    report(f"denoiser {_millions(painter.unet)}, words {_millions(painter.text_encoder)}, {len(tokenizer)} tokens")
    speller = Speller(tokenizer, length=recipe.text_tokens, spelled=recipe.spelled_words)
    data = denoiser_data(recipe, latents, drawn.captions, speller)
    painter = train_denoiser(
        recipe, painter, data, work / "denoiser.pt", minutes=minutes * (1 - recipe.autoencoder_share), report=report
    )
    _finish(recipe, pipeline_of(autoencoder.cpu(), painter.cpu(), tokenizer), work=work, out=out, report=report)


def export(recipe: Recipe, *, work: Path, out: Path, report: Report) -> None:
    """Write the folder from the last saved state of a training that may still be running."""
    torch.set_num_threads(recipe.threads)
    tokenizer = CLIPTokenizer.from_pretrained(work / "tokenizer")
    painter = Painter(new_denoiser(recipe), new_text_encoder(recipe, tokenizer))
    stored = torch.load(work / "denoiser.pt", weights_only=True)
    painter.load_state_dict(stored["averaged"])
    report(f"denoiser of step {stored['step']}, after {stored['seconds'] / 60:.1f} minutes")
    autoencoder = AutoencoderKL.from_pretrained(work / "autoencoder")
    _finish(recipe, pipeline_of(autoencoder, painter, tokenizer), work=work, out=out, report=report)


def _prepare(recipe: Recipe) -> None:
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    random.seed(recipe.seed)
    if recipe.device != "cpu":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True


def _autoencoder(recipe: Recipe, pixels: Tensor, work: Path, minutes: float, report: Report) -> AutoencoderKL:
    folder = work / "autoencoder"
    if not folder.exists():
        learner = new_autoencoder(recipe)
        train_autoencoder(recipe, learner, pixels, minutes=minutes, report=report)
        learner.save_pretrained(folder)
    autoencoder = AutoencoderKL.from_pretrained(folder).to(recipe.device)
    report(f"autoencoder {_millions(autoencoder)}")
    return autoencoder


def _latents(autoencoder: AutoencoderKL, pixels: Tensor, work: Path) -> Tensor:
    file = work / "latents.pt"
    if not file.exists():
        torch.save(encode(autoencoder, pixels), file)
    stored: Tensor = torch.load(file, weights_only=True)
    return stored


def _finish(recipe: Recipe, pipeline: StableDiffusionPipeline, *, work: Path, out: Path, report: Report) -> None:
    size = write_folder(pipeline, out)
    parts = (pipeline.vae, pipeline.text_encoder, pipeline.unet)
    log = [line for line in (work / LOG).read_text().splitlines() if " loss " not in line or "held-out" in line]
    card = model_card(recipe, log=log, parameters=sum(_count(part) for part in parts))
    (out / "README.md").write_text(card)
    report(f"wrote {size / 1e6:.2f} MB")
    loaded = StableDiffusionPipeline.from_pretrained(out)
    loaded.set_progress_bar_config(disable=True)
    draw_sheet(loaded, work / "sheet.png", PROMPTS[: recipe.sheet_prompts])
    report("drew sheet.png")


def _noting(report: Report, file: Path) -> Report:
    """Return a report that also keeps every line in the file."""

    def noted(line: str) -> None:
        with file.open("a") as notes:
            notes.write(f"{line}\n")
        report(line)

    return noted


def _count(model: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in model.parameters())


def _millions(model: torch.nn.Module) -> str:
    return f"{_count(model) / 1e6:.2f} million parameters"
