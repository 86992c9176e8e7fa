"""A broker without sockets: the exchange machine behind fixed latencies.

A request reaches the exchange `to_exchange` after the engine sent it, and what comes of it
reaches the engine `to_engine` after it happened. Everything is ordered by time and then by
when it was scheduled, so a run is a pure function of its inputs.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

import msgspec
import numpy as np

from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.market import Cells
from tui_scalper.core.orders import OrderReport
from tui_scalper.core.units import FOREVER, MS
from tui_scalper.exchange.bridge import carry_change, holdings_of, new_order, report, trades_of
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import Order, OrderRefused


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """One-way delays of the order path, nanoseconds."""

    to_exchange: int = 40 * MS
    to_engine: int = 40 * MS


class PaperBroker:
    """Carries effects to `exchange` and events back, both late by `latency`.

    `wakes` (instruments, 4) says at which prices `exchange` must be asked to match; the
    fast replay reads it.
    """

    def __init__(
        self, exchange: Exchange, sink: Callable[[ev.Event], None], latency: Latency
    ) -> None:
        self.exchange = exchange
        self.wakes: Cells = np.empty((len(exchange.universe), 4), dtype=np.int64)
        for row in range(len(exchange.universe)):
            self.wakes[row] = exchange.wakes(row)
        self._rows_awake: set[int] = set()
        self._sink = sink
        self._latency = latency
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = count()
        self._said: dict[int, tuple[Order, OrderReport]] = {}
        self._book: tuple[OrderReport, ...] = ()
        self._book_version = -1

    @property
    def next_ns(self) -> int:
        """When the next request or piece of news arrives."""
        return self._due[0][0] if self._due else FOREVER

    def carry_out(self, effect: ef.Effect, at_ns: int) -> None:
        """Take an effect the engine emitted at `at_ns`."""
        self._schedule(at_ns + self._latency.to_exchange, lambda now: self._arrive(effect, now))

    def deliver(self, now_ns: int) -> None:
        """Let the next thing happen; it must be due."""
        due, _, happen = heapq.heappop(self._due)
        assert due <= now_ns
        happen(due)

    def frame(self, now_ns: int) -> None:
        """The recorded book moved: match our resting orders against it."""
        if self._rows_awake:
            self.exchange.match(np.array(sorted(self._rows_awake), dtype=np.int64), now_ns)
            self._news(now_ns)

    def _schedule(self, at_ns: int, happen: Callable[[int], None]) -> None:
        heapq.heappush(self._due, (at_ns, next(self._order), happen))

    def _tell(self, event_at: Callable[[int], ev.Event], now_ns: int) -> None:
        due = now_ns + self._latency.to_engine
        self._schedule(due, lambda now: self._sink(event_at(now)))

    def _arrive(self, effect: ef.Effect, now_ns: int) -> None:
        match effect:
            case (
                ef.PollOrderBook()
                | ef.PollOrder()
                | ef.PollPositions()
                | ef.PollTrades()
                | ef.PollFunds()
            ):
                self._answer(effect, now_ns)
                return
            case ef.PlaceOrder():
                self._place(effect, now_ns)
            case ef.ModifyOrder() | ef.ExitStop():
                self._modify(effect, now_ns)
            case ef.CancelOrder():
                self._cancel(effect, now_ns)
        self._news(now_ns)

    def _answer(
        self,
        question: ef.PollOrderBook | ef.PollOrder | ef.PollPositions | ef.PollTrades | ef.PollFunds,
        now_ns: int,
    ) -> None:
        """Tell what is so now; a question moves nothing at the exchange."""
        match question:
            case ef.PollOrder(order_id=order_id):
                self._tell(self._about(order_id, now_ns), now_ns)
            case ef.PollOrderBook():
                reports = self._order_book()
                self._tell(
                    lambda at: ev.OrderBookReported(at_ns=at, reports=reports, asked_ns=now_ns),
                    now_ns,
                )
            case ef.PollPositions():
                holdings = holdings_of(self.exchange)
                self._tell(
                    lambda at: ev.PositionsReported(at_ns=at, holdings=holdings, asked_ns=now_ns),
                    now_ns,
                )
            case ef.PollTrades():
                trades = trades_of(self.exchange)
                self._tell(
                    lambda at: ev.TradesReported(at_ns=at, trades=trades, asked_ns=now_ns), now_ns
                )
            case ef.PollFunds():
                available = self.exchange.margins().available
                self._tell(lambda at: ev.FundsReported(at_ns=at, available=available), now_ns)

    def _about(self, order_id: str, asked_ns: int) -> Callable[[int], ev.Event]:
        """What there is to say of one order."""
        try:
            told = report(self.exchange.history(order_id)[-1])
        except OrderRefused as refusal:
            text = str(refusal)
            return lambda at: ev.OrderDenied(
                at_ns=at, order_id=order_id, text=text, asked_ns=asked_ns
            )
        return lambda at: ev.OrderReported(at_ns=at, report=told)

    def _order_book(self) -> tuple[OrderReport, ...]:
        """A report of every order; what did not change is what it was."""
        if self._book_version == self.exchange.version:
            return self._book
        self._book_version = self.exchange.version
        orders = self.exchange.orders()
        for order in orders:
            said = self._said.get(order.number)
            if said is None or said[0] is not order:
                self._said[order.number] = (order, report(order))
        self._book = tuple(self._said[order.number][1] for order in orders)
        return self._book

    def _place(self, effect: ef.PlaceOrder, now_ns: int) -> None:
        tag = effect.tag
        try:
            order_id = self.exchange.place(new_order(effect), now_ns)
        except OrderRefused as refusal:
            text = str(refusal)
            self._tell(lambda at: ev.PlaceRefused(at_ns=at, tag=tag, text=text), now_ns)
            return
        self._tell(lambda at: ev.Placed(at_ns=at, tag=tag, order_id=order_id), now_ns)

    def _modify(self, effect: ef.ModifyOrder | ef.ExitStop, now_ns: int) -> None:
        order_id = effect.order_id
        try:
            carry_change(self.exchange, effect, now_ns)
        except OrderRefused as refusal:
            text = str(refusal)
            self._tell(lambda at: ev.ModifyRefused(at_ns=at, order_id=order_id, text=text), now_ns)
            return
        self._tell(lambda at: ev.ModifyAccepted(at_ns=at, order_id=order_id), now_ns)

    def _cancel(self, effect: ef.CancelOrder, now_ns: int) -> None:
        order_id = effect.order_id
        try:
            self.exchange.cancel(order_id, now_ns)
        except OrderRefused as refusal:
            text = str(refusal)
            self._tell(lambda at: ev.CancelRefused(at_ns=at, order_id=order_id, text=text), now_ns)
            return
        self._tell(lambda at: ev.CancelAccepted(at_ns=at, order_id=order_id), now_ns)

    def _news(self, now_ns: int) -> None:
        """Pass updates on and look anew at what the exchange waits for."""
        for update in self.exchange.drain_updates():
            news = report(update.order)
            self._tell(
                lambda at, news=news: ev.OrderReported(at_ns=at, report=news),  # type: ignore[misc]
                now_ns,
            )
            self._rows_awake.add(news.row)
        for row in list(self._rows_awake):
            self.wakes[row] = self.exchange.wakes(row)
        self._rows_awake = {one.row for one in self.exchange.live_orders()}
