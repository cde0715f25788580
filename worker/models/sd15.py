"""Stable Diffusion 1.5 and every checkpoint of its shape."""

from worker.models.family import UNET_LAYERS, Family

SD15 = Family(
    name="sd15",
    resolution=512,
    layers=UNET_LAYERS,
    base_model_version="sd_v1",
    architecture="stable-diffusion-v1/lora",
    draw_steps=25,
    guidance=7.0,
    bfloat16_on_gpu=True,
)
