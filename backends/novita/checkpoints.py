"""The 17 checkpoints that Novita trains on, and what each is called where it draws.

https://novita.ai/docs/llms.txt (the pages on creating a training: `base_model`)
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.datasets.dataset import Kind
from domain.training.settings import AllowedSettings, Bounds, CheckpointInfo, Preset, TrainingSettings

SUBJECT, STYLE = "subject", "style"
METHODS = (SUBJECT, STYLE)
METHOD_FOR = {Kind.CHARACTER: SUBJECT, Kind.STYLE: STYLE, Kind.OBJECT: STYLE, Kind.CONCEPT: STYLE}

LEARNING_RATES = (1e-6, 1e-5, 5e-5, 1e-4, 2e-4)  # no other is documented
SIDES = Bounds(256, 1_024)  # pixels; documented is "more than 0"


@dataclass(frozen=True, slots=True)
class Known:
    """A checkpoint by Novita's two names.

    `base_model` where it is trained on, `model_name` where it draws.
    """

    name: str
    label: str
    base_model: str
    model_name: str


# The two name spaces are separate, so every name is written out. Documented are the model_name of `sdxl-base-1.0` and
# of `realistic-vision-5.1` (https://novita.ai/docs/guides/model-apis-configure-custom-s3-bucket); the others are the
# base_model with the same ending.
SDXL = (
    Known(
        "sdxl-base-1.0",
        "Stable Diffusion XL 1.0",
        "stable-diffusion-xl-base-1.0",
        "sd_xl_base_1.0.safetensors",
    ),
    Known(
        "dreamshaper-xl",
        "DreamShaper XL alpha 2",
        "dreamshaperXL09Alpha_alpha2Xl10_91562",
        "dreamshaperXL09Alpha_alpha2Xl10_91562.safetensors",
    ),
    Known(
        "protovision-xl",
        "ProtoVision XL 6.3",
        "protovisionXLHighFidelity3D_release0630Bakedvae_154359",
        "protovisionXLHighFidelity3D_release0630Bakedvae_154359.safetensors",
    ),
    Known(
        "unstable-diffusers-xl",
        "SDXL Unstable Diffusers 11",
        "sdxlUnstableDiffusers_v11_216694",
        "sdxlUnstableDiffusers_v11_216694.safetensors",
    ),
    Known(
        "epicrealism-xl",
        "epiCRealism XL 1.0",
        "epicrealismXL_v10_247189",
        "epicrealismXL_v10_247189.safetensors",
    ),
    Known(
        "yesmix-xl",
        "YesMix XL 1.0",
        "yesmixXL_v10_283329",
        "yesmixXL_v10_283329.safetensors",
    ),
    Known(
        "animagine-xl-3.1",
        "Animagine XL 3.1",
        "animagineXLV31_v31_325600",
        "animagineXLV31_v31_325600.safetensors",
    ),
)
SD15 = (
    Known(
        "sd-1.5",
        "Stable Diffusion 1.5",
        "v1-5-pruned-emaonly",
        "v1-5-pruned-emaonly.safetensors",
    ),
    Known(
        "epicrealism",
        "epiCRealism Natural Sin",
        "epicrealism_naturalSin_121250",
        "epicrealism_naturalSin_121250.safetensors",
    ),
    Known(
        "chilloutmix",
        "ChilloutMix",
        "chilloutmix_NiPrunedFp32Fix",
        "chilloutmix_NiPrunedFp32Fix.safetensors",
    ),
    Known(
        "abyss-orange-mix-3",
        "AbyssOrangeMix3 A3",
        "abyssorangemix3AOM3_aom3a3_10864",
        "abyssorangemix3AOM3_aom3a3_10864.safetensors",
    ),
    Known(
        "dreamshaper-8",
        "DreamShaper 8",
        "dreamshaper_8_93211",
        "dreamshaper_8_93211.safetensors",
    ),
    Known(
        "wf-child",
        "WFChild 1.0",
        "WFChild_v1.0",
        "WFChild_v1.0.safetensors",
    ),
    Known(
        "majicmix-realistic",
        "majicMIX realistic 1.0",
        "majichenmixrealistic_v10",
        "majichenmixrealistic_v10.safetensors",
    ),
    Known(
        "realistic-vision-5.1",
        "Realistic Vision 5.1",
        "realisticVisionV51_v51VAE_94301",
        "realisticVisionV51_v51VAE_94301.safetensors",
    ),
    Known(
        "realistic-vision-4.0",
        "Realistic Vision 4.0",
        "realisticVisionV40_v40VAE_81510",
        "realisticVisionV40_v40VAE_81510.safetensors",
    ),
    Known(
        "somboy",
        "Somboy 1.0",
        "somboy_v10_172675",
        "somboy_v10_172675.safetensors",
    ),
)
BY_NAME: Mapping[str, Known] = {known.name: known for known in (*SDXL, *SD15)}

KNOBS = AllowedSettings(
    steps=Bounds(10, 4_000),
    learning_rate=Bounds(LEARNING_RATES[0], LEARNING_RATES[-1]),
    learning_rates=LEARNING_RATES,
    rank=Bounds(4, 128),
    resolution=SIDES,
    seed=Bounds(1, 2**31 - 1),
    methods=METHODS,
)


def _checkpoint(known: Known, family: str, side: int) -> CheckpointInfo:
    """Return a checkpoint as members choose it.

    Novita's guides call 500 steps enough, its own page takes 2,000.
    """
    return CheckpointInfo(
        name=known.name,
        label=known.label,
        family=family,
        resolution=side,
        presets={
            Preset.FAST: TrainingSettings(steps=500, learning_rate=2e-4, rank=16, resolution=side),
            Preset.BALANCED: TrainingSettings(steps=1_000, learning_rate=1e-4, rank=16, resolution=side),
            Preset.BEST: TrainingSettings(steps=2_000, learning_rate=1e-4, rank=32, resolution=side),
        },
        allowed=KNOBS,
        method_for=METHOD_FOR,
    )


CHECKPOINTS = (
    *(_checkpoint(known, "sdxl", 1_024) for known in SDXL),
    *(_checkpoint(known, "sd15", 512) for known in SD15),
)
