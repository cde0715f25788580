"""The checkpoints that this machine's workers can adapt, and the presets that they are offered and trained with."""

from collections.abc import Mapping

from domain.training.settings import CheckpointInfo, Preset, TrainingSettings

ATELIER_TINY = CheckpointInfo(
    name="atelier-tiny",
    label="Atelier tiny (64 px, built in)",
    family="tiny",
    resolution=64,
    presets={
        Preset.FAST: TrainingSettings(steps=120, learning_rate=2e-3, rank=16, resolution=64),
        Preset.BALANCED: TrainingSettings(steps=240, learning_rate=1.5e-3, rank=16, resolution=64),
        Preset.BEST: TrainingSettings(steps=480, learning_rate=1e-3, rank=24, resolution=64),
    },
)
SD15 = CheckpointInfo(
    name="sd15",
    label="Stable Diffusion 1.5 (512 px)",
    family="sd15",
    resolution=512,
    presets={
        Preset.FAST: TrainingSettings(steps=500, learning_rate=2e-4, rank=16, resolution=512),
        Preset.BALANCED: TrainingSettings(steps=1200, learning_rate=1e-4, rank=16, resolution=512),
        Preset.BEST: TrainingSettings(steps=2500, learning_rate=1e-4, rank=32, resolution=512),
    },
)
BUILT_IN: Mapping[str, CheckpointInfo] = {ATELIER_TINY.name: ATELIER_TINY}
