"""The engine beside the screen: what the screen costs, and what it makes the engine wait.

    python -m benchmarks.bench_beside [seconds [headless] [screen] [storm]]

The whole program in a terminal of 120x36 with six ladders at ten frames a second; a broker on
loopback sends 500 frames a second of 20 packets for 2,000 stocks. First without a screen, then
with it. On the engine's own loop somebody asks to be woken every two milliseconds: how late
that happens is what an order would have waited. The same is asked of a process that does
nothing else, at the same time: that much is the machine's. Last in a storm: the terminal takes
nothing for five seconds, is resized two hundred times, and the engine says ten thousand lines a
second. Default 20 seconds each; 600 is the ten minutes of the budget.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from benchmarks.bench_keys import linger, settings_file
from benchmarks.blaster import FRAMES, PACKETS, STOCKS, blaster
from benchmarks.machine import machine_line, percentile
from benchmarks.watched_console import WARM_S
from tests.terminal_rig import ROOT, Terminal

SIZE: Final = (120, 36)
SECONDS: Final = 20.0
PATIENCE_S: Final = 60.0
STALL_S: Final = 5.0
RESIZES: Final = 200
SEED: Final = 9
NAP_S: Final = 0.002
BARS: Final = {"frame_ms": 8.0, "bytes": 5_000, "share": 0.12, "decide_ms": 6.0, "stall_ms": 20.0}
IDLE: Final = "--idle"


def idle(seconds: float) -> None:
    """Nap as the engine's loop does in a process that does nothing else; prints milliseconds."""

    async def naps() -> list[float]:
        late: list[float] = []
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            await asyncio.sleep(NAP_S)
            late.append((time.perf_counter() - began - NAP_S) * 1e3)
        return late

    late = asyncio.run(naps())
    print(json.dumps([percentile(late, 99), percentile(late, 99.9), max(late)]))


def beside_idle(seconds: float) -> subprocess.Popen[str]:
    """Start the process that does nothing else."""
    command = [sys.executable, "-m", "benchmarks.bench_beside", IDLE, str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


class Kind(StrEnum):
    """How a run is watched."""

    HEADLESS = "without a screen"
    SCREEN = "beside a screen"
    STORM = "in a storm"


FLAGS: Final = {Kind.HEADLESS: ("--headless",), Kind.SCREEN: (), Kind.STORM: ("--flood",)}


def run_once(file: Path, target: Path, seconds: float, kind: Kind) -> tuple[dict[str, Any], int]:
    """What a run saw, and how many bytes it sent to its terminal."""
    module = [sys.executable, "-m", "benchmarks.watched_console", str(file), str(target)]
    sent = 0
    with Terminal([*module, str(seconds), *FLAGS[kind]], SIZE) as terminal:
        if kind is not Kind.HEADLESS:
            terminal.wait(lambda text: "feed ok" in text and "▐" in text, "a live ladder")
            terminal.press("9")
        if kind is Kind.STORM:
            storm(terminal)
        until = time.perf_counter() + seconds + PATIENCE_S
        while not target.exists() and time.perf_counter() < until:
            sent += len(terminal.read(0.2))
            terminal.raw.clear()
        terminal.ended()
    return json.loads(target.read_text()), sent


def storm(terminal: Terminal) -> None:
    """Take nothing for a while, then another size fifty times a second."""
    linger(terminal, WARM_S)
    time.sleep(STALL_S)
    sizes = random.Random(SEED)
    for _ in range(RESIZES):
        terminal.resize(sizes.randrange(30, 200), sizes.randrange(8, 60))
        linger(terminal, 0.02)
    terminal.resize(*SIZE)


def print_waits(name: str, seen: dict[str, Any], machine: list[float]) -> None:
    """Decisions and lateness of one run, the machine's own beside them."""
    p99 = seen["decide_p99_us"]
    p50 = percentile(seen["decide_p50_us"], 50)
    print(
        f"{name:<17}decision p50 {p50:.0f} us, p99 {percentile(p99, 50):.0f} us "
        f"(worst eight seconds {max(p99):.0f} us)"
    )
    late = seen["late_ms"]
    print(
        f"{'':<17}engine's loop late by p99 {late[1]:.2f} ms, p99.9 {late[2]:.2f} ms, longest "
        f"{late[3]:.1f} ms, {seen['over_20_ms']} of {seen['naps']:,} above 20 ms"
    )
    print(
        f"{'':<17}an idle process meanwhile p99 {machine[0]:.2f} ms, p99.9 {machine[1]:.2f} ms, "
        f"longest {machine[2]:.1f} ms"
    )
    took, cost, generation = seen["longest_collection"]
    print(
        f"{'':<17}{seen['collections']} collections of garbage, longest {took:.2f} ms (processor "
        f"{cost:.2f} ms, generation {generation})"
    )
    before, after = seen["memory_mb"]
    print(
        f"{'':<17}{seen['feed_rate']:.0f} frames of the feed a second, memory {before:.0f} to "
        f"{after:.0f} MB"
    )


def kept(value: float, bar: float) -> str:
    """Whether a bar is kept, in words."""
    return "kept" if value <= bar else "MISSED"


def main() -> None:
    """Print one line a figure."""
    if IDLE in sys.argv:
        idle(float(sys.argv[-1]))
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    kinds = [Kind[name.upper()] for name in sys.argv[2:]] or list(Kind)
    print(machine_line())
    print(
        f"{FRAMES} frames/s of {PACKETS} packets, {STOCKS:,} stocks, {SIZE[0]}x{SIZE[1]}, six "
        f"ladders, 10 Hz, {seconds:g} s each"
    )
    with blaster() as (rest, feed), tempfile.TemporaryDirectory() as folder:
        file = settings_file(Path(folder), rest, feed)
        found = {}
        for kind in kinds:
            machine = beside_idle(seconds)
            found[kind] = run_once(file, Path(folder) / f"{kind.name}.json", seconds, kind)
            print_waits(kind, found[kind][0], json.loads(machine.communicate()[0]))
        if Kind.SCREEN not in found:
            return
        seen, sent = found[Kind.SCREEN]
        frame, size = seen["frame_ms"][0], sent / max(seen["frames"], 1)
        print(
            f"{'frame':<17}processor {frame:.2f} ms at the median, p95 {seen['frame_ms'][1]:.2f} ms"
        )
        print(f"{'':<17}{size:.0f} bytes to the terminal on average")
        print(f"{'screen':<17}{seen['screen_share']:.1%} of a core")
        decide = max(seen["decide_p99_us"]) / 1e3
        print(
            f"{'bars':<17}frame {BARS['frame_ms']:g} ms {kept(frame, BARS['frame_ms'])}; "
            f"{BARS['bytes']} bytes {kept(size, BARS['bytes'])}; "
            f"{BARS['share']:.0%} of a core {kept(seen['screen_share'], BARS['share'])}; "
            f"decision {BARS['decide_ms']:g} ms {kept(decide, BARS['decide_ms'])}; "
            f"stall {BARS['stall_ms']:g} ms {kept(seen['late_ms'][3], BARS['stall_ms'])}"
        )


if __name__ == "__main__":
    main()
