"""How long a start takes: the import, `--version`, and the console to its first live ladder.

    python benchmarks/bench_start.py [runs]

Each is a fresh process. The console runs in a terminal of 120x36 with kernels compiled and
files cached; it is live when quantities are drawn beside prices. Goals: import 0.2 s,
console 3 s (design 2 s).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Final

from benchmarks.machine import machine_line, spread
from tests.terminal_rig import ROOT, Terminal, environment, program

RUNS: Final = 5
SIZE: Final = (120, 36)
QUANTITY: Final = "▐"
CONSOLE_IMPORT: Final = "import tui_scalper.console"


def process(*command: str) -> float:
    """Seconds until `command` has ended."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment())
    return time.perf_counter() - began


def console() -> tuple[float, float, float]:
    """Seconds to the first word, to the first live ladder, and from `q` to the end."""
    with (
        tempfile.TemporaryDirectory() as state,
        Terminal(program("run", "--set", f"state_dir={state}"), SIZE) as terminal,
    ):
        terminal.wait("starting")
        word = terminal.read_at - terminal.began
        terminal.wait(lambda text: "feed ok" in text and QUANTITY in text, "a live ladder")
        ladder = terminal.read_at - terminal.began
        asked = terminal.press("q")
        terminal.ended()
        return word, ladder, time.perf_counter() - asked


def timed(name: str, runs: int, action: Callable[[], float]) -> None:
    """Print the median of some runs, the first one, which warms caches, left out."""
    action()
    print(f"{name:<34}{spread([action() for _ in range(runs)], 's')}")


def main() -> None:
    """Print the machine and one line a figure."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    print(machine_line())
    bare = [sys.executable, "-c"]
    timed("python alone", runs, lambda: process(*bare, "pass"))
    timed("import tui_scalper", runs, lambda: process(*bare, "import tui_scalper"))
    timed("scalper-tui --version", runs, lambda: process(*program("--version")))
    timed("import of all the console needs", runs, lambda: process(*bare, CONSOLE_IMPORT))
    console()
    starts = [console() for _ in range(runs)]
    for at, name in enumerate(("run: first word", "run: first live ladder", "run: from q to end")):
        print(f"{name:<34}{spread([start[at] for start in starts], 's')}")


if __name__ == "__main__":
    main()
