"""The whole adapter against the simulated exchange: sockets, orders, faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from random import Random

import msgspec
import numpy as np
import pytest

from tui_scalper.brokers.kite.access import LoopbackAccess
from tui_scalper.brokers.kite.feed import FeedTiming, KiteFeed
from tui_scalper.brokers.kite.gateway import KiteGateway
from tui_scalper.brokers.kite.instruments import fetch_instruments
from tui_scalper.brokers.kite.login import exchange_request_token
from tui_scalper.brokers.kite.rest import Limits
from tui_scalper.brokers.port import BrokerError
from tui_scalper.core import columns as c
from tui_scalper.core.config import Style
from tui_scalper.core.effects import (
    CancelOrder,
    Effect,
    ModifyOrder,
    PlaceOrder,
    PollFunds,
    PollOrderBook,
)
from tui_scalper.core.events import (
    CancelAccepted,
    CancelRefused,
    Event,
    FaultsSeen,
    FundsReported,
    Link,
    LinkChanged,
    ModifyAccepted,
    OrderBookReported,
    OrderReported,
    Placed,
    PlaceRefused,
    PlaceUnknown,
)
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import MarketTable
from tui_scalper.core.orders import OrderKind, OrderReport, OrderTerms, ReportStatus
from tui_scalper.core.units import NS, Side
from tui_scalper.core.venues import NSE
from tui_scalper.exchange.kite_server import start_server
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.recorded import RecordedMarket

PATIENCE = 15.0
BEGIN_NS = int(datetime(2026, 11, 20, 5, 0, tzinfo=UTC).timestamp()) * NS
UNIVERSE = Universe(
    NSE,
    [
        Instrument(symbol="INFY", token=408065, tick=10),
        Instrument(symbol="SBIN", token=779521, tick=5),
    ],
)
MARKET_ONLY = [n for n in range(c.MARKET_END) if n not in (c.RECEIVED_NS, c.UPDATES)]
TIMING = FeedTiming(silence_limit=PATIENCE, retry_floor=0.01, retry_ceiling=0.05, close_timeout=0.2)
LIMITS = Limits(retry_wait=0.01, closing_wait=0.2)


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long the adapter waits: long, unless a test is about waiting."""

    feed: FeedTiming = TIMING
    gateway: Limits = LIMITS


CALM = Patience()


