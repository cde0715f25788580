"""How many scans a JPEG holds, found by walking its markers without decoding anything."""

import re

MOST_MARKERS = 20_000  # a photo has dozens; walking millions would be an attack on this walk
_END, _SCAN = 0xD9, 0xDA
_ALONE = frozenset({0x01, 0xD8})  # markers without a length
# Inside coded data 0xFF is followed by 0x00 or by one of eight restart marks: neither is a marker.
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")


def count_scans(data: bytes, *, most: int) -> int:
    """Count a JPEG's scans, at most one more than `most`; raises `ValueError` on an absurd number of markers.

    Counting the bytes FF DA would be wrong: metadata of real photos is full of them.
    """
    scans, position = 0, 2
    for _ in range(MOST_MARKERS):
        found = _MARKER.search(data, position)
        if found is None or scans > most or found[1][0] == _END:
            return scans
        position = found.end()
        if found[1][0] not in _ALONE:
            position += int.from_bytes(data[position : position + 2], "big")
        scans += found[1][0] == _SCAN
    raise ValueError(f"more than {MOST_MARKERS} markers")
