"""What members ask for when they draw."""

from dataclasses import dataclass

from domain.drawing.drawings import Drawing
from domain.drawing.recipes import CHANGE_USUAL, Ratio
from domain.models.loras import Lora
from services.datasets.intake import IncomingFile


@dataclass(frozen=True, slots=True)
class DrawingWish:
    """What a member wants to see. `model` is an id or a name, None the bare checkpoint.

    `source_image` is a picture to start from, of which so much as `change` says may change. Without a `ratio` the
    drawing has its shape.
    """

    prompt: str
    model: str | None = None
    strength: float = 1.0
    count: int = 1
    seed: int | None = None
    ratio: Ratio | None = None
    source_image: IncomingFile | None = None
    change: float = CHANGE_USUAL


@dataclass(frozen=True, slots=True)
class RecipeChanges:
    """What a member changed in an old recipe."""

    prompt: str
    strength: float
    count: int
    seed: int
    change: float | None = None  # as it was


@dataclass(frozen=True, slots=True)
class DrawingView:
    """A drawing as members see it."""

    drawing: Drawing
    lora: Lora | None

    @property
    def model(self) -> str:
        """Return the LoRA's title, or the checkpoint's name."""
        return self.lora.title if self.lora else self.drawing.recipe.checkpoint
