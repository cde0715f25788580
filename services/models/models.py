"""Use cases of a member's own LoRAs on one server."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.datasets.dataset import UNDO_SECONDS
from domain.models.errors import ModelGone, ModelNotFound, ModelNotTheirs
from domain.models.loras import Lora
from services.caller import Caller
from storage.files import FileStore
from storage.models.loras import LoraStore

log = logging.getLogger(__name__)

PER_PAGE = 5  # models with their previews in one message


@dataclass(frozen=True, slots=True)
class ModelPage:
    """Some of a member's models, newest first, on pages that count from 0."""

    loras: Sequence[Lora]
    page: int
    pages: int
    total: int


class ModelService:
    """Lists, finds and deletes a member's LoRAs."""

    def __init__(self, loras: LoraStore, files: FileStore, *, now: Callable[[], float]) -> None:
        self._loras = loras
        self._files = files
        self._now = now

    async def find(self, model: str, caller: Caller) -> Lora:
        """Return the member's LoRA that an id, title or name calls, or raise `ModelNotFound`."""
        found = await self._loras.find(model.strip(), guild_id=caller.guild_id, owner_id=caller.member_id)
        if found is None:
            raise ModelNotFound
        return found

    async def drawable(self, lora_id: str, caller: Caller) -> Lora:
        """Return the LoRA behind a public button when this member may draw with it.

        Raises `ModelNotTheirs` and `ModelNotFound`.
        """
        lora = await self._loras.by_id(lora_id)
        is_seen = lora is not None and lora.guild_id == caller.guild_id and lora.deleted_at is None
        if lora is not None and is_seen and lora.owner_id != caller.member_id:
            raise ModelNotTheirs
        return await self.find(lora_id, caller)

    async def any(self, lora_id: str | None) -> Lora | None:
        """Return the LoRA of that id, of any owner and also a deleted one."""
        return await self._loras.by_id(lora_id) if lora_id else None

    async def search(self, typed: str, caller: Caller) -> Sequence[Lora]:
        """Return at most 25 of the member's LoRAs that match what was typed, best first."""
        return await self._loras.search(typed, guild_id=caller.guild_id, owner_id=caller.member_id)

    async def page(self, number: int, caller: Caller) -> ModelPage:
        """Return one page of the member's LoRAs, the last one for a number beyond the end."""
        found = await self._loras.of_member(guild_id=caller.guild_id, owner_id=caller.member_id)
        pages = max(1, -(-len(found) // PER_PAGE))
        page = min(max(0, number), pages - 1)
        return ModelPage(found[page * PER_PAGE : (page + 1) * PER_PAGE], page, pages, len(found))

    async def delete(self, model: str, caller: Caller) -> Lora:
        """Hide the LoRA, which can be brought back for 24 hours, or raise `ModelNotFound`."""
        lora = await self.find(model, caller)
        await self._loras.delete(lora.id, guild_id=caller.guild_id, owner_id=caller.member_id, now=self._now())
        log.info("lora=%s deleted by member=%d", lora.id, caller.member_id)
        return lora

    async def undelete(self, lora_id: str, caller: Caller) -> Lora:
        """Bring a deleted LoRA back, or raise `ModelGone`."""
        since = self._now() - UNDO_SECONDS
        await self._loras.undelete(lora_id, guild_id=caller.guild_id, owner_id=caller.member_id, since=since)
        lora = await self._loras.get(lora_id, guild_id=caller.guild_id, owner_id=caller.member_id)
        if lora is None:
            raise ModelGone
        return lora
