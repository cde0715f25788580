"""The base checkpoint kept warm between jobs: one per process, swapped when another is asked for."""

from worker.models.unet import UnetModel, load


class WarmCheckpoint:
    """Keeps the checkpoint that was used last; not for use from several threads at once."""

    def __init__(self) -> None:
        self._model: UnetModel | None = None

    def get(self, name: str) -> UnetModel:
        """Return the loaded checkpoint; raise `CheckpointUnusable` when it can't be had.

        The old one is let go first, so that two never share the memory.
        """
        if self._model is None or self._model.name != name:
            self._model = None
            self._model = load(name)
        return self._model
