"""A tape of the synthetic market, as a recorder would have written it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.units import MS, NS
from tui_scalper.exchange.master import load_master
from tui_scalper.exchange.synthetic import SyntheticMarket
from tui_scalper.lab.news import LOST, NewsLine, cells_of
from tui_scalper.lab.tape import Tape
from tui_scalper.lab.tape_writer import TapeWriter

SEED = 5
FRAME_NS = 100 * MS


def synthetic_tape(path: Path, seconds: int, stocks: int = 12, lost_every: int = 0) -> Tape:
    """The first `seconds` of market time after ten, in frames of a tenth of a second.

    After every `lost_every`th frame the books of half of the stocks are lost, the halves in turn.
    """
    master = load_master(count=stocks)
    start_ns = master.universe.venue.midnight(1_700_000_000 * NS) + 10 * 3600 * NS
    market = SyntheticMarket(master.universe, master.references, seed=SEED, start_ns=start_ns)
    with TapeWriter(path, master.universe) as writer:
        for step in range(1, seconds * NS // FRAME_NS + 1):
            now = start_ns + step * FRAME_NS
            rows = np.unique(market.advance(now))
            cells = np.ascontiguousarray(market.cells[rows, : c.MARKET_END])
            cells[:, c.RECEIVED_NS] = now
            cells[:, c.UPDATES] = 0
            writer.write(rows, cells)
            if lost_every and step % lost_every == 0:
                lost = np.arange(step // lost_every % 2, stocks, 2)
                writer.write(lost, cells_of([NewsLine(LOST, int(row)) for row in lost], now))
        writer.close()
    return Tape.open(path)
