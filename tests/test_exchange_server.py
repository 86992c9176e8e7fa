"""The Kite server over real sockets: sessions, streaming, orders, limits and faults."""

import asyncio
import hashlib
import struct
import time
from contextlib import asynccontextmanager

import aiohttp
import numpy as np
import pytest

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.units import NS, Side
from tui_scalper.core.venues import HOUR, NSE
from tui_scalper.exchange.kite_feed import MAX_TEXTS, Socket
from tui_scalper.exchange.kite_server import ServerError, start_server
from tui_scalper.exchange.limits import Limiter
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.master import load_master
from tui_scalper.exchange.orders import NewOrder, News, OrderUpdate
from tui_scalper.exchange.recorded import RecordedMarket
from tui_scalper.exchange.synthetic import SyntheticMarket

TEN = NSE.midnight(1_795_400_000 * NS) + 10 * HOUR
AUTH = {"Authorization": "token demo:demo"}
WAIT = 10
INFY = 408065


class Desk:
    """A running server, a client session for it, and the machine behind it."""

    def __init__(self, exchange, server, http):
        self.exchange = exchange
        self.server = server
        self.http = http

    def stream(self, token="demo"):
        url = f"{self.server.ws_url}?api_key=demo&access_token={token}"
        return self.http.ws_connect(url, timeout=aiohttp.ClientWSTimeout(ws_close=WAIT))

    async def call(self, method, path, **options):
        async with self.http.request(method, self.server.url + path, **options) as response:
            return response.status, await response.json()

    async def place(self, **fields):
        form = {
            "exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "BUY",
            "order_type": "LIMIT", "quantity": "1", "product": "MIS", "validity": "DAY",
            "price": "1500",
        }  # fmt: skip
        return await self.call("POST", "/orders/regular", data={**form, **fields})


def running_clock():
    begun = time.monotonic_ns()
    return lambda: TEN + time.monotonic_ns() - begun


def synthetic_exchange():
    master = load_master(count=6)
    market = SyntheticMarket(master.universe, master.references, seed=1, start_ns=TEN)
    return Exchange(master.universe, market)


@asynccontextmanager
async def desk(clock=None, pace=0.05, exchange=None):
    exchange = exchange or synthetic_exchange()
    server = await start_server(exchange, clock or running_clock(), port=0, pace=pace)
    async with aiohttp.ClientSession(headers=AUTH) as http:
        try:
            yield Desk(exchange, server, http)
        finally:
            await server.close()


def frozen_clock():
    return TEN


async def receive(ws, wanted):
    """The first message for which `wanted` holds."""
    async with asyncio.timeout(WAIT):
        while True:
            message = await ws.receive()
            assert message.type is not aiohttp.WSMsgType.CLOSED, "connection closed"
            if wanted(message):
                return message


def packets(message):
    """Payloads of a market frame, none for a heartbeat or a text."""
    if message.type is not aiohttp.WSMsgType.BINARY or len(message.data) < 2:
        return []
    found, at = [], 2
    for _ in range(struct.unpack_from(">H", message.data)[0]):
        (size,) = struct.unpack_from(">H", message.data, at)
        found.append(message.data[at + 2 : at + 2 + size])
        at += 2 + size
    assert at == len(message.data)
    return found


def has_packet(size):
    return lambda message: any(len(one) == size for one in packets(message))


def order_text(status):
    def wanted(message):
        if message.type is not aiohttp.WSMsgType.TEXT:
            return False
        words = message.json()
        return words["type"] == "order" and words["data"]["status"] == status

    return wanted


async def test_the_demo_login_gives_a_token_and_logout_ends_it():
    async with desk() as it:
        good = hashlib.sha256(b"demodemodemo").hexdigest()
        form = {"api_key": "demo", "request_token": "demo", "checksum": good}
        status, words = await it.call("POST", "/session/token", data=form)
        assert (status, words["data"]["access_token"]) == (200, "demo")
        status, words = await it.call("POST", "/session/token", data={**form, "checksum": "x"})
        assert (status, words["error_type"]) == (403, "TokenException")
        await it.call("DELETE", "/session/token?api_key=demo&access_token=demo")
        status, words = await it.call("GET", "/user/profile")
        assert (status, words["error_type"]) == (403, "TokenException")


