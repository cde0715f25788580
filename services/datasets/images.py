"""Use cases of the pictures of a dataset."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from domain import text
from domain.datasets import picture_numbers
from domain.datasets.captions import Replacement
from domain.datasets.dataset import UNDO_SECONDS, Dataset, TrainingImage, fingerprint
from domain.datasets.errors import (
    CaptionsChanged,
    DatasetNotFound,
    NoPictures,
    NoSuchPicture,
    NumbersChanged,
    PictureNotFound,
    PicturesChanged,
    PlannedChangeNotFound,
    RemovalNotFound,
)
from services.caller import Caller
from services.datasets.datasets import DatasetService
from storage.datasets.images import ImageStore, Sheet
from storage.files import FileStore
from storage.pictures.pool import PicturePool, Tile

log = logging.getLogger(__name__)

PER_PAGE = 12  # pictures on one page of the contact sheet: three rows that stay readable on a phone
COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a dataset's contact sheet, whose picture is a JPEG or None."""

    dataset: Dataset
    number: int  # from 1
    of: int
    images: tuple[TrainingImage, ...]
    seen: str  # a mark of which pictures have which number
    sheet: bytes | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A counted find and replace that was planned but not carried out."""

    id: str
    dataset: Dataset
    changes: tuple[Replacement, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """The numbers of pictures that were taken out, and the dataset without them."""

    id: str
    dataset: Dataset
    numbers: tuple[int, ...]


class ImageService:
    """What members do with the pictures of their own datasets on a server."""

    def __init__(
        self,
        images: ImageStore,
        datasets: DatasetService,
        *,
        files: FileStore,
        pool: PicturePool,
        now: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._images = images
        self._datasets = datasets
        self._files = files
        self._pool = pool
        self._now = now
        self._new_id = new_id

    async def view(self, dataset: str, caller: Caller, page: int = 1) -> Page:
        """Return a page of the contact sheet with its picture, or raise `DatasetNotFound`."""
        found = await self.page(dataset, caller, page)
        return replace(found, sheet=await self._draw(found)) if found.images else found

    async def page(self, dataset: str, caller: Caller, page: int = 1) -> Page:
        """Return what is on the nearest page that exists without the picture, or raise `DatasetNotFound`."""
        found, images = await self._sheet(dataset, caller)
        pages = [images[start : start + PER_PAGE] for start in range(0, len(images), PER_PAGE)] or [()]
        number = min(max(page, 1), len(pages))
        return Page(found, number, len(pages), pages[number - 1], fingerprint(images))

    async def captionable(self, dataset: str, page: int, caller: Caller) -> Page:
        """Return what is on a page to caption one of its pictures.

        Raises `DatasetNotFound` and `NoPictures`.
        """
        found = await self.page(dataset, caller, page)
        if not found.images:
            raise NoPictures(found.dataset.name)
        return found

    async def image(self, dataset: str, number: int, caller: Caller) -> TrainingImage:
        """Return the picture with that number, or raise `DatasetNotFound` or `NoSuchPicture`."""
        _, images = await self._sheet(dataset, caller)
        if not 1 <= number <= len(images):
            raise NoSuchPicture(number, len(images))
        return images[number - 1]

    async def caption(self, image_id: str, caption: str, caller: Caller) -> tuple[Dataset, TrainingImage]:
        """Write the caption of one picture, or raise `PictureNotFound` or `CaptionTooLong`."""
        written = await self._images.caption(
            image_id, text.caption(caption), guild_id=caller.guild_id, owner_id=caller.member_id
        )
        if written is None:
            raise PictureNotFound
        return written

    async def plan_change(self, dataset: str, find: str, put: str, caller: Caller) -> Change:
        """Count what a find and replace in all captions would change.

        Raises `DatasetNotFound` and `WordsMissing`.
        """
        found = await self._datasets.find(dataset, caller)
        change_id = self._new_id()
        planned = await self._images.plan_change(
            found.id,
            guild_id=caller.guild_id,
            owner_id=caller.member_id,
            find=text.one_line(find),
            put=text.one_line(put),
            change_id=change_id,
            now=self._now(),
        )
        if planned is None:
            raise DatasetNotFound
        return Change(change_id, *planned)

    async def apply_change(self, change_id: str, caller: Caller) -> tuple[Dataset, int]:
        """Carry out a planned change once, and return the dataset and how many captions changed.

        Raises `PlannedChangeNotFound`, or `CaptionsChanged` when they are no longer those that the member saw.
        """
        applied = await self._images.apply_change(change_id, guild_id=caller.guild_id, owner_id=caller.member_id)
        if applied is None:
            raise PlannedChangeNotFound
        if not applied[1]:
            raise CaptionsChanged
        return applied

    async def remove(self, dataset: str, which: str, caller: Caller, *, seen: str | None = None) -> Removal:
        """Take out the pictures that `which` names, such as `3, 5-7`.

        `seen` is the mark of the sheet that the member looked at. Raises `NumbersChanged` when its numbers mean other
        pictures now, and `DatasetNotFound`, `NumbersUnreadable`, `NoSuchPicture` and `PicturesChanged`.
        """
        found, images = await self._sheet(dataset, caller)
        if seen is not None and seen != fingerprint(images):
            raise NumbersChanged
        chosen = picture_numbers.parse(which, highest=len(images))
        removal_id = self._new_id()
        left = await self._images.remove(
            [images[number - 1].id for number in chosen],
            dataset_id=found.id,
            guild_id=caller.guild_id,
            owner_id=caller.member_id,
            removal_id=removal_id,
            now=self._now(),
        )
        if left is None:
            raise PicturesChanged
        return Removal(removal_id, left, chosen)

    async def put_back(self, removal_id: str, caller: Caller) -> tuple[Dataset, int]:
        """Bring back what a removal of the last 24 hours took out.

        Returns the dataset and how many pictures came back. Raises `RemovalNotFound`.
        """
        back = await self._images.put_back(
            removal_id, guild_id=caller.guild_id, owner_id=caller.member_id, since=self._now() - UNDO_SECONDS
        )
        if back is None:
            raise RemovalNotFound
        return back

    async def _sheet(self, dataset: str, caller: Caller) -> Sheet:
        found = await self._datasets.find(dataset, caller)
        sheet = await self._images.of_dataset(found.id, guild_id=caller.guild_id, owner_id=caller.member_id)
        if sheet is None:
            raise DatasetNotFound
        return sheet

    async def _draw(self, page: Page) -> bytes:
        contents = [await self._read(image) for image in page.images]
        tiles = [Tile(content, str(image.number)) for image, content in zip(page.images, contents, strict=True)]
        return await self._pool.sheet(
            tiles,
            columns=min(COLUMNS, len(tiles)),
            title=page.dataset.name,
            note=f"page {page.number} of {page.of}",
            turn=page.dataset.owner_id,
        )

    async def _read(self, image: TrainingImage) -> bytes:
        try:
            return await self._files.read(image.sha256)
        except OSError:
            log.exception("image=%s can't be read", image.id)
            return b""  # the sheet says that it is unreadable
