"""What an update costs: decoded, all readings, gates, on one core; and what a stock costs.

    python -m benchmarks.bench_readings

Bars: 0.4 us a tick at 100 ticks a frame and 70 times the official SDK's decode alone, on the
same frames (`make oracle` installs it; without it that line is left out); 15 us from the bytes
of a frame of one tick to the decision; at 9,000 stocks 1.2 times what a tick costs at 100; 2 ms
for a pass over 9,000; 4 kB a stock; no allocation; 0.5 s for the kernels of a warm start.

A frame was just received, so its bytes are touched before the clock starts. All windows are
full before anything is measured. Of every figure the least of all frames (what the code costs),
the tenth and the fiftieth percentile (what a busy machine makes of it); runs to compare are
taken in turns, and their stocks speak in the same rhythm (benchmarks.frames). A stock that
speaks by lot costs more, at any number of stocks: no branch of its windows can be guessed.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.frames import MadeMarket, Rhythm, made_universe
from benchmarks.machine import machine_line
from tui_scalper.brokers.kite.wire import FrameDecoder
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core import kernels as k
from tui_scalper.core import rules as u
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.engine import Engine
from tui_scalper.core.signal_life import take_lives
from tui_scalper.core.snapshot import Mode
from tui_scalper.settings import load_settings

ORACLE: Final = Path(".venv-oracle/bin/python")
SEED: Final = 1
FEW, SOME, MANY, TICKS = 100, 400, 9_000, 100
ROUNDS: Final = 8
FRAMES: Final = 300
"""Of a round: as many as lie in memory and wait, a second and a half of 9,000 stocks a time."""
WARM_S: Final = 75
"""Seconds of the market until every window is full, the slow one of a minute among them."""
FUNDS: Final = 10_000_000_00

Frame = tuple[bytes, int]


class Costs(NamedTuple):
    """Nanoseconds: least, tenth and fiftieth percentile."""

    least: float
    p10: float
    p50: float

    def text(self, unit: float = 1.0, name: str = "ns", digits: int = 0) -> str:
        """In words."""
        return (
            f"{self.least / unit:.{digits}f} {name} at least, p10 {self.p10 / unit:.{digits}f}, "
            f"p50 {self.p50 / unit:.{digits}f}"
        )


def costs(taken: list[int], ticks: int = 1) -> Costs:
    """Of some measurements, a tick. The least is the first percentile: clocks have outliers."""
    return Costs(*(float(value) / ticks for value in np.percentile(taken, (1, 10, 50))))


def ratio_text(more: Costs, less: Costs) -> str:
    """How many times the one is the other."""
    ratios = [one / other for one, other in zip(more, less, strict=True)]
    return f"{ratios[0]:.2f} x at least, p10 {ratios[1]:.2f}, p50 {ratios[2]:.2f}"


class Run:
    """One engine in session and a decoder into its table."""

    def __init__(self, stocks: int, rhythm: Rhythm = Rhythm.STEADY) -> None:
        universe = made_universe(stocks)
        settings = load_settings(overrides={"risk.cooldown": "1"}, environment={})
        self.engine = Engine(settings.engine_config(Mode.SIM, "BENCH"), universe)
        self.decoder = FrameDecoder(self.engine.table)
        self.market = MadeMarket(universe, SEED, rhythm)

    def open(self, now_ns: int, *, auto: bool) -> list[object]:
        """Connected and funded, in session; with `auto` the engine may send."""
        events: list[ev.Event] = [
            ev.LinkChanged(at_ns=now_ns, link=ev.Link.LIVE),
            ev.FundsReported(at_ns=now_ns, available=FUNDS),
        ]
        if auto:
            events += [
                ev.Commanded(at_ns=now_ns, command=command)
                for command in (cm.Arm(key_ns=now_ns), cm.AutoOn(key_ns=now_ns))
            ]
        return [effect for event in events for effect in self.engine.receive(event)]

    def decode(self, frame: Frame) -> int:
        """Nanoseconds to decode a frame."""
        data, now_ns = frame
        data.count(0)
        began = time.perf_counter_ns()
        self.decoder.decode(data, now_ns)
        return time.perf_counter_ns() - began

    def judge(self, frame: Frame) -> int:
        """Nanoseconds to decode a frame and judge its rows: readings, witnesses, gates, race."""
        engine = self.engine
        data, now_ns = frame
        data.count(0)
        began = time.perf_counter_ns()
        rows = self.decoder.decode(data, now_ns).rows
        k.evaluate_lent(engine.floor.lent, rows)
        return time.perf_counter_ns() - began

    def watch(self, frame: Frame) -> int:
        """The same, and takes the lives of signals out as a run does, beside the clock: there
        would soon be no room for further ones."""
        taken = self.judge(frame)
        take_lives(self.engine.table.market, self.engine.table.universe)
        return taken

    def judged(self) -> list[int]:
        """What frames of a round take to decode and judge. The first second of a round is not
        measured: it finds the caches as whoever made the frames left them."""
        stocks = len(self.engine.table.universe)
        frames = list(self.market.frames(stocks // TICKS + FRAMES, TICKS))
        return [self.watch(frame) for frame in frames][stocks // TICKS :]

    def receive(self, frame: Frame) -> tuple[int, bool]:
        """Nanoseconds from a frame's bytes to what the engine wants, and whether it would enter."""
        data, now_ns = frame
        data.count(0)
        began = time.perf_counter_ns()
        rows = self.decoder.decode(data, now_ns).rows
        effects = self.engine.receive(ev.Ticks(at_ns=now_ns, rows=rows))
        taken = time.perf_counter_ns() - began
        return taken, any(isinstance(effect, PlaceOrder) for effect in effects)

    @property
    def memory(self) -> tuple[int, int]:
        """Bytes that grow with the number of stocks, and those that do not."""
        table, decoder, market = self.engine.table, self.decoder, self.engine.table.market
        growing = (market.cells, market.reals, market.memory, market.race, market.mids.newest)
        growing += (market.lives.lasting, table.changed, *decoder._tokens)
        fixed = (market.mids.ring, market.lives.table, market.regime, market.said)
        return sum(array.nbytes for array in growing), sum(array.nbytes for array in fixed)