@pytest.mark.parametrize("header", ["token demo:wrong", "token other:demo", "demo:demo:demo", ""])
async def test_a_stranger_is_turned_away(header):
    async with desk() as it:
        status, words = await it.call("GET", "/orders", headers={"Authorization": header})
        assert (status, words["status"], words["error_type"]) == (403, "error", "TokenException")


async def test_a_stranger_gets_no_stream():
    async with desk() as it:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await it.stream(token="wrong")
        assert caught.value.status == 403


@pytest.mark.parametrize(
    ("header", "value"), [("Host", "evil.example"), ("Origin", "https://evil.example")]
)
async def test_other_hosts_and_their_pages_are_refused(header, value):
    async with desk() as it:
        status, _ = await it.call("GET", "/orders", headers={header: value, **AUTH})
        assert status == 403


async def test_modes_decide_what_is_streamed():
    async with desk() as it, it.stream() as ws:
        await ws.send_json({"a": "subscribe", "v": [INFY]})
        await receive(ws, has_packet(44))
        await ws.send_json({"a": "mode", "v": ["full", [INFY]]})
        frame = await receive(ws, has_packet(184))
        body = packets(frame)[0]
        row = it.exchange.universe.row_of_token(INFY)
        assert struct.unpack_from(">I", body)[0] == INFY
        assert struct.unpack_from(">I", body, 40)[0] == it.exchange.cells[row, c.CLOSE]
        await ws.send_json({"a": "mode", "v": ["ltp", [INFY]]})
        await receive(ws, has_packet(8))


async def test_a_snapshot_comes_at_once_then_heartbeats_when_nothing_happens():
    async with desk(clock=frozen_clock) as it, it.stream() as ws:
        await ws.send_json({"a": "subscribe", "v": [INFY, 1]})
        await ws.send_json({"a": "mode", "v": ["full", [INFY]]})
        await receive(ws, has_packet(184))
        for _ in range(2):
            message = await receive(ws, lambda _: True)
            assert message.data == b"\x00"


async def test_unsubscribed_rows_are_silent():
    async with desk() as it, it.stream() as ws:
        await ws.send_json({"a": "subscribe", "v": [INFY]})
        await receive(ws, has_packet(44))
        await ws.send_json({"a": "unsubscribe", "v": [INFY]})
        message = await receive(ws, lambda one: one.data == b"\x00")
        assert message.type is aiohttp.WSMsgType.BINARY


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[1, 2]",
        '{"a": "dance", "v": []}',
        '{"a": "subscribe", "v": "INFY"}',
        '{"a": "subscribe"}',
        '{"a": "mode", "v": ["deep", [408065]]}',
        '{"a": "mode", "v": ["full", [408065]]}',
    ],
)
async def test_a_bad_message_is_answered_and_survived(text):
    async with desk() as it, it.stream() as ws:
        await ws.send_str(text)
        message = await receive(ws, lambda one: one.type is aiohttp.WSMsgType.TEXT)
        assert message.json()["type"] == "error"
        await ws.send_json({"a": "subscribe", "v": [INFY]})
        await receive(ws, has_packet(44))


class OneTickTape:
    """Writes one full row as soon as time begins."""

    def __init__(self):
        self.rows = np.array([0], dtype=np.int64)

    def advance(self, now_ns, cells):
        rows, self.rows = self.rows, self.rows[:0]
        cells[rows, : c.MARKET_END] = np.arange(100, 100 + c.MARKET_END)
        cells[rows, c.EXCHANGE_NS] = now_ns
        return rows


def recorded_exchange(count):
    stocks = [Instrument(symbol=f"S{n}", token=n, tick=1) for n in range(1, count + 1)]
    universe = Universe(NSE, stocks)
    cells = np.zeros((count, c.COLUMNS), dtype=np.int64)
    return Exchange(universe, RecordedMarket(universe, cells, tape=OneTickTape()))


async def test_a_tape_is_streamed_like_any_market():
    async with desk(exchange=recorded_exchange(2)) as it, it.stream() as ws:
        await ws.send_json({"a": "subscribe", "v": [1, 2]})
        await ws.send_json({"a": "mode", "v": ["full", [1, 2]]})
        found = packets(await receive(ws, has_packet(184)))
        words = struct.unpack(">16I", found[0][:64])
        assert words[:3] == (1, 100 + c.LTP, 100 + c.LTQ)
        assert words[15] == TEN // NS
        assert len(found) == 1, "a row nobody said anything about is not streamed"


