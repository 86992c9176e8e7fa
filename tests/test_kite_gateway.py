"""The Kite gateway against real HTTP servers on loopback: every class of outcome."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import web

from tui_scalper.brokers.kite.access import LoopbackAccess
from tui_scalper.brokers.kite.gateway import KiteGateway
from tui_scalper.brokers.kite.reports import Oddity
from tui_scalper.brokers.kite.rest import LARGEST_ANSWER, Limits
from tui_scalper.brokers.port import BrokerError
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
    PollTrades,
)
from tui_scalper.core.events import (
    CancelAccepted,
    CancelRefused,
    ChangeUnknown,
    Event,
    FundsReported,
    ModifyAccepted,
    ModifyRefused,
    OrderBookReported,
    OrderDenied,
    OrderReported,
    Placed,
    PlaceRefused,
    PlaceUnknown,
    PollFailed,
    SessionRefused,
    TradesReported,
)
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.orders import Leg, OrderKind, OrderTerms
from tui_scalper.core.units import Side
from tui_scalper.core.venues import NSE

PATIENCE = 10.0
TOKEN = "s3cret-token"
CALM = Limits(entries=2, questions=2, retry_wait=0.01, closing_wait=0.2)
QUICK = Limits(
    total_timeout=0.4,
    connect_timeout=0.3,
    entries=2,
    questions=2,
    retry_wait=0.01,
    closing_wait=0.2,
)
UNIVERSE = Universe(NSE, [Instrument(symbol="INFY", token=408065, tick=10)])
LIMIT = OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=157_305)
STOP = OrderTerms(kind=OrderKind.STOP_LIMIT, quantity=10, price=156_000, trigger=156_010)
BUY = PlaceOrder(tag="t1", row=0, symbol="INFY", exchange="NSE", side=Side.BUY, terms=LIMIT)
MODIFY = ModifyOrder(order_id="17", terms=STOP)
EXIT_STOP = ExitStop(order_id="17", parent_id="16", terms=LIMIT)
CANCEL = CancelOrder(order_id="17")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Events:
    """A sink that can be waited on."""

    def __init__(self) -> None:
        self.seen: list[Event] = []
        self.refusals: list[SessionRefused] = []
        """Said besides the one event every request leads to."""
        self._more = asyncio.Event()

    def __call__(self, event: Event) -> None:
        if isinstance(event, SessionRefused):
            self.refusals.append(event)
            return
        self.seen.append(event)
        self._more.set()

    async def first(self, count: int = 1) -> list[Event]:
        async with asyncio.timeout(PATIENCE):
            while len(self.seen) < count:
                self._more.clear()
                await self._more.wait()
        return self.seen


class Broker:
    """Answers every request with `handler`, remembering what was asked."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.headers: list[dict[str, str]] = []
        self.connections: set[object] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append((request.method, request.raw_path, form))
        self.headers.append(dict(request.headers))
        self.connections.add(request.transport)
        return await self.handler(request)


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[tuple[Broker, int]]:
    broker = Broker(handler)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", broker.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield broker, runner.addresses[0][1]
    finally:
        await runner.cleanup()


def gateway_on(
    port: int,
    events: Events,
    limits: Limits = CALM,
    algo_id: str = "",
    style: Style = Style.ENGINE,
) -> KiteGateway:
    access = LoopbackAccess(
        api_key="key",
        access_token=TOKEN,
        http_root=f"http://127.0.0.1:{port}",
        ws_root=f"ws://127.0.0.1:{port}",
    )
    clock = iter(range(1_000, 1_000_000))
    return KiteGateway(
        access, UNIVERSE, events, lambda: next(clock), limits=limits, algo_id=algo_id, style=style
    )


@asynccontextmanager
async def a_gateway(
    handler: Handler, limits: Limits = CALM
) -> AsyncIterator[tuple[KiteGateway, Broker, Events]]:
    async with serving(handler) as (broker, port):
        events = Events()
        gateway = gateway_on(port, events, limits)
        try:
            yield gateway, broker, events
        finally:
            await gateway.close()


def success(data: object) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "success", "data": data})

    return handler


def failure(status: int, error_type: str | None, message: str = "no") -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        body = {"status": "error", "message": message, "error_type": error_type}
        return web.json_response(body, status=status)

    return handler


def plain(status: int, text: str) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text)

    return handler


