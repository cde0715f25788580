"""Frames between the pool and a child."""

import io
import json
import struct

import pytest

from storage.pictures import frames
from storage.pictures.frames import FrameInvalid


def test_a_frame_is_read_as_it_was_packed() -> None:
    stream = io.BytesIO(b"".join(frames.pack({"do": "it"}, [b"one", b"", b"three"])))

    assert frames.read(stream.read) == ({"do": "it"}, [b"one", b"", b"three"])
    assert frames.read(stream.read) is None


@pytest.mark.parametrize("start", [(2**31, 0), (0, 2**31), (300_000, 1)])
def test_absurd_lengths_are_refused_before_anything_is_read(start: tuple[int, int]) -> None:
    with pytest.raises(FrameInvalid):
        frames.lengths(struct.pack(">II", *start))


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 100_000,
        json.dumps({"parts": [5]}).encode(),
        json.dumps({"parts": [9, -5]}).encode(),
        json.dumps({"parts": "4"}).encode(),
        json.dumps({"parts": ["4"]}).encode(),
    ],
)
def test_a_head_that_is_none_is_refused(head: bytes) -> None:
    with pytest.raises(FrameInvalid):
        frames.unpack(head, b"1234")
