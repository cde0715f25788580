"""PNG files of every colour type, depth and interlacing, written by hand so that they can also be written wrong."""

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
# (x start, y start, x step, y step) of the seven passes
ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)

Pixel = Callable[[int, int], Sequence[int]]


def chunk(name: bytes, data: bytes, *, crc: int | None = None) -> bytes:
    """Return one chunk, with its right checksum unless another one is given."""
    checksum = zlib.crc32(name + data) if crc is None else crc
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def header(width: int, height: int, *, depth: int = 8, colour: int = RGB, interlaced: bool = False) -> bytes:
    """Return an IHDR chunk, sensible or not."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def pixels(width: int, height: int, depth: int, pixel: Pixel, *, interlaced: bool = False) -> bytes:
    """Return an IDAT chunk of the samples that `pixel(x, y)` gives."""
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    lines = [line for each in passes for line in _lines(width, height, depth, pixel, each)]
    return chunk(b"IDAT", zlib.compress(b"".join(lines)))


def _lines(width: int, height: int, depth: int, pixel: Pixel, one_pass: tuple[int, int, int, int]) -> Iterator[bytes]:
    left, top, across, down = one_pass
    for y in range(top, height, down):
        samples = [sample for x in range(left, width, across) for sample in pixel(x, y)]
        if samples:
            yield b"\x00" + _packed(samples, depth)


def _packed(samples: Sequence[int], depth: int) -> bytes:
    bits = "".join(f"{sample:0{depth}b}" for sample in samples)
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


def write(
    width: int,
    height: int,
    pixel: Pixel,
    *,
    depth: int = 8,
    colour: int = RGB,
    interlaced: bool = False,
    between: bytes = b"",
) -> bytes:
    """Return a whole file; `between` are chunks that stand before the pixels."""
    head = header(width, height, depth=depth, colour=colour, interlaced=interlaced)
    data = pixels(width, height, depth, pixel, interlaced=interlaced)
    return SIGNATURE + head + between + data + chunk(b"IEND", b"")


def zeros(width: int, height: int, *, depth: int, colour: int, channels: int = 1) -> bytes:
    """Return a huge black file that takes next to no bytes."""
    line = 1 + (width * depth * channels + 7) // 8
    packer = zlib.compressobj(1)
    block = bytes(line * 64)
    data = b"".join(packer.compress(block) for _ in range(height // 64))
    data += packer.compress(bytes(line * (height % 64))) + packer.flush()
    head = header(width, height, depth=depth, colour=colour)
    return SIGNATURE + head + chunk(b"IDAT", data) + chunk(b"IEND", b"")