async def test_a_connection_carries_three_thousand_instruments():
    async with desk(exchange=recorded_exchange(3_001)) as it, it.stream() as ws:
        await ws.send_json({"a": "subscribe", "v": list(range(1, 3_001))})
        await receive(ws, has_packet(44))
        await ws.send_json({"a": "subscribe", "v": [3_001]})
        message = await receive(ws, lambda one: one.type is aiohttp.WSMsgType.TEXT)
        assert "more than 3000" in message.json()["data"]


async def test_a_key_has_three_connections():
    async with desk() as it, it.stream(), it.stream(), it.stream():
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await it.stream()
        assert caught.value.status == 429


async def test_an_order_is_told_to_every_socket_of_the_account():
    async with desk() as it, it.stream() as one, it.stream() as other:
        status, words = await it.place(price="1700", tag="first")
        assert status == 200
        for ws in (one, other):
            message = await receive(ws, order_text("COMPLETE"))
            data = message.json()["data"]
            assert data["order_id"] == words["data"]["order_id"]
            assert (data["tag"], data["filled_quantity"]) == ("first", 1)


async def test_average_price_is_exact():
    async with desk() as it:
        _, words = await it.place(price="1700", quantity="5000")
        order_id = words["data"]["order_id"]
        _, words = await it.call("GET", f"/orders/{order_id}/trades")
        value = sum(round(one["average_price"] * 100) * one["quantity"] for one in words["data"])
        _, words = await it.call("GET", f"/orders/{order_id}")
        last = words["data"][-1]
        assert round(last["average_price"] * last["filled_quantity"] * 100) == value


async def test_a_resting_order_is_modified_and_cancelled():
    async with desk() as it, it.stream() as ws:
        _, words = await it.place()
        path = f"/orders/regular/{words['data']['order_id']}"
        assert (await it.call("PUT", path, data={"price": "1501", "quantity": "2"}))[0] == 200
        data = (await receive(ws, order_text("UPDATE"))).json()["data"]
        assert (data["price"], data["quantity"]) == (1501.0, 2)
        assert (await it.call("DELETE", path))[0] == 200
        data = (await receive(ws, order_text("CANCELLED"))).json()["data"]
        assert data["cancelled_quantity"] == 2
        status, words = await it.call("DELETE", path)
        assert (status, words["error_type"]) == (500, "OrderException")


@pytest.mark.parametrize(
    ("fields", "status", "kind"),
    [
        ({"quantity": "ten"}, 400, "InputException"),
        ({"price": "nan"}, 400, "InputException"),
        ({"price": "1500.001"}, 400, "InputException"),
        ({"order_type": "MARKET", "price": ""}, 400, "InputException"),
        ({"order_type": "ODD"}, 400, "InputException"),
        ({"transaction_type": "HOLD"}, 400, "InputException"),
        ({"tradingsymbol": ""}, 400, "InputException"),
        ({"tradingsymbol": "NOSUCH"}, 400, "InputException"),
    ],
)
async def test_a_bad_form_is_refused_in_kites_way(fields, status, kind):
    async with desk() as it:
        got, words = await it.place(**fields)
        assert (got, words["status"], words["error_type"]) == (status, "error", kind)
        assert it.exchange.orders() == []


async def test_questions_are_answered():
    async with desk() as it:
        await it.place(price="1700")
        for path, found in (
            ("/user/profile", lambda data: data["user_id"] == "DEMO01"),
            ("/user/margins", lambda data: data["equity"]["available"]["live_balance"] > 0),
            ("/user/margins/equity", lambda data: data["net"] < 1_000_000),
            ("/orders", lambda data: data[0]["status"] == "COMPLETE"),
            ("/trades", lambda data: data[0]["quantity"] == 1),
            ("/portfolio/positions", lambda data: data["net"][0]["quantity"] == 1),
            ("/quote?i=NSE:INFY", lambda data: len(data["NSE:INFY"]["depth"]["buy"]) == 5),
            ("/quote/ohlc?i=NSE:INFY", lambda data: data["NSE:INFY"]["ohlc"]["close"] == 1612.0),
            ("/quote/ltp?i=NSE:INFY&i=NSE:NO", lambda data: list(data) == ["NSE:INFY"]),
        ):
            status, words = await it.call("GET", path)
            assert status == 200, path
            assert found(words["data"]), path
        assert (await it.call("GET", "/nowhere"))[0] == 404
        async with it.http.get(it.server.url + "/instruments/NSE") as response:
            lines = (await response.text()).splitlines()
        assert len(lines) == 7
        assert lines[4].startswith("408065,1594,INFY,Infosys Ltd.,")
        async with it.http.get(it.server.url + "/sim/clock", headers={}) as response:
            words = await response.json()
        assert words["now_ns"] >= TEN
        assert words["speed"] == 1.0


