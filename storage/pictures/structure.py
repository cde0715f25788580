"""What a JPEG or PNG is made of, found by walking over its parts without decoding any."""

import re

# Of markers or chunks. A photo has dozens, at most some thousands; Pillow walks them in Python, so that
# 10 MiB of empty ones would take it 9 s.
MOST_PARTS = 20_000
MOST_PADDING = 1_024  # bytes between two markers before the picture; Pillow walks them one by one, in Python
_END, _SCAN = 0xD9, 0xDA
_ALONE = frozenset({0x01, 0xD8})  # markers without a length
# Inside coded data 0xFF is followed by 0x00 or by one of eight restart marks: neither is a marker.
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")


def count_scans(data: bytes, *, most: int) -> int:
    """Count a JPEG's scans, at most one more than `most`.

    Raises `ValueError` when the markers make no sense. Counting the bytes FF DA would be wrong, since
    the metadata of real photos is full of them.
    """
    scans, position = 0, 2
    for _ in range(MOST_PARTS):
        found = _MARKER.search(data, position)
        if found is None or scans > most or found[1][0] == _END:
            return scans
        if not scans and found.start() - position > MOST_PADDING:
            raise ValueError("padding instead of a picture")
        position = found.end()
        if found[1][0] not in _ALONE:
            position += int.from_bytes(data[position : position + 2], "big")
        scans += found[1][0] == _SCAN
    raise ValueError(f"more than {MOST_PARTS} markers")


def check_chunks(data: bytes) -> None:
    """Walk over the chunks of a PNG. Raises `ValueError` when there are far too many."""
    position = 8  # after the signature
    for _ in range(MOST_PARTS):
        if position >= len(data):
            return
        position += 12 + int.from_bytes(data[position : position + 4], "big")
    raise ValueError(f"more than {MOST_PARTS} chunks")
