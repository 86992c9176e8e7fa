"""What the console itself remembers of the stocks it shows: books a moment ago, prices, result.

The engine's snapshots carry no history; this keeps the little a screen needs, bounded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from tui_scalper.core.snapshot import Ladder, Snapshot
from tui_scalper.core.units import MS, NS

DRAWDOWN: Final = "drawdown"
"""The limit that tells the present fall from the day's best result."""
CHANGE_NS: Final = 2 * NS
"""How far back a change of quantity looks."""
BOOK_EVERY_NS: Final = 250 * MS
BOOKS_KEPT: Final = CHANGE_NS // BOOK_EVERY_NS + 2
PRICE_EVERY_NS: Final = NS
PRICES_KEPT: Final = 1_200
"""Twenty minutes of a price a second."""
STOCKS_KEPT: Final = 48
RESULTS_KEPT: Final = 512
"""Points of the day's curve; when they are full every second one goes."""


class Sample(NamedTuple):
    """One point of a stock's chart."""

    at_ns: int
    price: int
    dominance_ppm: int


class Trace:
    """What one stock did while it was on the screen."""

    def __init__(self) -> None:
        self.prices: deque[Sample] = deque(maxlen=PRICES_KEPT)
        self._books: deque[tuple[int, dict[int, int]]] = deque(maxlen=BOOKS_KEPT)

    def add(self, ladder: Ladder, at_ns: int) -> None:
        """Take in the stock as it is at `at_ns`."""
        if not ladder.updates:
            return
        if not self._books or not 0 <= at_ns - self._books[-1][0] < BOOK_EVERY_NS:
            self._books.append((at_ns, quantities(ladder)))
        if not self.prices or not 0 <= at_ns - self.prices[-1].at_ns < PRICE_EVERY_NS:
            self.prices.append(Sample(at_ns, ladder.ltp, ladder.dominance_ppm))

    def changes(self, ladder: Ladder) -> tuple[tuple[int, int], ...]:
        """Price and change of its quantity over the last two seconds, where it changed."""
        if not self._books:
            return ()
        newest = self._books[-1][0]
        before = next(book for at, book in self._books if newest - at <= CHANGE_NS)
        if not before:
            return ()
        # A price beyond the levels shown then says nothing: it was only out of sight.
        low, high = min(before), max(before)
        return tuple(
            (price, quantity - before.get(price, 0))
            for price, quantity in quantities(ladder).items()
            if low <= price <= high and quantity != before.get(price, 0)
        )


def quantities(ladder: Ladder) -> dict[int, int]:
    """Quantity by price, both sides."""
    return {level.price: level.quantity for level in (*ladder.bids, *ladder.asks)}


class Curve:
    """The day's result after costs, evenly thinned when there are too many points."""

    def __init__(self) -> None:
        self.points: list[int] = []
        self.deepest = 0
        """Largest fall from a best result so far, paise."""
        self._best = 0
        self._every_ns = NS
        self._taken_ns = 0

    def add(self, result: int, at_ns: int, fall: int = 0) -> None:
        """The result at `at_ns` and its fall from the best the engine knows of, paise.

        A tape that jumps, or a run that was resumed, had better results than any seen here.
        """
        self._best = max(self._best, result + fall)
        self.deepest = max(self.deepest, self._best - result)
        if self.points and 0 <= at_ns - self._taken_ns < self._every_ns:
            return
        self._taken_ns = at_ns
        self.points.append(result)
        if len(self.points) >= RESULTS_KEPT:
            self.points = list(islice(self.points, 0, None, 2))
            self._every_ns *= 2


class Memory:
    """Traces of the stocks seen on ladders, the longest unseen forgotten first, and the curve."""

    def __init__(self) -> None:
        self.curve = Curve()
        self._traces: dict[int, Trace] = {}

    def see(self, snapshot: Snapshot) -> None:
        """Take in one snapshot."""
        tally = snapshot.tally
        fall = next((one.used for one in snapshot.limits if one.name == DRAWDOWN), 0)
        self.curve.add(tally.realised - tally.costs + tally.open_pnl, snapshot.at_ns, fall)
        for ladder in snapshot.ladders:
            trace = self._traces.pop(ladder.row, None) or Trace()
            trace.add(ladder, snapshot.at_ns)
            self._traces[ladder.row] = trace
        while len(self._traces) > STOCKS_KEPT:
            del self._traces[next(iter(self._traces))]

    def changes(self, ladder: Ladder) -> tuple[tuple[int, int], ...]:
        """What the quantities of a ladder changed by lately."""
        trace = self._traces.get(ladder.row)
        return trace.changes(ladder) if trace else ()

    def prices(self, row: int) -> Sequence[Sample]:
        """The chart of a stock, oldest first; empty for one never shown."""
        trace = self._traces.get(row)
        return trace.prices if trace else ()
