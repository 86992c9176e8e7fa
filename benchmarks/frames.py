"""Frames of full packets of made books, as the simulated exchange encodes them.

Books walk by ticks, queues change, shares trade, totals lean one way and the other: every
branch of the readings is taken, nothing is meant to be believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto

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


class Rhythm(Enum):
    """When a stock speaks."""

    STEADY = auto()
    """Once a second, always at its own place in it; only the order within a frame is by lot."""
    BY_LOT = auto()
    """Once in every second, at a place drawn anew each time: from 0 to 2 s after the last."""


class MadeMarket:
    """Books of a universe that change by lot; each stock speaks once a second.

    Of 100 stocks in frames of 100 ticks every stock is in every frame, so its rhythm is STEADY;
    what is compared with that must be as steady, or irregular times are measured and not the
    number of stocks.
    """

    def __init__(self, universe: Universe, seed: int, rhythm: Rhythm = Rhythm.STEADY) -> None:
        self._universe = universe
        self._rhythm = rhythm
        self._random = np.random.default_rng(seed)
        stocks = len(universe)
        self._cells = np.zeros((stocks, c.COLUMNS), dtype=np.int64)
        self._cells[:, c.VOLUME] = 1_000_000
        self._bid = self._random.integers(2_000, 40_000, stocks) * TICK
        self._quantity = self._random.integers(1, 2_000, (stocks, 2, c.LEVELS))
        self._orders = self._random.integers(1, 20, (stocks, 2, c.LEVELS))
        self._lean = self._random.integers(10, 90, stocks)
        self._turns = self._random.permutation(stocks)
        self._turn = 0
        self._now = TEN

    def frames(self, count: int, ticks: int) -> Iterator[tuple[bytes, int]]:
        """So many frames of so many ticks, and when each is received; no stock twice in one."""
        table = PacketTable(self._universe)
        stocks = len(self._universe)
        for _ in range(count):
            rows = self._next(ticks)
            self._now += max(1_000 * MS * ticks // stocks, MS)
            self._change(rows)
            table.refresh(self._cells, rows)
            yield table.frame({"full": rows}), self._now

    def _next(self, ticks: int) -> Cells:
        """Rows of the next frame."""
        stocks = len(self._turns)
        if self._turn + ticks > stocks and self._rhythm is Rhythm.BY_LOT:
            self._turns, self._turn = self._random.permutation(stocks), 0
        rows = self._turns[(self._turn + np.arange(ticks)) % stocks]
        self._turn = (self._turn + ticks) % stocks
        return self._random.permutation(rows)

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
