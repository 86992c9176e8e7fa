"""The day of the venue, and what a new one does to a run that goes on over midnight.

A broker's access, its order book and our journal are all of one day, so a run at a broker
enters nothing more until it is started again. A market of our own (simulation, replay) goes
on: what is closed is forgotten and every count of the day begins anew.
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core.floor import Floor
from tui_scalper.core.operator_table import OperatorInput
from tui_scalper.core.snapshot import Mode, Severity
from tui_scalper.core.trading import Trading
from tui_scalper.core.units import FOREVER
from tui_scalper.core.venues import DAY

OWN_MARKETS: Final = frozenset({Mode.SIM, Mode.REPLAY})
"""Modes whose market knows no access of a day."""


class DayWatch:
    """`next_ns` is the midnight at which the present day ends."""

    def __init__(self, floor: Floor, trading: Trading) -> None:
        self._floor = floor
        self._trading = trading
        self.next_ns = 0

    def timed(self) -> None:
        """Time passed: look at the day."""
        floor, began = self._floor, self.next_ns
        self.next_ns = floor.universe.venue.midnight(floor.now_ns) + DAY
        if began == 0:
            return
        if floor.config.mode in OWN_MARKETS:
            self._begin_anew()
            return
        self._trading.day_over = True
        self.next_ns = FOREVER
        floor.operator.give(OperatorInput.DISARM)
        floor.say(
            Severity.ALARM,
            "the day of this run is over: no more entries; log in and start the console again",
        )

    def _begin_anew(self) -> None:
        floor = self._floor
        floor.desk.new_day()
        floor.sent.new_day()
        floor.operator.new_day()
        self._trading.new_day()
        if floor.config.mode is not Mode.REPLAY:
            floor.operator.give(OperatorInput.DISARM)
        floor.say(Severity.WARN, "a new day: trades, orders and results count from nothing again")
