"""Files that a member, or somebody worse, might attach; all made on the fly."""

import io
import struct
import zlib

from PIL import Image, ImageCms

from tests.storage.pictures import png_writer


def drawing(side: int = 96) -> Image.Image:
    """Return a picture whose four corners differ: red, green, blue, yellow, clockwise from the upper left."""
    image = Image.new("RGB", (side, side), (255, 0, 0))
    half = side // 2
    image.paste((0, 255, 0), (half, 0, side, half))
    image.paste((0, 0, 255), (half, half, side, side))
    image.paste((255, 255, 0), (0, half, half, side))
    return image


def saved(image: Image.Image, form: str, **settings: object) -> bytes:
    """Return `image` as the bytes of a file."""
    out = io.BytesIO()
    image.save(out, form, **settings)
    return out.getvalue()


def jpeg_of_many_scans(scans: int) -> bytes:
    """Return a progressive JPEG whose last scan is repeated."""
    data = saved(drawing(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + b"\xff\xd9"


def jpeg_with_scan_marks_in_metadata() -> bytes:
    """Return a plain JPEG that holds 300 times the bytes FF DA, in a comment."""
    return saved(drawing(), "JPEG", comment=b"\xff\xda" * 300)


def _riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _three(value: int) -> bytes:
    return value.to_bytes(3, "little")


def webp_canvas(width: int, height: int, *, flags: int = 0) -> tuple[bytes, bytes]:
    """Return a VP8X chunk that promises a canvas of this size."""
    return b"VP8X", bytes([flags, 0, 0, 0]) + _three(width - 1) + _three(height - 1)


def webp_of_nothing(width: int, height: int) -> bytes:
    """Return a WebP that promises pixels and holds none."""
    return _riff(webp_canvas(width, height), (b"VP8 ", b""))


def webp_bomb(width: int, height: int, frames: int) -> bytes:
    """Return an animated WebP of one-pixel frames on a huge canvas."""
    dot = saved(Image.new("RGBA", (1, 1)), "WEBP", lossless=True)
    frame = _three(0) + _three(0) + _three(0) + _three(0) + _three(100) + b"\x00" + dot[12:]
    animation = [(b"ANIM", bytes(6)), *[(b"ANMF", frame)] * frames]
    return _riff(webp_canvas(width, height, flags=2), *animation)


def swapped_profile() -> bytes:
    """Return a valid ICC profile in which red and blue have changed places."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    renamed = srgb.replace("sRGB".encode("utf-16-be"), "BRGs".encode("utf-16-be"))
    return renamed.replace(b"rXYZ", b"-XYZ").replace(b"bXYZ", b"rXYZ").replace(b"-XYZ", b"bXYZ")


def text_bomb(name: bytes, prefix: bytes, megabytes: int) -> bytes:
    """Return a PNG with a compressed chunk that would unfold to so many megabytes."""
    bomb = png_writer.chunk(name, prefix + zlib.compress(bytes(megabytes * 1024**2), 9))
    return png_writer.write(40, 40, lambda x, y: (x, y, 0), between=bomb)
