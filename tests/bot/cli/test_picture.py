"""`atelier picture` says for each file what intake makes of it."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from bot.cli.picture import picture
from tests.storage.pictures.hostile import drawing, saved


def _said(*files: Path, as_json: bool) -> tuple[int, str]:
    out = io.StringIO()
    code = picture(files, as_json=as_json, console=Console(file=out, width=400))
    return code, out.getvalue()


def _write(folder: Path, name: str, data: bytes) -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


def test_accepted_files_are_told_with_format_size_and_hash(tmp_path: Path) -> None:
    code, said = _said(_write(tmp_path, "robot.webp", saved(drawing(), "WEBP")), as_json=True)
    (told,) = json.loads(said)

    assert code == 0
    assert told["accepted"] is True
    assert (told["format"], told["kept_as"], told["width"], told["height"]) == ("WebP", "PNG", 96, 96)
    assert told["bytes"] > 0
    assert len(told["sha256"]) == 64
    assert told["like"] is None


def test_refused_and_missing_files_are_named_with_reason_and_sentence(tmp_path: Path) -> None:
    good = _write(tmp_path, "good.png", saved(drawing(), "PNG"))
    text = _write(tmp_path, "text.png", b"hello")
    empty = _write(tmp_path, "empty.png", b"")
    heic = _write(tmp_path, "phone.jpg", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")
    code, said = _said(good, text, empty, heic, tmp_path / "gone.png", tmp_path, as_json=True)
    told = json.loads(said)

    assert code == 1
    assert [each.get("reason") for each in told] == [
        None,
        "not_a_picture",
        "empty",
        "other_format",
        "not_found",
        "folder",
    ]
    assert told[3]["sentence"].startswith("This is a HEIC picture")
    assert all(each["file"] for each in told)
    assert all(each["sentence"].endswith(".") for each in told[1:])


def test_the_table_reads_like_sentences(tmp_path: Path) -> None:
    good = _write(tmp_path, "good [red].png", saved(drawing(), "PNG"))
    again = _write(tmp_path, "again.png", saved(drawing(), "PNG"))
    smaller = _write(tmp_path, "smaller.png", saved(_busy().resize((300, 300)), "PNG"))
    busy = _write(tmp_path, "busy.png", saved(_busy(), "PNG"))
    text = _write(tmp_path, "text.png", b"hello")
    code, said = _said(good, again, smaller, busy, text, as_json=False)

    assert code == 1
    assert "good [red].png" in said
    assert f"the same picture as {good}" in said
    assert f"looks like {smaller}" in said
    assert said.count("accepted") == 4
    assert "not_a_picture" in said
    assert "This file is not a picture" in said


def test_a_file_larger_than_allowed_is_not_read_whole(tmp_path: Path) -> None:
    huge = tmp_path / "huge.png"
    with huge.open("wb") as file:
        file.truncate(8 * 1024**3)
    code, said = _said(huge, as_json=True)

    assert code == 1
    assert json.loads(said)[0]["reason"] == "too_big"


@pytest.mark.parametrize("as_json", [True, False])
def test_names_can_not_colour_the_terminal(tmp_path: Path, *, as_json: bool) -> None:
    code, said = _said(tmp_path / "\x1b[31mred\x07.png", as_json=as_json)

    assert code == 1
    assert "\x1b" not in said
    assert "\\u001b" not in said


def _busy() -> Image.Image:
    image = Image.new("RGB", (400, 400), "white")
    for i in range(0, 400, 40):
        image.paste((i % 256, 255 - i // 2, (i * 7) % 256), (i, (i * 3) % 360, i + 90, (i * 3) % 360 + 30))
    return image
