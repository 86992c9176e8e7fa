"""Rows of an earlier run as rows of this one: its universe may have had another order."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.instruments import Universe
from tui_scalper.core.journalled import Body
from tui_scalper.core.orders import OrderReport, UnreadableOrder

_Told = TypeVar("_Told", OrderReport, UnreadableOrder)


class RowsHere:
    """Translates what a run wrote, as far as it is known which stocks it had at which rows."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._symbols: dict[int, str] = {}
        """By row, as far as the run that wrote a record is known to have had them."""
        self._moved = False
        """A stock of that run is known to have another row here."""
        self._orders = -1
        """How many orders the last book listed: one more may be in a stock not seen before."""

    def another_run(self) -> None:
        """What follows was written by another run."""
        self._symbols.clear()
        self._moved, self._orders = False, -1

    def body(self, body: Body) -> Body:
        """`body` with the rows of this universe: the run that wrote it may have had another."""
        match body:
            case ev.OrderReported():
                return msgspec.structs.replace(body, report=self._here(body.report))
            case ev.OrderBookReported():
                known, self._orders = self._orders, len(body.reports)
                if known == self._orders and not self._moved and not body.unreadable:
                    return body
                reports = tuple(map(self._here, body.reports))
                unreadable = tuple(map(self._here, body.unreadable))
                return msgspec.structs.replace(body, reports=reports, unreadable=unreadable)
            case ev.Commanded(command=cm.Flatten() | cm.TakeOver() | cm.GiveBack() as command):
                if command.row is None or command.row not in self._symbols:
                    return body
                row = self.row(command.row, self._symbols[command.row])
                command = msgspec.structs.replace(command, row=row)
                return msgspec.structs.replace(body, command=command)
        return body

    def _here(self, told: _Told) -> _Told:
        if told.row < 0:
            return told
        row = self.row(told.row, told.symbol)
        return told if row == told.row else msgspec.structs.replace(told, row=row)

    def row(self, row: int, symbol: str) -> int:
        """Row of `symbol`, which had `row` in the run at hand; -1 when it has none here."""
        self._symbols[row] = symbol
        here = self._universe.row_of_symbol(symbol)
        self._moved |= here != row
        return -1 if here is None else here
