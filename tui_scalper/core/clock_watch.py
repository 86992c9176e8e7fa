"""Whether the engine's clock is right: held against the exchange's stamps and the machine's.

Every packet carries the exchange's time, and arrives a little later. The median over all
stocks that spoke lately says how far the two clocks are apart, delay included; a single odd
packet moves it by nothing. Replays are not asked: a recording's stamps are of another day.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.floor import Floor
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import FOREVER, NS

LOOK_NS: Final = 10 * NS
"""How often the stamps are looked at, and how young they must be."""
LEAST_STOCKS: Final = 5
"""Fewer stocks than this that spoke lately prove nothing, in a universe that has them."""
LOOKS: Final = 2
"""So many looks in a row must agree."""


class ClockWatch:
    """How far clocks are apart, and whether that is too far."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._limit_ns = floor.config.emergency.clock_skew_ns
        self._machine_ns = 0
        self._wrong = 0
        """Looks in a row at which the exchange's stamps were too far away."""
        self.market_ns = 0
        """How far the engine's clock is ahead of the exchange's stamps, by the last look."""
        self.look_ns = FOREVER if floor.config.mode is Mode.REPLAY else 0
        """When the stamps are looked at next."""

    @property
    def wrong(self) -> str:
        """Which clock is how wrong; empty when none is."""
        if abs(self._machine_ns) > self._limit_ns:
            return f"the machine's clock was set {apart(self._machine_ns)} the engine's"
        if self._wrong >= LOOKS:
            return f"the engine's clock is {apart(self.market_ns)} the exchange's stamps"
        return ""

    def compared(self, ahead_ns: int) -> None:
        """The machine's clock is `ahead_ns` ahead of the engine's."""
        self._machine_ns = ahead_ns

    def look(self) -> None:
        """Hold the newest stamps against the engine's clock; nothing without enough of them."""
        now = self._floor.now_ns
        self.look_ns = now + LOOK_NS
        cells = self._floor.table.cells
        received, stamped = cells[:, c.RECEIVED_NS], cells[:, c.EXCHANGE_NS]
        fresh = (received > now - LOOK_NS) & (stamped > 0)
        if np.count_nonzero(fresh) < min(LEAST_STOCKS, len(cells)):
            return
        self.market_ns = int(np.median(received[fresh] - stamped[fresh]))
        self._wrong = self._wrong + 1 if abs(self.market_ns) > self._limit_ns else 0


def apart(ahead_ns: int) -> str:
    """`ahead_ns` in words, to be followed by what it is ahead of."""
    return f"{abs(ahead_ns) / NS:.1f} s {'ahead of' if ahead_ns > 0 else 'behind'}"
