"""Use cases of whole datasets."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from domain import text
from domain.datasets import trigger_words
from domain.datasets.dataset import UNDO_SECONDS, Dataset, DatasetVersion, Kind
from domain.datasets.errors import (
    DatasetChanged,
    DatasetClash,
    DatasetNotFound,
    DeletedDatasetNotFound,
    UndeleteClash,
)
from domain.models.search import ranked
from services.caller import Caller
from storage.datasets.datasets import DatasetStore


class DatasetService:
    """What members do with their own datasets on a server."""

    def __init__(self, datasets: DatasetStore, *, now: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._datasets = datasets
        self._now = now
        self._new_id = new_id

    async def new(self, name: str, kind: Kind, caller: Caller, *, trigger_word: str | None = None) -> Dataset:
        """Make an empty dataset, with a made-up trigger word where none is given.

        A made-up word never stands in the way of an Undo, while a member may type the word of a dataset that they
        deleted. Raises `TriggerWordRefused` and `DatasetClash`.
        """
        clean = text.name(name, what="dataset")
        now = self._now()
        taken = await self._datasets.trigger_words(
            guild_id=caller.guild_id,
            since=now - UNDO_SECONDS,
            but_deleted_by=caller.member_id if trigger_word else None,
        )
        word = trigger_words.check(trigger_word, taken) if trigger_word else trigger_words.suggest(clean, taken)
        dataset = Dataset(self._new_id(), caller.guild_id, caller.member_id, clean, kind, word, now)
        match await self._datasets.add(dataset):
            case None:
                return dataset
            case clash:
                raise DatasetClash(clash, dataset.name, dataset.trigger_word)

    async def suggest_trigger_words(self, typed: str, name: str, caller: Caller) -> Sequence[str]:
        """Return free trigger words that sound like what was typed and like the dataset's name."""
        taken = await self._datasets.trigger_words(guild_id=caller.guild_id, since=self._now() - UNDO_SECONDS)
        ideas = (typed, name, f"{name}xo", f"my{name}") if name else (typed,)
        words = [trigger_words.suggest(idea, taken) for idea in ideas if idea]
        return tuple(dict.fromkeys(words))

    async def find(self, dataset: str, caller: Caller) -> Dataset:
        """Return the member's dataset of that id or name, or raise `DatasetNotFound`."""
        found = await self._datasets.find(text.one_line(dataset), guild_id=caller.guild_id, owner_id=caller.member_id)
        if found is None:
            raise DatasetNotFound
        return found

    async def of_member(self, caller: Caller) -> Sequence[Dataset]:
        """Return the member's datasets on this server, the one that grew last first."""
        return await self._datasets.of_member(guild_id=caller.guild_id, owner_id=caller.member_id)

    async def search(self, typed: str, caller: Caller) -> Sequence[Dataset]:
        """Return at most 25 of the member's datasets that fit what was typed so far, the best first."""
        mine = await self.of_member(caller)
        return ranked(mine, typed, name=lambda dataset: dataset.name)

    async def freeze(self, dataset: str, caller: Caller) -> tuple[Dataset, DatasetVersion]:
        """Return the dataset and the immutable list of its images that a training will see.

        Raises `DatasetNotFound` and `TooFewPictures`.
        """
        found = await self.find(dataset, caller)
        version = await self._datasets.freeze(
            found.id, guild_id=caller.guild_id, owner_id=caller.member_id, version_id=self._new_id(), now=self._now()
        )
        if version is None:
            raise DatasetNotFound
        return found, version

    async def delete(self, dataset_id: str, caller: Caller, *, count: int) -> Dataset:
        """Delete the dataset that the member saw with `count` pictures.

        Raises `DatasetNotFound` and `DatasetChanged`.
        """
        dataset = await self.find(dataset_id, caller)
        if not await self._datasets.delete(
            dataset.id, guild_id=caller.guild_id, owner_id=caller.member_id, count=count, now=self._now()
        ):
            raise DatasetChanged(dataset.name, count)
        return dataset

    async def undelete(self, dataset_id: str, caller: Caller) -> Dataset:
        """Bring a dataset back that was deleted in the last 24 hours.

        Raises `DeletedDatasetNotFound` and `UndeleteClash`.
        """
        back = await self._datasets.undelete(
            dataset_id, guild_id=caller.guild_id, owner_id=caller.member_id, since=self._now() - UNDO_SECONDS
        )
        match back:
            case None:
                raise DeletedDatasetNotFound
            case dataset, None:
                return replace(dataset, deleted_at=None)
            case dataset, clash:
                mine = await self.of_member(caller)
                holder = next((each for each in mine if each.trigger_word == dataset.trigger_word), None)
                raise UndeleteClash(clash, dataset.name, dataset.trigger_word, holder.name if holder else None)
