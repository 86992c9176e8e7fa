"""Prints the kernels that a run compiles after the warm-up: none should be left.

A process of its own, for the other tests have compiled everything already.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import numpy as np
from engine_rig import FUNDS, PRICES, START, STOCKS, fill_book
from numba.core.dispatcher import Dispatcher

from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.engine import Engine
from tui_scalper.core.explain import explain
from tui_scalper.core.instruments import Universe
from tui_scalper.core.picture import take_picture
from tui_scalper.core.sessions import every_day
from tui_scalper.core.signal_life import take_lives
from tui_scalper.core.snapshot import Latency, Mode
from tui_scalper.core.units import NS
from tui_scalper.core.venues import NSE
from tui_scalper.lab.recorder import Recorder
from tui_scalper.runtime.warmup import warm_up

UNIVERSE = Universe(NSE, STOCKS)


def compiled() -> dict[str, int]:
    """How many signatures each kernel of ours was compiled for."""
    return {
        f"{one.py_func.__module__}.{one.py_func.__qualname__}": len(one.signatures)
        for one in gc.get_objects()
        if isinstance(one, Dispatcher) and one.py_func.__module__.startswith("tui_scalper.")
    }


def run(recorder: Recorder) -> int:
    """Signals rise, fall, are lost and explained for two minutes; how many lives were taken."""
    engine = Engine(EngineConfig(mode=Mode.SIM, run_id="WARM"), UNIVERSE, every_day(NSE))
    engine.receive(ev.LinkChanged(at_ns=START, link=ev.Link.LIVE))
    engine.receive(ev.FundsReported(at_ns=START, available=FUNDS))
    rows = np.arange(len(STOCKS))
    taken = 0
    for second in range(120):
        now = START + second * NS
        for row in rows:
            lean = 1 if (second // 10 + row) % 2 else 0
            bid, tick = PRICES[row], STOCKS[row].tick
            fill_book(engine.table.cells[row], bid, bid + tick, lean=lean, at_ns=now)
        engine.receive(ev.Ticks(at_ns=now, rows=rows))
        recorder.append(rows, engine.table.cells, now)
        explain(engine, second % len(STOCKS), now)
        take_picture(engine, second, now, Latency())
        taken += len(take_lives(engine.table.market, UNIVERSE))
        if second % 25 == 24:
            engine.receive(ev.BooksLost(at_ns=now, rows=(1, 2)))
    return taken


if __name__ == "__main__":
    warm_up()
    recorder = Recorder(Path(sys.argv[1]), UNIVERSE)
    before = compiled()
    assert run(recorder) > 0
    assert before
    print(*(name for name, number in compiled().items() if before.get(name, 0) != number))
    recorder.close()
