"""A recorded market: our orders trade against the book of a tape without changing it.

What we take from a displayed level stays taken until the tape shows another quantity there,
so that no share is bought twice. An order that rests trades at its own price, once the
opposite best reaches it, for what is displayed there. This is the cautious reading: trades
of the tape at our price do not fill us.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

import msgspec
import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.events import Rows
from tui_scalper.core.instruments import Universe
from tui_scalper.core.market import Cells
from tui_scalper.core.units import FOREVER, Side
from tui_scalper.exchange.market import ASLEEP, Execution, Notice, Triggered, Wakes, WorkingOrder

OPPOSITE: Final = {
    Side.BUY: (c.ASK_PRICE, c.ASK_QUANTITY),
    Side.SELL: (c.BID_PRICE, c.BID_QUANTITY),
}
"""Columns of the best level that an order of a side trades with: price, quantity."""
NO_BAND: Final = (1, FOREVER)


class TapeSource(Protocol):
    """Plays a recording into a market's cells."""

    def advance(self, now_ns: int, cells: Cells) -> Rows:
        """Write everything up to and including `now_ns` into `cells`; the rows that changed."""


class Displayed:
    """What we took of the quantity a level displays."""

    __slots__ = ("quantity", "taken")

    def __init__(self, quantity: int) -> None:
        self.quantity = quantity
        self.taken = 0


class Ours:
    """Our orders on one row, oldest first, and what we took from its book."""

    __slots__ = ("eaten", "rested", "resting", "stops")

    def __init__(self) -> None:
        self.resting: dict[int, WorkingOrder] = {}
        self.rested: set[int] = set()
        """Orders that had their chance to take and trade at their own price now."""
        self.stops: dict[int, WorkingOrder] = {}
        self.eaten: dict[tuple[Side, int], Displayed] = {}

    def busy(self) -> bool:
        """Has the row orders of ours?"""
        return bool(self.resting or self.stops)


