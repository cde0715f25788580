"""Bench (b), 50 JPEGs of 12 megapixels through intake, against plain Pillow in one thread."""

import asyncio
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from PIL import Image, ImageChops

from bench.table import Row, show
from domain.datasets.pictures import CleanPicture, kept_size
from storage.pictures.pool import PicturePool

PICTURES = 50
DIFFERENT = 5  # files that are read again and again: making 50 would take longer than the bench
SIZE = (4_000, 3_000)
TICK = 0.005  # seconds between two looks at the event loop
LEAST_RATIO, MOST_ADDED_MB, MOST_LAG_MS = 0.8, 400, 50


def run() -> list[Row]:
    """Measure in fresh processes, plain Pillow before and after intake, and return three rows."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{i}.jpg" for i in range(DIFFERENT)]
        for file in files:
            file.write_bytes(_photo())
        before = _measure("plain", files, PICTURES // 2)
        ours = _measure("intake", files, PICTURES)
        after = _measure("plain", files, PICTURES - PICTURES // 2)
    plain = PICTURES / (before["seconds"] + after["seconds"])
    rate = PICTURES / ours["seconds"]
    return [
        Row(
            f"(b) intake of {PICTURES} JPEGs of 12 MP",
            f"{rate:.1f} /s against {plain:.1f} /s = {rate / plain:.2f} ×",
            f"≥ {LEAST_RATIO} ×",
            rate / plain >= LEAST_RATIO,
            "plain: decode, resize, encode; intake lets libjpeg halve a JPEG of this size while it decodes",
        ),
        Row(
            "(b) memory added meanwhile",
            f"{ours['added_mb']:.0f} MB, plain Pillow {max(before['added_mb'], after['added_mb']):.0f} MB",
            f"≤ {MOST_ADDED_MB} MB",
            ours["added_mb"] <= MOST_ADDED_MB,
            "peaks of the bot and of both children added up",
        ),
        Row(
            "(b) event loop lag meanwhile",
            f"p99 {ours['lag_p99_ms']:.1f} ms, longest {ours['lag_longest_ms']:.1f} ms",
            f"p99 ≤ {MOST_LAG_MS} ms",
            ours["lag_p99_ms"] <= MOST_LAG_MS,
        ),
    ]


def _measure(way: str, files: Sequence[Path], count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.intake", way, str(count), *map(str, files)]
    done = subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[1])
    return {name: float(value) for name, value in json.loads(done.stdout).items()}


def _photo() -> bytes:
    """Return a JPEG of about 3 MB with the structure of a photo, large soft shapes under fine grain."""
    soft = [Image.effect_noise((160, 120), 70).resize(SIZE, Image.Resampling.BICUBIC) for _ in range(3)]
    grain = Image.effect_noise(SIZE, 7)
    photo = Image.merge("RGB", [ImageChops.add(channel, grain, 1, -128) for channel in soft])
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=88)
    return out.getvalue()


def _plain(files: Sequence[Path]) -> dict[str, float]:
    baseline = _memory_mb("self", "VmRSS")
    started = time.perf_counter()
    for file in files:
        with Image.open(io.BytesIO(file.read_bytes())) as image:
            small = image.resize(kept_size(*image.size), Image.Resampling.LANCZOS)
        small.save(io.BytesIO(), "JPEG", quality=95)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "added_mb": _memory_mb("self", "VmHWM") - baseline}


async def _intake(files: Sequence[Path]) -> dict[str, float]:
    baseline = _memory_mb("self", "VmRSS")
    lags: list[float] = []
    async with PicturePool() as pool:
        warm = files[0].read_bytes()
        await asyncio.gather(pool.clean(warm), pool.clean(warm))  # both children are started
        watch = asyncio.create_task(_watch(lags))
        started = time.perf_counter()
        readers = [partial(asyncio.to_thread, file.read_bytes) for file in files]
        clean = sum([isinstance(verdict, CleanPicture) async for verdict in pool.clean_each(readers)])
        seconds = time.perf_counter() - started
        watch.cancel()
        added = _memory_mb("self", "VmHWM") - baseline + sum(_memory_mb(pid, "VmHWM") for pid in pool.pids)
    if clean < len(files):
        raise RuntimeError("intake refused a good picture")
    lags.sort()
    p99 = lags[int(len(lags) * 0.99)] * 1_000
    return {
        "seconds": seconds,
        "added_mb": added,
        "lag_p99_ms": p99,
        "lag_longest_ms": lags[-1] * 1_000,
    }


async def _watch(lags: list[float]) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(TICK)
        lags.append(time.perf_counter() - before - TICK)


def _memory_mb(process: int | str, what: str) -> float:
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1_024 for line in lines if line.startswith(f"{what}:"))


def main(arguments: list[str]) -> None:
    """Print the table, or measure one way and print its figures as JSON for `run`."""
    match arguments:
        case [way, count, *names]:
            files = list(islice(cycle(map(Path, names)), int(count)))
            print(json.dumps(asyncio.run(_intake(files)) if way == "intake" else _plain(files)))
        case _:
            show(run())


if __name__ == "__main__":
    main(sys.argv[1:])
