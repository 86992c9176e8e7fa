"""The broker's trade book against its order book: did our orders fill what it says, at that price?

Asked at every start, after every reconnection, and again while something differs. The two books
are not of the same moment, and news of a fill can be on its way, so one difference proves
nothing; the same one again, with an order book between, is a doubt. It is said, and stops
entries in the stock until the books agree. What an order filled is never taken from here:
the order book leads, and shares nobody explains are seen in what is held. A broker that answers
for its orders and not for its trades holds no start up.
"""

from __future__ import annotations

import msgspec

from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.effects import PollTrades
from tui_scalper.core.floor import Floor
from tui_scalper.core.orders import OrderTrades
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.units import FOREVER, rupees


class Contradiction(msgspec.Struct, frozen=True):
    """An order of which the two books say different things; values in paise."""

    order_id: str
    row: int
    symbol: str
    filled: int
    value: int
    traded: int
    traded_value: int

    @property
    def text(self) -> str:
        """Both sides, in words."""
        return (
            f"{self.symbol}: by the order book order {self.order_id} filled {self.filled} for "
            f"{rupees(self.value)}, by the trades {self.traded} for {rupees(self.traded_value)}"
        )


class TradeWatch:
    """The comparison. `ask_ns` says when the trades are asked for next."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.ask_ns = FOREVER
        self._suspected: dict[Contradiction, int] = {}
        """Since when, by the time of asking, an order differs so."""
        self._book_ns = -1
        """When the newest order book that came was asked for."""
        self._standing: frozenset[Contradiction] = frozenset()
        """What was the same when both books had been asked for again."""

    def ask(self) -> None:
        """Ask for the trades now."""
        self.ask_ns = FOREVER
        self._floor.send(PollTrades())

    def book_seen(self, asked_ns: int) -> None:
        """An order book asked for at `asked_ns` was taken in."""
        self._book_ns = max(self._book_ns, asked_ns)

    def reported(self, event: ev.TradesReported) -> None:
        """The trade book came."""
        found = self._contradictions({one.order_id: one for one in event.trades})
        self._suspected = {one: self._suspected.get(one, event.asked_ns) for one in found}
        before = self._standing
        standing = self._standing = frozenset(
            one for one in found if self._stands(one, event.asked_ns)
        )
        self._floor.desk.doubts.disputed = frozenset(one.row for one in standing)
        for one in found:
            if one in standing and one not in before:
                self._floor.say(
                    Severity.ALARM,
                    f"{one.text}; no entry in it until they agree, so look at the broker's own "
                    "screen",
                )
        if before and not standing:
            self._floor.say(Severity.GOOD, "orders and trades agree again")
        if found:
            self._floor.desk.poll(self._floor.now_ns)
            self.ask_ns = self._floor.now_ns + self._floor.config.polls.doubt_ns

    def _stands(self, one: Contradiction, asked_ns: int) -> bool:
        return self._suspected[one] < min(self._book_ns, asked_ns)

    def _contradictions(self, trades: dict[str, OrderTrades]) -> list[Contradiction]:
        """Orders of today that the broker numbered and does not deny, and that differ."""
        venue = self._floor.universe.venue
        today_ns = venue.midnight(self._floor.now_ns)
        asked = (one for one in self._floor.desk.blotter if one.order_id and not one.unlisted)
        pairs = ((one, trades.get(one.order_id)) for one in asked if one.sent_ns >= today_ns)
        return [_compared(one, traded) for one, traded in pairs if _differs(one, traded)]


def _differs(order: Order, traded: OrderTrades | None) -> bool:
    """Whether shares differ, or their value by more than an average price is rounded by."""
    quantity, value = (traded.quantity, traded.value) if traded is not None else (0, 0)
    if order.filled != quantity:
        return True
    return order.priced and abs(order.value - value) > quantity


def _compared(order: Order, traded: OrderTrades | None) -> Contradiction:
    quantity, value = (traded.quantity, traded.value) if traded is not None else (0, 0)
    return Contradiction(
        order.order_id, order.row, order.symbol, order.filled, order.value, quantity, value
    )