async def never(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(PATIENCE)
    return web.Response()


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    await asyncio.sleep(PATIENCE)
    return web.Response()


async def cut_in_the_body(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "500"})
    await response.prepare(request)
    await response.write(b'{"status":"success","data":{"order_id":"1')
    assert request.transport is not None
    request.transport.abort()
    return response


TAKEN = success({"order_id": "17"})


# -- what is sent -----------------------------------------------------------------------------


async def test_a_limit_order_as_form_fields_with_the_credentials():
    async with a_gateway(TAKEN) as (gateway, broker, events):
        gateway.carry_out(BUY)
        await events.first()
    assert broker.asked == [
        (
            "POST",
            "/orders/regular",
            {
                "exchange": "NSE",
                "tradingsymbol": "INFY",
                "transaction_type": "BUY",
                "product": "MIS",
                "tag": "t1",
                "order_type": "LIMIT",
                "quantity": "10",
                "price": "1573.05",
                "validity": "DAY",
            },
        )
    ]
    assert broker.headers[0]["Authorization"] == f"token key:{TOKEN}"
    assert broker.headers[0]["X-Kite-Version"] == "3"


async def test_the_number_of_the_algorithm_goes_with_every_new_order():
    async with serving(TAKEN) as (broker, port):
        events = Events()
        gateway = gateway_on(port, events, algo_id="ALGO7")
        gateway.carry_out(BUY)
        await events.first()
        await gateway.close()
    ((_, path, form),) = broker.asked
    assert (path, form["algo_id"]) == ("/orders/regular", "ALGO7")


async def test_a_change_to_a_stop_and_a_cancellation():
    async with a_gateway(TAKEN) as (gateway, broker, events):
        gateway.carry_out(MODIFY)
        await events.first(1)
        gateway.carry_out(CancelOrder(order_id="1/7"))
        await events.first(2)
    fields = {
        "order_type": "SL",
        "quantity": "10",
        "price": "1560.00",
        "trigger_price": "1560.10",
        "validity": "DAY",
    }
    assert broker.asked == [
        ("PUT", "/orders/regular/17", fields),
        ("DELETE", "/orders/regular/1%2F7", {}),
    ]


async def test_cover_orders_have_paths_and_fields_of_their_own():
    entry = msgspec.structs.replace(BUY, guard=156_900)
    moved = msgspec.structs.replace(STOP, trigger=156_950)
    effects = [
        entry,
        ModifyOrder(order_id="17", terms=LIMIT, leg=Leg.GUARDED),
        ModifyOrder(order_id="18", terms=moved, leg=Leg.STOP, parent_id="17"),
        ExitStop(order_id="18", parent_id="1&7", terms=LIMIT),
        CancelOrder(order_id="17", leg=Leg.GUARDED),
        CancelOrder(order_id="18", leg=Leg.STOP),
    ]
    async with a_gateway(TAKEN) as (gateway, broker, events):
        for count, effect in enumerate(effects, 1):
            gateway.carry_out(effect)
            await events.first(count)
    paths = [(method, path) for method, path, _ in broker.asked]
    assert paths == [
        ("POST", "/orders/co"),
        ("PUT", "/orders/co/17"),
        ("PUT", "/orders/co/18"),
        ("DELETE", "/orders/co/18?parent_order_id=1%267"),
        ("DELETE", "/orders/co/17"),
        ("DELETE", "/orders/co/18"),
    ]
    forms = [form for _, _, form in broker.asked]
    assert forms[0]["trigger_price"] == "1569.00"
    assert (forms[0]["order_type"], forms[0]["product"]) == ("LIMIT", "MIS")
    assert "trigger_price" not in forms[1]
    assert forms[2] == {"parent_order_id": "17", "trigger_price": "1569.50"}
    assert isinstance(events.seen[3], ModifyAccepted)


@pytest.mark.parametrize("profile", [{"products": ["CNC", "MIS"]}, {}, {"products": None}])
async def test_an_account_without_cover_orders_is_refused_at_the_start(profile):
    async with serving(success(profile)) as (_, port):
        gateway = gateway_on(port, Events(), style=Style.BROKER)
        try:
            with pytest.raises(BrokerError, match=r"set protection\.style = engine"):
                await gateway.open()
        finally:
            await gateway.close()


async def test_an_account_with_cover_orders_may_leave_its_stops_to_the_broker():
    async with serving(success({"products": ["CNC", "MIS", "CO"]})) as (_, port):
        gateway = gateway_on(port, Events(), style=Style.BROKER)
        await gateway.open()
        await gateway.close()


