"""The exchange and its broker as one pure machine: orders in, updates out, time passed in.

It knows no clock, thread or socket. A Market behind it matches; here orders live their
life, trades are booked, and everything is refused that the real broker refuses.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.events import Rows
from tui_scalper.core.instruments import Universe
from tui_scalper.core.market import Cells
from tui_scalper.core.venues import Phase
from tui_scalper.exchange.account import Account, Margins, Position
from tui_scalper.exchange.blotter import Blotter
from tui_scalper.exchange.changes import changed_terms, protected
from tui_scalper.exchange.cover import EXIT, live_leg, moved_leg, second_leg, unguarded
from tui_scalper.exchange.faults import Faults
from tui_scalper.exchange.market import ASLEEP, Execution, Market, Notice, Wakes, WorkingOrder
from tui_scalper.exchange.orders import (
    LIVE,
    Change,
    NewOrder,
    News,
    Order,
    OrderRefused,
    OrderUpdate,
    Refusal,
    Status,
    Trade,
    Validity,
)
from tui_scalper.exchange.rules import (
    STOPS,
    Desk,
    check_desk,
    check_form,
    covers,
    insufficient,
)

DEFAULT_CASH: Final = 100_000_000
"""Rs 10,00,000.00 in paise."""
ORDERS_A_DAY: Final = 5_000
MODIFICATIONS_AN_ORDER: Final = 25
CONTINUOUS: Final = frozenset({Phase.OPEN, Phase.SQUARE_OFF})


class ExchangeState(msgspec.Struct, frozen=True, kw_only=True):
    """The account side of an exchange at one moment; msgspec can write and read it."""

    opening: int
    leverage: int
    histories: tuple[tuple[Order, ...], ...]
    trades: tuple[Trade, ...]
    positions: tuple[Position, ...]


class Exchange:
    """One account at one exchange. Money is paise; `leverage` applies to MIS only.

    Every method that takes `now_ns` (UTC) lets time pass up to it first; a time before the
    newest one seen counts as that one.
    """

    def __init__(
        self,
        universe: Universe,
        market: Market,
        *,
        opening_cash: int = DEFAULT_CASH,
        leverage: int = 1,
    ) -> None:
        self.universe = universe
        self.market = market
        self.faults = Faults()
        self._account = Account(opening_cash, leverage)
        self._blotter = Blotter(universe.venue)
        self._trades: list[Trade] = []
        self._touched: set[int] = set()
        self._withheld: set[str] = set()
        """Tags of cover orders whose second leg is not made."""
        self._now_ns = 0
        self._boundary_ns = 0

    # -- time and market --------------------------------------------------------------------

    @property
    def cells(self) -> Cells:
        """The market in the layout of core.columns."""
        return self.market.cells

    @property
    def now_ns(self) -> int:
        """The newest time this machine was told."""
        return self._now_ns

    def advance(self, now_ns: int) -> Rows:
        """Let time pass; the rows of `cells` that changed since the last call."""
        self._pass(now_ns)
        rows = np.array(sorted(self._touched), dtype=np.int64)
        self._touched.clear()
        return rows

    def match(self, rows: Rows, now_ns: int) -> None:
        """The owner of the cells changed `rows`: see whether our orders trade."""
        if now_ns >= self._boundary_ns:
            self._pass(now_ns)
        self._now_ns = max(self._now_ns, now_ns)
        self.market.match(rows, self._now_ns)
        self._digest()

    def wakes(self, row: int) -> Wakes:
        """Prices outside which nothing can happen to our live orders on `row`."""
        return self.market.wakes(row) if self._blotter.live else ASLEEP

    def _pass(self, now_ns: int) -> None:
        now_ns = max(now_ns, self._now_ns)
        venue = self.universe.venue
        if not self._boundary_ns:
            self._boundary_ns = venue.next_change(now_ns)
        while self._boundary_ns <= now_ns:
            self._run(self._boundary_ns)
            phase = venue.phase(self._boundary_ns)
            if phase is Phase.CLOSED:
                self._lapse()
            elif phase is Phase.PRE_OPEN:
                self._start_day()
            self._boundary_ns = venue.next_change(self._boundary_ns)
        self._run(now_ns)

    def _run(self, until_ns: int) -> None:
        self._now_ns = until_ns
        self._touched.update(self.market.advance(until_ns).tolist())
        self._digest()

    def _lapse(self) -> None:
        for order in tuple(self._blotter.live.values()):
            self._withdraw(order, "Order cancelled: the trading session is over.")

    def _start_day(self) -> None:
        """Yesterday's orders and trades are gone from the books; open positions stay."""
        self._blotter.restore(())
        self._trades.clear()
        self._account.roll()

    # -- requests ---------------------------------------------------------------------------

    def place(self, new: NewOrder, now_ns: int) -> str:
        """Take a new order and return its id; what the risk desk rejects has an id too.

        Raises OrderRefused when the request is malformed or the market does not trade.
        """
        self._pass(now_ns)
        row = self._row(new)
        objection = check_form(new, self.universe[row])
        if objection is not None:
            raise OrderRefused(*objection)
        self._require_session()
        if len(self._blotter) >= ORDERS_A_DAY:
            raise OrderRefused(Refusal.ORDER, f"Maximum of {ORDERS_A_DAY} orders a day reached.")
        order = self._blotter.register(new, row, self.universe[row].token, self._now_ns)
        desk = self._desk(row, new)
        new = protected(new, desk)
        order = msgspec.structs.replace(order, asked=new)
        text = check_desk(new, desk) or self._short_of_funds(order) or self._told_to_reject(new)
        if text:
            self._record(order, News.DONE, status=Status.REJECTED, text=text, raw_text=text)
        else:
            self._open(order)
        return order.order_id

    def modify(self, order_id: str, change: Change, now_ns: int) -> None:
        """Change a live order. A new price or more shares cost it its turn.

        Raises OrderRefused; the order then stands as it was.
        """
        self._pass(now_ns)
        order = self._blotter.live_order(order_id)
        if order.parent_id:
            change = moved_leg(order, change, self._desk(order.row, order.asked))
        self._change(order, change)

    def exit(self, order_id: str, parent_id: str, now_ns: int) -> None:
        """Turn the second leg of the cover order `parent_id` into a protected market order.

        Raises OrderRefused; the leg then stands as it was.
        """
        self._pass(now_ns)
        leg = self._blotter.live_order(order_id)
        if not leg.parent_id or leg.parent_id != parent_id:
            raise OrderRefused(
                Refusal.INPUT, f"Order is not the second leg of a cover order {parent_id[:32]!r}."
            )
        self._change(leg, EXIT)

    def _change(self, order: Order, change: Change) -> None:
        self._require_session()
        if order.modifications >= MODIFICATIONS_AN_ORDER:
            raise OrderRefused(Refusal.ORDER, "Maximum allowed order modifications exceeded.")
        asked = changed_terms(order, change, self._desk(order.row, order.asked))
        changed = msgspec.structs.replace(order, asked=asked, modifications=order.modifications + 1)
        text = self._short_of_funds(changed)
        if text:
            raise OrderRefused(Refusal.MARGIN, text)
        self._apply_change(order, changed)

    def cancel(self, order_id: str, now_ns: int) -> None:
        """Take a live order back. Raises OrderRefused when it is not live any more.

        Without its second leg a cover order guards nothing; without its entry the leg stays.
        """
        self._pass(now_ns)
        self._withdraw(self._blotter.live_order(order_id), "")

    def _row(self, new: NewOrder) -> int:
        row = self.universe.row_of_symbol(new.symbol)
        if row is None or self.universe[row].exchange != new.exchange:
            raise OrderRefused(
                Refusal.INPUT, f"Unknown instrument {new.exchange}:{new.symbol}; see /instruments."
            )
        return row

    def _require_session(self) -> None:
        phase = self.universe.venue.phase(self._now_ns)
        if phase not in CONTINUOUS:
            raise OrderRefused(
                Refusal.ORDER,
                f"Markets are closed right now ({phase.value}). "
                "Orders are taken in continuous trading only.",
            )

    def _desk(self, row: int, new: NewOrder) -> Desk:
        low, high = self.market.band(row)
        return Desk(
            stock=self.universe[row],
            ltp=int(self.cells[row, c.LTP]),
            low=low,
            high=high,
            held=self._account.held(row, new.product),
        )

    def _told_to_reject(self, new: NewOrder) -> str:
        stop = new.type in STOPS and self.faults.take("reject_stops")
        return "RMS: stop orders are blocked for this scrip." if stop else ""

    def _short_of_funds(self, order: Order) -> str:
        """Text of the margin refusal of `order` as it would stand, "" when funds suffice."""
        others = [one for one in self._blotter.live.values() if one.number != order.number]
        before = self._account.blocked(self._blotter.live.values())
        after = self._account.blocked((*others, order))
        cash = self._account.opening + self._account.realised()
        if after <= max(cash, before):
            return ""
        return insufficient(after - before, cash - before)

    # -- the life of an order ---------------------------------------------------------------

    def _open(self, order: Order) -> None:
        self._record(order, None, status=Status.OPEN_PENDING)
        self._record(
            order,
            News.ACCEPTED,
            status=Status.TRIGGER_PENDING if _waits(order) else Status.OPEN,
            exchange_order_id=f"11{order.number:014d}",
            exchange_ns=self._now_ns,
        )
        self._enter(self._blotter.live[order.number])

    def _enter(self, order: Order) -> None:
        """Send what is left of `order` to the market and take note of what comes of it."""
        self.market.enter(_working(order), self._now_ns)
        self._digest()
        still = self._blotter.live.get(order.number)
        if still is not None and _is_ioc(still):
            self._withdraw(still, "Remainder of an IOC order cancelled.")

    def _apply_change(self, old: Order, new: Order) -> None:
        was, asked = old.asked, new.asked
        for status in (Status.MODIFY_VALIDATING, Status.MODIFY_PENDING):
            self._record(new, None, status=status)
        status = Status.TRIGGER_PENDING if _waits(new) else Status.OPEN
        self._record(new, News.CHANGED, status=status, exchange_ns=self._now_ns)
        changed = self._blotter.live[new.number]
        keeps_turn = (asked.price, asked.trigger, asked.type) == (was.price, was.trigger, was.type)
        if not keeps_turn or asked.quantity > was.quantity or asked.validity is Validity.IOC:
            self._enter(changed)
        elif asked.quantity < was.quantity:
            self.market.reduce(_working(changed), self._now_ns)
            self._digest()

    def _withdraw(self, order: Order, text: str) -> None:
        left = self.market.withdraw(order.row, order.number, self._now_ns)
        self._digest()
        order = self._blotter.live.get(order.number, order)
        if order.status in LIVE:
            self._record(order, None, status=Status.CANCEL_PENDING)
            self._record(
                order,
                News.DONE,
                status=Status.CANCELLED,
                cancelled=left,
                text=text,
                raw_text=text,
                exchange_ns=self._now_ns,
            )

    def _record(self, order: Order, news: News | None, **fields: object) -> None:
        self._blotter.record(
            msgspec.structs.replace(order, updated_ns=self._now_ns, **fields), news
        )

    # -- what the market says ---------------------------------------------------------------

    def _digest(self) -> None:
        """Take note of all that happened before anything new is asked of the market.

        A stop that grew sooner would work for shares it traded in the same moment.
        """
        guarded: dict[str, None] = {}
        for notice in self.market.drain():
            order = self._blotter.live.get(notice.number)
            if order is None:
                continue
            if isinstance(notice, Execution):
                self._fill(order, notice)
                if covers(order.asked):
                    guarded[order.order_id] = None
            else:
                self._trigger(order, notice)
        for order_id in guarded:
            self._cover(self._blotter.history(order_id)[-1])

    def _trigger(self, order: Order, notice: Notice) -> None:
        self._record(
            order, News.CHANGED, status=Status.OPEN, triggered=True, exchange_ns=notice.at_ns
        )

    def _fill(self, order: Order, execution: Execution) -> None:
        asked = order.asked
        trade = Trade(
            trade_id=f"{len(self._trades) + 1:08d}",
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
        self._trades.append(trade)
        self._account.book(trade)
        filled = order.filled + execution.quantity
        done = filled == asked.quantity
        self._record(
            order,
            News.DONE if done else News.CHANGED,
            status=Status.COMPLETE if done else Status.OPEN,
            filled=filled,
            filled_value=order.filled_value + execution.quantity * execution.price,
            exchange_ns=execution.at_ns,
        )

    def withhold_stop(self, tag: str) -> None:
        """A fault: the cover order with this tag gets no second leg before `make_stop`."""
        self._withheld.add(tag)

    def make_stop(self, tag: str, now_ns: int) -> None:
        """The second leg withheld from the cover order with this tag is made at last."""
        self._pass(now_ns)
        self._withheld.discard(tag)
        for order in self.orders():
            if order.asked.tag == tag and covers(order.asked):
                self._cover(order)

    def _cover(self, parent: Order) -> None:
        """A cover order filled: its second leg covers that too."""
        if parent.asked.tag in self._withheld:
            return
        legs = self._blotter.legs(parent.order_id)
        bare = unguarded(parent, legs)
        if not bare:
            return
        leg = live_leg(legs)
        if leg is None:
            self._place_leg(parent, bare)
            return
        asked = msgspec.structs.replace(leg.asked, quantity=leg.asked.quantity + bare)
        grown = msgspec.structs.replace(leg, asked=asked)
        self._record(grown, News.CHANGED, exchange_ns=self._now_ns)
        self._enter(self._blotter.live[leg.number])

    def _place_leg(self, parent: Order, quantity: int) -> None:
        desk = self._desk(parent.row, parent.asked)
        new = second_leg(parent, quantity, desk)
        leg = self._blotter.register(
            new, parent.row, parent.token, self._now_ns, parent_id=parent.order_id
        )
        text = check_desk(new, desk) or self._told_to_reject(new)
        if text:
            self._record(leg, News.DONE, status=Status.REJECTED, text=text, raw_text=text)
        else:
            self._open(leg)

    # -- questions --------------------------------------------------------------------------

    def drain_updates(self) -> list[OrderUpdate]:
        """What happened to orders since the last call, oldest first."""
        return self._blotter.drain()

    @property
    def version(self) -> int:
        """Grows with every change of an order."""
        return self._blotter.version

    def orders(self) -> list[Order]:
        """Every order of the account as it stands, oldest first."""
        return self._blotter.orders()

    def live_orders(self) -> list[Order]:
        """Orders that work at the exchange, oldest first; costs what lives, not what ever was."""
        return list(self._blotter.live.values())

    def history(self, order_id: str) -> list[Order]:
        """All states an order went through. Raises OrderRefused for an unknown id."""
        return self._blotter.history(order_id)

    def trades(self, order_id: str | None = None) -> list[Trade]:
        """Trades of one order, or all of them, oldest first."""
        return [one for one in self._trades if order_id in (None, one.order_id)]

    def positions(self) -> list[Position]:
        """Every position of the day, closed ones too."""
        return list(self._account.positions.values())

    def margins(self) -> Margins:
        """Funds as they stand."""
        return Margins(
            opening=self._account.opening,
            realised=self._account.realised(),
            blocked=self._account.blocked(self._blotter.live.values()),
            unrealised=sum(self.unrealised(one) for one in self.positions()),
        )

    def unrealised(self, position: Position) -> int:
        """Open profit of a position at the last price."""
        return position.quantity * int(self.cells[position.row, c.LTP]) - position.cost

    # -- across a restart -------------------------------------------------------------------

    def state(self) -> ExchangeState:
        """The account side as it stands."""
        return ExchangeState(
            opening=self._account.opening,
            leverage=self._account.leverage,
            histories=self._blotter.histories(),
            trades=tuple(self._trades),
            positions=tuple(self.positions()),
        )

    def restore(self, state: ExchangeState, now_ns: int) -> None:
        """Take over the account of `state`; its live orders enter the market anew, in turn."""
        self._pass(now_ns)
        for order in self._blotter.live.values():
            self.market.withdraw(order.row, order.number, self._now_ns)
        self.market.drain()
        self._account = Account(state.opening, state.leverage)
        self._account.positions = {(one.row, one.product): one for one in state.positions}
        self._blotter.restore(state.histories)
        self._blotter.drain()
        self._trades = list(state.trades)
        for order in tuple(self._blotter.live.values()):
            self._enter(order)


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
