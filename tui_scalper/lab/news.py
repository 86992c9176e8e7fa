"""What a feed says besides updates, as lines of a tape: lost books, circuit limits.

A line whose last price is below zero (layout.is_news) says something else of its stock. Lines
of one kind and one receipt that stand together are one event, lost books as long as their rows
rise; a frame ends where they begin.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import events as ev
from tui_scalper.lab.layout import Ints

LOST: Final = -1
"""Last price of a line: nothing known of the stock's book is current."""
LIMITS: Final = -2
"""Last price of a line whose LOW and HIGH are the circuit limits of its stock."""
KINDS: Final = (LOST, LIMITS)


class NewsLine(NamedTuple):
    """What a line says of one stock."""

    kind: int
    """One of KINDS."""
    row: int
    low: int = 0
    high: int = 0


def lines_of(event: ev.FeedNews) -> list[NewsLine]:
    """`event`, a line for each of its stocks."""
    if isinstance(event, ev.BooksLost):
        return [NewsLine(LOST, row) for row in sorted(event.rows)]
    return [NewsLine(LIMITS, band.row, band.low, band.high) for band in event.bands]


def cells_of(lines: list[NewsLine], received_ns: int) -> Ints:
    """`lines` received at one time as market cells, int64[k, MARKET_END]."""
    cells = np.zeros((len(lines), c.MARKET_END), dtype=np.int64)
    cells[:, c.RECEIVED_NS] = received_ns
    cells[:, c.LTP] = [line.kind for line in lines]
    cells[:, c.LOW] = [line.low for line in lines]
    cells[:, c.HIGH] = [line.high for line in lines]
    return cells


def events_in(rows: Ints, cells: Ints) -> Iterator[ev.FeedNews]:
    """The events that lines of a tape are, all of which are news, in order.

    Raises ValueError for a kind nobody wrote.
    """
    kinds, received_ns = cells[:, c.LTP], cells[:, c.RECEIVED_NS]
    other = (np.diff(kinds) != 0) | (np.diff(received_ns) != 0)
    other |= (np.diff(rows) <= 0) & (kinds[1:] == LOST)
    for some in np.split(np.arange(len(rows)), np.flatnonzero(other) + 1):
        kind, at_ns = cells[some[0], [c.LTP, c.RECEIVED_NS]].tolist()
        if kind == LOST:
            yield ev.BooksLost(at_ns=at_ns, rows=tuple(rows[some].tolist()))
        elif kind == LIMITS:
            bands = np.column_stack((rows[some], cells[some][:, [c.LOW, c.HIGH]])).tolist()
            yield ev.LimitsTold(at_ns=at_ns, bands=tuple(ev.Band(*band) for band in bands))
        else:
            raise ValueError(f"news of an unknown kind {kind}")
