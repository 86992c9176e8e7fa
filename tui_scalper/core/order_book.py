"""The broker's whole order book: the truth, as of when it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.by_hand import ByHand
from tui_scalper.core.effects import NoteOver
from tui_scalper.core.ledger import Ledger, Surroundings
from tui_scalper.core.order_news import HAUNT_NS, OrderNews
from tui_scalper.core.order_table import OrderInput, OrderState
from tui_scalper.core.orders import OrderReport
from tui_scalper.core.steering import Steering


def entries_first(reports: Sequence[OrderReport]) -> Iterator[OrderReport]:
    """The reports of a book, those of stops the broker holds after those of their entries."""
    stops = []
    for report in reports:
        if report.parent_id:
            stops.append(report)
        else:
            yield report
    yield from stops


class OrderBook:
    """Takes in order books.

    Absence is proof here of an order the broker never numbered, unless what is held says that
    it traded; of others, and of those, see core.unlisted.
    Nothing is asked before the whole book is taken in: one order of it may answer for another.
    """

    def __init__(
        self,
        around: Surroundings,
        ledger: Ledger,
        steering: Steering,
        by_hand: ByHand,
        news: OrderNews,
    ) -> None:
        self._around = around
        self._ledger = ledger
        self._steering = steering
        self._by_hand = by_hand
        self._news = news
        self._taken: tuple[OrderReport, ...] | None = None
        self._version = -1
        """Of the blotter, when the reports of `_taken` had been taken in."""

    def reported(self, event: ev.OrderBookReported) -> None:
        """The order book arrived; one that is the last one again tells nothing twice."""
        blotter = self._ledger.blotter
        self._steering.gather()
        if event.reports is not self._taken or blotter.version != self._version:
            self._take(event)
            self._taken, self._version = event.reports, blotter.version
        self._judge_absence(event)
        self._steering.steer_gathered(event.at_ns)

    def _take(self, event: ev.OrderBookReported) -> None:
        if not self._ledger.strangers.acquainted:
            self._by_hand.acquaint(event.reports)
        for report in entries_first(event.reports):
            self._news.take(report, event.at_ns, event.asked_ns)

    def _judge_absence(self, event: ev.OrderBookReported) -> None:
        blotter = self._ledger.blotter
        nameless = [
            order
            for order in blotter.live()
            if order.state is OrderState.UNKNOWN and not order.order_id
        ]
        if not nameless:
            return
        listed = {id(blotter.find(report)) for report in event.reports}
        for order in nameless:
            unread = any(blotter.may_be(order, one) for one in event.unreadable)
            if unread or id(order) in listed:
                continue
            if not self._is_absent(order, event.asked_ns):
                continue
            if not self._ledger.contradicted(order.row, order.doubted_ns):
                self._ledger.haunt(order.row, event.at_ns + HAUNT_NS)
                text = "never reached the broker"
                self._around.emit(NoteOver(tag=order.tag, filled=order.filled, value=order.value))
                self._news.moved(order, OrderInput.NOT_IN_BOOK, event.at_ns, text)

    def _is_absent(self, order: Order, asked_ns: int) -> bool:
        """Whether this order book, which does not show a doubted order, settles that it is not."""
        risk = self._around.config.risk
        since_ns = order.missed_ns + self._around.config.polls.doubt_ns if order.missed else 0
        if asked_ns >= max(order.doubted_ns, since_ns):
            order.missed += 1
            order.missed_ns = asked_ns
        waited_ns = asked_ns - order.doubted_ns
        return waited_ns >= risk.absent_ns and order.missed >= risk.absent_books
