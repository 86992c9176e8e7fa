"""Orders that nobody can read: how much of them can be told all the same."""

from __future__ import annotations

from typing import Final

import msgspec

from tui_scalper.core.orders import OrderReport, UnreadableOrder
from tui_scalper.lab.faultsim.kinds import FaultKind
from tui_scalper.lab.faultsim.weather import Weather

STOCK_ALONE: Final = 1
NOTHING: Final = 2
"""Amounts of the fault."""


class Garbling:
    """Says which reports cannot be read; times are after the start."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather

    def hides(self, told: OrderReport, at_ns: int) -> bool:
        """Whether nobody can read `told`."""
        return self._weather.strikes(FaultKind.UNREADABLE, at_ns, told.row) is not None

    def split(
        self, book: tuple[OrderReport, ...], at_ns: int
    ) -> tuple[tuple[OrderReport, ...], tuple[UnreadableOrder, ...]]:
        """What of an order book can be read, and what cannot; the book itself where all can."""
        garbled = {id(told): self._garbled(told, at_ns) for told in book}
        unreadable = tuple(one for one in garbled.values() if one is not None)
        if not unreadable:
            return book, ()
        return tuple(told for told in book if garbled[id(told)] is None), unreadable

    def _garbled(self, told: OrderReport, at_ns: int) -> UnreadableOrder | None:
        fault = self._weather.strikes(FaultKind.UNREADABLE, at_ns, told.row)
        if fault is None:
            return None
        entry = UnreadableOrder(text="garbled")
        if fault.amount < NOTHING:
            entry = msgspec.structs.replace(entry, symbol=told.symbol, row=told.row)
        if fault.amount < STOCK_ALONE:
            entry = msgspec.structs.replace(entry, order_id=told.order_id, tag=told.tag)
        return entry
