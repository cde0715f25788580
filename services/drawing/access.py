"""Which drawings a caller may see and act on, and with which models they may draw again."""

from domain.drawing.drawings import Drawing
from domain.drawing.errors import DrawingGone, ModelDeleted, NotTheirDrawing, NotTheirModel, NotTheirSourceImage
from domain.errors import NotFound
from domain.models.loras import Lora
from services.caller import Caller
from services.models.models import ModelService
from storage.drawing.drawings import DrawingStore


class DrawingAccess:
    """Finds drawings for a member. Everybody on a server sees its drawings."""

    def __init__(self, drawings: DrawingStore, models: ModelService) -> None:
        self._drawings = drawings
        self._models = models

    async def seen(self, drawing_id: str, caller: Caller) -> Drawing:
        """Return the server's drawing of that id. Raises `DrawingGone`."""
        found = await self._drawings.on_server(drawing_id, guild_id=caller.guild_id)
        if found is None:
            raise DrawingGone
        return found

    async def own(self, drawing_id: str, caller: Caller) -> Drawing:
        """Return a drawing to its owner or the server's staff. Raises `DrawingGone`, `NotTheirDrawing`."""
        drawing = await self.seen(drawing_id, caller)
        if drawing.order.owner_id != caller.member_id and not caller.is_staff:
            raise NotTheirDrawing
        return drawing

    async def repeatable(self, drawing_id: str, caller: Caller) -> tuple[Drawing, Lora | None]:
        """Return a drawing that this member may draw again, and its LoRA. Raises `UserError`."""
        drawing = await self.seen(drawing_id, caller)
        is_own = drawing.order.owner_id == caller.member_id
        if drawing.recipe.source_sha256 and not is_own:
            raise NotTheirSourceImage
        if drawing.recipe.lora_id is None:
            return drawing, None
        try:
            lora = await self._models.find(drawing.recipe.lora_id, caller)
        except NotFound as error:
            raise (ModelDeleted() if is_own else NotTheirModel()) from error
        return drawing, lora
