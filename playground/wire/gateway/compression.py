"""Transport compression of gateway payloads, with one context per socket and one flush per payload."""

import zlib
from typing import Protocol


class Packing(Protocol):
    """Turns one JSON text into what one WebSocket frame carries."""

    def pack(self, text: str) -> str | bytes:
        """Pack one payload, where bytes become a binary frame."""
        ...


class Plain:
    """Text frames without compression."""

    def pack(self, text: str) -> str | bytes:
        """Leave the text as it is."""
        return text


class ZlibStream:
    """The zlib-stream compression, where each payload ends with a sync flush."""

    def __init__(self) -> None:
        self._context = zlib.compressobj()

    def pack(self, text: str) -> str | bytes:
        """Compress one payload and flush."""
        return self._context.compress(text.encode()) + self._context.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """The zstd-stream compression, where each payload is one or more complete blocks."""

    def __init__(self) -> None:
        import zstandard  # only clients that have it themselves ask for it

        self._context = zstandard.ZstdCompressor().compressobj()
        self._end_of_block = zstandard.COMPRESSOBJ_FLUSH_BLOCK

    def pack(self, text: str) -> str | bytes:
        """Compress one payload and flush the block."""
        return self._context.compress(text.encode()) + self._context.flush(self._end_of_block)


def packing(name: str | None) -> Packing:
    """Choose by the `compress` query parameter of the socket."""
    match name:
        case "zlib-stream":
            return ZlibStream()
        case "zstd-stream":
            return ZstdStream()
        case _:
            return Plain()
