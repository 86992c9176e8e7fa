"""A synthetic market: every stock has its own order flow, drawn from (seed, token)."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heapreplace

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.events import Rows
from tui_scalper.core.instruments import Universe
from tui_scalper.core.market import Cells
from tui_scalper.core.units import FOREVER
from tui_scalper.exchange.book import Half
from tui_scalper.exchange.day import DaySoFar
from tui_scalper.exchange.flow import StockFlow
from tui_scalper.exchange.market import ASLEEP, Notice, Wakes, WorkingOrder

ALWAYS = Wakes(0, FOREVER, FOREVER, 0)
"""The wakes of a row on which anything may happen at any time."""


class SyntheticMarket:
    """Seeded, deterministic market of `universe`; implements exchange.market.Market.

    `references` are yesterday's closes in paise, row by row; `start_ns` is when the market
    begins to live, with full books when that lies inside the session. `activity` multiplies how
    often orders arrive (1.0 is about eleven events a second and stock): below 1 for thousands
    of stocks on one core. `pasts` are the days another run of this day, of the same seed, left off
    at, to go on from; without them a first price lies around its reference.
    Two runs with the same seed and the same orders of ours agree in every cell at every time,
    however time is sliced.
    """

    def __init__(
        self,
        universe: Universe,
        references: Sequence[int],
        *,
        seed: int,
        start_ns: int,
        activity: float = 1.0,
        pasts: Sequence[DaySoFar | None] = (),
    ) -> None:
        self.universe = universe
        self.cells: Cells = np.zeros((len(universe), c.COLUMNS), dtype=np.int64)
        self.cells[:, c.TICK] = [one.tick for one in universe]
        self._flows = [
            StockFlow(
                stock,
                universe.venue,
                reference,
                seed=seed,
                start_ns=start_ns,
                activity=activity,
                past=past,
            )
            for stock, reference, past in zip(
                universe, references, pasts or [None] * len(universe), strict=True
            )
        ]
        self._due = [(flow.next_ns, row) for row, flow in enumerate(self._flows)]
        heapify(self._due)
        self._written = [-1] * len(self._flows)
        self._touched: set[int] = set(range(len(self._flows)))
        self._ours: dict[int, set[int]] = {}

    def advance(self, now_ns: int) -> Rows:
        """Let time pass up to and including `now_ns`; the rows that changed since last time."""
        due, touched = self._due, self._touched
        while due and due[0][0] <= now_ns:
            row = due[0][1]
            flow = self._flows[row]
            flow.run(now_ns)
            touched.add(row)
            heapreplace(due, (flow.next_ns, row))
        changed = [row for row in sorted(touched) if self._write(row)]
        touched.clear()
        return np.array(changed, dtype=np.int64)

    def match(self, rows: Rows, now_ns: int) -> None:
        """Nobody but this market changes its cells, so there is nothing to do."""

    def enter(self, order: WorkingOrder, now_ns: int) -> None:
        """Take a new order; it may trade at once. A re-entered order loses its turn."""
        self._flows[order.row].enter(order, now_ns)
        self._ours.setdefault(order.row, set()).add(order.number)
        self._touched.add(order.row)

    def reduce(self, order: WorkingOrder, now_ns: int) -> None:
        """Leave a resting order only `order.quantity` shares; it keeps its turn."""
        self._flows[order.row].reduce(order, now_ns)
        self._touched.add(order.row)

    def withdraw(self, row: int, number: int, now_ns: int) -> int:
        """Take an order out; the quantity it still had."""
        self._touched.add(row)
        self._ours.get(row, set()).discard(number)
        return self._flows[row].withdraw(number, now_ns)

    def band(self, row: int) -> tuple[int, int]:
        """Lower and upper circuit limit of a row in paise."""
        return self._flows[row].band

    def wakes(self, row: int) -> Wakes:
        """This market fills our orders itself, so any change of a row with orders matters."""
        flow = self._flows[row]
        ours = self._ours.get(row, set())
        ours -= {one for one in ours if one not in flow.book and one not in flow.stops}
        return ALWAYS if ours else ASLEEP

    def drain(self) -> list[Notice]:
        """What became of our orders since the last call, in order of time."""
        notices = [one for row in self._ours for one in self._flows[row].notices]
        for row in self._ours:
            self._flows[row].notices.clear()
        notices.sort(key=lambda one: one[0])
        return notices

    def events(self) -> int:
        """Book events of all stocks so far."""
        return sum(flow.events for flow in self._flows)

    def _write(self, row: int) -> bool:
        flow = self._flows[row]
        if flow.events == self._written[row]:
            return False
        self._written[row] = flow.events
        self.cells[row, : c.MARKET_END] = market_cells(flow)
        return True


def market_cells(flow: StockFlow) -> list[int]:
    """The market columns of one stock, in the order of core.columns."""
    day = flow.day
    bids, asks = flow.book.bids, flow.book.asks
    return [
        day.last,
        day.last_quantity,
        day.average(),
        day.volume,
        bids.total,
        asks.total,
        day.first,
        day.high,
        day.low,
        day.close,
        day.traded_ns,
        flow.changed_ns,
        flow.changed_ns,
        flow.events,
        *_levels(bids),
        *_levels(asks),
    ]


def _levels(half: Half) -> list[int]:
    """Prices, quantities and order counts of the five best levels; zeros where none is."""
    prices = [key * half.sign for key in half.keys[: -c.LEVELS - 1 : -1]]
    levels = [half.levels[price] for price in prices]
    empty = [0] * (c.LEVELS - len(prices))
    return [
        *prices, *empty,
        *(level.quantity for level in levels), *empty,
        *(len(level.orders) for level in levels), *empty,
    ]  # fmt: skip
