"""Whose shares were traded: what others trade closes our position first, then it is theirs.

The same rule while we watch, when a journal is rebuilt record by record, and at a start, for
what was traded while nobody watched. Whatever it makes of a trade, all shares stay counted:
what is held by our positions and `Strangers.net` together is what the broker holds.
"""

from __future__ import annotations

from tui_scalper.core.blotter import Order
from tui_scalper.core.positions import Position
from tui_scalper.core.strangers import Strangers, Traded


def credit(strangers: Strangers, position: Position | None, traded: Traded) -> int:
    """Book a trade of somebody else; returns how many shares of `position` it closed.

    It closes no more than is held, and first what was traded by hand before.
    """
    taken = 0
    if position is not None and position.held and traded.side is position.holding.opposite:
        taken = min(traded.quantity - strangers.closing(traded), abs(position.held))
    strangers.net[traded.row] += traded.side * (traded.quantity - taken)
    if position is not None and taken:
        closed = -1 if traded.side is position.side else 1
        position.taken += closed * taken
        position.taken_value += closed * traded.value * taken // traded.quantity
        position.reason = "by hand"
    return taken


def stray(position: Position, order: Order, filled: int, value: int) -> Traded | None:
    """What `order` of an earlier position traded beyond `filled`: from now on somebody else's."""
    quantity = order.filled - filled
    if quantity <= 0:
        return None
    position.taken += position.held
    return Traded(
        row=order.row,
        symbol=order.symbol,
        side=order.side,
        quantity=quantity,
        value=order.value - value,
    )


def disown(strangers: Strangers, position: Position) -> None:
    """What an earlier position of a stock still seems to hold is nobody's to guard."""
    strangers.net[position.row] += position.held * position.side
    position.taken += position.held
