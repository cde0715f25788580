"""The child process that decodes pictures.

It reads requests from its standard input and answers on its standard output.
"""

import os
import resource
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from domain.datasets.pictures import CleanPicture, RefusedPicture
from storage.pictures import frames, sanitise, sheets

MEMORY = 1024**3  # bytes of address space: 40 megapixels of WebP need 18 bytes each
LIFE_SECONDS = 3_600  # of CPU, for all pictures of one process together


def main() -> None:
    """Answer requests until the other side closes.

    The first answer says that the process is ready.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the bot's to handle: it closes the pipe
    seconds = int(sys.argv[1])
    sanitise.prepare()
    sheets.prepare()
    _give_up_rights()
    with open(0, "rb", closefd=False) as requests:
        _send({"is": "ready"})
        while (request := frames.read(requests.read)) is not None:
            _allow_cpu(seconds)
            _answer(*request)


def _answer(fields: dict[str, object], parts: list[bytes]) -> None:
    try:
        match fields:
            case {"do": "clean"}:
                _send_verdict(sanitise.clean(parts[0]))
            case {"do": "sheet"}:
                _send({"is": "drawn"}, [sheets.draw_sheet(fields, parts)])
            case {"do": "strip"}:
                _send({"is": "drawn"}, [sheets.draw_strip(fields, parts)])
            case {"do": "thumbnail", "side": int(side)}:
                _send({"is": "drawn"}, [sheets.draw_thumbnail(parts[0], side)])
            case _:
                _send({"is": "failed", "cause": "unknown request"})
    except Exception as error:  # noqa: BLE001 - the boundary of this process: the pool gets an answer whatever happens
        _send({"is": "failed", "cause": repr(error)[:200]})


def _send_verdict(verdict: CleanPicture | RefusedPicture) -> None:
    fields = asdict(verdict)
    match verdict:
        case CleanPicture():
            _send({"is": "clean", **fields, "content": None}, [verdict.content])
        case RefusedPicture():
            _send({"is": "refused", **fields})


def _send(head: dict[str, object], parts: Sequence[bytes] = ()) -> None:
    for piece in frames.pack(head, parts):
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(1, rest) :]


def _give_up_rights() -> None:
    """Forbid this process new files, sockets and processes, writing to files, and core dumps."""
    ours = ((resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 3))
    for limit, most in (*ours, (resource.RLIMIT_NPROC, 0), (resource.RLIMIT_CPU, LIFE_SECONDS)):
        resource.setrlimit(limit, (most, most))
    with suppress(ValueError, OSError):  # macOS has the name but not the limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _allow_cpu(seconds: int) -> None:
    """Let the kernel end this process after so many further seconds of CPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = min(int(used.ru_utime + used.ru_stime) + seconds + 1, LIFE_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (most, LIFE_SECONDS))
