"""Compiles every kernel once, so that the first start is not the slow one."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba.core.dispatcher import Dispatcher
from numpy.typing import NDArray

from tui_scalper.brokers.kite.wire import FrameDecoder
from tui_scalper.core import columns as c
from tui_scalper.core import events as ev
from tui_scalper.core import kernels as k
from tui_scalper.core import rules as u
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.engine import Engine
from tui_scalper.core.explain import explain
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.signal_life import take_lives, take_the_rest
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import NS
from tui_scalper.core.venues import HOUR, MINUTE, NSE
from tui_scalper.runtime.abandoning import abandoned_by_interrupt

NOW: Final = NSE.midnight(1_795_408_200 * NS) + 11 * HOUR


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
    """Two stocks: arrays of one alone have another shape to the compiler."""
    stocks = [Instrument(symbol=f"WARM{n}", token=257 + n, tick=5) for n in range(2)]
    engine = Engine(EngineConfig(mode=Mode.SIM), Universe(NSE, stocks))
    engine.floor.rules.whole[u.IN_SESSION :] = 1
    _read(engine)
    _play(engine)
    _lose(engine)
    FrameDecoder(engine.table).decode(bytes(2) + bytes(190), 1)


def _read(engine: Engine) -> None:
    """A signal is read, ranked and explained, grows old and is taken out."""
    _tell(engine, 0, _leaning_book(), NOW)
    engine.proposer.leader()
    explain(engine, 0, NOW)
    _tell(engine, 1, np.zeros(c.MARKET_END, dtype=np.int64), NOW + 2 * MINUTE)
    take_lives(engine.table.market, engine.universe)


def _play(engine: Engine) -> None:
    """A tape is played."""
    engine.run_tape(
        np.zeros(1, dtype=np.int64),
        np.zeros((1, c.MARKET_END), dtype=np.int64),
        np.ones(1, dtype=np.int64),
        0,
        until_ns=1,
        exchange_wakes=np.zeros((2, 4), dtype=np.int64),
    )


def _lose(engine: Engine) -> None:
    """A book that is a signal's is lost."""
    _tell(engine, 0, _leaning_book(), NOW + 2 * MINUTE)
    engine.receive(ev.BooksLost(at_ns=NOW + 2 * MINUTE, rows=(0,)))
    take_the_rest(engine.table.market, engine.universe)


def _tell(engine: Engine, row: int, book: NDArray[np.int64], at_ns: int) -> None:
    book[[c.RECEIVED_NS, c.EXCHANGE_NS]] = at_ns
    engine.table.cells[row, : c.MARKET_END] = book
    engine.receive(ev.Ticks(at_ns=at_ns, rows=np.array([row], dtype=np.int64)))


def _leaning_book() -> NDArray[np.int64]:
    """A book that buyers rule, with what a signal needs beside that."""
    book = np.zeros(c.MARKET_END, dtype=np.int64)
    book[c.LTP], book[c.VOLUME], book[c.UPDATES] = 100_000, 10**9, 1
    book[c.TOTAL_BUY], book[c.TOTAL_SELL] = 8_000, 2_000
    book[c.BID_PRICE], book[c.ASK_PRICE] = 100_000, 100_005
    book[c.BID_QUANTITY], book[c.ASK_QUANTITY] = 300, 100
    return book
