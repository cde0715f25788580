"""The pool of child processes that decode pictures, used from asyncio."""

import asyncio
import hashlib
import logging
import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from domain.datasets.file_kinds import FileKind
from domain.datasets.pictures import CleanPicture, Refusal, RefusedPicture, screen
from domain.errors import AppError
from storage.pictures import replies
from storage.pictures.decoder import Decoder, PicturesUnavailable
from storage.pictures.fair_semaphore import FairSemaphore
from storage.pictures.frames import FrameInvalid
from storage.pictures.layout import MOST_COLUMNS, MOST_TILES, Column, Tile, short
from storage.pictures.replies import Failed, Reply

__all__ = ["Column", "PicturePool", "PicturesUnavailable", "SheetFailed", "Tile"]

log = logging.getLogger(__name__)

LIFE = 200  # requests, after which a child is replaced
Verdict = CleanPicture | RefusedPicture
Reader = Callable[[], Awaitable[bytes | RefusedPicture]]  # gives a file, or why it can't be had
T = TypeVar("T")


class SheetFailed(AppError):
    """A sheet, strip or thumbnail could not be drawn."""


class PicturePool:
    """Cleans pictures and draws sheets in at most `processes` children, each request within `seconds`."""

    def __init__(self, *, processes: int = 2, seconds: float = 10.0, life: int = LIFE) -> None:
        self._processes = processes
        self._seconds = seconds
        self._life = life
        self._free = FairSemaphore(processes)
        self._idle: list[Decoder] = []
        self._exchanges: set[asyncio.Task[Any]] = set()  # with results of several types
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        for exchange in self._exchanges:
            exchange.cancel()
        await asyncio.gather(*self._exchanges, return_exceptions=True)
        await asyncio.gather(*(decoder.kill() for decoder in self._idle))
        self._idle.clear()

    @property
    def pids(self) -> list[int]:
        """Return the process ids of the children that wait for work."""
        return [decoder.pid for decoder in self._idle]

    async def clean(self, data: bytes, *, turn: Hashable = None) -> Verdict:
        """Return the clean picture in `data` or why it is refused.

        Callers with different `turn` alternate. Raises only `PicturesUnavailable`.
        """
        screened = screen(data)
        match screened:
            case RefusedPicture():
                verdict: Verdict = screened
            case FileKind():
                verdict = await self._verdict(data, screened, turn)
        await _log(verdict, data)
        return verdict

    async def clean_from(self, read: Reader, *, turn: Hashable = None) -> Verdict:
        """Read one file and return its clean picture, or why it is refused or was not received."""
        content = await read()
        match content:
            case RefusedPicture():
                log.info("picture not received reason=%s", content.reason)
                return content
            case bytes():
                return await self.clean(content, turn=turn)

    async def clean_each(self, readers: Iterable[Reader], *, turn: Hashable = None) -> AsyncIterator[Verdict]:
        """Clean many pictures and yield their verdicts in order.

        A reader is called only when there is room, so a batch never lies in memory whole. Raises what a reader
        raises.
        """
        ahead: deque[asyncio.Task[Verdict]] = deque()
        try:
            for read in readers:
                ahead.append(asyncio.create_task(self.clean_from(read, turn=turn)))
                if len(ahead) > self._processes:
                    yield await ahead.popleft()
            while ahead:
                yield await ahead.popleft()
        finally:
            for task in ahead:
                task.cancel()

    async def sheet(
        self,
        tiles: Sequence[Tile],
        *,
        columns: int = 4,
        title: str = "",
        note: str = "",
        turn: Hashable = None,
    ) -> bytes:
        """Return a JPEG of up to 48 pictures in a grid with badges.

        `note` stands at the right of the title. Raises `SheetFailed` or `PicturesUnavailable`.
        """
        if not tiles or len(tiles) > MOST_TILES or not 1 <= columns <= MOST_COLUMNS:
            raise ValueError(f"a sheet of {len(tiles)} tiles in {columns} columns")
        fields = {"columns": columns, "title": short(title), "note": short(note)}
        labels = [short(tile.label) for tile in tiles]
        return await self._draw({"do": "sheet", "labels": labels, **fields}, [tile.picture for tile in tiles], turn)

    async def strip(
        self,
        columns: Sequence[Column],
        *,
        rows: Sequence[str] = (),
        title: str = "",
        turn: Hashable = None,
    ) -> bytes:
        """Return a JPEG with one labelled column per step, the base model first, and `rows` as prompts.

        Raises `SheetFailed` or `PicturesUnavailable`.
        """
        pictures = [picture for column in columns for picture in column.pictures]
        if not 1 <= len(columns) <= MOST_COLUMNS or not 1 <= len(pictures) <= MOST_TILES:
            raise ValueError(f"a strip of {len(columns)} columns with {len(pictures)} pictures")
        fields = {
            "labels": [short(column.label) for column in columns],
            "counts": [len(column.pictures) for column in columns],
            "rows": [short(row) for row in rows],
        }
        return await self._draw({"do": "strip", "title": short(title), **fields}, pictures, turn)

    async def thumbnail(self, picture: bytes, *, side: int = 256, turn: Hashable = None) -> bytes:
        """Return `picture` as a JPEG that fits into `side` pixels. Raises `SheetFailed` for an unreadable one."""
        return await self._draw({"do": "thumbnail", "side": side}, [picture], turn)

    async def _verdict(self, data: bytes, kind: FileKind, turn: Hashable) -> Verdict:
        try:
            return await self._ask({"do": "clean"}, [data], replies.verdict, turn=turn)
        except TimeoutError:
            return RefusedPicture(Refusal.TOO_SLOW, kind)
        except (FrameInvalid, EOFError) as error:
            return RefusedPicture(Refusal.DECODER_DIED, kind, cause=repr(error))

    async def _draw(self, fields: dict[str, object], pictures: Sequence[bytes], turn: Hashable) -> bytes:
        try:
            drawn = await self._ask(fields, pictures, replies.drawing, turn=turn)
        except (TimeoutError, FrameInvalid, EOFError) as error:
            raise SheetFailed(f"the picture reader stopped: {error!r}") from error
        if isinstance(drawn, Failed):
            raise SheetFailed(drawn.cause)
        return drawn

    async def _ask(
        self,
        fields: dict[str, object],
        parts: Sequence[bytes],
        read: Callable[[Reply, list[bytes]], T],
        *,
        turn: Hashable,
    ) -> T:
        await self._free.acquire(turn)
        if self._closed:
            self._free.release()
            raise PicturesUnavailable("the picture reader is closing")
        # A task of its own: when the caller is cancelled, the child still finishes and is not lost.
        exchange = asyncio.create_task(self._exchange(fields, parts, read))
        self._exchanges.add(exchange)
        exchange.add_done_callback(self._ended)
        try:
            return await asyncio.shield(exchange)
        except asyncio.CancelledError:
            if exchange.cancelled():  # by the closing pool, not by the caller's wish
                raise PicturesUnavailable("the picture reader is closing") from None
            raise

    def _ended(self, exchange: asyncio.Task[object]) -> None:
        self._exchanges.discard(exchange)
        self._free.release()
        if not exchange.cancelled():
            exchange.exception()  # the caller may be gone: then nobody else looks at it

    async def _exchange(
        self,
        fields: dict[str, object],
        parts: Sequence[bytes],
        read: Callable[[Reply, list[bytes]], T],
    ) -> T:
        decoder = await self._decoder()
        try:
            async with asyncio.timeout(self._seconds):
                answer = read(*await decoder.ask(fields, parts))
        except BaseException:
            await decoder.kill()
            raise
        await self._keep(decoder)
        return answer

    async def _decoder(self) -> Decoder:
        while self._idle:
            decoder = self._idle.pop()
            if decoder.is_alive:
                return decoder
            await decoder.kill()
        return await Decoder.start(seconds=math.ceil(self._seconds))

    async def _keep(self, decoder: Decoder) -> None:
        if decoder.served < self._life:
            self._idle.append(decoder)
        else:
            await decoder.kill()


async def _log(verdict: Verdict, data: bytes) -> None:
    match verdict:
        case CleanPicture():
            log.info("picture taken kind=%s bytes=%d kept=%s", verdict.arrived_as, len(data), verdict.sha256)
        case RefusedPicture():
            digest = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
            given = verdict.kind, len(data), digest, verdict.cause
            log.info("picture refused reason=%s kind=%s bytes=%d sha256=%s cause=%r", verdict.reason, *given)
