"""Runs the benches one after another and prints one table (`python -m bench [NAME …]`)."""

import importlib
import sys
import time

from bench.table import Row, show

BENCHES = ("acknowledge", "intake", "training", "startup", "queue", "polling", "storage")


def main(names: list[str]) -> int:
    """Run the named benches, or all, and return 0 when every figure was reached."""
    rows: list[Row] = []
    for name in names or BENCHES:
        started = time.monotonic()
        print(f"bench {name} …", flush=True)
        rows += importlib.import_module(f"bench.{name}").run()
        print(f"bench {name}: {time.monotonic() - started:.0f} s", flush=True)
    show(rows)
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
