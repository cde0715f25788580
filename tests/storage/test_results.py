"""What backends send is kept only when it is what it should be: pictures cleaned, LoRA files checked."""

import io
import json
import os
import pickle
import random
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from domain.errors import Unusable
from storage.files import FileStore
from storage.pictures.pool import PicturePool
from storage.results import ResultFiles

TENSOR = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", free_floor=0)


@pytest.fixture
async def results(files: FileStore) -> AsyncIterator[ResultFiles]:
    async with PicturePool(processes=1) as pool:
        yield ResultFiles(files, pool)


def kept(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def safetensors(header: object, data: bytes, *, length: int | None = None) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(raw) if length is None else length).to_bytes(8, "little") + raw + data


GOOD = safetensors({"lora.down": TENSOR, "__metadata__": {"ss_network_dim": "2"}}, bytes(range(16)))


def picture(kind: str = "PNG", *, size: tuple[int, int] = (64, 48), with_words: bool = False) -> bytes:
    image = Image.new("RGB", size, (200, 40, 90))
    exif = Image.Exif()
    info = PngInfo()
    if with_words:
        exif[0x010E] = "canary prompt"
        exif[0x8825] = {1: "N", 2: (48.0, 8.0, 0.0)}
        info.add_text("parameters", "canary prompt, seed 7")
        info.add_text("workflow", "canary workflow", zip=True)
    file = io.BytesIO()
    image.save(file, kind, exif=exif, **({"pnginfo": info} if kind == "PNG" else {}))
    return file.getvalue() + (b"canary tail" if with_words else b"")


class Trap:
    """Would make a file if anything unpickled it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_picture_is_kept_without_a_word_of_what_came_with_it(
    results: ResultFiles, files: FileStore, kind: str
) -> None:
    content = picture(kind, with_words=True)
    stored = files.folder.read(await results.picture(content))
    image = Image.open(io.BytesIO(stored))
    image.load()

    assert b"canary" in content
    assert b"canary" not in stored
    assert image.size == (64, 48)
    assert not image.getexif()
    assert not {"parameters", "workflow", "exif", "icc_profile", "xmp"} & set(image.info)


async def test_the_same_picture_is_kept_once(results: ResultFiles, tmp_path: Path) -> None:
    first, second = await results.picture(picture()), await results.picture(picture(with_words=True))

    assert first == second
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>One moment, please</body></html>",
        b'{"error": "not ready"}',
        b"\x89PNG\r\n\x1a\n",
        picture()[:60],
        picture("JPEG")[:200],
        picture("GIF"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        GOOD,
    ],
    ids=["nothing", "a page", "JSON", "a beginning", "half a PNG", "half a JPEG", "GIF", "EPS", "SVG", "a LoRA"],
)
async def test_what_is_no_picture_is_refused(results: ResultFiles, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unusable):
        await results.picture(content)

    assert kept(tmp_path) == []


async def test_a_lora_file_is_kept_byte_for_byte(results: ResultFiles, files: FileStore) -> None:
    assert files.folder.read(await results.lora(GOOD)) == GOOD


def lies() -> dict[str, bytes]:
    """Return files that are no LoRA, by what is wrong with them."""
    one = {"lora.down": TENSOR}
    data = bytes(16)
    return {
        "nothing": b"",
        "seven bytes": b"\x01" * 7,
        "only a length": (100).to_bytes(8, "little"),
        "a length without end": b"\xff" * 8 + b"{}",
        "a length of a gigabyte": safetensors(one, data, length=2**30),
        "a length beyond the file": safetensors(one, data, length=10_000),
        "a length of nothing": safetensors(one, data, length=0),
        "cut off": GOOD[:-1],
        "cut off in the header": GOOD[:40],
        "a tail": GOOD + b"\x00",
        "no tensors": safetensors({}, b""),
        "only metadata": safetensors({"__metadata__": {"a": "b"}}, b""),
        "a header that is no JSON": safetensors(b"{lora}" + b" " * 10, data),
        "a header that is a list": safetensors([TENSOR], data),
        "a header that is no text": safetensors(b"\xff" * 16, data),
        "a header of 100,000 lists": safetensors(b"[" * 100_000, data),
        "offsets beyond the data": safetensors({"a": {**TENSOR, "data_offsets": [0, 160]}}, data),
        "offsets backwards": safetensors({"a": {**TENSOR, "data_offsets": [16, 0]}}, data),
        "offsets below zero": safetensors({"a": {**TENSOR, "data_offsets": [-16, 0]}}, data),
        "a hole": safetensors({"a": {**TENSOR, "data_offsets": [16, 32]}}, bytes(32)),
        "two in one place": safetensors({"a": TENSOR, "b": TENSOR}, data),
        "a shape that is too big": safetensors({"a": {**TENSOR, "shape": [2, 3]}}, data),
        "a shape beyond all numbers": safetensors({"a": {**TENSOR, "shape": [2**63, 2**63]}}, data),
        "a type that is none": safetensors({"a": {**TENSOR, "dtype": "OBJECT"}}, data),
        "a page": b"<html><body>Request has expired</body></html>",
        "a picture": picture(),
    }


@pytest.mark.parametrize("content", lies().values(), ids=lies().keys())
async def test_what_is_no_safetensors_file_is_refused(results: ResultFiles, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unusable):
        await results.lora(content)

    assert kept(tmp_path) == []


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
async def test_a_pickle_under_another_name_is_refused_and_never_run(
    results: ResultFiles, tmp_path: Path, protocol: int
) -> None:
    sprung = tmp_path / "sprung"
    pickled = pickle.dumps({"lora.down": Trap(sprung)}, protocol)
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:  # as torch.save writes it
        archive.writestr("archive/data.pkl", pickled)
    for content in (pickled, zipped.getvalue()):
        with pytest.raises(Unusable):
            await results.lora(content)

    assert not sprung.exists()
    assert kept(tmp_path) == []


async def test_whatever_a_broken_file_looks_like_it_is_kept_whole_or_refused(
    results: ResultFiles, files: FileStore
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)
    refused = 0
    for _ in range(1_500):
        content = bytearray(GOOD)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(content))
            match chance.randrange(3):
                case 0:
                    content[place] = chance.randrange(256)
                case 1:
                    del content[place : place + chance.randint(1, 8)]
                case _:
                    content[place:place] = chance.randbytes(chance.randint(1, 8))
        try:
            sha256 = await results.lora(bytes(content))
        except Unusable:
            refused += 1
        else:
            assert files.folder.read(sha256) == bytes(content)

    assert refused > 500