class RecordedMarket:
    """Market on `cells`, which may belong to the caller; implements exchange.market.Market.

    With a `tape` it plays it as time passes; without one the caller writes the cells and says
    so through ``match``. `band` is the circuit limit as basis points around yesterday's close,
    0 for none.
    """

    def __init__(
        self,
        universe: Universe,
        cells: Cells,
        *,
        tape: TapeSource | None = None,
        band_bp: int = 0,
    ) -> None:
        self.universe = universe
        self.cells = cells
        self._tape = tape
        self._band_bp = band_bp
        self._ours: dict[int, Ours] = {}
        self._notices: list[Notice] = []

    def advance(self, now_ns: int) -> Rows:
        """Let time pass up to and including `now_ns`; the rows that changed since last time."""
        if self._tape is None:
            return np.empty(0, dtype=np.int64)
        rows = self._tape.advance(now_ns, self.cells)
        self.match(rows, now_ns)
        return rows

    def match(self, rows: Rows, now_ns: int) -> None:
        """The cells of `rows` changed from outside: see whether our orders trade."""
        if self._ours:
            for row in sorted(self._ours.keys() & set(rows.tolist())):
                self._match_row(row, now_ns)

    def enter(self, order: WorkingOrder, now_ns: int) -> None:
        """Take a new order; it may trade at once. A re-entered order loses its turn."""
        ours = self._ours.setdefault(order.row, Ours())
        self._forget(ours, order.number)
        if order.trigger:
            ours.stops[order.number] = order
        else:
            ours.resting[order.number] = order
        self._match_row(order.row, now_ns)

    def reduce(self, order: WorkingOrder, now_ns: int) -> None:
        """Leave a resting order only `order.quantity` shares; it keeps its turn."""
        ours = self._ours[order.row]
        for place in (ours.resting, ours.stops):
            if order.number in place:
                place[order.number] = order

    def withdraw(self, row: int, number: int, now_ns: int) -> int:
        """Take an order out; the quantity it still had."""
        ours = self._ours.get(row)
        return self._forget(ours, number) if ours is not None else 0

    def band(self, row: int) -> tuple[int, int]:
        """Lower and upper circuit limit of a row in paise."""
        close = int(self.cells[row, c.CLOSE])
        if not close or not self._band_bp:
            return NO_BAND
        reach = close * self._band_bp // 10_000
        return close - reach, close + reach

    def wakes(self, row: int) -> Wakes:
        """When a change of this row can matter to our orders."""
        ours = self._ours.get(row)
        if ours is None or not ours.busy():
            return ASLEEP
        return Wakes(
            bid_high=min(_prices(ours.resting, Side.SELL), default=ASLEEP.bid_high),
            ask_low=max(_prices(ours.resting, Side.BUY), default=ASLEEP.ask_low),
            ltp_low=max(_triggers(ours.stops, Side.SELL), default=ASLEEP.ltp_low),
            ltp_high=min(_triggers(ours.stops, Side.BUY), default=ASLEEP.ltp_high),
        )

    def drain(self) -> list[Notice]:
        """What became of our orders since the last call, in order of time."""
        notices, self._notices = self._notices, []
        return notices

    # -- one row ----------------------------------------------------------------------------

    def _forget(self, ours: Ours, number: int) -> int:
        ours.rested.discard(number)
        gone = ours.resting.pop(number, None) or ours.stops.pop(number, None)
        return gone.quantity if gone is not None else 0

    def _match_row(self, row: int, now_ns: int) -> None:
        ours = self._ours[row]
        if ours.eaten:
            self._refresh_eaten(row, ours)
        self._fire_stops(row, ours, now_ns)
        for order in sorted(ours.resting.values(), key=lambda one: -one.price * one.side):
            self._trade(ours, order, now_ns)

    def _refresh_eaten(self, row: int, ours: Ours) -> None:
        """Forget what we took from levels that show another quantity, or show no more.

        A row that shows no level at all is one whose book is not known now.
        """
        if not (self.cells[row, c.BID_PRICE] or self.cells[row, c.ASK_PRICE]):
            return
        for (side, price), displayed in tuple(ours.eaten.items()):
            if self._shown(row, side, price) != displayed.quantity:
                del ours.eaten[(side, price)]

    def _shown(self, row: int, side: Side, price: int) -> int:
        prices, quantities = OPPOSITE[side]
        cells = self.cells[row]
        for level in range(c.LEVELS):
            if cells[prices + level] == price:
                return int(cells[quantities + level])
        return 0

    def _fire_stops(self, row: int, ours: Ours, now_ns: int) -> None:
        last = int(self.cells[row, c.LTP])
        for stop in [one for one in ours.stops.values() if one.reached_by(last)]:
            del ours.stops[stop.number]
            ours.resting[stop.number] = stop
            self._notices.append(Triggered(now_ns, stop.number))

    def _trade(self, ours: Ours, order: WorkingOrder, now_ns: int) -> None:
        """Let `order` take what is displayed within its limit, best level first."""
        left = order.quantity
        rested = order.number in ours.rested
        prices, quantities = OPPOSITE[order.side]
        cells = self.cells[order.row].tolist()
        for level in range(c.LEVELS):
            price, shown = cells[prices + level], cells[quantities + level]
            if not left or price <= 0 or (price - order.price) * order.side > 0:
                break
            taken = min(left, self._take(ours, order.side, price, shown, left))
            if taken:
                left -= taken
                paid = order.price if rested else price
                self._notices.append(Execution(now_ns, order.number, paid, taken))
        self._keep(ours, order, left)

    def _take(self, ours: Ours, side: Side, price: int, shown: int, wanted: int) -> int:
        displayed = ours.eaten.setdefault((side, price), Displayed(shown))
        taken = min(wanted, displayed.quantity - displayed.taken)
        displayed.taken += taken
        return taken

    def _keep(self, ours: Ours, order: WorkingOrder, left: int) -> None:
        ours.rested.add(order.number)
        if not left:
            self._forget(ours, order.number)
        elif left != order.quantity:
            ours.resting[order.number] = msgspec.structs.replace(order, quantity=left)


def _prices(orders: dict[int, WorkingOrder], side: Side) -> Iterable[int]:
    return (one.price for one in orders.values() if one.side is side)


def _triggers(orders: dict[int, WorkingOrder], side: Side) -> Iterable[int]:
    return (one.trigger for one in orders.values() if one.side is side)
