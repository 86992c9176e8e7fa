"""CPU time and bytes of one frame of the console at 120x36.

Six ladders change four rows each per tick at 10 frames a second; signals, positions and the
clock change as they do in a market. Once for each of what may stand beside the price: orders,
sums, changes. The terminal is a real pty whose other end is only counted.
Run: python benchmarks/bench_console.py [frames]. Budget: 8 ms, 5 kB (median).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import pty
import random
import statistics
import sys
import threading
import time
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from console_snapshots import NOON, SYMBOLS, ladder, position, snapshot

from benchmarks.machine import percentile
from tui_scalper.app import ScalperApp
from tui_scalper.console import settled_collector
from tui_scalper.console_settings import ConsoleSettings
from tui_scalper.core.snapshot import Ladder, Level, Snapshot
from tui_scalper.runtime.store import CommandQueue, SnapshotStore
from tui_scalper.widgets.ladder_look import Columns, LadderLook
from tui_scalper.widgets.layout import Panel

SIZE = (120, 36)
BUDGET_MS = 8.0
BUDGET_BYTES = 5_000
SEED = 11


def counted_terminal() -> tuple[int, list[int]]:
    """The near end of a pty of `SIZE`, and a counter of the bytes that came out of it."""
    far, near = pty.openpty()
    counter = [0]

    def drain() -> None:
        with contextlib.suppress(OSError):
            while data := os.read(far, 65_536):
                counter[0] += len(data)

    threading.Thread(target=drain, daemon=True).start()
    return near, counter


class Market:
    """Six books of ten levels; a step changes four levels of each and two signals."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._frame = 0
        self._books = [ladder(row) for row in range(1, 7)]
        self._signals = list(snapshot().signals)

    def step(self, now_ns: int) -> Snapshot:
        """The next snapshot."""
        self._frame += 1
        self._books = [self._moved(book, now_ns) for book in self._books]
        for at in self._random.sample(range(8), 2):
            self._signals[at] = msgspec.structs.replace(
                self._signals[at], dominance_ppm=self._random.randrange(500_000, 720_000)
            )
        return snapshot(
            self._frame,
            now_ns=now_ns,
            ladders=tuple(self._books),
            signals=tuple(self._signals),
            positions=(position(1, pnl=15_600 + self._frame * 5),),
        )

    def _moved(self, book: Ladder, now_ns: int) -> Ladder:
        levels = [*book.bids, *book.asks]
        for at in self._random.sample(range(10), 4):
            levels[at] = Level(levels[at].price, self._random.randrange(50, 5_000), at + 2)
        return msgspec.structs.replace(
            book,
            bids=tuple(levels[:5]),
            asks=tuple(levels[5:]),
            received_ns=now_ns,
            updates=book.updates + 1,
        )


async def run(frames: int, counter: list[int], columns: Columns) -> tuple[list[float], list[int]]:
    """CPU milliseconds of the whole process and bytes, frame by frame."""
    store = SnapshotStore()
    now = [NOON]
    market = Market(SEED)
    store.publish(market.step(NOON))
    app = ScalperApp(
        store,
        CommandQueue(),
        clock=lambda: now[0],
        symbols=SYMBOLS,
        settings=ConsoleSettings(hz=0.001, first_run=False),
    )
    task = asyncio.create_task(app.run_async(size=SIZE, mouse=False))
    await asyncio.sleep(1.5)
    app.hands.gaze.toggle_zoom(Panel.LADDERS)
    app.hands.gaze.look = LadderLook(columns=columns)
    cpu, sent = [], []
    for _ in range(frames):
        now[0] += 100_000_000
        view = market.step(now[0])
        began, before = time.process_time(), counter[0]
        store.publish(view)
        app.frame()
        await asyncio.sleep(0.1)
        cpu.append((time.process_time() - began) * 1e3)
        sent.append(counter[0] - before)
    app.exit()
    await task
    return cpu, sent


def main() -> None:
    """Run and print one line a figure."""
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    near, counter = counted_terminal()
    kept = os.dup(2)
    report = os.fdopen(os.dup(1), "w")
    os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", COLUMNS="120", LINES="36")
    for standard in (0, 1, 2):
        os.dup2(near, standard)
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", closefd=False)
    try:
        with settled_collector():
            found = {one: asyncio.run(run(frames, counter, one)) for one in Columns}
    finally:
        os.dup2(kept, 2)
    print(f"machine {platform.machine()} {platform.python_version()}", file=report)
    print(
        f"frames {frames} size {SIZE[0]}x{SIZE[1]} ladders 6, 4 rows each, seed {SEED}; "
        f"budget {BUDGET_MS:g} ms, {BUDGET_BYTES} bytes",
        file=report,
    )
    for columns, (cpu, sent) in found.items():
        warm = frames // 10
        ms, size = statistics.median(cpu[warm:]), statistics.median(sent[warm:])
        kept_budget = ms <= BUDGET_MS and size <= BUDGET_BYTES
        print(
            f"{columns.value:<22} cpu ms median {ms:.2f} p95 {percentile(cpu[warm:], 95):.2f}; "
            f"bytes median {size:.0f} max {max(sent[warm:])}; "
            f"{'kept' if kept_budget else 'BROKEN'}",
            file=report,
        )


if __name__ == "__main__":
    main()