class Bench:
    """A feed and a gateway on one simulated exchange, with all they reported."""

    def __init__(
        self, exchange: Exchange, access: LoopbackAccess, patience: Patience, style: Style
    ) -> None:
        self.exchange = exchange
        self.access = access
        self.table = MarketTable(UNIVERSE)
        self.seen: list[Event] = []
        self._more = asyncio.Event()
        self.feed = KiteFeed(
            access,
            self.table,
            self.sink,
            self.now,
            timing=patience.feed,
            random=Random(7),
        )
        self.gateway = KiteGateway(
            access, UNIVERSE, self.sink, self.now, limits=patience.gateway, style=style
        )

    def now(self) -> int:
        return BEGIN_NS + NS

    def sink(self, event: Event) -> None:
        self.seen.append(event)
        self._more.set()

    async def until(self, wanted: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not wanted():
                self._more.clear()
                await self._more.wait()

    def of(self, kind: type) -> list:
        return [event for event in self.seen if isinstance(event, kind)]

    def links(self) -> list[Link]:
        return [event.link for event in self.of(LinkChanged)]

    def reports(self, order_id: str) -> list[OrderReport]:
        reports = [event.report for event in self.of(OrderReported)]
        return [report for report in reports if report.order_id == order_id]


async def do(bench: Bench, effect: Effect, kind: type) -> Event:
    """Carry `effect` out and wait for its outcome, an event of `kind`."""
    before = len(bench.of(kind))
    bench.gateway.carry_out(effect)
    await bench.until(lambda: len(bench.of(kind)) > before)
    return bench.of(kind)[-1]


def show(exchange: Exchange, row: int, bid: int, ask: int) -> None:
    """Put a book of five equal levels a side on `row`."""
    cells = exchange.cells[row]
    tick = UNIVERSE[row].tick
    for level in range(c.LEVELS):
        cells[c.BID_PRICE + level], cells[c.ASK_PRICE + level] = (
            bid - level * tick,
            ask + level * tick,
        )
        cells[c.BID_QUANTITY + level] = cells[c.ASK_QUANTITY + level] = 100 + level
        cells[c.BID_ORDERS + level] = cells[c.ASK_ORDERS + level] = 2
    cells[c.LTP] = cells[c.AVERAGE] = ask
    cells[c.OPEN], cells[c.HIGH], cells[c.LOW], cells[c.CLOSE] = bid, ask, bid, bid
    cells[c.LTQ], cells[c.VOLUME], cells[c.TOTAL_BUY], cells[c.TOTAL_SELL] = 5, 10**6, 9_000, 8_000
    cells[c.TRADED_NS] = cells[c.EXCHANGE_NS] = BEGIN_NS


@asynccontextmanager
async def a_bench(
    token: str = "demo", patience: Patience = CALM, style: Style = Style.ENGINE
) -> AsyncIterator[Bench]:
    market = RecordedMarket(UNIVERSE, np.zeros((len(UNIVERSE), c.COLUMNS), dtype=np.int64))
    exchange = Exchange(UNIVERSE, market)
    show(exchange, 0, 157_300, 157_310)
    show(exchange, 1, 79_995, 80_000)
    server = await start_server(exchange, lambda: BEGIN_NS, port=0)
    access = LoopbackAccess(
        api_key="demo",
        access_token=token,
        http_root=f"http://127.0.0.1:{server.port}",
        ws_root=f"ws://127.0.0.1:{server.port}",
    )
    bench = Bench(exchange, access, patience, style)
    running = asyncio.create_task(bench.feed.run())
    try:
        yield bench
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await bench.gateway.close()
        await server.close()


def order(tag: str, side: Side, price: int, quantity: int = 10, trigger: int = 0) -> PlaceOrder:
    kind = OrderKind.STOP_LIMIT if trigger else OrderKind.LIMIT
    terms = OrderTerms(kind=kind, quantity=quantity, price=price, trigger=trigger)
    return PlaceOrder(tag=tag, row=0, symbol="INFY", exchange="NSE", side=side, terms=terms)


async def test_the_table_becomes_what_the_exchange_shows():
    async with a_bench() as bench:
        await bench.until(
            lambda: np.array_equal(
                bench.table.cells[:, MARKET_ONLY], bench.exchange.cells[:, MARKET_ONLY]
            )
        )
        assert bench.links() == [Link.CONNECTING, Link.LIVE]
        assert bench.of(FaultsSeen) == []
        assert (bench.table.cells[:, c.RECEIVED_NS] == bench.now()).all()


async def test_an_entry_is_taken_and_filled_and_the_book_says_so_too():
    async with a_bench() as bench:
        await bench.gateway.open()
        await bench.until(lambda: Link.LIVE in bench.links())
        placed = await do(bench, order("entry1", Side.BUY, 157_310), Placed)
        assert placed.tag == "entry1"
        await bench.until(lambda: bench.reports(placed.order_id))
        pushed = bench.reports(placed.order_id)[-1]
        assert (pushed.status, pushed.tag, pushed.row) == (ReportStatus.COMPLETE, "entry1", 0)
        assert (pushed.filled, pushed.filled_value) == (10, 1_573_100)
        assert pushed.exchange_ns == BEGIN_NS
        book = await do(bench, PollOrderBook(), OrderBookReported)
        assert book.reports == (pushed,)
        funds = await do(bench, PollFunds(), FundsReported)
        assert funds.available == bench.exchange.margins().available


async def test_a_stop_is_placed_moved_turned_into_a_limit_and_cancelled():
    async with a_bench() as bench:
        await bench.until(lambda: Link.LIVE in bench.links())
        stop = order("stop1", Side.SELL, 156_000, trigger=156_100)
        placed = await do(bench, stop, Placed)
        order_id = placed.order_id
        (report,) = (await do(bench, PollOrderBook(), OrderBookReported)).reports
        assert (report.status, report.terms) == (ReportStatus.TRIGGER_PENDING, stop.terms)

        moved = msgspec.structs.replace(stop.terms, trigger=156_200, price=156_100)
        await do(bench, ModifyOrder(order_id=order_id, terms=moved), ModifyAccepted)
        (report,) = (await do(bench, PollOrderBook(), OrderBookReported)).reports
        assert (report.status, report.terms) == (ReportStatus.TRIGGER_PENDING, moved)

        target = OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=158_000)
        await do(bench, ModifyOrder(order_id=order_id, terms=target), ModifyAccepted)
        (report,) = (await do(bench, PollOrderBook(), OrderBookReported)).reports
        assert (report.status, report.terms) == (ReportStatus.OPEN, target)

        await do(bench, CancelOrder(order_id=order_id), CancelAccepted)
        await bench.until(
            lambda: (
                bench.reports(order_id)[-1:]
                and bench.reports(order_id)[-1].status is ReportStatus.CANCELLED
            )
        )
        refused = await do(bench, CancelOrder(order_id=order_id), CancelRefused)
        assert refused.text


