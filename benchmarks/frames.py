"""Frames of full packets of made books, as the simulated exchange encodes them.

Books walk by ticks, queues change, shares trade, totals lean one way and the other: every
branch of the readings is taken, nothing is meant to be believed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import Cells
from tui_scalper.core.units import MS, NS
from tui_scalper.core.venues import HOUR, NSE
from tui_scalper.exchange.kite_packets import PacketTable

TEN = NSE.midnight(1_795_400_000 * NS) + 10 * HOUR
TICK = 5


def made_universe(stocks: int) -> Universe:
    """So many stocks of NSE."""
    return Universe(
        NSE,
        [Instrument(symbol=f"S{row}", token=row * 256 + 257, tick=TICK) for row in range(stocks)],
    )


class MadeMarket:
    """Books of a universe that change by lot; each stock speaks about once a second."""

    def __init__(self, universe: Universe, seed: int) -> None:
        self._universe = universe
        self._random = np.random.default_rng(seed)
        stocks = len(universe)
        self._cells = np.zeros((stocks, c.COLUMNS), dtype=np.int64)
        self._cells[:, c.VOLUME] = 1_000_000
        self._bid = self._random.integers(2_000, 40_000, stocks) * TICK
        self._quantity = self._random.integers(1, 2_000, (stocks, 2, c.LEVELS))
        self._orders = self._random.integers(1, 20, (stocks, 2, c.LEVELS))
        self._lean = self._random.integers(10, 90, stocks)
        self._now = TEN

    def frames(self, count: int, ticks: int) -> Iterator[tuple[bytes, int]]:
        """So many frames of so many ticks, and when each is received; no stock twice in one."""
        table = PacketTable(self._universe)
        stocks = len(self._universe)
        order = np.concatenate([self._random.permutation(stocks) for _ in range(ticks)])
        at = 0
        for _ in range(count):
            if at + ticks > stocks:
                order, at = self._random.permutation(stocks), 0
            rows = order[at : at + ticks]
            at += ticks
            self._now += max(1_000 * MS * ticks // stocks, MS)
            self._change(rows)
            table.refresh(self._cells, rows)
            yield table.frame({"full": rows}), self._now

    def _change(self, rows: Cells) -> None:
        random, cells, size = self._random, self._cells, len(rows)
        self._bid[rows] += random.choice((-1, 0, 0, 0, 0, 0, 1), size) * TICK
        side, level = random.integers(0, 2, size), random.integers(0, c.LEVELS, size)
        self._quantity[rows, side, level] = random.integers(1, 2_000, size)
        self._orders[rows, side, level] = random.integers(1, 20, size)
        self._lean[rows] = np.clip(self._lean[rows] + random.integers(-2, 3, size), 5, 95)
        for place in range(c.LEVELS):
            cells[rows, c.BID_PRICE + place] = self._bid[rows] - TICK * place
            cells[rows, c.ASK_PRICE + place] = self._bid[rows] + TICK * (place + 1)
            cells[rows, c.BID_QUANTITY + place] = self._quantity[rows, 0, place]
            cells[rows, c.ASK_QUANTITY + place] = self._quantity[rows, 1, place]
            cells[rows, c.BID_ORDERS + place] = self._orders[rows, 0, place]
            cells[rows, c.ASK_ORDERS + place] = self._orders[rows, 1, place]
        cells[rows, c.LTP] = self._bid[rows] + TICK * random.integers(0, 2, size)
        cells[rows, c.VOLUME] += random.integers(0, 2, size) * random.integers(1, 500, size)
        cells[rows, c.TOTAL_BUY] = self._lean[rows] * 1_000
        cells[rows, c.TOTAL_SELL] = (100 - self._lean[rows]) * 1_000
        cells[rows, c.EXCHANGE_NS] = cells[rows, c.TRADED_NS] = self._now // NS * NS
