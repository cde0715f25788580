"""The kinds of LoRA that Scenario trains, with the parameters and the base model of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from backends.scenario.replies import Input
from domain.training.settings import SEED, STEPS, AllowedSettings, Bounds, CheckpointInfo, Preset, TrainingSettings


class Trainer(Enum):
    """Which of Scenario's trainers a LoRA is made by.

    Each takes other parameters.
    """

    MUSUBI = auto()  # FLUX.2, Qwen-Image, Z-Image: epochs and repeats
    FLUX = auto()  # FLUX.1, and what is left of SDXL: a number of steps


@dataclass(frozen=True, slots=True)
class LoraType:
    """One of Scenario's model types.

    A checkpoint's name is the type without the ending `-lora`.
    """

    checkpoint: str
    label: str
    family: str
    trainer: Trainer = Trainer.MUSUBI

    @property
    def type(self) -> str:
        """Return what Scenario calls it."""
        return f"{self.checkpoint}-lora"


# The text-to-image types of https://docs.scenario.com (as of scenario-sdk 2.4.0). LoRAs that edit want pairs of
# pictures, which members do not give.
CURRENT = (
    LoraType("zimage", "Z-Image", "Z-Image"),
    LoraType("zimage-turbo", "Z-Image Turbo", "Z-Image"),
    LoraType("zimage-de-turbo", "Z-Image De-Turbo", "Z-Image"),
    LoraType("flux.2-dev", "FLUX.2 dev", "FLUX.2"),
    LoraType("flux.2-klein-4b", "FLUX.2 Klein 4B", "FLUX.2"),
    LoraType("flux.2-klein-9b", "FLUX.2 Klein 9B", "FLUX.2"),
    LoraType("flux.2-klein-base-4b", "FLUX.2 Klein Base 4B", "FLUX.2"),
    LoraType("flux.2-klein-base-9b", "FLUX.2 Klein Base 9B", "FLUX.2"),
    LoraType("qwen-image", "Qwen-Image", "Qwen-Image"),
    LoraType("qwen-image-2512", "Qwen-Image 2512", "Qwen-Image"),
)
# FLUX.1 is still in the API's list of types, but Scenario advises it to nobody; SDXL is gone from the list.
LEGACY = (
    LoraType("flux.1", "FLUX.1 dev", "FLUX.1", Trainer.FLUX),
    LoraType("sd-xl", "Stable Diffusion XL", "SDXL", Trainer.FLUX),
)
_TYPES = {known.checkpoint: known for known in (*CURRENT, *LEGACY)}

# The base model that draws with a LoRA of each checkpoint, as far as the ids are public.
BASES: Mapping[str, str] = {
    "zimage": "model_z-image",
    "zimage-turbo": "model_z-image",
    "zimage-de-turbo": "model_z-image",
    "flux.2-dev": "model_bfl-flux-2-dev",
    "flux.1": "model_bfl-flux-1-dev",
}
# A word in the id or name of the base models that `discover` looks at, for each family whose ids are not public.
HINTS: Mapping[str, str] = {"FLUX.2": "klein", "Qwen-Image": "qwen"}

DEFAULT_EPOCHS = 10  # Scenario's own
PER_IMAGE = 100  # the most epochs, and the most repeats
CLOSE_ENOUGH = 0.05  # share of the steps by which epochs times repeats may miss them
_DRAWS_WITH = frozenset({"prompt", "loras", "lorasScale", "numOutputs", "width", "height", "seed"})

_MUSUBI = AllowedSettings(
    steps=STEPS, learning_rate=Bounds(1e-5, 1e-3), rank=Bounds(2, 128), resolution=None, seed=SEED
)
_FLUX = AllowedSettings(steps=STEPS, learning_rate=Bounds(1e-6, 1e-3), rank=Bounds(2, 64), resolution=None, seed=SEED)
_MUSUBI_PRESETS = {
    Preset.FAST: TrainingSettings(steps=1_000, learning_rate=1e-4, rank=32, resolution=1_024),
    Preset.BALANCED: TrainingSettings(steps=2_000, learning_rate=1e-4, rank=64, resolution=1_024),
    Preset.BEST: TrainingSettings(steps=3_500, learning_rate=5e-5, rank=64, resolution=1_024),
}
_FLUX_PRESETS = {
    Preset.FAST: TrainingSettings(steps=500, learning_rate=1e-4, rank=16, resolution=1_024),
    Preset.BALANCED: TrainingSettings(steps=1_000, learning_rate=1e-4, rank=16, resolution=1_024),
    Preset.BEST: TrainingSettings(steps=2_000, learning_rate=1e-4, rank=32, resolution=1_024),
}


def checkpoints(bases: Mapping[str, str], *, legacy: bool) -> tuple[CheckpointInfo, ...]:
    """Return the checkpoints that a base model is known for, and the legacy ones on demand."""
    current = [known for known in CURRENT if known.checkpoint in bases]
    return tuple(_info(known) for known in (*current, *(LEGACY if legacy else ())))


def is_legacy(checkpoint: str) -> bool:
    """Whether Scenario has given that checkpoint up."""
    return any(known.checkpoint == checkpoint for known in LEGACY)


def type_of(checkpoint: str) -> str:
    """Return Scenario's model type for a checkpoint."""
    return _TYPES[checkpoint].type


def parameters(checkpoint: str, settings: TrainingSettings, *, images: int) -> Mapping[str, float]:
    """Return the training parameters in the words of the checkpoint's trainer."""
    common = {"learningRate": settings.learning_rate, "rank": settings.rank, "seed": settings.seed}
    match _TYPES[checkpoint].trainer:
        case Trainer.MUSUBI:
            epochs, repeats = epochs_and_repeats(settings.steps, images=images)
            return {**common, "batchSize": 1, "nbEpochs": epochs, "nbRepeats": repeats}
        case Trainer.FLUX:
            return {**common, "maxTrainSteps": settings.steps}


def epochs_and_repeats(steps: int, *, images: int) -> tuple[int, int]:
    """Return the epochs, near Scenario's usual ten, and the repeats that make about so many steps."""
    wanted = max(1.0, steps / images)

    def badness(epochs: int) -> tuple[float, int]:
        miss = abs(epochs * _repeats(wanted, epochs) - wanted) / wanted
        return (0.0 if miss <= CLOSE_ENOUGH else miss), abs(epochs - DEFAULT_EPOCHS)

    epochs = min(range(1, PER_IMAGE + 1), key=badness)
    return epochs, _repeats(wanted, epochs)


def draws_with(inputs: Sequence[Input], checkpoint: str) -> bool:
    """Whether a base model with these inputs draws from a prompt alone with LoRAs of that checkpoint."""
    names = {known.name for known in inputs}
    demanded = {known.name for known in inputs if known.is_required}
    takes = any(known.name == "loras" and type_of(checkpoint) in known.types for known in inputs)
    return takes and names >= _DRAWS_WITH and demanded <= {"prompt"}


def undiscovered() -> tuple[LoraType, ...]:
    """Return the types of today whose base model is not public knowledge."""
    return tuple(known for known in CURRENT if known.checkpoint not in BASES)


def _info(known: LoraType) -> CheckpointInfo:
    is_flux = known.trainer is Trainer.FLUX
    return CheckpointInfo(
        name=known.checkpoint,
        label=known.label,
        family=known.family,
        resolution=1_024,
        presets=_FLUX_PRESETS if is_flux else _MUSUBI_PRESETS,
        allowed=_FLUX if is_flux else _MUSUBI,
    )


def _repeats(wanted: float, epochs: int) -> int:
    return min(PER_IMAGE, max(1, round(wanted / epochs)))
