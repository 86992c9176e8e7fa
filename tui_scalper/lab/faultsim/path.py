"""The way between engine and exchange, with everything that goes wrong on it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.orders import OrderReport, ReportStatus
from tui_scalper.core.units import MS
from tui_scalper.exchange.bridge import change, holdings_of, new_order
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import LIVE, News, Order, OrderRefused
from tui_scalper.lab.faultsim.agenda import Agenda
from tui_scalper.lab.faultsim.ledger import Ledger
from tui_scalper.lab.faultsim.script import FaultKind
from tui_scalper.lab.faultsim.weather import FEED_DEAD, Weather

OrderRequest = ef.PlaceOrder | ef.ModifyOrder | ef.CancelOrder
Told = Callable[[int], ev.Event]
"""Makes an event out of the engine's time at which it arrives."""

FASTEST_NS = 1 * MS


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
            case ef.PlaceOrder() | ef.ModifyOrder() | ef.CancelOrder():
                self._request(effect, now_ns)
            case ef.PollOrderBook():
                self._poll_book(now_ns)
            case ef.PollFunds():
                self._poll(now_ns, "funds", self._funds)
            case ef.PollPositions():
                self._poll(now_ns, "positions", self._positions)

    def news(self, now_ns: int) -> None:
        """Pass on what the exchange has to say of its orders."""
        for update in self._exchange.drain_updates():
            told = self._ledger.takes(update.order, now_ns)
            if update.news is not News.ACCEPTED:
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

    def _request(self, effect: OrderRequest, now_ns: int) -> None:
        at = now_ns - self._start_ns
        if self._weather.strikes(FaultKind.REFUSE, at):
            self._bury(effect)
            self._tell(_refusal(effect, "429 too many requests"), now_ns + self._latency())
            return
        lost = self._weather.strikes(FaultKind.LOSE_REQUEST, at)
        if lost is not None:
            self._bury(effect)
            self._say_unknown(effect, lost.amount, now_ns)
            return
        silent = self._weather.strikes(FaultKind.LOSE_ANSWER, at)
        if silent is not None:
            self._say_unknown(effect, silent.amount, now_ns)
        arrives = now_ns + self._latency() + self._late(FaultKind.LATE_REQUEST, now_ns)
        self._agenda.at(arrives, lambda ns: self._arrive(effect, ns, answered=silent is None))

    def _bury(self, effect: OrderRequest) -> None:
        if isinstance(effect, ef.PlaceOrder):
            self._ledger.sent[effect.tag].dead = True

    def _say_unknown(self, effect: OrderRequest, after_ns: int, now_ns: int) -> None:
        """The gateway gives up on an answer; with `after_ns` 0 it says nothing either."""
        self.ambiguous += isinstance(effect, ef.PlaceOrder)
        self._trouble(now_ns + after_ns)
        if after_ns:
            self._tell(_unknown(effect, "connection cut"), now_ns + after_ns)

    def _arrive(self, effect: OrderRequest, now_ns: int, *, answered: bool) -> None:
        try:
            told = self._take(effect, now_ns)
        except OrderRefused as refusal:
            self._bury(effect)
            told = _refusal(effect, refusal.text)
        self.news(now_ns)
        if answered:
            late = self._late(FaultKind.LATE_ANSWER, now_ns)
            self._tell(told, now_ns + self._latency() + late)

    def _take(self, effect: OrderRequest, now_ns: int) -> Told:
        if isinstance(effect, ef.PlaceOrder):
            tag = effect.tag
            order_id = self._exchange.place(new_order(effect), now_ns)
            return lambda at: ev.Placed(at_ns=at, tag=tag, order_id=order_id)
        order_id = effect.order_id
        if isinstance(effect, ef.ModifyOrder):
            self._exchange.modify(order_id, change(effect.terms), now_ns)
            return lambda at: ev.ModifyAccepted(at_ns=at, order_id=order_id)
        if not self._cancelled_in_words(order_id, now_ns):
            self._exchange.cancel(order_id, now_ns)
        return lambda at: ev.CancelAccepted(at_ns=at, order_id=order_id)

    def _cancelled_in_words(self, order_id: str, now_ns: int) -> bool:
        """The broker says an order is cancelled, and takes it out a while later."""
        order = self.working(order_id)
        early = self._weather.strikes(FaultKind.EARLY_CANCEL_NEWS, now_ns - self._start_ns)
        if order is None or early is None:
            return False
        told = self._ledger.reports[order_id]
        self._update(_cancelled(told), now_ns)
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
        lost = self._weather.strikes(FaultKind.LOSE_UPDATE, at)
        if lost is not None or any(self._weather.now(kind, at) for kind in FEED_DEAD):
            return
        event: Told = lambda ns: ev.OrderReported(at_ns=ns, report=told)  # noqa: E731
        arrives = now_ns + self._latency() + self._late(FaultKind.LATE_UPDATE, now_ns)
        self._tell(event, arrives)
        doubled = self._weather.strikes(FaultKind.DOUBLE_UPDATE, at)
        if doubled is not None:
            self._tell(event, arrives + doubled.amount)

    # -- polls -----------------------------------------------------------------------------

    def _poll(self, now_ns: int, what: str, answer: Callable[[int, int], Told]) -> None:
        asked_ns = self._engine_time()
        if self._weather.strikes(FaultKind.FAIL_POLL, now_ns - self._start_ns):
            told: Told = lambda at: ev.PollFailed(at_ns=at, what=what, text="503")  # noqa: E731
            self._tell(told, now_ns + self._latency())
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
        return lambda at: ev.OrderBookReported(at_ns=at, reports=book, asked_ns=asked_ns)

    def _funds(self, _: int, __: int) -> Told:
        available = self._exchange.margins().available
        return lambda at: ev.FundsReported(at_ns=at, available=available)

    def _positions(self, asked_ns: int, _: int) -> Told:
        held = holdings_of(self._exchange)
        return lambda at: ev.PositionsReported(at_ns=at, holdings=held, asked_ns=asked_ns)


def _cancelled(told: OrderReport) -> OrderReport:
    return OrderReport(
        order_id=told.order_id,
        tag=told.tag,
        row=told.row,
        symbol=told.symbol,
        side=told.side,
        terms=told.terms,
        status=ReportStatus.CANCELLED,
        filled=told.filled,
        filled_value=told.filled_value,
    )


def _refusal(effect: OrderRequest, text: str) -> Told:
    if isinstance(effect, ef.PlaceOrder):
        tag = effect.tag
        return lambda at: ev.PlaceRefused(at_ns=at, tag=tag, text=text)
    order_id = effect.order_id
    if isinstance(effect, ef.ModifyOrder):
        return lambda at: ev.ModifyRefused(at_ns=at, order_id=order_id, text=text)
    return lambda at: ev.CancelRefused(at_ns=at, order_id=order_id, text=text)


def _unknown(effect: OrderRequest, text: str) -> Told:
    if isinstance(effect, ef.PlaceOrder):
        tag = effect.tag
        return lambda at: ev.PlaceUnknown(at_ns=at, tag=tag, text=text)
    order_id = effect.order_id
    return lambda at: ev.ChangeUnknown(at_ns=at, order_id=order_id, text=text)
