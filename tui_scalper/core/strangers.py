"""Orders of this account that are not ours: what somebody else traded, by stock.

A person may trade in the broker's own app while the engine runs. Such a trade against an
open position of ours closes shares we guard, unless it first closes shares that were traded
by hand before. The broker's reports are all we see of it; they only ever add fills.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from tui_scalper.core.orders import OrderReport
from tui_scalper.core.units import Side


class Traded(msgspec.Struct, frozen=True, kw_only=True):
    """New fills of somebody else's order: shares, and their value in paise."""

    row: int
    symbol: str
    side: Side
    quantity: int
    value: int


class Strangers:
    """What is known of orders that are not ours. `net` is shares by row, negative when short."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        """Stocks of the universe; whoever names another row means none of them."""
        self.net: Counter[int] = Counter()
        self.acquainted = False
        """The broker's order book was seen once: later fills are news."""
        self._known: dict[str, OrderReport] = {}
        """The report with the most fills by the broker's order id."""
        self._unexplained: dict[int, tuple[int, int]] = {}
        """Shares of a row that were taken over, negative when short, and when."""

    def learn(self, report: OrderReport) -> Traded | None:
        """Take in a report; the fills it adds, None when it adds none."""
        known = self._known.get(report.order_id)
        filled, value = (known.filled, known.filled_value) if known is not None else (0, 0)
        if report.filled <= filled:
            return None
        self._known[report.order_id] = report
        gained = report.filled - filled
        quantity = gained - self._explained(report, gained)
        if not 0 <= report.row < self._rows or quantity == 0:
            return None
        return Traded(
            row=report.row,
            symbol=report.symbol,
            side=report.side,
            quantity=quantity,
            value=max(report.filled_value - value, 0) * quantity // gained,
        )

    def taken_over(self, row: int, quantity: int, now_ns: int) -> None:
        """Shares of `row` that no order explains are ours from now on, negative when short.

        An order heard of later that traded before may be what they came from.
        """
        self._unexplained[row] = (quantity, now_ns)

    def explains(self, report: OrderReport) -> bool:
        """Whether shares were taken over that `report` may have traded unheard of."""
        left, taken_ns = self._unexplained.get(report.row, (0, 0))
        return left * report.side > 0 and report.exchange_ns <= taken_ns

    def _explained(self, report: OrderReport, gained: int) -> int:
        """How many of the shares `report` adds were taken over before anyone heard of it."""
        if not self.explains(report):
            return 0
        left, taken_ns = self._unexplained[report.row]
        explained = min(gained, abs(left))
        self._unexplained[report.row] = (left - explained * report.side, taken_ns)
        return explained

    def know(self, order_id: str) -> bool:
        """Whether fills of this order were booked as somebody else's."""
        return order_id in self._known

    def closing(self, traded: Traded) -> int:
        """How many of these shares do no more than close what was traded by hand before."""
        against = -self.net[traded.row] * traded.side
        return min(max(against, 0), traded.quantity)
