"""The market is a table: one row an instrument, one contiguous buffer of int64 cells."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.gates import Gate
from tui_scalper.core.instruments import Universe
from tui_scalper.core.units import FOREVER

Cells = NDArray[np.int64]

KEPT: Final = (c.LTP, c.VOLUME, c.OPEN, c.HIGH, c.LOW, c.CLOSE)
"""Columns that stay true when the connection is lost."""


class MarketTable:
    """All rows of a universe. `cells` has shape (instruments, core.columns.COLUMNS).

    `changed` is room for the rows of one frame; decoders fill it and pass a view of it on.
    """

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.cells: Cells = np.zeros((len(universe), c.COLUMNS), dtype=np.int64)
        self.changed: Cells = np.zeros(max(len(universe), 1) * 2, dtype=np.int64)
        self.cells[:, c.TICK] = [one.tick for one in universe]
        self.cells[:, c.BLOCKERS] = int(Gate.NO_DATA)
        self.clear_wakes()

    def clear_wakes(self) -> None:
        """No row wakes the engine by price."""
        self.cells[:, (c.WAKE_BID_HIGH, c.WAKE_LTP_HIGH)] = FOREVER
        self.cells[:, (c.WAKE_ASK_LOW, c.WAKE_LTP_LOW)] = -1

    def clear_wake(self, row: int) -> None:
        """This row wakes the engine by no price."""
        self.cells[row, (c.WAKE_BID_HIGH, c.WAKE_LTP_HIGH)] = FOREVER
        self.cells[row, (c.WAKE_ASK_LOW, c.WAKE_LTP_LOW)] = -1

    def hold(self, row: int, until_ns: int) -> None:
        """No proposal of this stock before `until_ns`; FOREVER while a position stands."""
        self.cells[row, c.HOLD_UNTIL_NS] = until_ns

    def forget(self) -> None:
        """Drop every book: the connection was lost and nothing known is current.

        The day's prices stay: exits of open positions need the last one.
        """
        self.cells[:, : c.MARKET_END] = np.where(
            np.isin(np.arange(c.MARKET_END), KEPT), self.cells[:, : c.MARKET_END], 0
        )
        self.cells[:, c.BLOCKERS] = int(Gate.NO_DATA)
        self.cells[:, c.SIGNAL_NS] = 0
