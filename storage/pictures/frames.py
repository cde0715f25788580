"""The frames that the pool and its children exchange.

A frame is two lengths, a JSON head and a body of bytes.
"""

import json
import struct
from collections.abc import Callable, Mapping, Sequence

LENGTHS = struct.Struct(">II")  # bytes of the head, bytes of the body
LONGEST_HEAD = 256 * 1024
LONGEST_BODY = 256 * 1024 * 1024  # a sheet of 36 stored pictures stays far below


class FrameInvalid(Exception):
    """The other side does not keep to the protocol."""


def pack(head: Mapping[str, object], parts: Sequence[bytes] = ()) -> list[bytes]:
    """Return the pieces of one frame, to be written one after the other."""
    words = json.dumps({**head, "parts": [len(part) for part in parts]}).encode()
    return [LENGTHS.pack(len(words), sum(map(len, parts))), words, *parts]


def lengths(start: bytes) -> tuple[int, int]:
    """Return the lengths in bytes of head and body. Raises `FrameInvalid` when they are absurd."""
    head, body = LENGTHS.unpack(start)
    if head > LONGEST_HEAD or body > LONGEST_BODY:
        raise FrameInvalid(f"a frame of {head} + {body} bytes")
    return head, body


def unpack(head: bytes, body: bytes) -> tuple[dict[str, object], list[bytes]]:
    """Return a frame's fields and the parts of its body. Raises `FrameInvalid`."""
    try:
        fields = json.loads(head)
        sizes = fields.pop("parts")
        if sum(sizes) != len(body) or min(sizes, default=0) < 0:
            raise FrameInvalid("the parts do not fill the body")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FrameInvalid("the head is no frame's head") from error
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return fields, [body[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def read(take: Callable[[int], bytes]) -> tuple[dict[str, object], list[bytes]] | None:
    """Read one frame with a blocking `take(count)`, or return None where the stream ends."""
    start = take(LENGTHS.size)
    if len(start) < LENGTHS.size:
        return None
    head, body = lengths(start)
    return unpack(take(head), take(body))
