"""A member's datasets: made, found, frozen for a training, deleted and brought back."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from domain import text
from domain.datasets import trigger_words
from domain.datasets.dataset import MOST_DATASETS, UNDO_SECONDS, Dataset, DatasetVersion, Kind
from domain.errors import InvalidInput, NotFound
from domain.models.search import ranked
from services.caller import Caller
from storage.datasets.datasets import Clash, DatasetStore

HINT = "Pick one from the list while you type, or see /dataset list."


class DatasetService:
    """What members do with whole datasets; every method checks server and owner."""

    def __init__(self, datasets: DatasetStore, *, now: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._datasets = datasets
        self._now = now
        self._new_id = new_id

    async def new(self, name: str, kind: Kind, caller: Caller, *, trigger_word: str | None = None) -> Dataset:
        """Make an empty dataset; without a trigger word it gets a made-up one. Raises `InvalidInput`.

        A made-up word never stands in the way of an Undo; of their own deleted datasets a member may type it.
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
                raise _clashing(clash, dataset)

    async def suggest_trigger_words(self, typed: str, name: str, caller: Caller) -> Sequence[str]:
        """Return free trigger words: one that sounds like what was typed, and one like the dataset's name."""
        taken = await self._datasets.trigger_words(guild_id=caller.guild_id, since=self._now() - UNDO_SECONDS)
        ideas = (typed, name, f"{name}xo", f"my{name}") if name else (typed,)
        words = [trigger_words.suggest(idea, taken) for idea in ideas if idea]
        return tuple(dict.fromkeys(words))

    async def find(self, dataset: str, caller: Caller) -> Dataset:
        """Return the member's dataset of that id or name; raise `NotFound`."""
        found = await self._datasets.find(text.one_line(dataset), guild_id=caller.guild_id, owner_id=caller.member_id)
        if found is None:
            raise NotFound("dataset", HINT)
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

        Raises `NotFound`, or `InvalidInput` when there are too few images.
        """
        found = await self.find(dataset, caller)
        version = await self._datasets.freeze(
            found.id, guild_id=caller.guild_id, owner_id=caller.member_id, version_id=self._new_id(), now=self._now()
        )
        if version is None:
            raise NotFound("dataset", HINT)
        return found, version

    async def delete(self, dataset_id: str, caller: Caller, *, count: int) -> Dataset:
        """Delete the dataset that the member saw with `count` pictures; raise `NotFound`, `InvalidInput`."""
        dataset = await self.find(dataset_id, caller)
        if not await self._datasets.delete(
            dataset.id, guild_id=caller.guild_id, owner_id=caller.member_id, count=count, now=self._now()
        ):
            raise InvalidInput(
                f"{text.shown(dataset.name)} no longer holds the {count} pictures that you were asked about, "
                "so I did not delete it. Use /dataset delete again to see what is in it now."
            )
        return dataset

    async def undelete(self, dataset_id: str, caller: Caller) -> Dataset:
        """Bring a dataset back that was deleted in the last 24 hours; raise `NotFound`, `InvalidInput`."""
        back = await self._datasets.undelete(
            dataset_id, guild_id=caller.guild_id, owner_id=caller.member_id, since=self._now() - UNDO_SECONDS
        )
        match back:
            case None:
                raise NotFound("deleted dataset", "It is back already, or it was deleted more than 24 hours ago.")
            case dataset, None:
                return replace(dataset, deleted_at=None)
            case dataset, clash:
                mine = await self.of_member(caller)
                holder = next((each for each in mine if each.trigger_word == dataset.trigger_word), None)
                raise _in_the_way(clash, dataset, holder)


def _clashing(clash: Clash, dataset: Dataset) -> InvalidInput:
    match clash:
        case Clash.NAME:
            return InvalidInput(
                f"You already have a dataset called {text.shown(dataset.name)} on this server. "
                "Give this one another name, or delete that one first."
            )
        case Clash.TRIGGER_WORD:
            return InvalidInput(
                f"The trigger word `{dataset.trigger_word}` now belongs to another dataset on this server; pictures "
                "would mix. Choose another word, or make a new dataset under another name."
            )
        case Clash.TOO_MANY:
            return InvalidInput(
                f"You have {MOST_DATASETS} datasets on this server, which is the most for one member. "
                "Delete one that you no longer need with /dataset delete first."
            )


def _in_the_way(clash: Clash, dataset: Dataset, holder: Dataset | None) -> InvalidInput:
    """Say why a deleted dataset can't come back now, and what to do; `holder` is the member's that has its word."""
    name = text.shown(dataset.name)
    match clash:
        case Clash.NAME:
            return InvalidInput(
                f"You already have a dataset called {name} on this server again, so I can't bring this one back "
                "beside it. Delete that one with /dataset delete first, then press Undo here again."
            )
        case Clash.TRIGGER_WORD if holder is not None:
            return InvalidInput(
                f"Your dataset {text.shown(holder.name)} has the trigger word `{dataset.trigger_word}` now; pictures "
                f"would mix, so I can't bring {name} back beside it. Delete {text.shown(holder.name)} with "
                "/dataset delete first, then press Undo here again."
            )
        case Clash.TRIGGER_WORD:
            return InvalidInput(
                f"Somebody else's dataset on this server has the trigger word `{dataset.trigger_word}` now; pictures "
                f"would mix, so I can't bring {name} back as long as they keep theirs."
            )
        case Clash.TOO_MANY:
            return InvalidInput(
                f"You have {MOST_DATASETS} datasets on this server, which is the most for one member. "
                "Delete one that you no longer need with /dataset delete first, then press Undo here again."
            )
