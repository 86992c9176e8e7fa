"""The console of bench_beside: opened as ever, with somebody who looks at the clock beside it.

    python -m benchmarks.watched_console SETTINGS REPORT SECONDS [--headless | --flood]

Runs for SECONDS after a warm-up and writes what it saw to REPORT as JSON: processor time of
each frame, how late the engine's loop was served, pauses of the garbage collector, decisions,
frames of the feed, memory. With --flood the engine says ten thousand lines a second as well.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any, Final

from benchmarks.machine import percentile
from tui_scalper.app import ScalperApp
from tui_scalper.assembly import Run
from tui_scalper.console import settled_collector
from tui_scalper.console_settings import ConsoleSettings
from tui_scalper.core.engine import Engine
from tui_scalper.core.snapshot import Severity
from tui_scalper.plans import plan_for
from tui_scalper.settings import load_settings

WARM_S: Final = 6.0
NAP_S: Final = 0.002
"""The engine's loop asks to be woken after so long."""
FLOOD: Final = 50
"""Lines said at once."""
LOOK_S: Final = 8.0
"""The figures of decisions are over about eight seconds."""


class Watch:
    """What is measured while `on` is set."""

    def __init__(self) -> None:
        self.on = False
        self.frames: list[float] = []
        """Milliseconds of processor time of the screen's thread from tick to tick."""
        self.late: list[float] = []
        """Milliseconds by which the engine's loop was woken too late."""
        self.pauses: list[tuple[float, float, int]] = []
        """Each collection of garbage: milliseconds, those of the processor, generation."""
        self.decisions: list[tuple[int, int]] = []
        self.feed_rate = 0.0
        """Frames of the feed a second."""
        self.memory_mb = (0.0, 0.0)
        """Before and after."""
        self._began = (0.0, 0.0)

    async def flood(self, engine: Engine) -> None:
        """Have the engine say ten thousand lines a second, no two alike."""
        for number in count():
            engine.chronicle.say(engine.now_ns, Severity.INFO, f"line {number} of a flood")
            if number % FLOOD == 0:
                await asyncio.sleep(FLOOD / 10_000)

    async def nap(self) -> None:
        """Nap on the engine's loop again and again and see how late it is woken."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(NAP_S)
            if self.on:
                self.late.append((time.perf_counter() - began - NAP_S) * 1e3)

    def collected(self, phase: str, info: dict[str, int]) -> None:
        """A collection begins or ends; gc.callbacks."""
        now = (time.perf_counter(), time.thread_time())
        if phase == "start":
            self._began = now
        elif self.on:
            took, cost = ((end - began) * 1e3 for end, began in zip(now, self._began, strict=True))
            self.pauses.append((took, cost, info["generation"]))

    def report(self, seconds: float) -> dict[str, Any]:
        """All of it in figures."""
        late = sorted(self.late)
        return {
            "frames": len(self.frames),
            "frame_ms": [percentile(self.frames, 50), percentile(self.frames, 95)]
            if self.frames
            else [],
            "screen_share": sum(self.frames) / 1e3 / seconds,
            "late_ms": [percentile(late, one) for one in (50, 99, 99.9)] + [late[-1]],
            "naps": len(late),
            "over_20_ms": sum(one > 20 for one in late),
            "feed_rate": self.feed_rate,
            "memory_mb": self.memory_mb,
            "collections": len(self.pauses),
            "longest_collection": max(self.pauses, default=(0.0, 0.0, 0)),
            "decide_p50_us": [one[0] / 1e3 for one in self.decisions],
            "decide_p99_us": [one[1] / 1e3 for one in self.decisions],
        }


def look(run: Run, watch: Watch, seconds: float, done: Any) -> None:
    """Let it warm up, watch it for `seconds`, and call `done`."""
    time.sleep(WARM_S)
    frames, began, memory = frames_of(run), time.monotonic(), resident_mb()
    watch.on = True
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(LOOK_S, left))
        seen = run.store.latest()
        if seen is not None:
            watch.decisions.append((seen.latency.decide_p50, seen.latency.decide_p99))
    watch.on = False
    watch.feed_rate = (frames_of(run) - frames) / (time.monotonic() - began)
    watch.memory_mb = (memory, resident_mb())
    done()


def frames_of(run: Run) -> int:
    """Frames of the feed the engine had so far."""
    seen = run.store.latest()
    return seen.tally.frames if seen is not None else 0


def resident_mb() -> float:
    """Memory of this process; not a number where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return float("nan")
    return pages * resource.getpagesize() / 1e6


def watched_app(run: Run, watch: Watch, symbols: tuple[str, ...]) -> ScalperApp:
    """The console, which counts what each of its ticks cost."""

    class Counted(ScalperApp):
        _before = 0.0

        def _tick(self) -> None:
            super()._tick()
            now = time.thread_time()
            if watch.on:
                watch.frames.append((now - self._before) * 1e3)
            self._before = now

    return Counted(
        run.store,
        run.commands,
        clock=run.clock.now,
        symbols=symbols,
        settings=ConsoleSettings(first_run=False, disarm_on_blur=False),
    )


def main() -> None:
    """Run it."""
    file, target, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    settings = load_settings(file, environment={})
    run, watch = Run(plan_for(settings), settings.state), Watch()
    universe = run.start()
    run.wait_until_ready()
    loop = run.worker._loop
    assert loop is not None
    asyncio.run_coroutine_threadsafe(watch.nap(), loop)
    if "--flood" in sys.argv:
        asyncio.run_coroutine_threadsafe(watch.flood(run.engine), loop)
    gc.callbacks.append(watch.collected)
    try:
        if "--headless" in sys.argv:
            with settled_collector():
                look(run, watch, seconds, lambda: None)
        else:
            app = watched_app(run, watch, tuple(one.symbol for one in universe))
            ending = (run, watch, seconds, lambda: app.call_from_thread(app.exit))
            threading.Thread(target=look, args=ending, daemon=True).start()
            with settled_collector():
                app.run(mouse=False)
    finally:
        run.stop()
    target.write_text(json.dumps(watch.report(seconds)), encoding="utf-8")


if __name__ == "__main__":
    main()