async def test_one_warm_connection_serves_request_after_request():
    async with a_gateway(success({"order_id": "17", "user_id": "AB"})) as (gateway, broker, events):
        await gateway.open()
        for count in range(1, 4):
            gateway.carry_out(BUY)
            await events.first(count)
        assert len(broker.connections) == 1


# -- outcomes ---------------------------------------------------------------------------------

REFUSED_BY_NAME = [
    failure(400, "InputException"),
    failure(500, "OrderException"),
    failure(400, "MarginException"),
    failure(403, "TokenException"),
    failure(403, "PermissionException"),
    failure(200, "OrderException"),
]
REFUSED_BY_STATUS = [
    failure(400, None),
    plain(403, "<html>"),
    failure(429, "NetworkException", "Too many requests"),
]
UNKNOWN = [
    never,
    cut,
    cut_in_the_body,
    failure(500, "GeneralException"),
    failure(502, "DataException"),
    failure(503, "NetworkException"),
    failure(504, "NetworkException"),
    plain(500, "<html>oops"),
    plain(200, "<html>hello"),
    plain(200, ""),
    success({}),
    success({"order_id": ""}),
    success({"order_id": 17}),
    plain(307, ""),
    plain(404, ""),
]

REQUESTS = [
    (BUY, Placed, PlaceRefused, PlaceUnknown),
    (MODIFY, ModifyAccepted, ModifyRefused, ChangeUnknown),
    (EXIT_STOP, ModifyAccepted, ModifyRefused, ChangeUnknown),
    (CANCEL, CancelAccepted, CancelRefused, ChangeUnknown),
]


def limits_for(handler: Handler) -> Limits:
    """Impatient only where nobody answers, so that a busy machine changes no outcome."""
    return QUICK if handler is never else CALM


async def outcome(effect, handler: Handler) -> Event:
    async with a_gateway(handler, limits_for(handler)) as (gateway, broker, events):
        gateway.carry_out(effect)
        (event,) = await events.first()
        assert len(broker.asked) == 1, "an order request is sent exactly once"
    assert events.seen == [event], "one request, one event"
    assert TOKEN not in repr(event)
    return event


@pytest.mark.parametrize(("effect", "taken", "_refused", "_unknown"), REQUESTS)
async def test_taken(effect, taken, _refused, _unknown):
    event = await outcome(effect, TAKEN)
    assert isinstance(event, taken)
    assert event.order_id == "17"


@pytest.mark.parametrize("handler", REFUSED_BY_NAME + REFUSED_BY_STATUS)
@pytest.mark.parametrize(("effect", "_taken", "refused", "_unknown"), REQUESTS)
async def test_certainly_refused(effect, _taken, refused, _unknown, handler):
    event = await outcome(effect, handler)
    assert isinstance(event, refused)
    assert event.text


@pytest.mark.parametrize("handler", UNKNOWN)
@pytest.mark.parametrize(("effect", "_taken", "_refused", "unknown"), REQUESTS)
async def test_nobody_knows(effect, _taken, _refused, unknown, handler):
    event = await outcome(effect, handler)
    assert isinstance(event, unknown)
    assert event.text


async def test_the_brokers_words_reach_the_event_in_one_line():
    event = await outcome(BUY, failure(400, "MarginException", "Insufficient\r\n funds"))
    assert event == PlaceRefused(
        at_ns=event.at_ns, tag="t1", text="Insufficient funds (MarginException)"
    )


@pytest.mark.parametrize(("effect", "_taken", "refused", "_unknown"), REQUESTS)
async def test_nobody_listening_is_a_certain_refusal(effect, _taken, refused, _unknown):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    events = Events()
    gateway = gateway_on(port, events)
    gateway.carry_out(effect)
    (event,) = await events.first()
    await gateway.close()
    assert isinstance(event, refused)


@pytest.mark.parametrize(("effect", "_taken", "_refused", "unknown"), REQUESTS)
async def test_a_warm_connection_cut_under_the_request_is_not_retried(
    effect, _taken, _refused, unknown
):
    asked = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        if request.path == "/user/profile":
            return web.json_response({"status": "success", "data": {}})
        asked += 1
        return await cut(request)

    async with a_gateway(handler) as (gateway, _, events):
        await gateway.open()
        gateway.carry_out(effect)
        (event,) = await events.first()
    assert isinstance(event, unknown)
    assert asked == 1


