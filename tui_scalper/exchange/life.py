"""The life of an order at the exchange: it opens, changes, trades and ends."""

from __future__ import annotations

from collections.abc import Callable

from tui_scalper.exchange.back_office import BackOffice
from tui_scalper.exchange.market import Execution, Notice, WorkingOrder
from tui_scalper.exchange.orders import LIVE, News, Order, Status, Trade, Validity
from tui_scalper.exchange.rules import STOPS, covers


class Life:
    """Moves orders through their states. `cover` is told of a cover order that traded."""

    def __init__(self, office: BackOffice) -> None:
        self._office = office
        self.cover: Callable[[Order], None]

    def open(self, order: Order) -> None:
        """The exchange takes a new order."""
        self._office.record(order, None, status=Status.OPEN_PENDING)
        self._office.record(
            order,
            News.ACCEPTED,
            status=Status.TRIGGER_PENDING if _waits(order) else Status.OPEN,
            exchange_order_id=f"11{order.number:014d}",
            exchange_ns=self._office.now_ns,
        )
        self.enter(self._office.blotter.live[order.number])

    def enter(self, order: Order) -> None:
        """Send what is left of `order` to the market and take note of what comes of it."""
        self._office.market.enter(_working(order), self._office.now_ns)
        self.digest()
        still = self._office.blotter.live.get(order.number)
        if still is not None and _is_ioc(still):
            self.withdraw(still, "Remainder of an IOC order cancelled.")

    def apply_change(self, old: Order, new: Order) -> None:
        """A live order stands otherwise from now on; a new price or more shares cost its turn."""
        was, asked = old.asked, new.asked
        for status in (Status.MODIFY_VALIDATING, Status.MODIFY_PENDING):
            self._office.record(new, None, status=status)
        status = Status.TRIGGER_PENDING if _waits(new) else Status.OPEN
        self._office.record(new, News.CHANGED, status=status, exchange_ns=self._office.now_ns)
        changed = self._office.blotter.live[new.number]
        keeps_turn = (asked.price, asked.trigger, asked.type) == (was.price, was.trigger, was.type)
        if not keeps_turn or asked.quantity > was.quantity or asked.validity is Validity.IOC:
            self.enter(changed)
        elif asked.quantity < was.quantity:
            self._office.market.reduce(_working(changed), self._office.now_ns)
            self.digest()

    def withdraw(self, order: Order, text: str) -> None:
        """Take what is left of `order` from the market."""
        left = self._office.market.withdraw(order.row, order.number, self._office.now_ns)
        self.digest()
        order = self._office.blotter.live.get(order.number, order)
        if order.status in LIVE:
            self._office.record(order, None, status=Status.CANCEL_PENDING)
            self._office.record(
                order,
                News.DONE,
                status=Status.CANCELLED,
                cancelled=left,
                text=text,
                raw_text=text,
                exchange_ns=self._office.now_ns,
            )

    def digest(self) -> None:
        """Take note of all that happened before anything new is asked of the market.

        A stop that grew sooner would work for shares it traded in the same moment.
        """
        guarded: dict[str, None] = {}
        for notice in self._office.market.drain():
            order = self._office.blotter.live.get(notice.number)
            if order is None:
                continue
            if isinstance(notice, Execution):
                self._fill(order, notice)
                if covers(order.asked):
                    guarded[order.order_id] = None
            else:
                self._trigger(order, notice)
        for order_id in guarded:
            self.cover(self._office.blotter.history(order_id)[-1])

    def _trigger(self, order: Order, notice: Notice) -> None:
        self._office.record(
            order, News.CHANGED, status=Status.OPEN, triggered=True, exchange_ns=notice.at_ns
        )

    def _fill(self, order: Order, execution: Execution) -> None:
        asked = order.asked
        trade = Trade(
            trade_id=f"{len(self._office.trades) + 1:08d}",
            order_id=order.order_id,
            exchange_order_id=order.exchange_order_id,
            row=order.row,
            token=order.token,
            symbol=asked.symbol,
            exchange=asked.exchange,
            product=asked.product,
            side=asked.side,
            quantity=execution.quantity,
            price=execution.price,
            at_ns=execution.at_ns,
        )
        self._office.trades.append(trade)
        self._office.account.book(trade)
        filled = order.filled + execution.quantity
        done = filled == asked.quantity
        self._office.record(
            order,
            News.DONE if done else News.CHANGED,
            status=Status.COMPLETE if done else Status.OPEN,
            filled=filled,
            filled_value=order.filled_value + execution.quantity * execution.price,
            exchange_ns=execution.at_ns,
        )


def _waits(order: Order) -> bool:
    """Is the order a stop whose trigger was not reached yet?"""
    return order.asked.type in STOPS and not order.triggered


def _is_ioc(order: Order) -> bool:
    """Must what is left of the order go at once?"""
    return order.asked.validity is Validity.IOC and not _waits(order)


def _working(order: Order) -> WorkingOrder:
    """What is left of an order, as the market takes it."""
    asked = order.asked
    return WorkingOrder(
        number=order.number,
        row=order.row,
        side=asked.side,
        price=asked.price,
        quantity=asked.quantity - order.filled,
        trigger=asked.trigger if _waits(order) else 0,
    )
