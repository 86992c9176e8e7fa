"""Orders and questions to Kite over HTTP; every outcome becomes exactly one event.

One exception: a refused session is said before that event, whatever was asked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Final

import aiohttp

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.brokers.kite.forms import (
    BOOKED,
    Product,
    change_form,
    exit_path,
    history_path,
    order_path,
    orders_path,
    place_form,
)
from tui_scalper.brokers.kite.holdings import read_holdings
from tui_scalper.brokers.kite.outcomes import (
    Fate,
    Outcome,
    cancelling_event,
    failure_text,
    modifying_event,
    outcome_of,
    outcome_of_failure,
    placing_event,
)
from tui_scalper.brokers.kite.questions import (
    UnansweredError,
    denies_order,
    read_book,
    read_funds,
    read_order,
    read_products,
)
from tui_scalper.brokers.kite.reports import Oddity, OrderReader
from tui_scalper.brokers.kite.rest import FAILURES, Answer, ClosedError, Limits, ask, open_session
from tui_scalper.brokers.kite.trades import read_trades
from tui_scalper.brokers.kite.words import one_line
from tui_scalper.brokers.port import BrokerError, Now, Sink
from tui_scalper.core.config import Style
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
    PollTrades,
)
from tui_scalper.core.events import (
    Event,
    FundsReported,
    OrderBookReported,
    OrderDenied,
    OrderReported,
    PlaceRefused,
    PollFailed,
    PositionsReported,
    SessionRefused,
    TradesReported,
)
from tui_scalper.core.instruments import Universe
from tui_scalper.core.orders import Purpose

ORDER: Final = "order"
ORDER_BOOK: Final = "order book"
FUNDS: Final = "funds"
POSITIONS: Final = "positions"
TRADES: Final = "trades"
_CROWDED: Final = "too many requests under way"
_STOPPED: Final = "stopped while waiting for the answer"
_WORTH_RETRYING: Final = frozenset({500, 502, 503, 504})
_FORBIDDEN: Final = 403


class KiteGateway:
    """brokers.port.Gateway over one Kite HTTP session.

    `carry_out` may be called on the running loop only. Events always arrive from a later turn
    of the loop, never from within `carry_out`. Order requests are sent once, whatever happens;
    polls are repeated a few times.
    """

    def __init__(
        self,
        access: KiteAccess,
        universe: Universe,
        sink: Sink,
        now: Now,
        *,
        product: Product = Product.INTRADAY,
        limits: Limits | None = None,
        algo_id: str = "",
        style: Style = Style.ENGINE,
    ) -> None:
        self._access = access
        self._universe = universe
        self._root = access.http_root.rstrip("/")
        self._reader = OrderReader(universe, product)
        self._style = style
        self._sink = sink
        self._now = now
        self._product = product
        self._algo_id = algo_id
        self._limits = limits or Limits()
        self._session: aiohttp.ClientSession | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._entries = 0
        self._questions = 0
        self._closed = False

    @property
    def oddities(self) -> Counter[Oddity]:
        """What was odd about polled orders, counted by kind."""
        return self._reader.oddities

    async def open(self) -> None:
        """Check the token, which also warms a connection up. Raises BrokerError."""
        try:
            answer = await self._ask("GET", "/user/profile")
        except FAILURES as error:
            raise BrokerError(
                f"broker at {self._root} does not answer: {failure_text(error)}: "
                "check the network and the address, then start again"
            ) from error
        if answer.status == _FORBIDDEN:
            raise BrokerError(
                f"broker at {self._root} refused the access token: {answer.text()}: it expires "
                "every morning, log in again: scalper-tui login"
            )
        if not answer.good:
            raise BrokerError(
                f"broker at {self._root} cannot be used now: {answer.text()}: try again later"
            )
        if self._style is Style.BROKER and Product.COVER not in read_products(answer):
            raise BrokerError(
                f"broker at {self._root} offers this account no cover orders, which "
                "protection.style = broker needs: set protection.style = engine, or have the "
                "broker enable cover orders (product CO)"
            )

    def carry_out(self, effect: Effect) -> None:
        """Start the request for `effect` and return; the outcome reaches the sink."""
        match effect:
            case PlaceOrder():
                self._start_entry(effect)
            case ModifyOrder():
                path = order_path(effect.order_id, effect.leg)
                self._start(self._modify("PUT", path, change_form(effect), effect.order_id))
            case ExitStop():
                self._start(self._modify("DELETE", exit_path(effect), None, effect.order_id))
            case CancelOrder():
                self._start(self._cancel(effect))
            case PollOrderBook():
                self._start_question(ORDER_BOOK, self._poll_order_book)
            case PollOrder(order_id=order_id):
                self._start_question(ORDER, lambda: self._poll_order(order_id))
            case PollFunds():
                self._start_question(FUNDS, self._poll_funds)
            case PollPositions():
                self._start_question(POSITIONS, self._poll_positions)
            case PollTrades():
                self._start_question(TRADES, self._poll_trades)
            case _:
                raise TypeError(f"the Kite gateway cannot carry out {type(effect).__name__}")

    async def close(self) -> None:
        """Wait briefly for requests under way, call the rest unknown, close the connections."""
        self._closed = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._limits.closing_wait)
        late = list(self._under_way)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _start(self, request: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(request)
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A request is over; one that broke on its way is said, whatever it was."""
        self._under_way.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            text = one_line(f"{type(error).__name__}: {error}")
            self._sink(PollFailed(at_ns=self._now(), what="request", text=text))

    def _start_entry(self, order: PlaceOrder) -> None:
        """Start a new order; entries are bounded, stops and exits always go."""
        if order.purpose is Purpose.ENTRY and self._entries >= self._limits.entries:
            self._emit_later(PlaceRefused(at_ns=self._now(), tag=order.tag, text=_CROWDED))
            return
        self._entries += 1
        self._start(self._place(order))

    def _start_question(self, what: str, ask_it: Callable[[], Awaitable[None]]) -> None:
        if self._questions >= self._limits.questions:
            self._emit_later(PollFailed(at_ns=self._now(), what=what, text=_CROWDED))
            return
        self._questions += 1
        self._start(self._question(what, ask_it))

    def _emit_later(self, event: Event) -> None:
        asyncio.get_running_loop().call_soon(self._sink, event)

    async def _place(self, order: PlaceOrder) -> None:
        outcome = Outcome(fate=Fate.UNKNOWN, text=_STOPPED)
        try:
            form = place_form(order, self._product, self._algo_id)
            outcome = await self._change("POST", orders_path(order.leg), form)
        finally:
            self._entries -= 1
            self._sink(placing_event(order.tag, outcome, self._now()))

    async def _modify(
        self, method: str, path: str, form: dict[str, str] | None, order_id: str
    ) -> None:
        outcome = Outcome(fate=Fate.UNKNOWN, text=_STOPPED)
        try:
            outcome = await self._change(method, path, form)
        finally:
            self._sink(modifying_event(order_id, outcome, self._now()))

    async def _cancel(self, order: CancelOrder) -> None:
        outcome = Outcome(fate=Fate.UNKNOWN, text=_STOPPED)
        try:
            path = order_path(order.order_id, order.leg)
            outcome = await self._change("DELETE", path, None)
        finally:
            self._sink(cancelling_event(order.order_id, outcome, self._now()))

    async def _change(self, method: str, path: str, form: dict[str, str] | None) -> Outcome:
        """Send an order request, once, and say what became of it."""
        try:
            return outcome_of(await self._ask(method, path, form))
        except FAILURES as error:
            return outcome_of_failure(error)

    async def _question(self, what: str, ask_it: Callable[[], Awaitable[None]]) -> None:
        failure = _STOPPED
        try:
            await ask_it()
            failure = ""
        except UnansweredError as error:
            failure = one_line(str(error))
        finally:
            self._questions -= 1
            if failure:
                self._sink(PollFailed(at_ns=self._now(), what=what, text=failure))

    async def _poll_order_book(self) -> None:
        asked_ns = self._now()
        book = read_book(await self._ask_patiently("/orders"), self._reader)
        self._sink(
            OrderBookReported(
                at_ns=self._now(),
                reports=book.reports,
                asked_ns=asked_ns,
                unreadable=book.unreadable,
            )
        )

    async def _poll_order(self, order_id: str) -> None:
        asked_ns = self._now()
        answer = await self._ask_patiently(history_path(order_id), denies_order)
        if denies_order(answer):
            self._sink(
                OrderDenied(
                    at_ns=self._now(), order_id=order_id, text=answer.text(), asked_ns=asked_ns
                )
            )
            return
        self._sink(OrderReported(at_ns=self._now(), report=read_order(answer, self._reader)))

    async def _poll_positions(self) -> None:
        asked_ns = self._now()
        answer = await self._ask_patiently("/portfolio/positions")
        holdings = read_holdings(answer, self._universe, BOOKED[self._product])
        self._sink(PositionsReported(at_ns=self._now(), holdings=holdings, asked_ns=asked_ns))

    async def _poll_trades(self) -> None:
        asked_ns = self._now()
        trades = read_trades(await self._ask_patiently("/trades"))
        self._sink(TradesReported(at_ns=self._now(), trades=trades, asked_ns=asked_ns))

    async def _poll_funds(self) -> None:
        available = read_funds(await self._ask_patiently("/user/margins"))
        self._sink(FundsReported(at_ns=self._now(), available=available))

    async def _ask_patiently(
        self, path: str, usable: Callable[[Answer], bool] = lambda _: False
    ) -> Answer:
        """An answer that is good or `usable`, asked for a few times. Raises UnansweredError."""
        trouble = ""
        for attempt in range(1 + self._limits.retries):
            await asyncio.sleep(attempt * self._limits.retry_wait)
            try:
                answer = await self._ask("GET", path)
            except FAILURES as error:
                trouble = failure_text(error)
                continue
            if answer.good or usable(answer):
                return answer
            trouble = answer.text()
            if answer.status not in _WORTH_RETRYING:
                break
        raise UnansweredError(trouble)

    async def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Answer:
        if self._closed:
            raise ClosedError("the gateway is closed")
        if self._session is None:
            self._session = open_session(self._access, self._limits)
        answer = await ask(self._session, method, self._root + path, form)
        if answer.refuses_session:
            self._sink(SessionRefused(at_ns=self._now(), text=answer.text()))
        return answer
