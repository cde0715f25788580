"""The model card of atelier-tiny."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict

import torch

from checkpoints.atelier_tiny.training.recipe import Recipe

COMMAND = "python -m checkpoints.atelier_tiny make {device}--out FOLDER --minutes M"
FRONT = """---
license: mit
library_name: diffusers
pipeline_tag: text-to-image
language: en
---
# atelier-tiny

A very small text-to-image model (64 x 64 pixels, {millions:.1f} million numbers, half precision) that comes with
Atelier, so that a LoRA can be trained and drawn with in the first minutes, offline, on two CPU cores. It is a
standard diffusers folder:

```python
from diffusers import StableDiffusionPipeline
pipeline = StableDiffusionPipeline.from_pretrained("checkpoints/atelier_tiny/weights")
pipeline("a white cat in the snow", height=64, width=64, num_inference_steps=16, guidance_scale=4).images[0]
```

## What it learned from

Only from {drawings} pictures that `checkpoints/atelier_tiny/pictures/captioned.py` draws with Pillow, each from its
own seed ({first} and up), each with a caption: shapes, colours, sizes, places, counts, patterns, textures, things,
animals, monsters, robots, people, and landscapes. No photograph, no foreign picture, no downloaded weight. The
demo's mascot and its mint green are not among them.

## How it was made

`{command}`, seed {seed}, on {machine}, {threads} CPU threads,
torch {torch}.

- **Autoencoder** (AutoencoderKL, 64 x 64 x 3 to 16 x 16 x 4): error of pixels and edges, and a small pull towards a
  normal distribution. {recoloured:.0%} of its pictures have red, green and blue swapped, or light and dark, so that
  it can show colours that no drawing has.
- **Words** (CLIPTextModel, {width} wide, {layers} layers): its tokenizer knows every caption word as one token and
  spells all others.
- **Denoiser** (UNet2DConditionModel {channels}): learns together with the words by flow matching: at
  `x = (1 - s) picture + s noise` it predicts `noise - picture`; time step = 1000 s. {empty:.0%} of the captions are
  left empty for guidance. Matrices learn by orthogonal steps (Muon), the rest by AdamW; the running average of the
  weights is what is stored.
- **Solver** stored with it: DPMSolverMultistepScheduler with flow sigmas.

What the run reported:

```
{log}
```

Training stops by the clock, so another machine takes another number of steps and gets other weights.

## Known limits

It draws cartoons of 64 pixels and knows some 350 words. Small subjects lose their eyes and outlines; when a sentence
names many things, it mixes up which of them has which colour. It cannot write, and has never seen a photograph or a
real face. A word that it does not know calls up anything, until a LoRA gives it a meaning.

## Every number

```
{numbers}
```

## Licence

MIT, the pictures, the weights and the script alike.
"""


def _machine(device: str) -> str:
    return f"{platform.machine()} CPU" if device == "cpu" else f"one {torch.cuda.get_device_name(device)}"


def model_card(recipe: Recipe, *, log: Sequence[str], parameters: int) -> str:
    """Return the card for a checkpoint of so many parameters whose making reported these lines."""
    return FRONT.format(
        millions=parameters / 1e6,
        drawings=f"{recipe.drawings:,}",
        first=f"{recipe.first_drawing:,}",
        command=COMMAND.format(device="" if recipe.device == "cpu" else "--gpu "),
        seed=recipe.seed,
        machine=_machine(recipe.device),
        threads=recipe.threads,
        torch=torch.__version__,
        width=recipe.text_width,
        layers=recipe.text_layers,
        channels=recipe.denoiser_channels,
        empty=recipe.no_caption,
        recoloured=recipe.recoloured,
        log="\n".join(log),
        numbers="\n".join(f"{name} = {value}" for name, value in asdict(recipe).items()),
    )