def ready(stocks: int, rhythm: Rhythm = Rhythm.STEADY) -> Run:
    """A run whose gates are those of the session, and whose windows are full."""
    run = Run(stocks, rhythm)
    run.engine.floor.rules.whole[u.IN_SESSION :] = 1
    for frame in run.market.frames(WARM_S * stocks // TICKS, TICKS):
        run.watch(frame)
    return run


def sdk(frames: list[Frame]) -> tuple[str, float, float] | None:
    """Version of the official SDK, least and median nanoseconds it takes a tick."""
    if not ORACLE.exists():
        return None
    with tempfile.NamedTemporaryFile(suffix=".frames") as file:
        for data, _ in frames:
            file.write(struct.pack(">I", len(data)) + data)
        file.flush()
        script = Path(__file__).with_name("sdk_decode.py")
        command = [str(ORACLE), str(script), file.name, str(TICKS)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return said[0], float(said[1]), float(said[2])


def report_ticks(few: Run, many: Run) -> None:
    """Cost of a tick at few and at many stocks, and of the SDK's decode."""
    taken: dict[str, list[int]] = {"few": [], "many": [], "decode": []}
    least = median = float("inf")
    version = ""
    for _ in range(ROUNDS):
        taken["few"] += few.judged()
        taken["many"] += many.judged()
        frames = list(few.market.frames(FRAMES, TICKS))
        taken["decode"] += [few.decode(frame) for frame in frames]
        found = sdk(frames[:100])
        if found is not None:
            version, least, median = found[0], min(least, found[1]), min(median, found[2])
    few_costs, many_costs = costs(taken["few"], TICKS), costs(taken["many"], TICKS)
    print(f"{TICKS} ticks a frame, one core, nanoseconds a tick")
    print(f"  decoding alone                        {costs(taken['decode'], TICKS).text()}")
    print(f"  decoded, all readings, gates          {few_costs.text()} (bar 400)")
    if version:
        print(
            f"  official SDK {version}, decoding alone    {least:.0f} ns at least, p50 {median:.0f}"
        )
        print(
            f"  faster than the SDK                   {least / few_costs.least:.0f} x at least, "
            f"{median / few_costs.p50:.0f} x at the median (bar 70)"
        )
    else:
        print("  official SDK: left out, not installed (make oracle)")
    print(f"  the same at {MANY:,} stocks             {many_costs.text()}")
    print(
        f"  {MANY:,} stocks over {FEW}                {ratio_text(many_costs, few_costs)} (bar 1.2)"
    )


def report_by_lot() -> None:
    """The same where stocks speak by lot: what it costs, and what the number of stocks adds."""
    runs = {stocks: ready(stocks, Rhythm.BY_LOT) for stocks in (SOME, MANY)}
    taken: dict[int, list[int]] = {stocks: [] for stocks in runs}
    for _ in range(ROUNDS):
        for stocks, run in runs.items():
            taken[stocks] += run.judged()
    some, many = (costs(taken[stocks], TICKS) for stocks in runs)
    print("stocks that speak by lot")
    print(f"  {SOME} of them                           {some.text()}")
    print(f"  {MANY:,} of them                         {many.text()}")
    print(f"  {MANY:,} over {SOME}                       {ratio_text(many, some)}")


def report_decision() -> None:
    """From the bytes of a frame of one tick to the decision, auto on."""
    run = ready(FEW)
    frames = list(run.market.frames(20_000, 1))
    run.open(frames[0][1], auto=True)
    found = [run.receive(frame) for frame in frames]
    quiet = costs([taken for taken, entered in found if not entered])
    entries = [taken for taken, entered in found if entered]
    print(f"one tick a frame, bytes to decision, {len(frames):,} frames, auto")
    print(f"  no order                              {quiet.text(1_000, 'us', 1)} (bar 15)")
    if entries:
        print(
            f"  an entry goes out, {len(entries):3}                "
            f"{costs(entries).text(1_000, 'us', 1)}"
        )


def report_pass(many: Run) -> None:
    """A pass over all stocks, and what they take of memory."""
    engine = many.engine
    rows = np.arange(MANY, dtype=np.int64)
    taken = []
    for _ in range(40):
        began = time.perf_counter_ns()
        k.evaluate_lent(engine.floor.lent, rows)
        taken.append(time.perf_counter_ns() - began)
    print(f"pass over {MANY:,} stocks                {costs(taken).text(1e6, 'ms', 2)} (bar 2)")
    growing, fixed = many.memory
    print(
        f"memory a stock                          {growing / MANY:,.0f} B (bar 4,096); "
        f"{fixed / 1e6:.1f} MB for all together"
    )


def report_allocations(run: Run) -> None:
    """Blocks of Python's memory that frames leave behind, and that one takes for a moment."""
    frames = list(run.market.frames(2_000, TICKS))
    before = sys.getallocatedblocks()
    for frame in frames:
        run.judge(frame)
    left = sys.getallocatedblocks() - before
    tracemalloc.start()
    run.judge(frames[0])
    tracemalloc.reset_peak()
    held, _ = tracemalloc.get_traced_memory()
    for frame in frames[:200]:
        run.judge(frame)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(
        f"allocations: {left} blocks left by {len(frames) * TICKS:,} ticks; a frame takes "
        f"{peak - held:,} B for a moment, whatever its ticks"
    )


def report_kernels() -> None:
    """What the kernels of a live run cost at a start: compiled at first, then from the cache."""
    script = (
        "import time; from tui_scalper.runtime.warmup import warm_up;"
        "wall, cpu = time.perf_counter(), time.process_time(); warm_up();"
        "print(time.perf_counter() - wall, time.process_time() - cpu)"
    )
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        for what in ("first start", *["warm start"] * 3):
            command = [sys.executable, "-c", script]
            done = subprocess.run(
                command, check=True, capture_output=True, text=True, env=environment
            )
            wall, cpu = map(float, done.stdout.split())
            print(f"kernels, {what}: {wall:.2f} s, of it {cpu:.2f} s of this process (bar 0.5)")


def main() -> None:
    """Print the machine and every figure."""
    print(machine_line())
    few, many = ready(FEW), ready(MANY)
    report_ticks(few, many)
    report_by_lot()
    report_decision()
    report_pass(many)
    report_allocations(few)
    report_kernels()


if __name__ == "__main__":
    main()
