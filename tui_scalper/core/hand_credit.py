"""What was traded by hand while nobody watched, worked out at a start.

A restart rebuilds our orders, not what somebody else did to our shares. The broker's order
book tells it: where our fills and the foreign ones together are what the broker holds, the
foreign fills against us closed shares of ours, and those must not be guarded or sold again.
Where they do not add up nothing is taken for granted, and the comparison of holdings judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui_scalper.core.desk import Desk
from tui_scalper.core.orders import Holding, OrderReport
from tui_scalper.core.positions import Position


def credit_hand_trades(
    desk: Desk, foreign: Iterable[OrderReport], holdings: Sequence[Holding]
) -> frozenset[int]:
    """Take foreign fills into account; returns the rows they explain.

    `foreign` are the orders of the broker's book that are not ours, `holdings` was asked for
    after that book.
    """
    by_row: dict[int, list[OrderReport]] = {}
    for report in foreign:
        if report.row >= 0 and report.filled:
            by_row.setdefault(report.row, []).append(report)
    theirs = {one.row: one.quantity for one in holdings}
    return frozenset(
        row for row, fills in by_row.items() if _credit(desk, row, fills, theirs.get(row, 0))
    )


def _credit(desk: Desk, row: int, fills: list[OrderReport], theirs: int) -> bool:
    """Whether `fills` explain what the broker holds of `row`; credits them if so."""
    left = sum(one.side * one.filled for one in fills)
    mine = [one for one in desk.owned() if one.row == row]
    if sum(_by_orders(one) * one.side for one in mine) + left != theirs:
        return False
    for position in mine:
        closed = min(max(_by_orders(position), 0), max(-left * position.side, 0))
        left += closed * position.side
        position.taken = closed
        position.taken_value = closed * _average(fills, position)
        if closed:
            position.reason = "by hand"
    desk.strangers.net[row] = left
    return True


def _by_orders(position: Position) -> int:
    """Shares of `position` by our own orders alone."""
    return position.held + position.taken


def _average(fills: list[OrderReport], position: Position) -> int:
    """Paise a share of the foreign fills that close `position`; 0 without any."""
    closing = [one for one in fills if one.side is position.side.opposite]
    return sum(one.filled_value for one in closing) // max(sum(one.filled for one in closing), 1)
