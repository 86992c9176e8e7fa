"""The orders of today: those that may still trade first, then the newest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui_scalper.core.snapshot import OrderRow
from tui_scalper.core.units import Side
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import Line, Span
from tui_scalper.widgets.palette import Role
from tui_scalper.widgets.table import Column, fitting, header, row

SYMBOL: Final = Column("ORDER", 10)
SIDE: Final = Column("SIDE", 6)
PURPOSE: Final = Column("FOR", 7)
KIND: Final = Column("TYPE", 5)
QUANTITY: Final = Column("QTY", 5, right=True)
DONE: Final = Column("DONE", 5, right=True)
PRICE: Final = Column("PRICE", 9, right=True)
TRIGGER: Final = Column("TRIG", 9, right=True)
STATE: Final = Column("STATE", 15)
COLUMNS: Final = (SYMBOL, SIDE, PURPOSE, KIND, QUANTITY, DONE, PRICE, TRIGGER, STATE)
DROPPED_FIRST: Final = (KIND, PURPOSE, DONE, PRICE, SIDE)
SIDE_ROLE: Final = {Side.BUY: Role.BID, Side.SELL: Role.ASK}
OVER: Final = frozenset({"filled", "cancelled", "rejected", "absent"})
"""States of orders that can trade no more; they stand below the others."""


def level(paise: int) -> str:
    """A price, a dash where there is none."""
    return text.price(paise) if paise else "-"


def order_line(order: OrderRow, columns: Sequence[Column], width: int) -> Line:
    """One order."""
    cells: dict[Column, Span] = {
        SYMBOL: (order.symbol, Role.TEXT),
        SIDE: (text.SIDE_TEXT[order.side], SIDE_ROLE[order.side]),
        PURPOSE: (order.purpose, Role.TEXT),
        KIND: (order.kind, Role.TEXT),
        QUANTITY: (str(order.quantity), Role.TEXT),
        DONE: (str(order.filled), Role.TEXT),
        PRICE: (level(order.price), Role.TEXT),
        TRIGGER: (level(order.trigger), Role.TEXT),
        STATE: _state(order),
    }
    return row([cells[column] for column in columns], columns, width, cursor=False)


def _state(order: OrderRow) -> Span:
    if order.state.upper() == "UNKNOWN":
        return "? unknown", Role.ALARM
    return order.state, Role.INFO


def order_lines(orders: Sequence[OrderRow], *, width: int, height: int) -> list[Line]:
    """Header and orders, none where there is no room for both."""
    if not orders or height < 2:
        return []
    columns = fitting(COLUMNS, DROPPED_FIRST, width)
    newest = sorted(orders, key=lambda order: (order.state in OVER, -order.at_ns))
    return [
        header(columns, width, Role.PANEL),
        *(order_line(order, columns, width) for order in newest[: height - 1]),
    ]
