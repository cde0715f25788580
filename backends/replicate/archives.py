"""The archives that Replicate's trainers take (a zip) or give (a tar), packed and read in memory."""

import io
import tarfile
import zipfile
from collections.abc import Sequence

from domain.datasets.file_kinds import recognise
from domain.errors import Unusable

MOST_ENTRIES = 1_000  # a trainer's archive holds its LoRA, its settings and a caption for each of 200 images
MOST_LORA = 1024 * 1024 * 1024  # bytes; rank 128 on FLUX.1 takes about 700 MB
_PIECE = 1024 * 1024
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same images make the same zip


def packed(images: Sequence[tuple[bytes, str]]) -> bytes:
    """Return a zip of images, each with its caption beside it.

    Every name in it is our own.

    Raises `Unusable` for bytes that are no picture.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for number, (content, caption) in enumerate(images, start=1):
            kind = recognise(content)
            if not kind.is_accepted:
                raise Unusable(f"image {number} of a dataset is {kind.value}")
            archive.writestr(zipfile.ZipInfo(f"{number:04}.{kind.extension}", _LONG_AGO), content)
            archive.writestr(zipfile.ZipInfo(f"{number:04}.txt", _LONG_AGO), caption)
    return file.getvalue()


def lora_in(archive: bytes, *, most: int = MOST_LORA) -> bytes:
    """Return the one .safetensors file of a trainer's tar.

    Nothing is unpacked, nothing counted by its own word.

    Raises `Unusable` for anything but a plain, uncompressed tar with exactly one such regular file.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            return _only_lora(tar, most)
    except (tarfile.TarError, OSError, ValueError, EOFError, RecursionError) as error:
        raise Unusable(f"no readable tar: {type(error).__name__}") from error


def _only_lora(tar: tarfile.TarFile, most: int) -> bytes:
    found: bytes | None = None
    for number, member in enumerate(tar, start=1):
        if number > MOST_ENTRIES:
            raise Unusable(f"a tar of more than {MOST_ENTRIES} entries")
        if not member.name.endswith(".safetensors"):
            continue
        # A sparse file of a few bytes may claim to be terabytes of zeros; a link may lead anywhere.
        if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
            raise Unusable("a LoRA in a tar that is no regular file")
        if found is not None:
            raise Unusable("a tar with several LoRAs")
        found = _read(tar, member, most)
    if found is None:
        raise Unusable("a tar without a LoRA")
    return found


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo, most: int) -> bytes:
    content = bytearray()
    file = tar.extractfile(member)
    while file is not None and (piece := file.read(_PIECE)):
        content += piece
        if len(content) > most:
            raise Unusable(f"a LoRA of more than {most} bytes")
    if len(content) != member.size:
        raise Unusable("a LoRA that ends in the middle")
    return bytes(content)
