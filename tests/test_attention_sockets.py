"""A universe larger than the broker's room, over real sockets of the simulated exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from random import Random

import msgspec
import numpy as np

from tui_scalper.brokers.kite.access import LoopbackAccess
from tui_scalper.brokers.kite.feed import FeedTiming, KiteFeed
from tui_scalper.core import columns as c
from tui_scalper.core.attention import Stream
from tui_scalper.core.config import AttentionRules
from tui_scalper.core.events import BooksLost, Event, FaultsSeen, Link, LinkChanged, Ticks
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import MarketTable
from tui_scalper.core.units import MS, NS
from tui_scalper.core.venues import NSE
from tui_scalper.exchange.kite_server import RunningServer, start_server
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.recorded import RecordedMarket

PATIENCE = 15.0
NOW_NS = NSE.midnight(1_795_408_200 * NS) + 36_000 * NS
STOCKS = 40
UNIVERSE = Universe(
    NSE, [Instrument(symbol=f"S{n:02}", token=(n + 1) * 256 + 1, tick=5) for n in range(STOCKS)]
)
RULES = AttentionRules(
    sockets=3,
    socket_cap=8,
    depth=12,
    visit_ns=40 * MS,
    round_ns=400 * MS,
    dwell_ns=80 * MS,
    review_ns=10 * MS,
)
TIMING = FeedTiming(silence_limit=PATIENCE, retry_floor=0.01, retry_ceiling=0.05, close_timeout=0.2)


class Bench:
    """A feed of three sockets on one exchange; `must` is what it has to see."""

    def __init__(self, server: RunningServer, timing: FeedTiming) -> None:
        self.server = server
        self.table = MarketTable(UNIVERSE)
        self.must: list[int] = [39, 17]
        self.seen: list[Event] = []
        self.deep_rows: set[int] = set()
        self._more = asyncio.Event()
        access = LoopbackAccess(
            api_key="demo",
            access_token="demo",
            http_root=server.url,
            ws_root=server.ws_url.rstrip("/"),
        )
        self.feed = KiteFeed(
            access,
            self.table,
            self.sink,
            lambda: NOW_NS,
            rules=RULES,
            must_see=lambda: self.must,
            timing=timing,
            random=Random(7),
        )

    def sink(self, event: Event) -> None:
        self.seen.append(event)
        if isinstance(event, BooksLost):
            self.table.forget(event.rows)
        if isinstance(event, Ticks):
            known = event.rows[self.table.cells[event.rows, c.BID_PRICE] > 0]
            self.deep_rows.update(int(row) for row in known)
        self._more.set()

    async def until(self, wanted: Callable[[], object]) -> None:
        """Wait for news until `wanted`; the exchange's own state is looked at now and then."""
        async with asyncio.timeout(PATIENCE):
            while not wanted():
                self._more.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._more.wait(), 0.02)

    def of(self, kind: type) -> list:
        return [event for event in self.seen if isinstance(event, kind)]

    def carried(self, mode: str) -> set[int]:
        """Rows all sockets of the exchange carry in `mode`."""
        return {int(row) for one in self.server.feed.streams() for row in one[mode]}

    def all_seen(self) -> bool:
        """Whether there is a book of whatever has to be seen."""
        return bool(self.table.cells[self.must, c.BID_PRICE].all())

    def agreed(self) -> bool:
        """Whether the exchange carries exactly what is wanted now."""
        streams = self.feed.attention.streams
        deep = set(np.flatnonzero(streams == Stream.DEPTH))
        quotes = set(np.flatnonzero(streams == Stream.QUOTE))
        return self.carried("full") == deep and self.carried("quote") == quotes


@asynccontextmanager
async def a_bench(timing: FeedTiming = TIMING) -> AsyncIterator[Bench]:
    cells = np.zeros((STOCKS, c.COLUMNS), dtype=np.int64)
    exchange = Exchange(UNIVERSE, RecordedMarket(UNIVERSE, cells))
    for row in range(STOCKS):
        book = exchange.cells[row]
        book[c.BID_PRICE : c.BID_PRICE + 5] = 10_000 - 5 * np.arange(5)
        book[c.ASK_PRICE : c.ASK_PRICE + 5] = 10_005 + 5 * np.arange(5)
        book[c.BID_QUANTITY : c.BID_QUANTITY + 5] = book[c.ASK_QUANTITY : c.ASK_QUANTITY + 5] = 100
        book[[c.LTP, c.AVERAGE, c.OPEN, c.HIGH, c.LOW, c.CLOSE]] = 10_000
        book[[c.LTQ, c.VOLUME, c.TOTAL_BUY, c.TOTAL_SELL]] = 5, 10_000 + row, 9_000, 8_000
        book[[c.TRADED_NS, c.EXCHANGE_NS]] = NOW_NS
    server = await start_server(exchange, lambda: NOW_NS, port=0, pace=0.01, instruments=8)
    bench = Bench(server, timing)
    running = asyncio.create_task(bench.feed.run())
    try:
        yield bench
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await server.close()


