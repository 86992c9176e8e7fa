"""What an order of ours traded that nobody reported, told from what the broker holds.

That says something of one order only where no other of the stock can have traded unseen, too:
one that rests as the newest order book shows it has not.
"""

from __future__ import annotations

import msgspec

from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Blotter, Order
from tui_scalper.core.orders import Holding, OrderReport, Purpose


class Traded(msgspec.Struct, frozen=True):
    """Shares an order traded unseen, and what it traded in all: shares, and paise."""

    unseen: int
    filled: int
    value: int


class NewestBook:
    """Which orders the newest order book shows."""

    def __init__(self, blotter: Blotter) -> None:
        self._blotter = blotter
        self._reports: tuple[OrderReport, ...] = ()
        self.asked_ns = -1
        """When it was asked for."""
        self.listed: frozenset[str] = frozenset()
        """Of orders that can be read, by the broker's id."""

    def seen(self, event: ev.OrderBookReported) -> None:
        """An order book arrived."""
        self.asked_ns = event.asked_ns
        if event.reports is not self._reports:
            self._reports = event.reports
            self.listed = frozenset(report.order_id for report in event.reports)

    def hidden_beside(self, order: Order) -> list[Order]:
        """Other live orders of the stock that do not rest as this book shows them."""
        others = (one for one in self._blotter.live() if one is not order and one.row == order.row)
        return [one for one in others if not (one.settled and one.order_id in self.listed)]


def traded_by(order: Order, held: Holding | None, ours: int) -> Traded | None:
    """What `order` traded by what is `held` where we believe in `ours`; None: not its doing."""
    theirs = held.quantity if held is not None else 0
    unseen = (theirs - ours) * order.side
    if not 0 <= unseen <= order.largest - order.filled:
        return None
    return Traded(unseen, order.filled + unseen, order.value + _worth(order, unseen, held))


def _worth(order: Order, traded: int, held: Holding | None) -> int:
    """Value of shares `order` traded and nobody reported, paise."""
    if order.purpose is Purpose.ENTRY and held is not None and held.value:
        return held.value * traded // abs(held.quantity)
    return traded * order.terms.price