async def test_refusals_and_rejections():
    async with a_bench() as bench:
        await bench.until(lambda: Link.LIVE in bench.links())
        bench.exchange.faults.refuse_orders = 1
        refused = await do(bench, order("a", Side.BUY, 157_310), PlaceRefused)
        assert "OrderException" in refused.text
        bench.exchange.faults.answer_429 = 1
        assert await do(bench, order("b", Side.BUY, 157_310), PlaceRefused)
        placed = await do(bench, order("c", Side.BUY, 157_310, quantity=100_000), Placed)
        await bench.until(lambda: bench.reports(placed.order_id))
        report = bench.reports(placed.order_id)[-1]
        assert report.status is ReportStatus.REJECTED
        assert report.text


async def test_an_order_whose_answer_is_lost_stands_in_the_book_under_its_tag():
    hasty = msgspec.structs.replace(LIMITS, total_timeout=1.0)
    async with a_bench(patience=Patience(gateway=hasty)) as bench:
        bench.exchange.faults.lose_answers = 1
        unknown = await do(bench, order("lost1", Side.BUY, 157_000), PlaceUnknown)
        assert unknown.tag == "lost1"
        book = await do(bench, PollOrderBook(), OrderBookReported)
        assert [report.tag for report in book.reports] == ["lost1"]


async def test_a_503_may_mean_anything():
    async with a_bench() as bench:
        bench.exchange.faults.answer_503 = 1
        assert await do(bench, order("a", Side.BUY, 157_310), PlaceUnknown)


async def test_doubled_updates_pass_through():
    async with a_bench() as bench:
        await bench.until(lambda: Link.LIVE in bench.links())
        bench.exchange.faults.double_updates = 1
        placed = await do(bench, order("twice", Side.BUY, 157_310), Placed)
        await bench.until(lambda: len(bench.reports(placed.order_id)) >= 2)
        first, second = bench.reports(placed.order_id)[:2]
        assert first == second


async def test_a_silent_feed_is_reported_and_comes_back():
    hasty = msgspec.structs.replace(TIMING, silence_limit=2.0)
    async with a_bench(patience=Patience(feed=hasty)) as bench:
        await bench.until(lambda: Link.LIVE in bench.links())
        bench.exchange.faults.silent_feed = True
        await bench.until(lambda: Link.DOWN in bench.links())
        assert bench.links()[:4] == [Link.CONNECTING, Link.LIVE, Link.STALLED, Link.DOWN]
        bench.exchange.faults.silent_feed = False
        await bench.until(lambda: bench.links().count(Link.LIVE) == 2)


async def test_a_wrong_token_is_refused_everywhere_with_words():
    async with a_bench(token="yesterday") as bench:
        await bench.until(lambda: Link.REFUSED in bench.links())
        refused = next(event for event in bench.of(LinkChanged) if event.link is Link.REFUSED)
        assert "scalper-tui login" in refused.why
        with pytest.raises(BrokerError, match="scalper-tui login"):
            await bench.gateway.open()


async def test_the_instruments_and_the_login_of_the_simulated_broker():
    async with a_bench() as bench:
        assert await fetch_instruments(bench.access) == list(UNIVERSE)
        assert await fetch_instruments(bench.access, ["SBIN"]) == [UNIVERSE[1]]
        token = await exchange_request_token(
            api_key="demo",
            api_secret="demo",
            request_token="demo",
            http_root=bench.access.http_root,
        )
        assert token == "demo"