async def test_too_many_orders_a_second_are_refused():
    async with desk() as it:
        answers = await asyncio.gather(*(it.place() for _ in range(25)))
        refused = [words for status, words in answers if status == 429]
        assert refused
        assert refused[0]["error_type"] == "NetworkException"
        assert len(it.exchange.orders()) == 25 - len(refused)


def test_limits_look_at_every_window():
    limiter = Limiter()
    passed = [limiter.admit("orders", 0.0) for _ in range(12)]
    assert passed == [True] * 10 + [False] * 2
    assert limiter.admit("orders", 1.0)
    admitted = sum(limiter.admit("orders", 1.0 + step / 20) for step in range(1, 1_000))
    assert admitted + 11 == 400, "the window of a minute fills before its time is over"
    assert limiter.admit("orders", 61.5)
    assert all(limiter.admit("questions", 0.0) for _ in range(100))


# -- faults ----------------------------------------------------------------------------------


async def test_a_lost_answer_leaves_the_order_standing():
    async with desk() as it:
        it.exchange.faults.lose_answers = 1
        with pytest.raises(TimeoutError):
            await it.call(
                "POST", "/orders/regular", timeout=aiohttp.ClientTimeout(total=0.5),
                data={"exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "BUY",
                      "order_type": "LIMIT", "quantity": "1", "product": "MIS",
                      "price": "1500", "tag": "lost"},
            )  # fmt: skip
        _, words = await it.call("GET", "/orders")
        assert [one["tag"] for one in words["data"]] == ["lost"]


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("answer_429", 429, "NetworkException"),
        ("answer_503", 503, "NetworkException"),
        ("refuse_orders", 500, "OrderException"),
    ],
)
async def test_a_planned_refusal_is_shown_once(fault, status, kind):
    async with desk() as it:
        setattr(it.exchange.faults, fault, 1)
        got, words = await it.place()
        assert (got, words["error_type"]) == (status, kind)
        assert it.exchange.orders() == []
        assert (await it.place())[0] == 200


async def test_updates_can_be_dropped_and_doubled():
    async with desk() as it, it.stream() as ws:
        it.exchange.faults.drop_updates = 1
        await it.place(price="1700", tag="dropped")
        it.exchange.faults.double_updates = 1
        await it.place(price="1700", tag="doubled")
        seen = [(await receive(ws, order_text("COMPLETE"))).json()["data"] for _ in range(2)]
        assert [one["tag"] for one in seen] == ["doubled", "doubled"]


async def test_a_silent_feed_keeps_its_sockets_and_says_nothing():
    async with desk() as it, it.stream() as ws:
        await ws.send_json({"a": "subscribe", "v": [INFY]})
        await receive(ws, has_packet(44))
        it.exchange.faults.silent_feed = True
        await it.place(price="1700", tag="unheard")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await receive(
                    ws, lambda one: one.data == b"\x00" or one.type is aiohttp.WSMsgType.TEXT
                )
        assert not ws.closed
        it.exchange.faults.silent_feed = False
        await receive(ws, has_packet(44))


# -- pace and bounds -------------------------------------------------------------------------


def test_a_row_is_due_once_a_pace():
    socket = Socket(None, "demo", 3, lambda: None)
    socket.set_mode([0, 2], "quote")
    assert socket.due(0.0, 0.25).tolist() == [0, 2]
    socket.sent[[0, 2]] = (0.0, 0.2)
    assert socket.due(0.24, 0.25).tolist() == []
    assert socket.due(0.25, 0.25).tolist() == [0]
    assert socket.due(0.45, 0.25).tolist() == [0, 2]


