"""Compiles every kernel once, so that the first start is not the slow one."""

from __future__ import annotations

import numpy as np
from numba.core.dispatcher import Dispatcher

from tui_scalper.brokers.kite.wire import FrameDecoder
from tui_scalper.core import columns as c
from tui_scalper.core import events as ev
from tui_scalper.core import kernels as k
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.engine import Engine
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.venues import NSE
from tui_scalper.runtime.abandoning import abandoned_by_interrupt


def compiling() -> str:
    """That kernels had to be compiled in this process, in words; empty where the cache had them."""
    kernels = (k.evaluate_lent, k.run_lent)
    missed = any(one.stats.cache_misses for one in kernels if isinstance(one, Dispatcher))
    return "compiling kernels, once, up to a minute" if missed else ""


def warm_up() -> None:
    """Run each kernel of a live run on a tiny market; compiled code goes to the cache on disk.

    Ctrl-C ends the process meanwhile: call it before there is anything to be ended in order.
    """
    with abandoned_by_interrupt():
        _run_each()


def _run_each() -> None:
    engine = Engine(
        EngineConfig(mode=Mode.SIM),
        Universe(NSE, [Instrument(symbol="WARM", token=257, tick=5)]),
    )
    rows = np.zeros(1, dtype=np.int64)
    engine.receive(ev.Ticks(at_ns=1, rows=rows))
    engine.proposer.leader()
    engine.run_tape(
        rows,
        np.zeros((1, c.MARKET_END), dtype=np.int64),
        np.ones(1, dtype=np.int64),
        0,
        until_ns=1,
        exchange_wakes=np.zeros((1, 4), dtype=np.int64),
    )
    FrameDecoder(engine.table).decode(bytes(2) + bytes(190), 1)
