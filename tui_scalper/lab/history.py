"""What each stock showed so far in a recording, to fill the columns the recording leaves out."""

from __future__ import annotations

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.jit import kernel
from tui_scalper.lab.layout import Ints
from tui_scalper.lab.parsing import Mask

_LAST_NS, _VOLUME, _TRADED_NS, _OPEN, _HIGH, _LOW, _WIDTH = range(7)


@kernel
def _follow(state: Ints, rows: Ints, cells: Ints, late: Mask) -> None:
    for i in range(len(rows)):
        row = rows[i]
        if row < 0:
            continue
        at_ns = cells[i, c.RECEIVED_NS]
        if at_ns < state[row, _LAST_NS]:
            late[i] = True
            continue
        state[row, _LAST_NS] = at_ns
        if cells[i, c.VOLUME] > state[row, _VOLUME]:
            state[row, _VOLUME] = cells[i, c.VOLUME]
            state[row, _TRADED_NS] = at_ns
        cells[i, c.TRADED_NS] = state[row, _TRADED_NS]


@kernel
def _range(state: Ints, rows: Ints, cells: Ints) -> None:
    for i in range(len(rows)):
        row, price = rows[i], cells[i, c.LTP]
        if price > 0:
            if state[row, _OPEN] == 0:
                state[row, _OPEN] = price
                state[row, _LOW] = price
            state[row, _HIGH] = max(state[row, _HIGH], price)
            state[row, _LOW] = min(state[row, _LOW], price)
        cells[i, c.OPEN] = state[row, _OPEN]
        cells[i, c.HIGH] = state[row, _HIGH]
        cells[i, c.LOW] = state[row, _LOW]


class History:
    """One line of memory a stock."""

    def __init__(self) -> None:
        self._state = np.zeros((0, _WIDTH), dtype=np.int64)

    def grow(self, stocks: int) -> None:
        """Make room for `stocks` rows in all."""
        more = max(stocks - len(self._state), 0)
        self._state = np.vstack((self._state, np.zeros((more, _WIDTH), dtype=np.int64)))

    def follow(self, rows: Ints, cells: Ints) -> Mask:
        """Fill TRADED_NS, the time the volume last rose; True where a stock's time fell.

        Rows of -1 are passed over.
        """
        late = np.zeros(len(rows), dtype=np.bool_)
        _follow(self._state, rows, cells, late)
        return late

    def range(self, rows: Ints, cells: Ints) -> None:
        """Fill OPEN, HIGH and LOW with those of the prices seen so far."""
        _range(self._state, rows, cells)
