"""Use cases of incoming pictures, which are cleaned and stored before they have a dataset."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from domain.datasets.dataset import Dataset, Kind
from domain.datasets.errors import AlreadyPlaced, DatasetGone, FilesMissing, UploadNotFound
from domain.datasets.pending_uploads import PendingUpload, Placement, ReceivedPicture, Refused
from domain.datasets.pictures import CleanPicture, RefusedPicture
from domain.datasets.refusals import MOST_AT_ONCE, Refusal
from domain.errors import AppError
from domain.models.search import named_in
from services.caller import Caller
from services.datasets.datasets import DatasetService
from storage.datasets.pending_uploads import PendingUploadStore
from storage.files import FileStore
from storage.pictures.pool import PicturePool, Reader

Progress = Callable[[int, int], Awaitable[None]]


class Repeated(AppError):
    """The same message arrived a second time, as Discord may send it, and needs no second answer."""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that a member sent, whose `read` gives its bytes or why they can't be had."""

    filename: str
    read: Reader


@dataclass(frozen=True, slots=True)
class Report:
    """What became of each file that was sent for a dataset."""

    dataset: Dataset
    placements: tuple[Placement, ...]
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """Received pictures that wait for the member to pick one of `datasets`, or to make one."""

    upload: PendingUpload
    datasets: tuple[Dataset, ...]


async def silent(_done: int, _of: int) -> None:
    """Show no progress."""


class IntakeService:
    """Receives pictures as pending uploads, and places them in datasets."""

    def __init__(
        self,
        uploads: PendingUploadStore,
        datasets: DatasetService,
        *,
        files: FileStore,
        pool: PicturePool,
        now: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._uploads = uploads
        self._datasets = datasets
        self._files = files
        self._pool = pool
        self._now = now
        self._new_id = new_id

    async def add(
        self, dataset: str, incoming: Sequence[IncomingFile], caller: Caller, *, progress: Progress = silent
    ) -> Report:
        """Put files into the member's dataset of that id or name.

        They are a pending upload until all are stored, so a crash in between loses none.
        Raises `DatasetNotFound`, `DatasetGone` and `StorageFull`.
        """
        found = await self._datasets.find(dataset, caller)
        upload = await self.receive(incoming, caller, contributor_id=caller.member_id, progress=progress)
        return await self._place(upload, found)

    async def offer(
        self,
        incoming: Sequence[IncomingFile],
        caller: Caller,
        *,
        contributor_id: int,
        words: str = "",
        source_id: int | None = None,
        progress: Progress = silent,
    ) -> Report | Offer:
        """Receive files for the dataset that `words` name, or for the only one, or let them wait.

        Raises `FilesMissing`, `StorageFull` and `Repeated`.
        """
        if not incoming:
            raise FilesMissing
        upload = await self.receive(
            incoming,
            caller,
            contributor_id=contributor_id,
            source_id=source_id,
            progress=progress,
        )
        mine = await self._datasets.of_member(caller)
        meant = mine[0] if len(mine) == 1 else named_in(words, mine, name=lambda dataset: dataset.name)
        if meant and upload.pictures:
            return await self._place(upload, meant)
        return Offer(upload, tuple(mine))

    async def offered(self, upload_id: str, caller: Caller) -> Offer:
        """Return the pictures that wait in the member's upload, and where they may go."""
        upload = await self.waiting(upload_id, caller)
        return Offer(upload, tuple(await self._datasets.of_member(caller)))

    async def place(self, upload_id: str, dataset: str, caller: Caller) -> Report:
        """Put the pictures that wait in an upload into the member's dataset of that id or name."""
        upload = await self.waiting(upload_id, caller)
        found = await self._datasets.find(dataset, caller)
        return await self._place(upload, found)

    async def place_in_new(
        self, upload_id: str, name: str, kind: Kind, trigger_word: str | None, caller: Caller
    ) -> Report:
        """Make a dataset and put the pictures that wait in an upload into it."""
        upload = await self.waiting(upload_id, caller)
        made = await self._datasets.new(name, kind, caller, trigger_word=trigger_word)
        return await self._place(upload, made)

    async def receive(
        self,
        incoming: Sequence[IncomingFile],
        caller: Caller,
        *,
        contributor_id: int,
        source_id: int | None = None,
        progress: Progress = silent,
    ) -> PendingUpload:
        """Store what can be used of these files in an upload, where it also stays after an error.

        Raises `StorageFull`, or `Repeated` when `source_id` (a message) was received before.
        """
        upload = PendingUpload(self._new_id(), caller.guild_id, caller.member_id, contributor_id, self._now())
        if not await self._uploads.add(upload, source_id=source_id):
            raise Repeated(f"source={source_id}")
        pictures: list[ReceivedPicture] = []
        refused: list[Refused] = []
        taken, left_out = incoming[:MOST_AT_ONCE], incoming[MOST_AT_ONCE:]
        async for verdict in self._pool.clean_each([file.read for file in taken], turn=caller.member_id):
            filename = taken[len(pictures) + len(refused)].filename
            match verdict:
                case CleanPicture():
                    pictures.append(await self._keep(upload.id, filename, verdict, position=len(pictures)))
                case RefusedPicture():
                    refused.append(Refused(filename, verdict))
            await progress(len(pictures) + len(refused), len(incoming))
        refused += [Refused(file.filename, RefusedPicture(Refusal.TOO_MANY_AT_ONCE)) for file in left_out]
        return replace(upload, pictures=tuple(pictures), refused=tuple(refused))

    async def waiting(self, upload_id: str, caller: Caller) -> PendingUpload:
        """Return the member's upload with waiting pictures, or raise `UploadNotFound` or `AlreadyPlaced`."""
        upload = await self._uploads.get(upload_id, guild_id=caller.guild_id, owner_id=caller.member_id)
        if upload is None:
            raise UploadNotFound
        if not upload.pictures:
            raise AlreadyPlaced
        return upload

    async def _place(self, upload: PendingUpload, dataset: Dataset) -> Report:
        ids = tuple(self._new_id() for _ in upload.pictures)
        moved = await self._uploads.move(
            upload.id, dataset.id, guild_id=upload.guild_id, owner_id=upload.owner_id, ids=ids, now=self._now()
        )
        if moved is None:
            raise DatasetGone
        return Report(*moved, refused=upload.refused)

    async def _keep(self, upload_id: str, filename: str, clean: CleanPicture, *, position: int) -> ReceivedPicture:
        picture = ReceivedPicture(filename, clean.sha256, clean.phash, clean.width, clean.height, clean.size)
        async with self._files.changing():
            await self._files.put(clean.content)
            await self._uploads.keep(upload_id, picture, position=position)
        return picture
