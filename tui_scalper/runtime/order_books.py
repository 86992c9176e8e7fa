"""Order books in a journal: only what is new of each, so that a day's journal stays small.

A broker is asked for its order book every few seconds and says mostly what it said before.
Writing every book whole would make a journal grow with the square of a day's orders, and
with it the time a start needs.
"""

from __future__ import annotations

from tui_scalper.core import events as ev
from tui_scalper.core.journalled import Body, OrderBookNews
from tui_scalper.core.orders import OrderReport


class BookMemory:
    """The last whole order book: shortens the next one, or makes a shortened one whole."""

    def __init__(self) -> None:
        self._last: dict[str, OrderReport] = {}

    def shortened(self, body: Body) -> Body:
        """`body` as it is written: an order book without the reports that are as before."""
        if not isinstance(body, ev.OrderBookReported):
            return body
        before = self._last
        self._last = {report.order_id: report for report in body.reports}
        goes_on = list(self._last)[: len(before)] == list(before)
        if not before or not goes_on or len(self._last) != len(body.reports):
            return body
        fresh = tuple(one for one in body.reports if before.get(one.order_id) != one)
        return OrderBookNews(
            at_ns=body.at_ns,
            asked_ns=body.asked_ns,
            reports=fresh,
            unreadable=body.unreadable,
        )

    def whole(self, body: Body) -> Body:
        """`body` as it happened: an order book with the reports it repeats."""
        if isinstance(body, ev.OrderBookReported):
            self._last = {report.order_id: report for report in body.reports}
        if not isinstance(body, OrderBookNews):
            return body
        self._last |= {report.order_id: report for report in body.reports}
        return ev.OrderBookReported(
            at_ns=body.at_ns,
            asked_ns=body.asked_ns,
            reports=tuple(self._last.values()),
            unreadable=body.unreadable,
        )
