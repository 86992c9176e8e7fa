"""News of orders: the broker's answers to our requests, and the updates it volunteers."""

from __future__ import annotations

from typing import Final

from tui_scalper.core import events as ev
from tui_scalper.core.aftermath import Aftermath, Glimpse, glimpse
from tui_scalper.core.blotter import Order
from tui_scalper.core.by_hand import ByHand
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.ledger import Ledger, Surroundings
from tui_scalper.core.order_table import OrderInput, OrderState
from tui_scalper.core.orders import Leg, OrderReport, Purpose
from tui_scalper.core.outbox import Outbox
from tui_scalper.core.positions import Position
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.steering import Steering
from tui_scalper.core.units import FOREVER, NS, rupees

REFUSED_SHORT: Final = 2
"""A stop that guards too few shares, and may not be changed after so many tries, is left."""
HAUNT_NS: Final = 60 * NS
"""No entry in a stock for this long after an order of it was found absent: it may turn up."""
ODD_UPDATE: Final = "order update larger than asked"


class OrderNews:
    """Moves orders by what is heard of them, and has the consequences drawn."""

    def __init__(
        self,
        around: Surroundings,
        ledger: Ledger,
        outbox: Outbox,
        steering: Steering,
        by_hand: ByHand,
        aftermath: Aftermath,
    ) -> None:
        self._around = around
        self._ledger = ledger
        self._outbox = outbox
        self._steering = steering
        self._by_hand = by_hand
        self._aftermath = aftermath

    def placed(self, event: ev.Placed) -> None:
        """The broker took a new order."""
        order = self._ledger.blotter.by_tag(event.tag)
        if order is not None:
            self._ledger.blotter.named(order, event.order_id)
            self.moved(order, OrderInput.PLACED, event.at_ns)
            if order.purpose is Purpose.EXIT and not order.seen:
                # brokers volunteer nothing when an order is just taken
                self._outbox.poll(event.at_ns)

    def place_refused(self, event: ev.PlaceRefused) -> None:
        """The broker did not take it."""
        order = self._ledger.blotter.by_tag(event.tag)
        if order is not None:
            self.moved(order, OrderInput.REFUSED, event.at_ns, event.text)

    def place_unknown(self, event: ev.PlaceUnknown) -> None:
        """Nobody knows whether it did."""
        order = self._ledger.blotter.by_tag(event.tag)
        if order is not None:
            self._doubted(order, event.at_ns, event.text)

    def change_answered(
        self, event: ev.ModifyRefused | ev.CancelRefused | ev.ChangeUnknown
    ) -> None:
        """A modification or cancellation was refused, or nobody knows."""
        order = self._ledger.blotter.by_id(event.order_id)
        if order is None:
            return
        order.patient_ns = event.at_ns + self._around.config.protection.reprice_ns
        if isinstance(event, ev.ChangeUnknown):
            self._doubted(order, event.at_ns, event.text)
            return
        given = (
            OrderInput.MODIFY_REFUSED
            if isinstance(event, ev.ModifyRefused)
            else OrderInput.CANCEL_REFUSED
        )
        self._around.chronicle.say(
            event.at_ns, Severity.WARN, f"{order.symbol} {given.value}: {event.text}"
        )
        if given is OrderInput.MODIFY_REFUSED:
            self._after_refused_change(order, event.at_ns)
            order.wanted = order.terms
        self.moved(order, given, event.at_ns, event.text)
        if order.state is OrderState.UNKNOWN:
            self._outbox.poll(event.at_ns)

    def _after_refused_change(self, order: Order, now_ns: int) -> None:
        """A stop the market passed becomes an exit; an exit that cannot be changed is replaced."""
        position = self._ledger.positions.get(order.row)
        if position is None or order is not position.exit:
            return
        if position.goal is Goal.PROTECT:
            self._after_refused_stop(position, order, now_ns)
        if position.goal is Goal.EXIT:
            order.stuck = not position.collared
            order.patient_ns = 0
            position.stay_at_best()

    def _after_refused_stop(self, position: Position, order: Order, now_ns: int) -> None:
        """A stop for too few shares is first made large enough where it is, else it is left.

        Our last price may be older than the broker's: then it refuses a stop we think can rest.
        """
        cells, rules = self._around.table.cells[order.row], self._around.config.protection
        if order.leg is not Leg.STOP:  # the size of that one is the broker's
            order.short += order.terms.quantity - order.filled < position.held
        if position.stop_is_passed(cells, rules) or order.short > REFUSED_SHORT:
            self._steering.turn(position, GoalInput.STOP_PASSED, now_ns)
        elif order.short == 1 and order.wanted.trigger != order.terms.trigger:
            order.patient_ns = 0

    def reported(self, event: ev.OrderReported) -> None:
        """The broker volunteered an update: a hint, which the order book confirms if it is odd.

        One that makes an order larger than we ever asked is not acted on; only the order book,
        which we ask for ourselves, is believed that somebody enlarged it by hand.
        """
        report = event.report
        if self._ledger.awaits_book(report):
            self._outbox.poll(event.at_ns)
            return
        order = self._ledger.blotter.find(report)
        if order is not None and not order.may_be_for(report.terms.quantity):
            self._around.chronicle.faults[ODD_UPDATE] += 1
            self._around.chronicle.say(
                event.at_ns,
                Severity.ALARM,
                f"{report.symbol}: an update says {report.filled} of {report.terms.quantity} "
                f"where {order.largest} were asked; asking the order book",
            )
            self._outbox.poll(event.at_ns)
            return
        taken = self.take(report, event.at_ns)
        if taken is not None:
            taken.heard_ns = event.at_ns

    def take(self, report: OrderReport, at_ns: int, asked_ns: int = FOREVER) -> Order | None:
        """Take in what the broker says of one order; the order when it is ours.

        `asked_ns` is when we asked for it; never, of what the broker volunteers.
        """
        if self._ledger.premature(report):
            return None
        order = self._ledger.mine(report, at_ns)
        if order is None:
            self._by_hand.reported(report, at_ns)
            return None
        if order.live:
            self._outbox.follow(at_ns)
        before = glimpse(order)
        if self._ledger.blotter.report(order, report, at_ns, asked_ns):
            self._say_progress(order, before, at_ns)
            self._aftermath.after(order, before, at_ns)
        return order

    def unlisted(self, order: Order, at_ns: int) -> None:
        """The broker no longer shows `order`: nobody knows whether it rests."""
        self._ledger.blotter.apply(order, OrderInput.UNLISTED, at_ns, "not in the order book")

    def concluded(self, order: Order, filled: int, value: int, at_ns: int) -> None:
        """The broker denies `order`, which traded `filled` shares by what is held."""
        before = glimpse(order)
        self._ledger.blotter.conclude(order, filled, value, at_ns)
        if order.state is OrderState.ABSENT:
            self._ledger.haunt(order.row, at_ns + HAUNT_NS)
        self._say_progress(order, before, at_ns)
        self._aftermath.after(order, before, at_ns)

    def supposed(self, order: Order, filled: int, value: int, at_ns: int) -> None:
        """Nobody can read `order`, which traded `filled` shares by what is held."""
        before = glimpse(order)
        self._ledger.blotter.suppose(order, filled, value)
        self._say_progress(order, before, at_ns)
        self._aftermath.after(order, before, at_ns)

    def moved(self, order: Order, given: OrderInput, at_ns: int, text: str = "") -> None:
        """Move `order` by its table, and draw the consequences."""
        before = glimpse(order)
        self._ledger.blotter.apply(order, given, at_ns, text)
        self._say_progress(order, before, at_ns)
        self._aftermath.after(order, before, at_ns)

    def doubt_the_unanswered(self, now_ns: int) -> None:
        """Orders whose answer is overdue are UNKNOWN."""
        for order in self._ledger.blotter.live():
            if order.in_flight and now_ns - order.asked_ns >= self._around.config.risk.doubt_ns:
                self._doubted(order, now_ns, "no answer in time")

    def _doubted(self, order: Order, at_ns: int, text: str) -> None:
        if self._ledger.blotter.apply(order, OrderInput.DOUBTED, at_ns, text):
            self._around.chronicle.say(
                at_ns,
                Severity.ALARM,
                f"{order.purpose} {order.symbol} is UNKNOWN ({text}); asking the broker",
            )
            self._outbox.poll(at_ns)

    def _say_progress(self, order: Order, before: Glimpse, at_ns: int) -> None:
        chronicle = self._around.chronicle
        if order.filled > before.filled:
            average = order.value // order.filled
            chronicle.say(
                at_ns,
                Severity.GOOD,
                f"{order.purpose} {order.symbol} {order.side.name} filled "
                f"{order.filled}/{order.wanted.quantity} at {rupees(average)}",
            )
        if order.state is not before.state and order.state is OrderState.REJECTED:
            chronicle.say(
                at_ns, Severity.ALARM, f"{order.purpose} {order.symbol} rejected: {order.text}"
            )
