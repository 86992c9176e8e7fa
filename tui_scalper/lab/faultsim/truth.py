"""The market as it truly is: the walks of a schedule, with what its script does to them."""

from __future__ import annotations

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.market import Cells
from tui_scalper.core.units import FOREVER, NS, Side
from tui_scalper.lab.faultsim.kinds import FaultKind
from tui_scalper.lab.faultsim.script import FRAMES, Fault, Script
from tui_scalper.lab.faultsim.walk import CLOSES, UNIVERSE, Ints, draw_walks
from tui_scalper.lab.faultsim.weather import Weather

HEAL_NS = 60 * NS
"""The market goes on for this long after the last frame of the script."""


class Truth:
    """Books of all stocks in `cells`, shape (stocks, COLUMNS). Times are after the start."""

    def __init__(self, script: Script, weather: Weather) -> None:
        frames = FRAMES + HEAL_NS // script.manner.frame_ns
        self._walks = draw_walks(script.seed, frames, script.manner)
        self._weather = weather
        self._offsets = [0] * len(UNIVERSE)
        self.cells: Cells = np.zeros((len(UNIVERSE), c.COLUMNS), dtype=np.int64)
        self.cells[:, c.CLOSE] = CLOSES
        self.played = 0
        """How many frames were played."""

    @property
    def next_ns(self) -> int:
        """When the next frame comes; never after the last one, however long trouble lasts."""
        if self.played == len(self._walks.at_ns):
            return FOREVER
        return int(self._walks.at_ns[self.played])

    def play(self, at_ns: int) -> int | None:
        """Write the next frame; the row it changed, None when that stock is halted."""
        index = self.played
        self.played += 1
        row = int(self._walks.rows[index])
        if self._weather.strikes(FaultKind.HALT, at_ns, row):
            return None
        self.cells[row, : c.MARKET_END] = self._walks.cells[index]
        self._shift(row)
        circuit = self._weather.strikes(FaultKind.CIRCUIT, at_ns, row)
        if circuit is not None:
            self._empty(row, circuit.amount)
        return row

    def seen(self, row: int, at_ns: int, age_ns: int) -> Ints:
        """The market cells of `row`: those of now, or of the last frame `age_ns` before `at_ns`."""
        if age_ns:
            walks = self._walks
            known = walks.rows[: self.played] == row
            found = np.flatnonzero(known & (walks.at_ns[: self.played] <= at_ns - age_ns))
            if len(found):
                return walks.cells[found[-1]]
        return self.cells[row, : c.MARKET_END]

    def gap(self, fault: Fault) -> None:
        """Every price of a stock moves, and stays there."""
        self._weather.hits[FaultKind.GAP] += 1
        self._offsets[fault.row] += fault.amount * UNIVERSE[fault.row].tick

    def stuck(self, row: int, side: Side) -> bool:
        """Whether nobody trades with an exit of a position on `side`: a circuit is hit."""
        return not self.cells[row, c.BID_PRICE if side is Side.BUY else c.ASK_PRICE]

    def _shift(self, row: int) -> None:
        offset = self._offsets[row]
        if offset:
            cells = self.cells[row]
            for first in (c.BID_PRICE, c.ASK_PRICE):
                cells[first : first + c.LEVELS] += offset
            cells[c.LTP] += offset

    def _empty(self, row: int, side: int) -> None:
        """Take away the bids (`side` -1) or the asks (1): prices, quantities, orders."""
        first = c.BID_PRICE if side < 0 else c.ASK_PRICE
        self.cells[row, first : first + 3 * c.LEVELS] = 0
