"""From a key to its effect on the screen while the market shouts.

    python benchmarks/bench_keys.py [presses]

The whole program in a terminal of 120x36: a broker on loopback sends 500 frames a second of 20
full packets for 2,000 stocks, the worker decodes and decides, the screen redraws ten times a
second. A press counts until the bytes that show its effect were read from the terminal. Two
effects: the prompt that `/` opens and Esc closes (the screen's own; Esc waits for
`console.escape_wait`, since it could begin a longer key), and arming with `a` and `d`, which
goes to the engine and comes back with a snapshot. Then how long the engine takes to decide on a
frame, beside this screen and without one. Goal: 100 ms a key.
"""

from __future__ import annotations

import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.blaster import FRAMES, PACKETS, STOCKS, blaster, universe
from benchmarks.machine import machine_line, percentile
from tests.terminal_rig import Terminal, known, program
from tui_scalper.assembly import Run
from tui_scalper.plans import plan_for
from tui_scalper.settings import load_settings

PRESSES: Final = 50
SIZE: Final = (120, 36)
SETTLE_S: Final = 10.0
"""The engine's figures are over the last 4,096 frames, about eight seconds."""
SEED: Final = 3
DECIDE: Final = re.compile(r"decide (\S+)/(\S+)")
PROMPT: Final = "filter:"


def settings_file(folder: Path, rest: int, feed: int) -> Path:
    """Settings that lead to the blaster with all its stocks."""
    symbols = ", ".join(f'"{one.symbol}"' for one in universe())
    known(folder)
    path = folder / "settings.toml"
    path.write_text(
        f'mode = "test"\nbroker = "kite"\nstate_dir = "{folder}"\n[kite]\n'
        f'api_key = "demo"\naccess_token = "demo"\nhttp_root = "http://127.0.0.1:{rest}"\n'
        f'ws_root = "ws://127.0.0.1:{feed}"\nsymbols = [{symbols}]\n',
        encoding="utf-8",
    )
    return path


def linger(terminal: Terminal, seconds: float) -> None:
    """Read what the terminal shows for a while."""
    until = time.perf_counter() + seconds
    while (left := until - time.perf_counter()) > 0:
        terminal.read(left)


def milliseconds(terminal: Terminal, key: str, shows: Callable[[str], bool]) -> float:
    """From pressing `key` to reading the bytes that show its effect."""
    pressed = terminal.press(key)
    terminal.wait(shows, f"the effect of {key!r}")
    return (terminal.read_at - pressed) * 1e3


def pairs(
    terminal: Terminal, presses: int, text: str, keys: tuple[str, str], between: random.Random
) -> tuple[list[float], list[float]]:
    """Times of `presses` of each key, the first of which brings `text`, the second takes it."""
    brings: list[float] = []
    takes: list[float] = []
    for _ in range(presses):
        for key, times, shown in zip(keys, (brings, takes), (True, False), strict=True):
            linger(terminal, between.uniform(0.25, 0.45))
            times.append(milliseconds(terminal, key, lambda seen, w=shown: (text in seen) is w))
    return brings, takes


def print_times(name: str, times: list[float]) -> None:
    """One line of a distribution."""
    print(
        f"{name:<34}median {statistics.median(times):.0f} ms, p95 {percentile(times, 95):.0f} ms, "
        f"max {max(times):.0f} ms ({len(times)} presses)"
    )


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far; not a number where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def with_screen(file: Path, presses: int) -> None:
    """Measure keys in the console, and the engine beside it."""
    between = random.Random(SEED)
    with Terminal(program("run", "--config", str(file)), SIZE) as terminal:
        terminal.wait(lambda text: "feed ok" in text and "▐" in text, "a live ladder")
        linger(terminal, SETTLE_S)
        before, began = cpu_seconds(terminal.pid), time.perf_counter()
        sent = len(terminal.raw)
        prompt = pairs(terminal, presses, PROMPT, ("/", "\x1b"), between)
        armed = pairs(terminal, presses, " ARMED ", ("a", "d"), between)
        took = time.perf_counter() - began
        for name, times in zip(
            ("/ opens a prompt", "Esc closes it", "a arms (engine and back)", "d disarms"),
            (*prompt, *armed),
            strict=True,
        ):
            print_times(name, times)
        found = DECIDE.search(terminal.text)
        print(f"{'decide p50/p99 beside the screen':<34}{found.group() if found else 'not shown'}")
        share = (cpu_seconds(terminal.pid) - before) / took
        rate = (len(terminal.raw) - sent) / took / 1e3
        print(f"{'the whole program':<34}{share:.0%} of a core, {rate:.0f} kB/s to the terminal")
        terminal.press("q")
        terminal.ended()


def without_screen(file: Path) -> None:
    """Measure the engine alone: the same run, its snapshots read by nobody."""
    settings = load_settings(file, environment={})
    run = Run(plan_for(settings), settings.state)
    run.start()
    try:
        run.wait_until_ready()
        began = time.perf_counter()
        time.sleep(SETTLE_S)
        seen = run.store.latest()
        assert seen is not None
        p50, p99 = seen.latency.decide_p50 / 1e3, seen.latency.decide_p99 / 1e3
    finally:
        run.stop()
    print(f"{'decide p50/p99 without a screen':<34}decide {p50:.0f}us/{p99:.0f}us")
    rate = run.engine.frames / (time.perf_counter() - began)
    print(f"{'frames that arrived there':<34}{rate:.0f} a second")


def main() -> None:
    """Print the machine and one line a figure."""
    presses = int(sys.argv[1]) if len(sys.argv) > 1 else PRESSES
    print(machine_line())
    print(f"{FRAMES} frames/s of {PACKETS} packets, {STOCKS:,} stocks, {SIZE[0]}x{SIZE[1]}")
    with blaster() as (rest, feed), tempfile.TemporaryDirectory() as folder:
        file = settings_file(Path(folder), rest, feed)
        with_screen(file, presses)
        without_screen(file)


if __name__ == "__main__":
    main()
