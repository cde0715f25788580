"""What the checkpoint draws for fixed prompts and seeds, to judge by eye."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from PIL import Image, ImageDraw

CELL, CAPTION_HEIGHT, COLUMNS = 128, 34, 8  # pixels, pixels, pictures
PROMPTS = (
    "a red circle on a white background",
    "a blue square on a yellow background",
    "two green stars on a black background",
    "a small purple heart in the top left corner, on white",
    "a yellow triangle on blue and white stripes",
    "a green circle next to a red square on a white background",
    "pink and white checks",
    "a black background with yellow dots",
    "a red house in a meadow",
    "a white cat in the snow",
    "a brown dog in the garden",
    "a blue car in the city",
    "a red mushroom in the forest",
    "a yellow fish under water",
    "a rocket in space",
    "a pink flower on a light blue background",
    "a purple monster with one eye and orange horns on white",
    "a drawing of a green monster with three eyes at night",
    "a grey robot with a red antenna in the desert",
    "a girl with brown hair in a red dress on the beach",
    "a man with a black hat in a blue shirt in the street",
    "a snowman with a red scarf in the snow",
    "a white ghost at night",
    "a red boat on the sea",
    "three orange balloons on a light blue background",
    "a photo of a green apple on a wooden table",
    "a happy yellow face on a purple background",
    "an orange butterfly in a garden",
    "a blue bird on a white background",
    "mountains at sunset",
    "a brick wall",
    "a drawing of zorbo on a white background",
)


def draw_sheet(
    pipeline: StableDiffusionPipeline,
    file: Path,
    prompts: Sequence[str],
    *,
    steps: int = 16,
    guidance: float = 4.0,
) -> None:
    """Draw every prompt once, each from its own fixed seed, and store them as one labelled PNG."""
    pictures = [
        pipeline(
            prompt,
            num_inference_steps=steps,
            guidance_scale=guidance,
            height=64,
            width=64,
            generator=torch.Generator().manual_seed(number),
        ).images[0]
        for number, prompt in enumerate(prompts)
    ]
    rows = -(-len(prompts) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (CELL + 8), rows * (CELL + CAPTION_HEIGHT)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (prompt, drawn) in enumerate(zip(prompts, pictures, strict=True)):
        x, y = number % COLUMNS * (CELL + 8), number // COLUMNS * (CELL + CAPTION_HEIGHT)
        sheet.paste(drawn.resize((CELL, CELL), Image.Resampling.NEAREST), (x, y))
        middle = prompt.rfind(" ", 0, 24)
        pen.text(
            (x, y + CELL + 1),
            f"{prompt[:middle]}\n{prompt[middle + 1 : middle + 27]}" if len(prompt) > 24 else prompt,
            fill="black",
        )
    sheet.save(file)
