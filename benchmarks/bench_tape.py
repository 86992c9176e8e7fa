"""How fast a tape is made, written and read, and how large it is beside its recording.

    python benchmarks/bench_tape.py [recording.csv.gz] [days]

Plays the same recording `days` times in a row, on consecutive dates, so that reading is
measured over many row groups. Reads once with one thread and once with all.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from tui_scalper.core import columns as c
from tui_scalper.core.units import FOREVER
from tui_scalper.core.venues import DAY
from tui_scalper.lab.importers import import_file
from tui_scalper.lab.tape import Tape, TapePlayer
from tui_scalper.lab.tape_writer import TapeWriter

RECORDING = Path("../shared/data/depth/sse5_depth5_20230711.csv.gz")
TRIES = 5


def repeated(day: Tape, path: Path, days: int) -> float:
    """Write `days` copies of a tape in a row; seconds taken."""
    batches = list(day.batches())
    began = time.perf_counter()
    with TapeWriter(path, day.universe) as writer:
        for number in range(days):
            for batch in batches:
                cells = batch.cells.copy()
                cells[:, (c.RECEIVED_NS, c.EXCHANGE_NS, c.TRADED_NS)] += number * DAY
                writer.write(batch.rows, cells)
        writer.close()
    return time.perf_counter() - began


def read(tape: Tape) -> int:
    """Updates read."""
    return sum(len(batch.rows) for batch in tape.batches())


def play(tape: Tape) -> int:
    """Updates played into a market table."""
    player = TapePlayer(tape)
    player.advance(FOREVER - 1)
    return int(player.cells[:, c.UPDATES].sum())


def report(name: str, tape: Tape, action: object) -> None:
    """Best of some tries of `action`, in updates a second."""
    took = []
    for _ in range(TRIES):
        began = time.perf_counter()
        assert callable(action)
        assert action(tape) == tape.updates
        took.append(time.perf_counter() - began)
    best, middle = min(took), float(np.median(took))
    print(f"{name:<34}{tape.updates / best / 1e6:8.2f} M/s best{tape.updates / middle / 1e6:8.2f}")


def main() -> None:
    """Print the figures and the machine they were taken on."""
    recording = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDING
    if not recording.exists():
        print(f"bench_tape needs a recording: {recording} is absent; name one as argument")
        return
    days = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "day.parquet"
        import_file(recording, made)
        began = time.perf_counter()
        summary = import_file(recording, made)
        took = time.perf_counter() - began
        print(f"import {summary.rows} rows: {took:.2f} s, {summary.rows / took / 1e3:.0f} k rows/s")
        sizes = made.stat().st_size, recording.stat().st_size
        print(f"size {sizes[0]} B, recording {sizes[1]} B, {sizes[0] / sizes[1]:.2f} times")
        print(f"{sizes[0] / summary.updates:.1f} B an update on disk, 352 B in memory")
        long = Path(folder) / "days.parquet"
        took = repeated(Tape.open(made), long, days)
        tape = Tape.open(long)
        print(f"write {tape.updates} updates: {tape.updates / took / 1e6:.2f} M/s")
        threads = pa.cpu_count()
        for count in (1, threads):
            pa.set_cpu_count(count)
            report(f"read, {count} thread(s)", tape, read)
            report(f"play to the end, {count} thread(s)", tape, play)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {peak / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
