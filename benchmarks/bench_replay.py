"""Depth updates a second of a replay through engine and exchange, fills included.

    python benchmarks/bench_replay.py

Two tapes: a synthetic market made here from a fixed seed, and a recorded day where the
recording is there. Auto is on; a second configuration lifts the day's limits, so that it
trades to the end. Reading the file is timed apart. The yardstick in the same run: plain
Python (struct.Struct) decoding of the same updates as full packets of the broker's protocol,
which decides nothing. Times are processor time of the whole process, so that a busy machine
blurs them less; the wall time of the command is a little more than that on an idle one. Goal
300,000 updates/s, design 1,500,000 on one core.
"""

from __future__ import annotations

import struct
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.machine import machine_line, spread
from tui_scalper.core import columns as c
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import MS, NS
from tui_scalper.core.venues import HOUR, NSE
from tui_scalper.exchange.kite_packets import PacketTable
from tui_scalper.exchange.master import load_master
from tui_scalper.exchange.synthetic import SyntheticMarket
from tui_scalper.lab.importers import import_file
from tui_scalper.lab.replay import Host, Replay, ReplayPlan
from tui_scalper.lab.tape import Batch, Tape
from tui_scalper.lab.tape_writer import TapeWriter
from tui_scalper.settings import load_settings

RECORDING: Final = Path("../shared/data/depth/sse5_depth5_20230711.csv.gz")
SEED, STOCKS, UPDATES = 1, 50, 500_000
STEP_NS: Final = 25 * MS
TURNS: Final = 4
"""A stock may speak in every fourth step: at most every 100 ms."""
TEN: Final = NSE.midnight(1_795_400_000 * NS) + 10 * HOUR
RUNS: Final = 5
CASH: Final = 100_000_000
PACKET: Final = struct.Struct(">16I" + "IIHH" * 10)
UNLIMITED: Final = {
    "risk.daily_trades": "10000",
    "risk.daily_orders": "5000",
    "risk.max_positions": "50",
    "risk.max_open_orders": "1000",
    "risk.max_gross": "1000000000",
    "risk.daily_loss": "100000000",
    "risk.drawdown": "100000000",
    "risk.loss_streak": "1000",
    "risk.auto_entries": "10000",
    "risk.cooldown": "1",
}


class HeldTape:
    """A tape whose updates are in memory already; what Replay needs of lab.tape.Tape."""

    def __init__(self, tape: Tape) -> None:
        self.universe = tape.universe
        self.updates = tape.updates
        self.first_ns = tape.first_ns
        self._batches = list(tape.batches())

    def batches(self) -> Iterator[Batch]:
        """The updates again."""
        return iter(self._batches)


def make_synthetic(path: Path) -> None:
    """Write the synthetic tape: every changed stock, in its turn, as one frame a step."""
    master = load_master(count=STOCKS)
    market = SyntheticMarket(master.universe, master.references, seed=SEED, start_ns=TEN)
    due = np.zeros(STOCKS, dtype=np.bool_)
    turn = np.arange(STOCKS) % TURNS
    written = step = 0
    with TapeWriter(path, master.universe, source=f"synthetic, seed {SEED}") as writer:
        while written < UPDATES:
            step += 1
            now = TEN + step * STEP_NS
            due[market.advance(now)] = True
            rows = np.flatnonzero(due & (turn == step % TURNS))
            due[rows] = False
            cells = market.cells[rows, : c.MARKET_END]
            cells[:, c.RECEIVED_NS] = now
            cells[:, c.UPDATES] = 0
            writer.write(rows, cells)
            written += len(rows)
        writer.close()


def config(**changes: str) -> EngineConfig:
    """The engine's configuration: defaults and `changes`."""
    settings = load_settings(overrides=changes, environment={})
    return settings.engine_config(Mode.REPLAY, "BENCH")


def replayed(tape: Tape | HeldTape, engine: EngineConfig) -> tuple[float, Replay]:
    """Seconds one replay took, and the replay."""
    replay = Replay(tape, engine, ReplayPlan(auto=True, opening_cash=CASH))  # type: ignore[arg-type]
    began = time.process_time()
    replay.run()
    return time.process_time() - began, replay


