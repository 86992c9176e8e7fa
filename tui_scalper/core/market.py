"""The market is a table: one row an instrument, in one buffer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core.blocks import empty_blocks
from tui_scalper.core.gates import Gate
from tui_scalper.core.instruments import Universe
from tui_scalper.core.lanes import LANES
from tui_scalper.core.lives import Lives, end_life, no_lives
from tui_scalper.core.mids import Mids, empty_mids
from tui_scalper.core.race import NEXT_NS, SEEN_NS, empty_race, keep_list, running
from tui_scalper.core.regime import calm_regime
from tui_scalper.core.ripening import lose_mids
from tui_scalper.core.units import FOREVER

Cells = NDArray[np.int64]
Reals = NDArray[np.float64]

KEPT: Final = (c.LTP, c.VOLUME, c.OPEN, c.HIGH, c.LOW, c.CLOSE)
"""Columns that stay true when the connection is lost."""

READ: Final = (
    *range(c.LEAN, c.SIGNAL_NS + 1),
    *range(c.MID2, c.GAP_NS + 1),
    c.CONFIRMS,
    c.CONFIRMED,
)
"""Columns that follow from a book and tell nothing without it."""

RUNNING: Final = (*range(r.LEVEL_DEPTH, r.LEVEL_DEPTH + c.LEVELS), r.SIZE_MEDIAN, r.SIZE_MAD)
"""Readings that are running means and medians of the stock, not of the present book."""


class Market(NamedTuple):
    """The buffers as kernels take them."""

    cells: Cells
    """int64[instruments, core.columns.COLUMNS]: what the exchange said and what follows. This and
    the two after it are parts of one buffer (core.blocks)."""
    reals: Reals
    """float64[instruments, core.reals.REALS]: readings that are not whole numbers."""
    memory: Cells
    """int64[instruments, core.memory.MEMORY]: what the readings remember."""
    race: Cells
    """int64[...]: which rows are signals, and which of them leads (core.race)."""
    regime: Cells
    """int64[core.regime.CELLS]: whether the market as a whole is in trouble."""
    said: Reals
    """float64[LANES]: room for what the witnesses of one row say; nothing of it is kept."""
    mids: Mids
    """What the mid of each stock was a while ago."""
    lives: Lives
    """The lives of signals that are not taken yet."""


def empty_market(instruments: int) -> Market:
    """A market of so many rows of which nothing is known."""
    return Market(
        *empty_blocks(instruments),
        empty_race(instruments),
        calm_regime(instruments),
        np.zeros(LANES),
        empty_mids(instruments),
        no_lives(instruments),
    )


class MarketTable:
    """All rows of a universe; its arrays are those of `market`.

    `changed` is room for the rows of one frame; decoders fill it and pass a view of it on.
    """

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.market = empty_market(len(universe))
        self.cells, self.reals, self.memory = self.market[:3]
        self.race, self.regime = self.market.race, self.market.regime
        self.changed: Cells = np.zeros(max(len(universe), 1), dtype=np.int64)
        self.streams: Cells = np.zeros(len(universe), dtype=np.int64)
        """core.attention.Stream of each row, as the feed subscribed; all 0 where nothing does."""
        self.places: Cells = np.zeros(len(universe), dtype=np.int64)
        """core.attention.Place of each row."""
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
        self.race[NEXT_NS] = 0

    def forget(self, rows: Sequence[int] | None = None) -> None:
        """Drop the books of `rows` (None: every one): nothing known of them is current.

        The day's prices stay: exits of open positions need the last one. Windows begin anew,
        so that no reading joins the books before the gap with those after it.
        """
        lost = np.zeros(len(self.cells), dtype=np.bool_)
        lost[slice(None) if rows is None else list(rows)] = True
        gone = ~np.isin(np.arange(c.COLUMNS), KEPT)
        gone[c.MARKET_END :] = False
        gone[list(READ)] = True
        self.cells[np.ix_(lost, gone)] = 0
        self.cells[lost, c.BLOCKERS] = int(Gate.NO_DATA)
        self.reals[np.ix_(lost, ~np.isin(np.arange(r.REALS), RUNNING))] = np.nan
        self.memory[lost, m.BEGAN_NS] = 0
        self._leave(lost)
        lose_mids(self.market.lives, self.market.mids, lost, int(self.race[SEEN_NS]))

    def end_signals(self, rows: NDArray[np.bool_]) -> None:
        """The session of `rows` (bool[instruments]) is over: what was a signal is none, whether
        or not its book says anything before the next one."""
        ending = rows & (self.cells[:, c.SIGNAL_NS] > 0)
        self.cells[ending, c.BLOCKERS] |= int(Gate.SESSION)
        self.cells[ending, c.SIGNAL_NS] = 0
        self._leave(ending)

    def _leave(self, rows: NDArray[np.bool_]) -> None:
        """Signals of `rows` ended with their last update, and race no more."""
        for row in np.flatnonzero(rows & running(self.race)).tolist():
            keep_list(self.race, row, False)
            end_life(self.market.lives, row, int(self.memory[row, m.NOW_NS]))
        self.race[NEXT_NS] = 0