async def test_a_redirected_order_is_not_sent_elsewhere():
    async with serving(TAKEN) as (elsewhere, port):

        async def handler(_: web.Request) -> web.StreamResponse:
            return web.Response(status=307, headers={"Location": f"http://127.0.0.1:{port}/x"})

        assert isinstance(await outcome(BUY, handler), PlaceUnknown)
        assert elsewhere.asked == []


# -- bounds -----------------------------------------------------------------------------------


async def test_entries_beyond_the_bound_are_refused_and_exits_are_not():
    gate = asyncio.Event()

    async def handler(_: web.Request) -> web.StreamResponse:
        await gate.wait()
        return web.json_response({"status": "success", "data": {"order_id": "17"}})

    patient = Limits(entries=2, questions=1)
    async with a_gateway(handler, patient) as (gateway, _, events):
        for _ in range(3):
            gateway.carry_out(BUY)
        assert events.seen == [], "no event from within carry_out"
        for _ in range(3):
            gateway.carry_out(CANCEL)
            gateway.carry_out(MODIFY)
        (crowded,) = await events.first()
        assert crowded == PlaceRefused(
            at_ns=crowded.at_ns, tag="t1", text="too many requests under way"
        )
        gate.set()
        seen = await events.first(9)
        assert sum(isinstance(event, Placed) for event in seen) == 2
        assert sum(isinstance(event, CancelAccepted) for event in seen) == 3
        assert sum(isinstance(event, ModifyAccepted) for event in seen) == 3
        gateway.carry_out(BUY)
        assert isinstance((await events.first(10))[-1], Placed)


async def test_polls_beyond_the_bound_have_failed():
    gate = asyncio.Event()

    async def handler(_: web.Request) -> web.StreamResponse:
        await gate.wait()
        return web.json_response({"status": "success", "data": []})

    async with a_gateway(handler, Limits(questions=1)) as (gateway, _, events):
        gateway.carry_out(PollOrderBook())
        gateway.carry_out(PollOrderBook())
        (failed,) = await events.first()
        assert failed == PollFailed(
            at_ns=failed.at_ns, what="order book", text="too many requests under way"
        )
        gate.set()
        assert isinstance((await events.first(2))[-1], OrderBookReported)


async def test_closing_calls_what_is_still_under_way_unknown():
    async with a_gateway(never, Limits(closing_wait=0.1)) as (gateway, broker, events):
        gateway.carry_out(BUY)
        gateway.carry_out(CANCEL)
        gateway.carry_out(PollFunds())
        async with asyncio.timeout(PATIENCE):
            while len(broker.asked) < 3:
                await asyncio.sleep(0)
        await gateway.close()
        assert {type(event) for event in events.seen} == {PlaceUnknown, ChangeUnknown, PollFailed}


@pytest.mark.parametrize(("effect", "_taken", "refused", "_unknown"), REQUESTS)
async def test_after_closing_nothing_is_sent(effect, _taken, refused, _unknown):
    async with a_gateway(TAKEN) as (gateway, broker, events):
        await gateway.close()
        gateway.carry_out(effect)
        (event,) = await events.first()
        assert isinstance(event, refused)
        assert broker.asked == []


async def test_an_effect_that_is_no_request_is_an_error():
    async with a_gateway(TAKEN) as (gateway, _, _events):
        with pytest.raises(TypeError, match="cannot carry out Effect"):
            gateway.carry_out(Effect())


# -- polls ------------------------------------------------------------------------------------

ORDER = {
    "order_id": "17",
    "status": "OPEN",
    "exchange": "NSE",
    "tradingsymbol": "INFY",
    "transaction_type": "BUY",
    "order_type": "LIMIT",
    "quantity": 10,
    "price": 1573.05,
    "trigger_price": 0,
    "average_price": 1573.0333,
    "filled_quantity": 3,
    "tag": "t1",
}


async def test_the_order_book_with_the_time_it_was_asked():
    async with a_gateway(success([ORDER, ORDER | {"order_id": "18"}])) as (gateway, broker, events):
        gateway.carry_out(PollOrderBook())
        (event,) = await events.first()
    assert isinstance(event, OrderBookReported)
    assert [report.order_id for report in event.reports] == ["17", "18"]
    assert event.reports[0].filled_value == 471_910
    assert event.asked_ns < event.at_ns
    assert broker.asked[0][:2] == ("GET", "/orders")


