"""The way between engine and exchange, with everything that goes wrong on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from random import Random
from typing import Final

from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.orders import OrderReport
from tui_scalper.core.units import MS
from tui_scalper.exchange.bridge import carry_change, holdings_of, new_order, trades_of
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import LIVE, News, Order, OrderRefused, Status
from tui_scalper.lab.faultsim.agenda import Agenda
from tui_scalper.lab.faultsim.answers import Told, cancelled, refusal, unknown
from tui_scalper.lab.faultsim.cross import trade_with
from tui_scalper.lab.faultsim.garbling import Garbling
from tui_scalper.lab.faultsim.kinds import FEED_DEAD, REFUSING, FaultKind
from tui_scalper.lab.faultsim.ledger import Ledger
from tui_scalper.lab.faultsim.script import Fault
from tui_scalper.lab.faultsim.weather import Weather

FASTEST_NS: Final = 1 * MS
SWALLOWING: Final = (FaultKind.LOSE_REQUEST, FaultKind.HALF_OPEN)
REFUSED: Final = {
    FaultKind.REFUSE: "429 too many requests",
    FaultKind.EXPIRED: "TokenException: the access token has expired; log in again",
}
UNANSWERED: Final = {FaultKind.FAIL_POLL: "503", FaultKind.EXPIRED: REFUSED[FaultKind.EXPIRED]}


class FaultyPath:
    """Carries effects to `exchange` and news back through `weather`.

    All times are the world's own; `engine_time` says what the engine's clock shows now.
    """

    def __init__(
        self,
        exchange: Exchange,
        ledger: Ledger,
        weather: Weather,
        *,
        rng: Random,
        start_ns: int,
        latency_ns: int,
        sink: Callable[[Told], None],
        engine_time: Callable[[], int],
    ) -> None:
        self.troubled_ns = 0
        """Until when something that went wrong is still on its way."""
        self.ambiguous = 0
        """New orders whose request or answer got lost."""
        self._exchange = exchange
        self._ledger = ledger
        self._weather = weather
        self._rng = rng
        self._start_ns = start_ns
        self._latency_ns = latency_ns
        self._sink = sink
        self._engine_time = engine_time
        self._agenda = Agenda()
        self._garbling = Garbling(weather)
        self._numbers = count()
        self._heard: defaultdict[str, int] = defaultdict(int)
        """The number of the newest update that arrived, by order."""

    @property
    def next_ns(self) -> int:
        """When the next thing arrives somewhere."""
        return self._agenda.next_ns

    def happen(self) -> None:
        """Let the next thing arrive."""
        self._agenda.happen()

    def carry_out(self, effect: ef.Effect, now_ns: int) -> None:
        """Take an effect the engine just emitted."""
        match effect:
            case ef.PlaceOrder() | ef.ModifyOrder() | ef.ExitStop() | ef.CancelOrder():
                self._request(effect, now_ns)
            case ef.PollOrderBook():
                self._poll_book(now_ns)
            case ef.PollOrder(order_id=order_id):
                self._poll(now_ns, "order", lambda asked, ns: self._one_order(order_id, asked, ns))
            case ef.PollFunds():
                self._poll(now_ns, "funds", self._funds)
            case ef.PollPositions():
                self._poll(now_ns, "positions", self._positions)
            case ef.PollTrades():
                self._poll(now_ns, "trades", self._trades)

    def news(self, now_ns: int) -> None:
        """Pass on what the exchange has to say of its orders."""
        for update in self._exchange.drain_updates():
            told = self._ledger.takes(update.order, now_ns)
            if 0 < told.filled < told.terms.quantity:
                self._weather.arises(FaultKind.PARTIAL)
            lost = told.order_id in self._ledger.forgotten
            if update.news is not News.ACCEPTED and not lost:
                self._update(told, now_ns)

    def working(self, order_id: str) -> Order | None:
        """An order that works at the exchange, None when it does not."""
        order = self._ledger.orders.get(order_id)
        return order if order is not None and order.status in LIVE else None

    # -- delays ----------------------------------------------------------------------------

    def _latency(self) -> int:
        return self._rng.randrange(FASTEST_NS, self._latency_ns + FASTEST_NS)

    def _late(self, kind: FaultKind, now_ns: int) -> int:
        """What `kind` adds to a delay that begins now."""
        fault = self._weather.strikes(kind, now_ns - self._start_ns)
        if fault is None:
            return 0
        extra = self._rng.randrange(fault.amount)
        self._trouble(now_ns + extra + self._latency_ns)
        return extra

    def _trouble(self, until_ns: int) -> None:
        self.troubled_ns = max(self.troubled_ns, until_ns)

    def _tell(self, told: Told, at_ns: int) -> None:
        self._agenda.at(at_ns, lambda _: self._sink(told))

    # -- order requests --------------------------------------------------------------------

    def _request(self, effect: ef.OrderRequest, now_ns: int) -> None:
        at = now_ns - self._start_ns
        refused = self._any_strikes(REFUSING, at)
        if refused is not None:
            self._bury(effect)
            at_ns = now_ns + self._latency()
            self._say_expired(refused, at_ns)
            self._tell(refusal(effect, REFUSED[refused.kind]), at_ns)
            return
        lost = self._any_strikes(SWALLOWING, at)
        if lost is not None:
            self._bury(effect)
            self._say_unknown(effect, lost.amount, now_ns)
            return
        silent = self._weather.strikes(FaultKind.LOSE_ANSWER, at)
        if silent is not None:
            self._say_unknown(effect, silent.amount, now_ns)
        arrives = now_ns + self._latency() + self._late(FaultKind.LATE_REQUEST, now_ns)
        self._agenda.at(arrives, lambda ns: self._arrive(effect, ns, answered=silent is None))

    def _say_expired(self, fault: Fault, at_ns: int) -> None:
        """The gateway says that the session is refused, before it says what became of a request."""
        if fault.kind is FaultKind.EXPIRED:
            text = REFUSED[FaultKind.EXPIRED]
            self._tell(lambda ns: ev.SessionRefused(at_ns=ns, text=text), at_ns)

    def _any_strikes(self, kinds: Iterable[FaultKind], at: int) -> Fault | None:
        struck = (self._weather.strikes(kind, at) for kind in kinds)
        return next((fault for fault in struck if fault is not None), None)

    def _bury(self, effect: ef.OrderRequest) -> None:
        if isinstance(effect, ef.PlaceOrder):
            self._ledger.sent[effect.tag].dead = True

    def _say_unknown(self, effect: ef.OrderRequest, after_ns: int, now_ns: int) -> None:
        """The gateway gives up on an answer; with `after_ns` 0 it says nothing either."""
        self.ambiguous += isinstance(effect, ef.PlaceOrder)
        self._trouble(now_ns + after_ns)
        if after_ns:
            self._tell(unknown(effect, "connection cut"), now_ns + after_ns)

    def _arrive(self, effect: ef.OrderRequest, now_ns: int, *, answered: bool) -> None:
        try:
            told = self._take(effect, now_ns)
        except OrderRefused as refused:
            self._bury(effect)
            self._count_race(effect)
            told = refusal(effect, refused.text)
        self.news(now_ns)
        if answered and not self._weather.strikes(FaultKind.HALF_OPEN, now_ns - self._start_ns):
            self._answer(told, now_ns)

    def _answer(self, told: Told, now_ns: int) -> None:
        arrives = now_ns + self._latency() + self._late(FaultKind.LATE_ANSWER, now_ns)
        self._tell(told, arrives)
        doubled = self._weather.strikes(FaultKind.DOUBLE_ANSWER, now_ns - self._start_ns)
        if doubled is not None:
            self._trouble(arrives + doubled.amount)
            self._tell(told, arrives + doubled.amount)

    def _count_race(self, effect: ef.OrderRequest) -> None:
        if isinstance(effect, ef.CancelOrder | ef.ExitStop):
            order = self._ledger.orders.get(effect.order_id)
            if order is not None and order.status is Status.COMPLETE:
                self._weather.arises(FaultKind.RACE)

    def _take(self, effect: ef.OrderRequest, now_ns: int) -> Told:
        if isinstance(effect, ef.PlaceOrder):
            return self._place(effect, now_ns)
        order_id = effect.order_id
        if isinstance(effect, ef.ModifyOrder):
            carry_change(self._exchange, effect, now_ns)
            return lambda at: ev.ModifyAccepted(at_ns=at, order_id=order_id)
        self._trade_first(order_id, now_ns)
        if isinstance(effect, ef.ExitStop):
            carry_change(self._exchange, effect, now_ns)
            return lambda at: ev.ModifyAccepted(at_ns=at, order_id=order_id)
        if not self._cancelled_in_words(order_id, now_ns):
            self._exchange.cancel(order_id, now_ns)
        return lambda at: ev.CancelAccepted(at_ns=at, order_id=order_id)

    def _place(self, effect: ef.PlaceOrder, now_ns: int) -> Told:
        at = now_ns - self._start_ns
        trigger = effect.guard or effect.terms.trigger
        if trigger and self._weather.strikes(FaultKind.REJECT_STOP, at):
            self._exchange.faults.reject_stops = 1
        if effect.guard:
            self._withhold_stop(effect.tag, now_ns)
        order_id = self._exchange.place(new_order(effect), now_ns)
        doubled = self._weather.strikes(FaultKind.DOUBLE_ORDER, at)
        if doubled is not None:
            self._ledger.sent[effect.tag].doubled = True
            self._trouble(now_ns + doubled.amount)
            self._agenda.at(now_ns + doubled.amount, lambda ns: self._double(effect, ns))
        return lambda at: ev.Placed(at_ns=at, tag=effect.tag, order_id=order_id)

    def _withhold_stop(self, tag: str, now_ns: int) -> None:
        """The broker makes no stop of a cover order, or makes it late."""
        missing = self._weather.strikes(FaultKind.NO_STOP, now_ns - self._start_ns)
        if missing is None:
            return
        self._exchange.withhold_stop(tag)
        if missing.amount:
            self._trouble(now_ns + missing.amount)
            self._agenda.at(now_ns + missing.amount, lambda ns: self._make_stop(tag, ns))

    def _make_stop(self, tag: str, now_ns: int) -> None:
        self._exchange.make_stop(tag, now_ns)
        self.news(now_ns)

    def _double(self, effect: ef.PlaceOrder, now_ns: int) -> None:
        with suppress(OrderRefused):
            self._exchange.place(new_order(effect), now_ns)
        self.news(now_ns)

    def _trade_first(self, order_id: str, now_ns: int) -> None:
        """The market takes an order in the moment before its cancellation is looked at."""
        order = self.working(order_id)
        if order is None or not self._weather.now(FaultKind.TRADE_FIRST, now_ns - self._start_ns):
            return
        trade_with(self._exchange, order, now_ns)
        self.news(now_ns)
        if self.working(order_id) is None:
            self._weather.arises(FaultKind.TRADE_FIRST)

    def _cancelled_in_words(self, order_id: str, now_ns: int) -> bool:
        """The broker says an order is cancelled, and takes it out a while later."""
        order = self.working(order_id)
        early = self._weather.strikes(FaultKind.EARLY_CANCEL_NEWS, now_ns - self._start_ns)
        if order is None or early is None:
            return False
        told = self._ledger.reports[order_id]
        self._update(cancelled(told), now_ns)
        self._trouble(now_ns + early.amount)
        self._agenda.at(now_ns + early.amount, lambda ns: self._cancel_at_last(order_id, ns))
        return True

    def _cancel_at_last(self, order_id: str, now_ns: int) -> None:
        if self.working(order_id) is not None:
            self._exchange.cancel(order_id, now_ns)
            self.news(now_ns)

    # -- updates ---------------------------------------------------------------------------

    def _update(self, told: OrderReport, now_ns: int) -> None:
        at = now_ns - self._start_ns
        if self._garbling.hides(told, at):
            return
        lost = self._weather.strikes(FaultKind.LOSE_UPDATE, at)
        if lost is not None or any(self._weather.now(kind, at) for kind in FEED_DEAD):
            return
        number = next(self._numbers)
        event: Told = lambda ns: self._heard_of(told, number, ns)  # noqa: E731
        arrives = now_ns + self._latency() + self._late(FaultKind.LATE_UPDATE, now_ns)
        self._tell(event, arrives)
        doubled = self._weather.strikes(FaultKind.DOUBLE_UPDATE, at)
        if doubled is not None:
            self._tell(event, arrives + doubled.amount)

    def _heard_of(self, told: OrderReport, number: int, at_ns: int) -> ev.OrderReported:
        if number < self._heard[told.order_id]:
            self._weather.arises(FaultKind.OVERTAKEN)
        self._heard[told.order_id] = max(number, self._heard[told.order_id])
        return ev.OrderReported(at_ns=at_ns, report=told)

    # -- polls -----------------------------------------------------------------------------

    def _poll(self, now_ns: int, what: str, answer: Callable[[int, int], Told]) -> None:
        asked_ns = self._engine_time()
        at = now_ns - self._start_ns
        if self._weather.strikes(FaultKind.HALF_OPEN, at):
            return
        failed = self._any_strikes(UNANSWERED, at)
        if failed is not None:
            text = UNANSWERED[failed.kind]
            told: Told = lambda ns: ev.PollFailed(at_ns=ns, what=what, text=text)  # noqa: E731
            at_ns = now_ns + self._latency()
            self._say_expired(failed, at_ns)
            self._tell(told, at_ns)
            return

        def arrive(ns: int) -> None:
            late = self._late(FaultKind.LATE_POLL, ns)
            self._tell(answer(asked_ns, ns), ns + self._latency() + late)

        self._agenda.at(now_ns + self._latency(), arrive)

    def _poll_book(self, now_ns: int) -> None:
        self._poll(now_ns, "order book", self._book)

    def _book(self, asked_ns: int, now_ns: int) -> Told:
        stale = self._weather.strikes(FaultKind.STALE_BOOK, now_ns - self._start_ns)
        age_ns = stale.amount if stale is not None else 0
        book = self._ledger.book_at(now_ns - age_ns) if age_ns else self._ledger.book()
        clear, garbled = self._garbling.split(book, now_ns - self._start_ns)
        return lambda at: ev.OrderBookReported(
            at_ns=at, reports=clear, asked_ns=asked_ns, unreadable=garbled
        )

    def _one_order(self, order_id: str, asked_ns: int, now_ns: int) -> Told:
        told = self._ledger.reports.get(order_id)
        if told is None or order_id in self._ledger.forgotten:
            return lambda at: ev.OrderDenied(
                at_ns=at, order_id=order_id, text="no such order", asked_ns=asked_ns
            )
        if self._garbling.hides(told, now_ns - self._start_ns):
            return lambda at: ev.PollFailed(at_ns=at, what="order", text="it cannot be read")
        return lambda at: ev.OrderReported(at_ns=at, report=told)

    def _funds(self, _: int, __: int) -> Told:
        available = self._exchange.margins().available
        return lambda at: ev.FundsReported(at_ns=at, available=available)

    def _positions(self, asked_ns: int, _: int) -> Told:
        held = holdings_of(self._exchange)
        return lambda at: ev.PositionsReported(at_ns=at, holdings=held, asked_ns=asked_ns)

    def _trades(self, asked_ns: int, _: int) -> Told:
        lost = self._ledger.forgotten
        traded = tuple(one for one in trades_of(self._exchange) if one.order_id not in lost)
        return lambda at: ev.TradesReported(at_ns=at, trades=traded, asked_ns=asked_ns)
