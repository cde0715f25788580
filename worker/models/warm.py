"""The checkpoint that stays loaded between jobs."""

from worker.models.unet import UnetModel, load


class WarmCheckpoint:
    """Keeps the checkpoint that was used last, for one thread."""

    def __init__(self) -> None:
        self._model: UnetModel | None = None

    def get(self, name: str) -> UnetModel:
        """Return the loaded checkpoint.

        The old one is released first, so that two never share the memory. Raises `CheckpointUnusable`.
        """
        if self._model is None or self._model.name != name:
            self._model = None
            self._model = load(name)
        return self._model
