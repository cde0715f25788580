"""Everything that a backend needs to draw."""

from functools import partial

from backends.base import DrawingPlan, LoraUse, SourceImage
from domain.drawing.drawings import Drawing
from domain.models.loras import Lora
from domain.orders.facts import FactKind
from domain.orders.hand_over import CannotSend
from storage.files import FileStore


def plan_of(drawing: Drawing, lora: Lora | None, files: FileStore) -> DrawingPlan:
    """Return the plan of a drawing."""
    recipe, backend = drawing.recipe, drawing.order.backend
    source = recipe.source_sha256
    return DrawingPlan(
        name=drawing.remote_name,
        member=str(drawing.order.owner_id),
        checkpoint=recipe.checkpoint,
        prompt=recipe.full_prompt,
        loras=(LoraUse(lora.sha256, recipe.strength, lora.reference),) if lora else (),
        count=recipe.count,
        seed=recipe.seed,
        width=recipe.width,
        height=recipe.height,
        source_image=SourceImage(source, recipe.change, partial(_read, files, source, backend)) if source else None,
    )


async def _read(files: FileStore, sha256: str, backend: str) -> bytes:
    try:
        return await files.read(sha256)
    except OSError as error:
        detail = f"the source image {sha256} is gone or damaged"
        raise CannotSend(backend, detail, why=FactKind.SOURCE_IMAGE_DAMAGED) from error
