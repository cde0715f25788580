"""What a model family is called in files, which of its layers a LoRA adapts, and how it draws best."""

from dataclasses import dataclass

# Attention, feed-forward and convolutions. A regex over whole names: a bare "conv1" or "proj_out" could also
# hit layers outside the blocks.
UNET_LAYERS = (
    r".*_block.*\.(to_q|to_k|to_v|to_out\.0|ff\.net\.0\.proj|ff\.net\.2|proj_in|proj_out|conv1|conv2|conv_shortcut)"
)


@dataclass(frozen=True, slots=True)
class Family:
    """One model family."""

    name: str
    resolution: int  # pixels, side of the square that it was made for
    layers: str  # regex over module names of the UNet
    base_model_version: str  # `ss_base_model_version`, by which A1111 and Civitai sort files
    architecture: str  # `modelspec.architecture`
    draw_steps: int
    guidance: float
    bfloat16_on_gpu: bool  # half the memory and a multiple of the speed, where a model is large enough to gain by it
