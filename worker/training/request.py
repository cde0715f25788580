"""What a training is asked for."""

from dataclasses import dataclass
from pathlib import Path

from domain.datasets.captions import training_caption
from domain.datasets.dataset import Kind
from worker.training.settings import TrainerSettings


@dataclass(frozen=True, slots=True)
class TrainPicture:
    """One training picture as a file, and its caption."""

    path: Path
    caption: str = ""
    held_out: bool = False  # then it is only used for validation


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """Everything but the checkpoint that decides a training's result."""

    pictures: tuple[TrainPicture, ...]
    trigger_word: str
    settings: TrainerSettings
    kind: Kind = Kind.CHARACTER
    title: str = ""  # shown by other programs, the trigger word when empty
    prompts: tuple[str, ...] = ()  # of the samples, chosen from the captions when empty

    def captioned(self, *, held_out: bool) -> list[tuple[Path, str]]:
        """Return the files to train on, or the held-out ones, with captions that hold the trigger word."""
        return [
            (picture.path, training_caption(picture.caption, trigger_word=self.trigger_word, kind=self.kind))
            for picture in self.pictures
            if picture.held_out is held_out
        ]

    def sample_prompts(self) -> tuple[str, ...]:
        """Return the prompts of the samples.

        Unless they are given, they are the subject alone, and the first caption that is not trained on if there is
        one.
        """
        if self.prompts:
            return self.prompts
        alone = training_caption("", trigger_word=self.trigger_word, kind=self.kind)
        captions = [caption for _, caption in self.captioned(held_out=True) + self.captioned(held_out=False)]
        return tuple(dict.fromkeys((alone, *captions[:1])))
