"""The family of the built-in checkpoint, which trains and draws on a CPU within a minute."""

from worker.models.family import UNET_LAYERS, Family

TINY = Family(
    name="tiny",
    resolution=64,
    layers=UNET_LAYERS,
    base_model_version="atelier_tiny",
    architecture="atelier-tiny/lora",
    draw_steps=15,
    guidance=4.0,
    bfloat16_on_gpu=False,
)