async def test_what_can_be_read_of_a_book_is_told_and_the_rest_is_named():
    entries = [
        ORDER,
        {"order_id": "18"},
        "nonsense",
        ORDER | {"order_id": "19", "quantity": -1, "exchange": "NSE"},
        ORDER | {"order_id": "20", "quantity": -1, "exchange": "NSE", "product": "CNC"},
    ]
    async with a_gateway(success(entries)) as (gateway, _, events):
        gateway.carry_out(PollOrderBook())
        (event,) = await events.first()
    assert isinstance(event, OrderBookReported)
    assert [report.order_id for report in event.reports] == ["17"]
    known = [(one.order_id, one.tag, one.symbol, one.row) for one in event.unreadable]
    row = event.reports[0].row
    symbol = event.reports[0].symbol
    assert known == [
        ("18", "", "", -1),
        ("", "", "", -1),
        ("19", "t1", symbol, row),
        ("20", "t1", symbol, -1),
    ]
    assert gateway.oddities == {Oddity.MALFORMED: 4}


TRADE = {"trade_id": "1", "order_id": "17", "quantity": 2, "average_price": 1573.05}


async def test_trades_are_summed_up_by_order_and_one_told_twice_counts_once():
    told = [
        TRADE,
        TRADE | {"trade_id": "2", "quantity": 1, "average_price": 1573.1},
        TRADE,
        TRADE | {"trade_id": "3", "order_id": "18"},
    ]
    async with a_gateway(success(told)) as (gateway, broker, events):
        gateway.carry_out(PollTrades())
        (event,) = await events.first()
    assert isinstance(event, TradesReported)
    found = [(one.order_id, one.quantity, one.value) for one in event.trades]
    assert found == [("17", 3, 2 * 157_305 + 157_310), ("18", 2, 2 * 157_305)]
    assert broker.asked[0][:2] == ("GET", "/trades")


@pytest.mark.parametrize("odd", ["nonsense", TRADE | {"quantity": 0}, TRADE | {"quantity": "2"}])
async def test_trades_with_one_nobody_can_read_are_no_answer(odd):
    async with a_gateway(success([TRADE, odd])) as (gateway, _, events):
        gateway.carry_out(PollTrades())
        (event,) = await events.first()
    assert isinstance(event, PollFailed)
    assert event.what == "trades"


@pytest.mark.parametrize("body", [[], None])
async def test_an_empty_order_book(body):
    async with a_gateway(success(body)) as (gateway, _, events):
        gateway.carry_out(PollOrderBook())
        (event,) = await events.first()
    assert isinstance(event, OrderBookReported)
    assert event.reports == ()


async def test_one_order_is_what_its_history_ends_with():
    history = [ORDER | {"status": "OPEN PENDING", "filled_quantity": 0}, ORDER]
    async with a_gateway(success(history)) as (gateway, broker, events):
        gateway.carry_out(PollOrder(order_id="1/7"))
        (event,) = await events.first()
    assert isinstance(event, OrderReported)
    assert (event.report.order_id, event.report.filled) == ("17", 3)
    assert broker.asked[0][:2] == ("GET", "/orders/1%2F7")


@pytest.mark.parametrize(
    ("status", "name"),
    [(404, "GeneralException"), (404, "OrderException"), (400, "InputException")],
)
async def test_an_order_the_broker_has_not_is_denied_with_its_words(status, name):
    handler = failure(status, name, "Couldn't find that `order_id`.")
    async with a_gateway(handler) as (gateway, broker, events):
        gateway.carry_out(PollOrder(order_id="17"))
        (event,) = await events.first()
    assert isinstance(event, OrderDenied)
    assert (event.order_id, "find that" in event.text) == ("17", True)
    assert event.asked_ns < event.at_ns
    assert len(broker.asked) == 1


@pytest.mark.parametrize(
    "handler",
    [
        failure(400, "GeneralException"),
        failure(404, None),
        failure(403, "PermissionException"),
        failure(429, "NetworkException"),
        failure(503, "OrderException"),
        plain(404, "<html>not found</html>"),
        success([]),
        success(None),
        success(["nonsense"]),
        plain(200, "nonsense"),
    ],
)
async def test_what_is_no_clear_denial_is_no_answer(handler):
    async with a_gateway(handler) as (gateway, _, events):
        gateway.carry_out(PollOrder(order_id="17"))
        (event,) = await events.first()
    assert isinstance(event, PollFailed)


