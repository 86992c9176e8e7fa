"""The Kite feed against small real WebSocket servers on loopback."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from random import Random

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from tui_scalper.brokers.kite.access import LoopbackAccess
from tui_scalper.brokers.kite.feed import FeedTiming, KiteFeed
from tui_scalper.core import columns as c
from tui_scalper.core.events import (
    BooksLost,
    Event,
    FaultsSeen,
    FeedFault,
    Link,
    LinkChanged,
    OrderReported,
    Ticks,
)
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import MarketTable
from tui_scalper.core.orders import ReportStatus
from tui_scalper.core.venues import NSE
from tui_scalper.runtime.loop import PULSE_S

TOKEN = "s3cret-token"
STAMP = 1_700_000_000
NOW_NS = (STAMP + 1) * 1_000_000_000
PATIENCE = 10.0
QUICK = FeedTiming(
    silence_limit=PATIENCE,
    retry_floor=0.01,
    retry_ceiling=0.05,
    refused_wait=0.02,
    open_timeout=2.0,
    close_timeout=0.2,
)
IMPATIENT = msgspec.structs.replace(QUICK, silence_limit=0.3)
Handler = Callable[[ServerConnection], Awaitable[None]]


class Events:
    """A sink that can be waited on; it forgets what is lost, as an engine does."""

    def __init__(self, table: MarketTable) -> None:
        self._table = table
        self.seen: list[Event] = []
        self.probe: Callable[[LinkChanged], object] | None = None
        self._more = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.seen.append(event)
        if isinstance(event, BooksLost):
            self._table.forget(event.rows)
        if self.probe is not None and isinstance(event, LinkChanged):
            self.probe(event)
        self._more.set()

    async def until(self, wanted: Callable[[list[Event]], bool]) -> list[Event]:
        """All events so far, once `wanted` holds of them."""
        async with asyncio.timeout(PATIENCE):
            while not wanted(self.seen):
                self._more.clear()
                await self._more.wait()
        return self.seen

    def links(self) -> list[Link]:
        return [event.link for event in self.seen if isinstance(event, LinkChanged)]

    def of(self, kind: type) -> list:
        return [event for event in self.seen if isinstance(event, kind)]


def universe_of(count: int) -> Universe:
    return Universe(
        NSE,
        [Instrument(symbol=f"S{n}", token=(n + 1) * 256 + 1, tick=5) for n in range(count)],
    )


def frame_of(token: int, ltp: int, *, stamp: int = STAMP) -> bytes:
    words = [token, ltp, 1, ltp, 10, 20, 30, ltp, ltp, ltp, ltp, stamp, 0, 0, 0, stamp]
    levels = [value for level in range(10) for value in (100 + level, ltp, 2, 0)]
    return struct.pack(">HH16I" + "IIHH" * 10, 1, 184, *words, *levels)


@asynccontextmanager
async def a_feed(
    handler: Handler, *, count: int = 3, timing: FeedTiming = QUICK, **server_options
) -> AsyncIterator[tuple[KiteFeed, MarketTable, Events, asyncio.Task]]:
    """A running feed on a server that treats each connection with `handler`."""
    async with serve(handler, "127.0.0.1", 0, close_timeout=0.2, **server_options) as server:
        port = server.sockets[0].getsockname()[1]
        access = LoopbackAccess(
            api_key="key",
            access_token=TOKEN,
            http_root=f"http://127.0.0.1:{port}",
            ws_root=f"ws://127.0.0.1:{port}",
        )
        table = MarketTable(universe_of(count))
        events = Events(table)
        feed = KiteFeed(access, table, events, lambda: NOW_NS, timing=timing, random=Random(7))
        running = asyncio.create_task(feed.run())
        try:
            yield feed, table, events, running
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def subscribed(socket: ServerConnection) -> None:
    """Wait for the subscription of a small universe: one subscribe, one mode."""
    await socket.recv()
    await socket.recv()


async def forever(socket: ServerConnection) -> None:
    await socket.wait_closed()


async def test_a_frame_becomes_live_then_ticks():
    async def handler(socket: ServerConnection) -> None:
        await socket.send(frame_of(257, 12345))
        await forever(socket)

    async with a_feed(handler) as (feed, table, events, _):
        await events.until(lambda seen: any(isinstance(event, Ticks) for event in seen))
        assert events.links() == [Link.CONNECTING, Link.LIVE]
        (ticks,) = events.of(Ticks)
        assert ticks.rows.tolist() == [0]
        assert ticks.at_ns == NOW_NS
        assert table.cells[0, c.LTP] == 12345
        assert (feed.frames, feed.heartbeats, feed.bytes, feed.reconnects) == (1, 0, 188, 0)


async def test_a_heartbeat_is_life_without_ticks():
    async def handler(socket: ServerConnection) -> None:
        await socket.send(b"\0")
        await forever(socket)

    async with a_feed(handler) as (feed, _, events, _task):
        await events.until(lambda _: Link.LIVE in events.links())
        assert events.of(Ticks) == []
        assert (feed.frames, feed.heartbeats) == (1, 1)


async def test_every_token_is_asked_for_in_batches_then_set_to_full():
    asked: list[dict] = []
    done = asyncio.Event()

    async def handler(socket: ServerConnection) -> None:
        async for message in socket:
            assert isinstance(message, str)
            asked.append(msgspec.json.decode(message))
            if len(asked) == 6:
                done.set()

    async with a_feed(handler, count=450):
        await asyncio.wait_for(done.wait(), PATIENCE)
    tokens = [(n + 1) * 256 + 1 for n in range(450)]
    subscribed = [message["v"] for message in asked if message["a"] == "subscribe"]
    full = [message["v"] for message in asked if message["a"] == "mode"]
    assert [len(batch) for batch in subscribed] == [200, 200, 50]
    assert [token for batch in subscribed for token in batch] == tokens
    assert full == [["full", batch] for batch in subscribed]
    assert [message["a"] for message in asked] == ["subscribe", "mode"] * 3


async def test_credentials_go_into_the_query():
    paths: list[str] = []

    async def handler(socket: ServerConnection) -> None:
        assert socket.request is not None
        paths.append(socket.request.path)
        await socket.send(b"\0")
        await forever(socket)

    async with a_feed(handler) as (_, _table, events, _task):
        await events.until(lambda _: Link.LIVE in events.links())
    assert paths == [f"/?api_key=key&access_token={TOKEN}"]


async def test_silence_is_reported_and_the_socket_replaced():
    connections = 0

    async def handler(socket: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        await socket.send(frame_of(257, 100 * connections))
        await forever(socket)

    async with a_feed(handler, timing=IMPATIENT) as (feed, _, events, _task):
        await events.until(lambda _: events.links().count(Link.LIVE) == 2)
        assert events.links()[:5] == [
            Link.CONNECTING,
            Link.LIVE,
            Link.STALLED,
            Link.DOWN,
            Link.CONNECTING,
        ]
        down = next(event for event in events.of(LinkChanged) if event.link is Link.DOWN)
        assert "no frame for 0.3 s" in down.why
        assert feed.reconnects >= 1


async def test_heartbeats_alone_keep_the_link_alive():
    enough = asyncio.Event()
    timing = msgspec.structs.replace(QUICK, silence_limit=1.0)

    async def handler(socket: ServerConnection) -> None:
        for _ in range(6):
            await socket.send(b"\0")
            await asyncio.sleep(timing.silence_limit / 4)
        enough.set()
        await forever(socket)

    async with a_feed(handler, timing=timing) as (_, _table, events, _task):
        await asyncio.wait_for(enough.wait(), PATIENCE)
        assert events.links() == [Link.CONNECTING, Link.LIVE]


async def test_a_server_that_accepts_and_says_nothing_is_a_stall():
    async with a_feed(forever, timing=IMPATIENT) as (_, _table, events, _task):
        await events.until(lambda _: Link.DOWN in events.links())
        assert events.links()[:3] == [Link.CONNECTING, Link.STALLED, Link.DOWN]


async def test_a_lost_connection_forgets_the_market_after_saying_so():
    async def handler(socket: ServerConnection) -> None:
        await subscribed(socket)
        await socket.send(frame_of(257, 12345))

    async with a_feed(handler) as (_, table, events, _task):
        known = []
        events.probe = lambda event: known.append((event.link, int(table.cells[0, c.BID_PRICE])))
        await events.until(lambda _: events.links().count(Link.DOWN) == 2)
        at = known.index((Link.DOWN, 12345))
        assert known[at + 1] == (Link.CONNECTING, 0)


async def test_a_clean_close_is_a_loss_all_the_same():
    async def handler(socket: ServerConnection) -> None:
        await subscribed(socket)
        await socket.send(b"\0")
        await socket.close(1000, "another session")

    async with a_feed(handler) as (_, _table, events, _task):
        await events.until(lambda _: events.links().count(Link.LIVE) >= 3)
        downs = [event for event in events.of(LinkChanged) if event.link is Link.DOWN]
        assert "another session" in downs[0].why


async def test_a_cut_in_the_middle_of_a_frame_is_survived():
    connections = 0

    async def handler(socket: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        if connections == 1:
            # Header of a 188-byte binary message, then half of it, then nothing more.
            socket.transport.write(b"\x82\x7e\x00\xbc" + frame_of(257, 999)[:94])
            await asyncio.sleep(0.05)
            socket.transport.abort()
            return
        await socket.send(frame_of(257, 12345))
        await forever(socket)

    async with a_feed(handler) as (_, table, events, _task):
        await events.until(lambda _: bool(events.of(Ticks)))
        assert events.links() == [Link.CONNECTING, Link.DOWN, Link.CONNECTING, Link.LIVE]
        assert table.cells[0, c.LTP] == 12345


async def test_a_refused_token_says_what_to_do_and_goes_on_trying_at_its_own_pace():
    refusals = 0
    pace = msgspec.structs.replace(QUICK, retry_floor=1_000.0, retry_ceiling=1_000.0)

    def refuse_twice(connection: ServerConnection, _: Request) -> Response | None:
        nonlocal refusals
        refusals += 1
        if refusals <= 2:
            return connection.respond(HTTPStatus.FORBIDDEN, "")
        return None

    async def handler(socket: ServerConnection) -> None:
        await socket.send(b"\0")
        await forever(socket)

    async with a_feed(handler, timing=pace, process_request=refuse_twice) as (
        _,
        _table,
        events,
        _task,
    ):
        await events.until(lambda _: Link.LIVE in events.links())
        downs = [event for event in events.of(LinkChanged) if event.link is Link.REFUSED]
        assert len(downs) == 2
        assert all("log in again: scalper-tui login" in down.why for down in downs)


async def test_a_redirect_is_not_followed():
    elsewhere = asyncio.Event()

    async def trap(socket: ServerConnection) -> None:
        elsewhere.set()
        await forever(socket)

    async with serve(trap, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]

        def redirect(connection: ServerConnection, _: Request) -> Response:
            response = connection.respond(HTTPStatus.TEMPORARY_REDIRECT, "")
            response.headers["Location"] = f"ws://127.0.0.1:{port}/"
            return response

        async with a_feed(forever, process_request=redirect) as (_, _table, events, _task):
            await events.until(lambda _: events.links().count(Link.DOWN) >= 2)
            assert not elsewhere.is_set()


async def test_bad_frames_are_counted_and_the_good_part_is_used():
    good = frame_of(257, 12345)

    async def handler(socket: ServerConnection) -> None:
        await socket.send(b"\0\2" + good[2:] + b"\0\xb8\1\2")
        await socket.send(b"\0\1\0\5hello")
        await socket.send(frame_of(99 * 256 + 1, 12345))
        await socket.send(frame_of(513, 0))
        await socket.send(frame_of(257, 777, stamp=STAMP - 5))
        await forever(socket)

    async with a_feed(handler) as (_, table, events, _task):
        await events.until(lambda _: len(events.of(FaultsSeen)) == 5)
        assert [(event.fault, event.count) for event in events.of(FaultsSeen)] == [
            (FeedFault.TRUNCATED, 1),
            (FeedFault.UNKNOWN_LENGTH, 1),
            (FeedFault.UNKNOWN_TOKEN, 1),
            (FeedFault.BAD_VALUE, 1),
            (FeedFault.TIME_BACK, 1),
        ]
        assert table.cells[0, c.LTP] == 12345
        assert table.cells[1, c.LTP] == 0


def order_text(**changes) -> str:
    order = {
        "order_id": "220303000308932",
        "status": "COMPLETE",
        "exchange": "NSE",
        "tradingsymbol": "S1",
        "transaction_type": "BUY",
        "order_type": "LIMIT",
        "quantity": 10,
        "price": 470.05,
        "average_price": 470.0,
        "filled_quantity": 10,
        "tag": "abc",
    }
    return msgspec.json.encode({"type": "order", "data": {**order, **changes}}).decode()


async def test_order_updates_pass_through_doubled_and_out_of_order_as_they_came():
    async def handler(socket: ServerConnection) -> None:
        await socket.send(order_text())
        await socket.send(order_text())
        await socket.send(order_text(status="OPEN", filled_quantity=4))
        await forever(socket)

    async with a_feed(handler) as (_, _table, events, _task):
        await events.until(lambda _: len(events.of(OrderReported)) == 3)
        reports = [event.report for event in events.of(OrderReported)]
        assert reports[0] == reports[1]
        assert [report.status for report in reports] == [
            ReportStatus.COMPLETE,
            ReportStatus.COMPLETE,
            ReportStatus.OPEN,
        ]
        assert (reports[0].row, reports[0].filled_value, reports[2].filled) == (1, 470_000, 4)


async def test_texts_of_the_broker_and_unreadable_texts():
    async def handler(socket: ServerConnection) -> None:
        await socket.send('{"type":"message","data":"lunch"}')
        await socket.send('{"type":"error","data":"too many instruments"}')
        await socket.send("{nonsense")
        await socket.send(order_text(transaction_type="HOLD"))
        await socket.send('{"type":"weather","data":1}')
        await forever(socket)

    async with a_feed(handler) as (feed, _, events, _task):
        faults = await events.until(lambda _: len(events.of(FaultsSeen)) == 4)
        assert faults
        seen = events.of(FaultsSeen)
        assert [event.fault for event in seen] == [
            FeedFault.BROKER_ERROR,
            FeedFault.BAD_TEXT,
            FeedFault.BAD_TEXT,
            FeedFault.BAD_TEXT,
        ]
        assert "too many instruments" in seen[0].detail
        assert feed.messages == 1


async def test_text_that_is_not_utf8_costs_the_connection_only():
    connections = 0

    async def handler(socket: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        if connections == 1:
            await socket.send(b"\xff\xfe\xfd", text=True)
        await socket.send(b"\0")
        await forever(socket)

    async with a_feed(handler) as (_, _table, events, _task):
        await events.until(lambda _: connections >= 2 and Link.LIVE in events.links())
        assert [event.fault for event in events.of(FaultsSeen)] == [FeedFault.BAD_TEXT]


async def test_nobody_listening_is_down_again_and_again():
    async with serve(forever, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    access = LoopbackAccess(
        api_key="key",
        access_token=TOKEN,
        http_root=f"http://127.0.0.1:{port}",
        ws_root=f"ws://127.0.0.1:{port}",
    )
    table = MarketTable(universe_of(1))
    events = Events(table)
    feed = KiteFeed(access, table, events, lambda: NOW_NS, timing=QUICK)
    running = asyncio.create_task(feed.run())
    await events.until(lambda _: events.links().count(Link.DOWN) == 3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert events.links()[:4] == [Link.CONNECTING, Link.DOWN, Link.CONNECTING, Link.DOWN]
    whys = {one.why for one in events.of(LinkChanged) if one.link is Link.DOWN}
    assert whys == {"cannot connect (connection refused); trying again"}


async def test_cancelling_closes_the_socket():
    closed = asyncio.Event()

    async def handler(socket: ServerConnection) -> None:
        await socket.send(b"\0")
        await socket.wait_closed()
        closed.set()

    async with a_feed(handler) as (_, _table, events, running):
        await events.until(lambda _: Link.LIVE in events.links())
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await asyncio.wait_for(closed.wait(), PATIENCE)


async def test_the_token_reaches_no_log(caplog):
    caplog.set_level(logging.DEBUG)

    async def handler(socket: ServerConnection) -> None:
        await subscribed(socket)
        await socket.send(b"\0")

    quiet = logging.getLogger("test.server")
    quiet.propagate = False
    async with a_feed(handler, logger=quiet) as (_, _table, events, _task):
        await events.until(lambda _: events.links().count(Link.LIVE) == 2)
    assert TOKEN not in caplog.text
    assert all(TOKEN not in event.why for event in events.of(LinkChanged))


def test_silence_is_over_early_enough_to_be_seen_within_five_seconds():
    assert FeedTiming().silence_limit + 2 * PULSE_S + 0.5 < 5
