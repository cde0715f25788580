"""How a LoRA is trained, in numbers."""

from dataclasses import dataclass, replace

from domain.errors import TrainingError
from domain.orders.facts import FactKind
from domain.training.checkpoints import ATELIER_TINY, SD15
from domain.training.settings import CheckpointInfo, Preset

FINAL_RATE = 0.1  # share of the learning rate that is left at the last step, with a cosine in between
WEIGHT_DECAY = 0.01  # AdamW's, which pulls B·A towards nothing
GRADIENT_LIMIT = 1.0  # norm, because one odd batch must not undo a hundred good ones
SHIFT = 0.12  # largest share by which a picture is enlarged before it is cut somewhere
CAPTION_DROPOUT = 0.1  # share of captions left empty, which keeps guidance working
LOSSES_AVERAGED = 20  # training losses in the running mean that members see
REPORT_EVERY = 5  # steps between two readings of the loss, each of which makes a GPU wait


@dataclass(frozen=True, slots=True)
class TrainerSettings:
    """What differs between trainings, with defaults for the built-in checkpoint on two CPU cores."""

    steps: int = 160  # optimizer steps at most, and early stopping usually ends sooner
    learning_rate: float = 2e-3  # AdamW's, of which a small UNet wants twenty times what SD 1.5 wants
    rank: int = 16  # width of each LoRA layer, with alpha = rank, so strength 1 means "as trained"
    batch: int = 8  # pictures per step
    resolution: int | None = None  # pixels, side of a square bucket; None is what the checkpoint was made for
    seed: int = 1  # decides everything that is random, samples included
    warmup: int = 10  # steps over which the learning rate rises, because AdamW's first steps are its wildest
    augmentations: int = 8  # cached forms of each picture, the plain one and shifted ones
    may_flip: bool = True  # every second form mirrored, not for subjects with a left and a right or with writing
    validate_every: int = 10  # steps between validations on the held-out pictures
    noise_levels: int = 12  # per held-out picture and validation, where more is steadier and slower
    patience: int = 8  # validations without a better loss before training stops
    samples: int = 2  # how often samples are drawn between the base model's and the finished LoRA's
    save_every: int = 25  # steps of work that a kill may cost


def _preset(checkpoint: CheckpointInfo, preset: Preset, base: TrainerSettings) -> TrainerSettings:
    """Return what members are offered under that preset, as the trainer's settings."""
    offered = checkpoint.presets[preset]
    return replace(base, steps=offered.steps, learning_rate=offered.learning_rate, rank=offered.rank)


_TINY = TrainerSettings()
_SD15 = TrainerSettings(batch=2, validate_every=50, save_every=50)

PRESETS: dict[tuple[str, str], TrainerSettings] = {
    ("tiny", "fast"): _preset(ATELIER_TINY, Preset.FAST, _TINY),
    ("tiny", "balanced"): _preset(ATELIER_TINY, Preset.BALANCED, _TINY),
    ("tiny", "best"): _preset(ATELIER_TINY, Preset.BEST, _TINY),
    ("sd15", "fast"): _preset(SD15, Preset.FAST, _SD15),
    ("sd15", "balanced"): _preset(SD15, Preset.BALANCED, _SD15),
    ("sd15", "best"): _preset(SD15, Preset.BEST, replace(_SD15, validate_every=100)),
}


def settings_for(family: str, preset: str) -> TrainerSettings:
    """Return a preset (fast, balanced or best) of a family (tiny or sd15).

    Raises `TrainingError` for another name.
    """
    try:
        return PRESETS[family, preset]
    except KeyError:
        raise TrainingError(FactKind.PRESET_UNKNOWN, preset=preset, family=family) from None
