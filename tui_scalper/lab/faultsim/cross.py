"""Lets the market trade with one order of ours, for a moment."""

from __future__ import annotations

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.units import Side
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import Order


def trade_with(exchange: Exchange, order: Order, now_ns: int) -> None:
    """Somebody trades with all that is left of a working `order`; then the book is as before."""
    cells = exchange.cells[order.row]
    before = cells.copy()
    asked = order.asked
    buying = asked.side is Side.BUY
    prices, quantities = (c.ASK_PRICE, c.ASK_QUANTITY) if buying else (c.BID_PRICE, c.BID_QUANTITY)
    cells[prices], cells[quantities] = asked.price, order.pending
    cells[prices + 1 : prices + c.LEVELS] = 0
    cells[c.LTP] = asked.trigger or asked.price
    rows = np.array([order.row], dtype=np.int64)
    exchange.match(rows, now_ns)
    cells[:] = before