@pytest.mark.parametrize(
    ("available", "paise"),
    [
        ({"live_balance": 99725.05, "cash": 1.0}, 9_972_505),
        ({"cash": 245431.6}, 24_543_160),
        ({"live_balance": -12.34, "cash": 1.0}, -1_234),
        ({"live_balance": 0, "cash": 100.0}, 0),
    ],
)
async def test_funds(available, paise):
    margins = {"equity": {"enabled": True, "available": available}, "commodity": {}}
    async with a_gateway(success(margins)) as (gateway, broker, events):
        gateway.carry_out(PollFunds())
        (event,) = await events.first()
    assert isinstance(event, FundsReported)
    assert event.available == paise
    assert broker.asked[0][:2] == ("GET", "/user/margins")


@pytest.mark.parametrize("effect", [PollOrderBook(), PollFunds()])
@pytest.mark.parametrize(
    ("handler", "attempts"),
    [
        (never, 3),
        (cut, 3),
        (failure(503, "NetworkException"), 3),
        (failure(403, "TokenException"), 1),
        (failure(429, "NetworkException"), 1),
        (plain(200, "<html>"), 1),
        (success({"equity": {"available": {}}}), 1),
        (success(17), 1),
    ],
)
async def test_a_failed_poll_is_repeated_within_bounds_and_then_reported(effect, handler, attempts):
    async with a_gateway(handler, limits_for(handler)) as (gateway, broker, events):
        gateway.carry_out(effect)
        (event,) = await events.first()
        assert isinstance(event, PollFailed)
        assert event.text
        assert len(broker.asked) == attempts


async def test_a_poll_succeeds_at_the_second_attempt():
    attempts = 0

    async def handler(_: web.Request) -> web.StreamResponse:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            return web.Response(status=502)
        return web.json_response({"status": "success", "data": []})

    async with a_gateway(handler) as (gateway, _, events):
        gateway.carry_out(PollOrderBook())
        (event,) = await events.first()
    assert isinstance(event, OrderBookReported)


async def test_an_endless_answer_is_bounded():
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(LARGEST_ANSWER // (1 << 20) + 2):
            await response.write(bytes(1 << 20))
        return response

    async with a_gateway(handler, Limits(retries=0)) as (gateway, _, events):
        gateway.carry_out(PollOrderBook())
        (event,) = await events.first()
    assert isinstance(event, PollFailed)
    assert "larger than 32 MB" in event.text


SAYS_OTHERWISE = [
    failure(403, "PermissionException"),
    plain(403, "<html>"),
    failure(429, "NetworkException"),
    TAKEN,
]


@pytest.mark.parametrize("effect", [BUY, MODIFY, CANCEL, PollOrderBook(), PollFunds()])
async def test_a_refused_session_is_said_whatever_was_asked(effect):
    expired = failure(403, "TokenException", "Incorrect `api_key` or `access_token`.")
    async with a_gateway(expired) as (gateway, _, events):
        gateway.carry_out(effect)
        await events.first()
    (refusal,) = events.refusals
    assert "access_token" in refusal.text


@pytest.mark.parametrize("handler", SAYS_OTHERWISE)
async def test_other_refusals_do_not_blame_the_session(handler):
    async with a_gateway(handler) as (gateway, _, events):
        gateway.carry_out(BUY)
        await events.first()
    assert events.refusals == []


# -- opening ----------------------------------------------------------------------------------


async def test_opening_asks_for_the_profile():
    async with a_gateway(success({"user_id": "AB1234"})) as (gateway, broker, _):
        await gateway.open()
        assert [asked[:2] for asked in broker.asked] == [("GET", "/user/profile")]


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (failure(403, "TokenException", "Incorrect api_key or access_token"), "scalper-tui login"),
        (failure(503, "NetworkException"), "try again later"),
        (never, "does not answer: no answer in time"),
        (cut, "does not answer: connection cut"),
    ],
)
async def test_opening_fails_with_words_to_act_on(handler, words):
    async with a_gateway(handler, limits_for(handler)) as (gateway, _, _events):
        with pytest.raises(BrokerError, match=words) as caught:
            await gateway.open()
    assert "\n" not in str(caught.value)
    assert TOKEN not in str(caught.value)


async def test_opening_with_nobody_there():
    gateway = gateway_on(1, Events())
    with pytest.raises(BrokerError, match="cannot reach the broker"):
        await gateway.open()
    await gateway.close()
