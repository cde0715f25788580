"""The limits that a child sets for itself."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.storage.pictures.hostile import drawing, saved

ROOT = Path(__file__).parents[3]
GOOD = saved(drawing(), "PNG")


TRIES = """
import socket, sys
sys.path.insert(0, sys.argv[1])
from storage.pictures import child
child._give_up_rights()
for attempt in (lambda: open("/etc/hosts"), socket.socket, lambda: open("/dev/null", "w"), lambda: bytearray(2**30)):
    try:
        attempt()
    except (OSError, MemoryError) as error:
        sys.stdout.write(type(error).__name__ + " ")
"""


def test_a_taken_over_child_could_open_neither_file_nor_socket() -> None:
    tried = subprocess.run(
        [sys.executable, "-I", "-B", "-c", TRIES, str(ROOT)], capture_output=True, text=True, check=True
    )

    assert tried.stdout.split() == ["OSError", "OSError", "OSError", "MemoryError"]


ENDLESS = """
import sys
sys.path.insert(0, sys.argv[1])
from storage.pictures import child
child._allow_cpu(0)
while True:
    pass
"""


def test_the_kernel_ends_a_child_that_computes_for_ever() -> None:
    ended = subprocess.run([sys.executable, "-I", "-B", "-c", ENDLESS, str(ROOT)], check=False)

    assert ended.returncode == -signal.SIGXCPU