async def test_all_sockets_are_filled_to_the_cap_and_every_stock_comes_by():
    async with a_bench() as bench:
        await bench.until(lambda: len(bench.deep_rows) == STOCKS)
        assert bench.server.feed.count() == 3
        for one in bench.server.feed.streams():
            assert sum(len(rows) for rows in one.values()) <= RULES.socket_cap
        assert bench.of(FaultsSeen) == []
        assert [event.link for event in bench.of(LinkChanged)] == [Link.CONNECTING, Link.LIVE]


async def test_what_must_be_seen_has_depth_and_a_new_wish_is_granted():
    async with a_bench() as bench:
        await bench.until(lambda: {39, 17} <= bench.carried("full"))
        bench.must = [25]
        await bench.until(lambda: 25 in bench.carried("full"))
        await bench.until(lambda: bench.table.cells[25, c.BID_PRICE] > 0)


async def test_a_stock_that_lost_its_depth_shows_none():
    """A bare quote takes the place of its book; what the quote says is there."""
    async with a_bench() as bench:

        def flattened() -> np.ndarray:
            quoted = list(bench.carried("quote") & bench.deep_rows)
            cells = bench.table.cells[quoted]
            return (cells[:, c.BID_PRICE] == 0) & (cells[:, c.TOTAL_BUY] == 9_000)

        await bench.until(lambda: flattened().any())


async def test_a_stock_streamed_no_more_is_said_to_be_lost_and_once_more_when_it_comes_back():
    async with a_bench() as bench:

        def lost(since: int = 0) -> set[int]:
            return {row for event in bench.of(BooksLost)[since:] for row in event.rows}

        await bench.until(lambda: len(lost()) > RULES.depth)
        assert lost().isdisjoint(bench.must)
        ended = bench.feed.attention.streams == Stream.NOTHING
        row = int(np.flatnonzero(ended)[0])
        bench.table.cells[row, c.UPDATES] = 1  # a frame that was under way
        seen = len(bench.of(BooksLost))
        await bench.until(lambda: row in lost(seen))
        assert bench.feed.attention.streams[row] != Stream.NOTHING


async def test_a_cut_socket_comes_back_with_the_modes_it_had():
    async with a_bench() as bench:
        await bench.until(lambda: Link.LIVE in [event.link for event in bench.of(LinkChanged)])
        await bench.until(bench.agreed)
        bench.server.feed.cut(1)
        await bench.until(lambda: bench.feed.reconnects == 1)
        down = next(event for event in bench.of(LinkChanged) if event.link is Link.DOWN)
        assert "of 3: connection lost" in down.why
        await bench.until(lambda: bench.server.feed.count() == 3 and bench.agreed())
        await bench.until(lambda: bench.of(LinkChanged)[-1].link is Link.LIVE)
        assert bench.of(FaultsSeen) == []


async def test_what_must_be_seen_moves_from_a_socket_that_stays_down_to_one_that_works():
    slow = msgspec.structs.replace(TIMING, retry_floor=2 * PATIENCE, retry_ceiling=2 * PATIENCE)
    async with a_bench(slow) as bench:
        await bench.until(bench.all_seen)
        await bench.until(bench.agreed)
        streams = bench.server.feed.streams()
        bench.server.feed.cut(next(n for n, one in enumerate(streams) if 39 in one["full"]))
        await bench.until(lambda: any(39 in event.rows for event in bench.of(BooksLost)))
        await bench.until(bench.all_seen)
        await bench.until(lambda: {39, 17} <= bench.carried("full"))
        assert bench.server.feed.count() == 2
        assert bench.of(LinkChanged)[-1].link is Link.DOWN, "entries wait for every book"
        assert bench.of(FaultsSeen) == []


async def test_one_lost_socket_forgets_its_own_books_only():
    async with a_bench() as bench:
        await bench.until(lambda: len(bench.deep_rows) == STOCKS)
        lost = bench.feed.attention.sockets == 0
        kept = bench.feed.attention.sockets == 1
        bench.feed.lost(0)
        assert bench.of(BooksLost)[-1].rows == tuple(np.flatnonzero(lost))
        assert not bench.table.cells[lost, c.UPDATES].any()
        assert bench.table.cells[kept, c.UPDATES].all()
