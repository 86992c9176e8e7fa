"""What was traded by hand while nobody watched, worked out at a start.

A restart rebuilds our orders, not what somebody else did to our shares. The broker's order
book tells it: foreign fills against a position of ours closed shares of it, as they would
have while we watched, and those must be neither guarded nor sold again.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui_scalper.core.desk import Desk
from tui_scalper.core.orders import Holding, OrderReport
from tui_scalper.core.positions import Position


def credit_hand_trades(desk: Desk, holdings: Sequence[Holding]) -> frozenset[int]:
    """Take every foreign fill known into account, whatever was made of it before.

    Returns the rows of which our fills and the foreign ones together are what `holdings` say:
    nothing in them is without an owner.
    """
    by_row: dict[int, list[OrderReport]] = {}
    for report in desk.strangers.fills():
        by_row.setdefault(report.row, []).append(report)
    desk.strangers.net.clear()
    theirs = {one.row: one.quantity for one in holdings}
    return frozenset(
        row for row, fills in by_row.items() if _credit(desk, row, fills) == theirs.get(row, 0)
    )


def _credit(desk: Desk, row: int, fills: list[OrderReport]) -> int:
    """Credit `fills`; returns what the broker should hold of `row`, short negative."""
    left = sum(one.side * one.filled for one in fills)
    mine = [one for one in desk.owned() if one.row == row]
    expected = left + sum(_by_orders(one) * one.side for one in mine)
    for position in mine:
        closed = min(max(_by_orders(position), 0), max(-left * position.side, 0))
        left += closed * position.side
        position.taken = closed
        position.taken_value = closed * _average(fills, position)
        if closed:
            position.reason = "by hand"
    desk.strangers.net[row] = left
    return expected


def _by_orders(position: Position) -> int:
    """Shares of `position` by our own orders alone."""
    return position.held + position.taken


def _average(fills: list[OrderReport], position: Position) -> int:
    """Paise a share of the foreign fills that close `position`; 0 without any."""
    closing = [one for one in fills if one.side is position.side.opposite]
    return sum(one.filled_value for one in closing) // max(sum(one.filled for one in closing), 1)
