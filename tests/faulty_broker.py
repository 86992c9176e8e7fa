"""A broker that tells the truth, but late, twice, out of order or not at all.

Pure and seeded: it takes the engine's effects and puts events into an agenda. What it holds
itself is the truth an engine is measured against.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import msgspec

from tui_scalper.core import columns as c
from tui_scalper.core import events as ev
from tui_scalper.core.effects import (
    CancelOrder,
    Effect,
    ExitStop,
    ModifyOrder,
    PlaceOrder,
    PollFunds,
    PollOrder,
    PollOrderBook,
    PollPositions,
)
from tui_scalper.core.market import Cells
from tui_scalper.core.orders import (
    Holding,
    Leg,
    OrderKind,
    OrderReport,
    OrderTerms,
    ReportStatus,
    UnreadableOrder,
)
from tui_scalper.core.units import MS, Side

LATEST_ARRIVAL = 1_500 * MS
"""A request that arrives at all arrives by then: well before anybody may think it absent."""


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """How badly a broker behaves: chances between 0 and 1, delays in nanoseconds."""

    lost: float = 0.0
    """A request never arrives."""
    silent: float = 0.0
    """An answer is replaced by a doubt, or by nothing."""
    refused: float = 0.0
    rejected: float = 0.0
    """An order is taken and then rejected."""
    untold: float = 0.0
    """A report is not sent."""
    doubled: float = 0.0
    partial: float = 0.0
    unread: float = 0.0
    """For a while nobody can read what is said of an order, in the book and in updates."""
    slow: int = 20 * MS


@dataclass(slots=True)
class Resting:
    """An order as it truly stands."""

    order_id: str
    tag: str
    row: int
    symbol: str
    side: Side
    terms: OrderTerms
    status: ReportStatus
    filled: int = 0
    value: int = 0
    triggered: bool = False
    text: str = ""
    unread_ns: int = 0
    """Until when nobody can read what is said of it."""
    guard: int = 0
    """Trigger of the stop the broker holds for what it fills; 0: it holds none."""
    parent_id: str = ""
    """The entry this stop guards."""

    @property
    def live(self) -> bool:
        """Whether it can still trade."""
        return self.status in (ReportStatus.OPEN, ReportStatus.TRIGGER_PENDING)

    @property
    def open(self) -> int:
        """Shares that can still trade."""
        return self.terms.quantity - self.filled if self.live else 0

    def report(self) -> OrderReport:
        """What the broker says of it now."""
        return OrderReport(
            order_id=self.order_id,
            tag=self.tag,
            row=self.row,
            symbol=self.symbol,
            side=self.side,
            terms=self.terms,
            status=self.status,
            filled=self.filled,
            filled_value=self.value,
            text=self.text,
            leg=Leg.STOP if self.parent_id else Leg.GUARDED if self.guard else Leg.PLAIN,
            parent_id=self.parent_id,
        )

    def garbled(self, rng: Random) -> UnreadableOrder:
        """As much of it as can be read."""
        known = rng.random() < 0.7
        return UnreadableOrder(
            text="garbled",
            order_id=self.order_id if rng.random() < 0.8 else "",
            tag=self.tag if rng.random() < 0.5 else "",
            symbol=self.symbol if known else "",
            row=self.row if known else -1,
        )


@dataclass(order=True, slots=True)
class _Due:
    at_ns: int
    number: int
    happens: Callable[[int], ev.Event | None] = field(compare=False)


class FaultyBroker:
    """One account. `cells` is the market it matches against."""

    def __init__(self, rng: Random, cells: Cells, funds: int) -> None:
        self.manners = Manners()
        self.orders: dict[str, Resting] = {}
        self.funds = funds
        self._rng = rng
        self._cells = cells
        self._agenda: list[_Due] = []
        self._numbers = 0

    # -- the agenda ------------------------------------------------------------------------

    @property
    def next_ns(self) -> int | None:
        """When something happens next."""
        return self._agenda[0].at_ns if self._agenda else None

    def happen(self) -> ev.Event | None:
        """Let the next thing happen; the event the engine must be told, if any."""
        due = heapq.heappop(self._agenda)
        return due.happens(due.at_ns)

    def _later(self, at_ns: int, happens: Callable[[int], ev.Event | None]) -> None:
        self._numbers += 1
        heapq.heappush(self._agenda, _Due(at_ns, self._numbers, happens))

    def _chance(self, probability: float) -> bool:
        return self._rng.random() < probability

    def _delay(self) -> int:
        slow = self.manners.slow * (20 if self._chance(0.1) else 1)
        return self._rng.randrange(1 * MS, max(slow, 2 * MS))

    # -- requests --------------------------------------------------------------------------

    def carry_out(self, effect: Effect, now_ns: int) -> None:
        """Take a request of the engine on its way."""
        if isinstance(effect, PollOrderBook):
            self._poll(now_ns)
        elif isinstance(effect, PollPositions):
            self._poll_positions(now_ns)
        elif isinstance(effect, PollOrder):
            self._poll_order(effect.order_id, now_ns)
        elif isinstance(effect, PollFunds):
            at = now_ns + self._delay()
            self._later(at, lambda ns: ev.FundsReported(at_ns=ns, available=self.funds))
        elif isinstance(effect, PlaceOrder):
            self._request(now_ns, lambda ns: self._place(effect, ns), self._unsure_place(effect))
        elif isinstance(effect, ModifyOrder):
            unsure = self._unsure_change(effect.order_id)
            self._request(now_ns, lambda ns: self._modify(effect, ns), unsure)
        elif isinstance(effect, ExitStop):
            unsure = self._unsure_change(effect.order_id)
            self._request(now_ns, lambda ns: self._exit(effect, ns), unsure)
        elif isinstance(effect, CancelOrder):
            unsure = self._unsure_change(effect.order_id)
            self._request(now_ns, lambda ns: self._cancel(effect, ns), unsure)

    def _unsure_place(self, effect: PlaceOrder) -> Callable[[int], ev.Event]:
        return lambda ns: ev.PlaceUnknown(at_ns=ns, tag=effect.tag, text="time-out")

    def _unsure_change(self, order_id: str) -> Callable[[int], ev.Event]:
        return lambda ns: ev.ChangeUnknown(at_ns=ns, order_id=order_id, text="time-out")

    def _request(
        self,
        now_ns: int,
        arrive: Callable[[int], ev.Event],
        unsure: Callable[[int], ev.Event],
    ) -> None:
        silent = self._chance(self.manners.silent)
        lost = self._chance(self.manners.lost)
        if (silent or lost) and self._chance(0.5):
            self._later(now_ns + self._delay(), unsure)
        if lost:
            return

        def arrived(ns: int) -> None:
            answer = arrive(ns)
            if not silent:
                at = ns + self._delay()
                self._later(at, lambda told: msgspec.structs.replace(answer, at_ns=told))

        self._later(now_ns + min(self._delay(), LATEST_ARRIVAL), arrived)

    def _place(self, effect: PlaceOrder, now_ns: int) -> ev.Event:
        if self._chance(self.manners.refused):
            return ev.PlaceRefused(at_ns=now_ns, tag=effect.tag, text="refused")
        order = Resting(
            order_id="",
            tag=effect.tag,
            row=effect.row,
            symbol=effect.symbol,
            side=effect.side,
            terms=effect.terms,
            status=ReportStatus.OPEN,
            guard=effect.guard,
        )
        self._number(order, now_ns)
        if effect.terms.kind is OrderKind.STOP_LIMIT:
            order.status = ReportStatus.TRIGGER_PENDING
            if self._reached(order) and self._chance(0.5):
                order.status, order.text = ReportStatus.REJECTED, "trigger crossed"
        if self._chance(self.manners.rejected):
            order.status, order.text = ReportStatus.REJECTED, "rejected"
        self._tell(order, now_ns)
        self._match(order, now_ns)
        return ev.Placed(at_ns=now_ns, tag=order.tag, order_id=order.order_id)

    def _number(self, order: Resting, now_ns: int) -> None:
        order.order_id = f"B{len(self.orders) + 1}"
        if self._chance(self.manners.unread):
            order.unread_ns = now_ns + self._rng.randrange(1, 30_000) * MS
        self.orders[order.order_id] = order

    def _modify(self, effect: ModifyOrder, now_ns: int) -> ev.Event:
        order = self.orders[effect.order_id]
        terms = order.terms
        too_small = effect.terms.quantity <= order.filled
        if not order.live or too_small or self._chance(self.manners.refused):
            return ev.ModifyRefused(at_ns=now_ns, order_id=order.order_id, text="cannot change")
        if order.parent_id and order.triggered:
            return ev.ModifyRefused(at_ns=now_ns, order_id=order.order_id, text="triggered")
        order.terms = effect.terms
        if order.parent_id:
            order.terms = self._leg_terms(order, terms.quantity, effect.terms.trigger)
        order.triggered = False
        stop = effect.terms.kind is OrderKind.STOP_LIMIT
        order.status = ReportStatus.TRIGGER_PENDING if stop else ReportStatus.OPEN
        self._tell(order, now_ns)
        self._match(order, now_ns)
        return ev.ModifyAccepted(at_ns=now_ns, order_id=order.order_id)

    def _exit(self, effect: ExitStop, now_ns: int) -> ev.Event:
        """A stop of the broker's becomes a limit order as far as a market order reaches."""
        order = self.orders[effect.order_id]
        if not order.live or self._chance(self.manners.refused):
            return ev.ModifyRefused(at_ns=now_ns, order_id=order.order_id, text="cannot exit")
        ltp = int(self._cells[order.row, c.LTP])
        price = self._leg_terms(order, order.terms.quantity, ltp or order.terms.price).price
        order.terms = msgspec.structs.replace(
            order.terms, kind=OrderKind.LIMIT, price=price, trigger=0
        )
        order.status = ReportStatus.OPEN
        self._tell(order, now_ns)
        self._match(order, now_ns)
        return ev.ModifyAccepted(at_ns=now_ns, order_id=order.order_id)

    def _leg_terms(self, leg: Resting, quantity: int, trigger: int) -> OrderTerms:
        tick = int(self._cells[leg.row, c.TICK])
        price = (trigger + leg.side * trigger * 3 // 100) // tick * tick
        return OrderTerms(
            kind=OrderKind.STOP_LIMIT, quantity=quantity, price=max(price, tick), trigger=trigger
        )

    def _cover(self, entry: Resting, now_ns: int) -> None:
        """The broker's stop covers all that `entry` filled."""
        legs = [one for one in self.orders.values() if one.parent_id == entry.order_id]
        failed = (ReportStatus.REJECTED, ReportStatus.CANCELLED)
        bare = entry.filled - sum(one.terms.quantity for one in legs)
        if not bare or any(one.status in failed for one in legs):
            return
        leg = next((one for one in legs if one.live), None)
        if leg is None:
            leg = Resting(
                order_id="",
                tag=entry.tag,
                row=entry.row,
                symbol=entry.symbol,
                side=entry.side.opposite,
                terms=entry.terms,
                status=ReportStatus.TRIGGER_PENDING,
                parent_id=entry.order_id,
            )
            leg.terms = self._leg_terms(leg, bare, entry.guard)
            self._number(leg, now_ns)
            if self._chance(self.manners.rejected):
                leg.status, leg.text = ReportStatus.REJECTED, "rejected"
        else:
            quantity = leg.terms.quantity + bare
            leg.terms = msgspec.structs.replace(leg.terms, quantity=quantity)
        self._tell(leg, now_ns)
        self._match(leg, now_ns)

    def _cancel(self, effect: CancelOrder, now_ns: int) -> ev.Event:
        order = self.orders[effect.order_id]
        if not order.live or self._chance(self.manners.refused):
            return ev.CancelRefused(at_ns=now_ns, order_id=order.order_id, text="cannot cancel")
        order.status = ReportStatus.CANCELLED
        self._tell(order, now_ns)
        return ev.CancelAccepted(at_ns=now_ns, order_id=order.order_id)

    def _poll(self, asked_ns: int) -> None:
        if self._chance(self.manners.lost):
            at = asked_ns + self._delay()
            self._later(at, lambda ns: ev.PollFailed(at_ns=ns, what="order book", text="503"))
            return

        def arrived(ns: int) -> None:
            clear = [one for one in self.orders.values() if not self._unread(one, ns)]
            book = tuple(order.report() for order in clear)
            garbled = tuple(
                one.garbled(self._rng) for one in self.orders.values() if self._unread(one, ns)
            )
            self._later(
                ns + self._delay(),
                lambda told: ev.OrderBookReported(
                    at_ns=told, reports=book, asked_ns=asked_ns, unreadable=garbled
                ),
            )

        self._later(asked_ns + self._delay(), arrived)

    def _unread(self, order: Resting, now_ns: int) -> bool:
        return self.manners.unread > 0 and now_ns < order.unread_ns

    def _poll_order(self, order_id: str, asked_ns: int) -> None:
        def arrived(ns: int) -> None:
            order = self.orders.get(order_id)
            if order is not None and not self._unread(order, ns):
                report = order.report()
                self._later(
                    ns + self._delay(), lambda told: ev.OrderReported(at_ns=told, report=report)
                )

        self._later(asked_ns + self._delay(), arrived)

    def _poll_positions(self, asked_ns: int) -> None:
        if self._chance(self.manners.lost):
            return

        def arrived(ns: int) -> None:
            symbols = {order.row: order.symbol for order in self.orders.values()}
            holdings = tuple(
                Holding(row=row, symbol=symbol, quantity=held, value=abs(held) * 100)
                for row, symbol in symbols.items()
                if (held := self.held(row))
            )
            self._later(
                ns + self._delay(),
                lambda told: ev.PositionsReported(at_ns=told, holdings=holdings, asked_ns=asked_ns),
            )

        self._later(asked_ns + self._delay(), arrived)

    # -- the market ------------------------------------------------------------------------

    def market_moved(self, row: int, now_ns: int) -> None:
        """The book of `row` changed: stops trigger, orders trade."""
        for order in list(self.orders.values()):
            if order.row == row:
                self._match(order, now_ns)

    def _reached(self, order: Resting) -> bool:
        ltp = int(self._cells[order.row, c.LTP])
        return ltp > 0 and (ltp - order.terms.trigger) * order.side >= 0

    def _match(self, order: Resting, now_ns: int) -> None:
        if order.status is ReportStatus.TRIGGER_PENDING:
            if not self._reached(order):
                return
            order.status, order.triggered = ReportStatus.OPEN, True
            self._tell(order, now_ns)
        if order.status is not ReportStatus.OPEN:
            return
        buying = order.side is Side.BUY
        best = int(self._cells[order.row, c.ASK_PRICE if buying else c.BID_PRICE])
        if best <= 0 or (order.terms.price - best) * order.side < 0:
            return
        wanted = order.terms.quantity - order.filled
        traded = self._rng.randint(1, wanted) if self._chance(self.manners.partial) else wanted
        order.filled += traded
        order.value += traded * best
        if order.filled == order.terms.quantity:
            order.status = ReportStatus.COMPLETE
        self._tell(order, now_ns)
        if order.guard:
            self._cover(order, now_ns)

    def _tell(self, order: Resting, now_ns: int) -> None:
        if self._chance(self.manners.untold) or self._unread(order, now_ns):
            return
        report = order.report()
        for _ in range(2 if self._chance(self.manners.doubled) else 1):
            self._later(
                now_ns + self._delay(), lambda ns: ev.OrderReported(at_ns=ns, report=report)
            )

    # -- the truth -------------------------------------------------------------------------

    def held(self, row: int) -> int:
        """Shares truly held, negative when short."""
        return sum(order.side * order.filled for order in self.orders.values() if order.row == row)

    def cash(self) -> int:
        """Paise received less paise paid over all fills."""
        return -sum(order.side * order.value for order in self.orders.values())
