"""Orders that have their number and that the broker's order book no longer shows.

A book without an order proves nothing: after as many, over as long a time, as prove the absence
of an order nobody numbered (risk.absent_books, risk.absent_ns) it is in doubt and said. From
the first such book on the broker is asked for that order alone, and for what it holds.

The order is over when the books are proof, the broker denied it by its number `DENIALS` times,
and what is held of the stock since differs from ours by no more than the order could trade: so
much it traded, at what was paid for what is held or else at its limit, until somebody says more.
Then exits go on. What is held and cannot be explained so halts, and the order stays in doubt:
only a person knows.
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.effects import NoteOver, PollOrder, PollPositions
from tui_scalper.core.floor import Floor
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import Holding
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.trading import Trading
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.unseen import NewestBook, traded_by

DENIALS: Final = 2
ASKED_AT_ONCE: Final = 2
"""Orders asked for alone after one order book; brokers bound such questions, too."""
DOUBTFUL: Final = frozenset({OrderState.WORKING, OrderState.UNKNOWN})
"""Others wait for an answer; without one they are UNKNOWN soon."""


class Unlisted:
    """Watches for such orders, and ends them when that is proven."""

    def __init__(self, floor: Floor, trading: Trading, book: NewestBook) -> None:
        self._floor = floor
        self._trading = trading
        self._book = book

    def book_seen(self, event: ev.OrderBookReported) -> None:
        """An order book was taken in: which of our orders does it lack?"""
        unread = {one.order_id for one in event.unreadable}
        missing: list[Order] = []
        doubted = False
        for order in self._floor.desk.blotter.live():
            if not order.order_id:
                doubted |= order.missed > 0
                continue
            if order.state not in DOUBTFUL:
                continue
            if order.order_id in self._book.listed or order.order_id in unread:
                order.found()
            elif self._misses(order, event.asked_ns):
                missing.append(order)
        for order in sorted(missing, key=lambda one: one.denied_ns)[:ASKED_AT_ONCE]:
            self._floor.send(PollOrder(order_id=order.order_id))
        if missing or doubted:
            self._floor.send(PollPositions())

    def _misses(self, order: Order, asked_ns: int) -> bool:
        """Count a book without `order`; False when it was asked for too early to count."""
        risk, polls = self._floor.config.risk, self._floor.config.polls
        spaced_ns = order.missed_ns + polls.doubt_ns if order.missed else 0
        if asked_ns <= order.sent_ns or asked_ns < spaced_ns:
            return order.missed > 0
        order.missed += 1
        order.missed_ns = asked_ns
        order.missing_ns = order.missing_ns or asked_ns
        lasted_ns = asked_ns - order.missing_ns
        if order.missed >= risk.absent_books and lasted_ns >= risk.absent_ns and not order.unlisted:
            self._doubt(order)
        return True

    def _doubt(self, order: Order) -> None:
        floor = self._floor
        order.unlisted = True
        floor.desk.unlist(order, floor.now_ns)
        floor.say(
            Severity.ALARM,
            f"{order.symbol}: {order.purpose.value} order {order.order_id} is no longer in the "
            "broker's order book; asking for it alone and for what is held. Look at the broker's "
            "own screen: what is open there can be closed there",
        )

    def denied(self, event: ev.OrderDenied) -> None:
        """The broker says that it has no order of this number."""
        order = self._floor.desk.blotter.by_id(event.order_id)
        if order is not None and order.missed and event.asked_ns >= order.missing_ns:
            order.denials += 1
            order.denied_ns = event.asked_ns

    def held(self, event: ev.PositionsReported) -> None:
        """What the broker holds, no order having moved since it was asked."""
        theirs = {one.row: one for one in event.holdings}
        self._floor.desk.learn_held(event.holdings, event.asked_ns)
        for order in self._floor.desk.blotter.live():
            if self._is_over(order, event.asked_ns) and self._alone(order):
                self._conclude(order, theirs.get(order.row))

    def _is_over(self, order: Order, asked_ns: int) -> bool:
        """Whether only what is held, asked for at `asked_ns`, is missing to say what it traded.

        An order nobody numbered, and of which what is held says nothing, ends by books alone.
        """
        if order.order_id:
            return order.unlisted and order.denials >= DENIALS and asked_ns > order.denied_ns
        proven = asked_ns > order.missed_ns and self._is_missing(order)
        return proven and self._floor.desk.contradicted(order.row, order.doubted_ns)

    def _is_missing(self, order: Order) -> bool:
        """Whether books prove that the broker never showed `order`, which has no number."""
        risk = self._floor.config.risk
        lasted_ns = order.missed_ns - order.doubted_ns
        return order.missed >= risk.absent_books and lasted_ns >= risk.absent_ns

    def _alone(self, order: Order) -> bool:
        """Whether no other order of the stock can have changed what is held unseen.

        One the last book shows cannot. Nor, beside an order the broker had once, one that no
        book ever showed.
        """
        return all(
            order.order_id and not one.order_id and self._is_missing(one)
            for one in self._book.hidden_beside(order)
        )

    def _conclude(self, order: Order, held: Holding | None) -> None:
        floor = self._floor
        traded = traded_by(order, held, floor.desk.believed(order.row))
        if traded is None:
            self._puzzled(order, held.quantity if held is not None else 0)
            return
        floor.send(NoteOver(tag=order.tag, filled=traded.filled, value=traded.value))
        floor.say(
            Severity.ALARM,
            f"{order.symbol}: the broker has no {order.purpose.value} order {order.order_id}; by "
            f"what is held it traded {traded.unseen} shares. It is over, what is held is guarded "
            "anew",
        )
        floor.desk.conclude(order, traded.filled, traded.value, floor.now_ns)

    def _puzzled(self, order: Order, theirs: int) -> None:
        """Nothing explains what is held: a person must look, and nothing is sent meanwhile."""
        floor = self._floor
        if self._trading.give(TradingInput.MISMATCH):
            floor.say(
                Severity.ALARM,
                f"{order.symbol}: the broker has no order {order.order_id} and says it holds "
                f"{theirs} where we have {floor.desk.believed(order.row)}; square it on the "
                "broker's own screen, then it is taken up from there",
            )