class Counted:
    """A host of a replay that counts how often the engine is called."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.calls = 0

    def sink(self, event: ev.Event) -> None:
        """Host."""
        self.calls += 1
        self._host.sink(event)

    def woken(self, at_ns: int, awake: int) -> None:
        """Host."""
        self.calls += 1
        self._host.woken(at_ns, awake)


def calls(tape: HeldTape, engine: EngineConfig) -> int:
    """How often one replay calls the engine: events, and frames that woke it."""
    replay = Replay(tape, engine, ReplayPlan(auto=True, opening_cash=CASH))  # type: ignore[arg-type]
    replay.host = counted = Counted(replay.host)
    replay.run()
    return counted.calls


def read(tape: Tape) -> float:
    """Seconds reading the file alone takes."""
    began = time.process_time()
    assert sum(len(batch.rows) for batch in tape.batches()) == tape.updates
    return time.process_time() - began


def packets(held: HeldTape, most: int = 100_000) -> list[bytes]:
    """The first updates of a tape as full packets, encoded by the simulated exchange."""
    table = PacketTable(held.universe)
    found: list[bytes] = []
    cells = np.zeros((len(held.universe), c.COLUMNS), dtype=np.int64)
    for batch in held.batches():
        for row, update in zip(batch.rows, batch.cells, strict=True):
            cells[row, : c.MARKET_END] = update
            one = np.array([row])
            table.refresh(cells, one)
            found.append(table.frame({"full": one})[4:])
            if len(found) == most:
                return found
    return found


def plain(frames: list[bytes]) -> float:
    """Seconds plain Python takes to unpack `frames` into a dict by token."""
    rows: dict[int, tuple[int, ...]] = {}
    began = time.process_time()
    for frame in frames:
        values = PACKET.unpack(frame)
        rows[values[0]] = values
    return time.process_time() - began


def report(name: str, path: Path) -> None:
    """Measure one tape and print its figures."""
    tape = Tape.open(path)
    held = HeldTape(tape)
    frames = packets(held)
    print(f"{name}: {tape.updates:,} updates of {len(tape.universe)} stocks, {RUNS} runs each")
    # The first replay loads the compiled kernels.
    replayed(held, config())
    rates = [len(frames) / plain(frames) for _ in range(RUNS)]
    yardstick = max(rates)
    print(f"  plain Python struct decode     {spread(rates, 'updates/s', 0)}")
    reads = [read(tape) for _ in range(RUNS)]
    print(
        f"  reading the file alone         "
        f"{spread([tape.updates / seconds for seconds in reads], 'updates/s', 0)}"
    )
    for what, engine in (("default limits", config()), ("no limits", config(**UNLIMITED))):
        called = calls(held, engine)
        for where, source in (("in memory", held), ("with reading", tape)):
            timed = [replayed(source, engine) for _ in range(RUNS)]
            speeds = [tape.updates / seconds for seconds, _ in timed]
            trades = len(timed[0][1].engine.desk.trades)
            print(
                f"  replay, {what}, {where:<12} {spread(speeds, 'updates/s', 0)}, "
                f"{max(speeds) / yardstick:.2f} x plain decode, {trades} trades"
            )
        print(
            f"  {what}: the engine is called {called:,} times, once for "
            f"{tape.updates / called:.1f} updates"
        )


def main() -> None:
    """Print the machine and the figures of both tapes."""
    print(machine_line())
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "synthetic.tape"
        began = time.monotonic()
        make_synthetic(made)
        print(f"synthetic tape made in {time.monotonic() - began:.0f} s, seed {SEED}")
        report("synthetic", made)
        if not RECORDING.exists():
            print(f"recorded day: skipped, {RECORDING.name} is not there")
            return
        day = Path(folder) / "day.tape"
        import_file(RECORDING, day)
        report("recorded day", day)


if __name__ == "__main__":
    main()