async def raw_stream(it):
    """A WebSocket client that shakes hands and then never reads."""
    reader, writer = await asyncio.open_connection("127.0.0.1", it.server.port, limit=1024)
    writer.write(
        b"GET /?api_key=demo&access_token=demo HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def test_a_reader_too_slow_for_its_order_updates_is_disconnected(monkeypatch):
    monkeypatch.setattr("tui_scalper.exchange.kite_feed.SEND_SECONDS", 0.5)
    async with desk() as it:
        _, writer = await raw_stream(it)
        feed = it.server.feed
        await it.place()
        update = OrderUpdate(it.exchange.orders()[0], News.CHANGED)
        for _ in range(2_000):
            if not feed.count():
                break
            feed.publish([], [update] * (MAX_TEXTS // 10))
            await asyncio.sleep(0.01)
        assert feed.count() == 0
        writer.close()


# -- starting and stopping -------------------------------------------------------------------


async def test_a_port_in_use_is_named():
    async with desk() as it:
        with pytest.raises(ServerError, match=f"port {it.server.port} .* in use"):
            await start_server(it.exchange, frozen_clock, port=it.server.port)


async def test_closing_frees_the_port_and_hangs_up():
    async with desk() as it, it.stream() as ws:
        await it.server.close()
        message = await ws.receive(timeout=WAIT)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        again = await start_server(it.exchange, frozen_clock, port=it.server.port)
        await again.close()


async def test_what_breaks_the_machine_is_said_at_closing():
    def broken(_):
        raise ArithmeticError("the machine broke")

    with pytest.raises(ArithmeticError, match="the machine broke"):
        async with desk() as it:
            it.exchange.market.advance = broken
            async with asyncio.timeout(WAIT):
                await asyncio.wait([it.server.pump])


def test_orders_entered_in_process_reach_the_same_machine():
    exchange = synthetic_exchange()
    exchange.place(NewOrder(symbol="INFY", side=Side.BUY, quantity=1, price=170_000), TEN)
    assert exchange.positions()[0].quantity == 1


async def cover(it, **fields):
    """Buy one share of INFY under a cover order; its number and that of its second leg."""
    form = {
        "exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "BUY", "price": "1700",
        "order_type": "LIMIT", "quantity": "1", "product": "MIS", "trigger_price": "1550",
    }  # fmt: skip
    status, words = await it.call("POST", "/orders/co", data={**form, **fields})
    assert status == 200, words
    parent = words["data"]["order_id"]
    book = (await it.call("GET", "/orders"))[1]["data"]
    return parent, next(one["order_id"] for one in book if one["parent_order_id"] == parent)


async def test_a_cover_order_shows_its_second_leg_in_book_and_stream():
    async with desk() as it, it.stream() as ws:
        parent, leg = await cover(it, tag="C1")
        words = (await it.call("GET", f"/orders/{leg}"))[1]["data"][-1]
        assert (words["variety"], words["order_type"], words["transaction_type"]) == (
            "co", "SL", "SELL",
        )  # fmt: skip
        assert (words["status"], words["trigger_price"]) == ("TRIGGER PENDING", 1550.0)
        status, _ = await it.call(
            "PUT", f"/orders/co/{leg}", data={"trigger_price": "1560", "parent_order_id": parent}
        )
        assert status == 200
        told = (await receive(ws, order_text("UPDATE"))).json()["data"]
        assert (told["order_id"], told["parent_order_id"], told["trigger_price"]) == (
            leg, parent, 1560.0,
        )  # fmt: skip
        await it.call("DELETE", f"/orders/co/{leg}?parent_order_id={parent}")
        sold = (await receive(ws, lambda m: order_text("COMPLETE")(m) and leg in m.data)).json()
        assert sold["data"]["order_type"] == "LIMIT"
        profile = (await it.call("GET", "/user/profile"))[1]["data"]
        assert "CO" in profile["products"]


async def test_orders_are_addressed_by_their_variety_and_legs_by_their_parent():
    async with desk() as it:
        parent, leg = await cover(it)
        for method, path in (
            ("DELETE", f"/orders/regular/{leg}"),
            ("DELETE", f"/orders/co/{leg}?parent_order_id={leg}"),
            ("DELETE", f"/orders/co/{parent}?parent_order_id={parent}"),
            ("PUT", f"/orders/regular/{leg}"),
        ):
            status, words = await it.call(method, path)
            assert (status, words["error_type"]) == (400, "InputException"), (path, words)
        status, _ = await it.call("DELETE", f"/orders/co/{leg}")
        assert status == 200, "without its parent it is taken back like any order"
        words = (await it.call("GET", f"/orders/{leg}"))[1]["data"][-1]
        assert words["status"] == "CANCELLED"
