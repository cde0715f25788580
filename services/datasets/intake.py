"""Taking in pictures: each is read, cleaned and stored at once, then finds its place in a dataset."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from domain.datasets.dataset import Dataset, Kind
from domain.datasets.pending_uploads import Placement, ReceivedPicture, Refused, Tray
from domain.datasets.pictures import CleanPicture, RefusedPicture
from domain.errors import AppError, InvalidInput, NotFound, UserError
from domain.models.search import named_in
from services.caller import Caller
from services.datasets.datasets import DatasetService
from storage.datasets.pending_uploads import TrayStore
from storage.files import FileStore
from storage.pictures.pool import PicturePool

MOST_AT_ONCE = 10  # files, as many as one Discord message carries

Progress = Callable[[int, int], Awaitable[None]]


class NotReceived(UserError):
    """A file that could not be fetched; the sentence says why and what to do."""


class Repeated(AppError):
    """The same message arrived a second time, as Discord may send it: nobody needs a second answer."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that a member sent; `read` gives its bytes or raises `NotReceived`."""

    filename: str
    read: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of each file that was sent for a dataset."""

    dataset: Dataset
    placements: tuple[Placement, ...]
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """Received pictures that wait for the member to pick one of `datasets`, or to make one."""

    tray: Tray
    datasets: tuple[Dataset, ...]


async def silent(_done: int, _of: int) -> None:
    """Show no progress."""


class IntakeService:
    """Receives pictures into trays, and empties trays into datasets."""

    def __init__(
        self,
        trays: TrayStore,
        datasets: DatasetService,
        *,
        files: FileStore,
        pool: PicturePool,
        now: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._trays = trays
        self._datasets = datasets
        self._files = files
        self._pool = pool
        self._now = now
        self._new_id = new_id

    async def add(
        self, dataset: str, arrivals: Sequence[Arrival], caller: Caller, *, progress: Progress = silent
    ) -> Report:
        """Put files into the member's dataset (its id or name); raise `NotFound`, `StorageFull`."""
        found = await self._datasets.find(dataset, caller)
        tray = await self.receive(arrivals, caller, contributor_id=caller.member_id, progress=progress)
        return await self._place(tray, found)

    async def offer(
        self,
        arrivals: Sequence[Arrival],
        caller: Caller,
        *,
        contributor_id: int,
        words: str = "",
        source_id: int | None = None,
        progress: Progress = silent,
    ) -> Report | Offer:
        """Receive files without a dataset: they go to the one that `words` name, or to the only one, or wait.

        Raises `InvalidInput` without files, `StorageFull`, `Repeated`.
        """
        if not arrivals:
            raise InvalidInput("There are no files on that message, so there was nothing to add.")
        tray = await self.receive(
            arrivals,
            caller,
            contributor_id=contributor_id,
            source_id=source_id,
            progress=progress,
        )
        mine = await self._datasets.of_member(caller)
        meant = mine[0] if len(mine) == 1 else named_in(words, mine, name=lambda dataset: dataset.name)
        if meant and tray.pictures:
            return await self._place(tray, meant)
        return Offer(tray, tuple(mine))

    async def offered(self, tray_id: str, caller: Caller) -> Offer:
        """Return the pictures that wait in the member's tray, and where they may go; raise `UserError`."""
        tray = await self.waiting(tray_id, caller)
        return Offer(tray, tuple(await self._datasets.of_member(caller)))

    async def place(self, tray_id: str, dataset: str, caller: Caller) -> Report:
        """Put the pictures that wait in a tray into the member's dataset (its id or name); raise `UserError`."""
        tray = await self.waiting(tray_id, caller)
        found = await self._datasets.find(dataset, caller)
        return await self._place(tray, found)

    async def place_in_new(
        self, tray_id: str, name: str, kind: Kind, trigger_word: str | None, caller: Caller
    ) -> Report:
        """Make a dataset and put the pictures that wait in a tray into it; raise `UserError`."""
        tray = await self.waiting(tray_id, caller)
        made = await self._datasets.new(name, kind, caller, trigger_word=trigger_word)
        return await self._place(tray, made)

    async def receive(
        self,
        arrivals: Sequence[Arrival],
        caller: Caller,
        *,
        contributor_id: int,
        source_id: int | None = None,
        progress: Progress = silent,
    ) -> Tray:
        """Store what can be used of these files; what was stored before an error stays in the tray.

        Raises `StorageFull`, or `Repeated` when `source_id` (a message) was received before.
        """
        tray = Tray(self._new_id(), caller.guild_id, caller.member_id, contributor_id, self._now())
        if not await self._trays.add(tray, source_id=source_id):
            raise Repeated(f"source={source_id}")
        pictures: list[ReceivedPicture] = []
        refused: list[Refused] = []
        async for outcome in self._outcomes(arrivals[:MOST_AT_ONCE], caller.member_id):
            match outcome:
                case filename, CleanPicture() as clean:
                    pictures.append(await self._keep(tray.id, filename, clean, position=len(pictures)))
                case filename, str() as sentence:
                    refused.append(Refused(filename, sentence))
            await progress(len(pictures) + len(refused), len(arrivals))
        refused += [Refused(arrival.filename, _TOO_MANY) for arrival in arrivals[MOST_AT_ONCE:]]
        return replace(tray, pictures=tuple(pictures), refused=tuple(refused))

    async def waiting(self, tray_id: str, caller: Caller) -> Tray:
        """Return the member's tray with the pictures that still wait in it; raise `UserError` when there are none."""
        tray = await self._trays.get(tray_id, guild_id=caller.guild_id, owner_id=caller.member_id)
        if tray is None:
            raise NotFound(
                "set of pictures",
                "Only the member who sent them can place them, within a day. Send your own with /dataset add.",
            )
        if not tray.pictures:
            raise InvalidInput("These pictures are in a dataset already. /dataset view shows them.")
        return tray

    async def _place(self, tray: Tray, dataset: Dataset) -> Report:
        ids = tuple(self._new_id() for _ in tray.pictures)
        moved = await self._trays.move(
            tray.id, dataset.id, guild_id=tray.guild_id, owner_id=tray.owner_id, ids=ids, now=self._now()
        )
        if moved is None:
            raise NotFound("dataset", "See /dataset list, then send the pictures again.")
        return Report(*moved, refused=tray.refused)

    async def _outcomes(
        self, arrivals: Sequence[Arrival], member_id: int
    ) -> AsyncIterator[tuple[str, CleanPicture | str]]:
        missing: dict[int, str] = {}

        async def read(index: int, arrival: Arrival) -> bytes:
            try:
                return await arrival.read()
            except NotReceived as error:
                missing[index] = str(error)
                return b""

        readers = [partial(read, index, arrival) for index, arrival in enumerate(arrivals)]
        index = 0
        async for verdict in self._pool.clean_each(readers, turn=member_id):
            match verdict:
                case CleanPicture():
                    yield arrivals[index].filename, verdict
                case RefusedPicture():
                    yield arrivals[index].filename, missing.get(index, verdict.sentence)
            index += 1

    async def _keep(self, tray_id: str, filename: str, clean: CleanPicture, *, position: int) -> ReceivedPicture:
        picture = ReceivedPicture(filename, clean.sha256, clean.phash, clean.width, clean.height, clean.size)
        async with self._files.changing():
            await self._files.put(clean.content)
            await self._trays.keep(tray_id, picture, position=position)
        return picture


_TOO_MANY = f"I take {MOST_AT_ONCE} files at a time, and this one came after them. Please send it again by itself."
