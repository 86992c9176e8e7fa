"""Shares that nobody's orders explain become a position of ours, so that they get a stop."""

from __future__ import annotations

from tui_scalper.core.blotter import Order
from tui_scalper.core.desk import Desk
from tui_scalper.core.effects import NoteHolding
from tui_scalper.core.instruments import Universe
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import OrderKind, OrderTerms, Purpose
from tui_scalper.core.positions import Position
from tui_scalper.core.units import Side


def adopt(desk: Desk, universe: Universe, held: NoteHolding, now_ns: int) -> Position:
    """Enter `held` as a position whose entry, which no exchange ever had, is all filled."""
    row, quantity = held.row, abs(held.quantity)
    side = Side.BUY if held.quantity > 0 else Side.SELL
    price = max(held.value // quantity, universe[row].tick)
    terms = OrderTerms(kind=OrderKind.LIMIT, quantity=quantity, price=price)
    entry = Order(held.tag, row, held.symbol, side, Purpose.ENTRY, terms, now_ns)
    entry.state = OrderState.FILLED
    entry.filled, entry.value = quantity, held.value or price * quantity
    position = Position(row, universe[row], side, entry, now_ns, entry_ended=True, filled_ns=now_ns)
    desk.blotter.add(entry)
    desk.enrol(position, entry)
    desk.strangers.taken_over(row, held.quantity, now_ns)
    return position
