"""Kite Connect v3 over HTTP: routes, envelopes and error codes around the machine."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from tui_scalper.core import columns as c
from tui_scalper.exchange.kite_feed import KiteFeed, Seconds
from tui_scalper.exchange.kite_forms import read_change, read_new_order
from tui_scalper.exchange.kite_words import (
    instruments_csv,
    ltp_words,
    margin_words,
    ohlc_words,
    order_words,
    position_words,
    profile_words,
    quote_words,
    trade_words,
)
from tui_scalper.exchange.limits import Limiter
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import OrderRefused, Refusal

DEMO: Final = "demo"
"""API key, secret, request token and access token of the simulated account."""
HTTP_CODES: Final = {
    Refusal.INPUT: 400,
    Refusal.ORDER: 500,
    Refusal.MARGIN: 400,
    Refusal.TOKEN: 403,
    Refusal.NETWORK: 503,
    Refusal.GENERAL: 500,
}
HOSTS: Final = frozenset({"127.0.0.1", "localhost"})
LOST_ANSWER_SECONDS: Final = 60.0
CLOSE_SECONDS: Final = 2.0
MAX_QUOTES: Final = {"quote": 500, "ohlc": 1_000, "ltp": 1_000}
ORDER_METHODS: Final = {"POST": "orders", "PUT": "orders", "DELETE": "cancels"}

Clock = Callable[[], int]
"""Reads the exchange's clock: nanoseconds UTC."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer(data: Any) -> web.Response:
    """A success envelope."""
    body = msgspec.json.encode({"status": "success", "data": data})
    return web.Response(body=body, content_type="application/json")


def refuse(kind: Refusal, text: str, code: int | None = None) -> web.Response:
    """An error envelope with the HTTP code Kite gives that kind."""
    words = {"status": "error", "message": text, "data": None, "error_type": kind.value}
    return web.Response(
        body=msgspec.json.encode(words),
        status=HTTP_CODES[kind] if code is None else code,
        content_type="application/json",
    )


class KiteRest:
    """The routes. `seconds` is a steady clock for the request limits."""

    def __init__(
        self, exchange: Exchange, feed: KiteFeed, clock: Clock, *, speed: float, seconds: Seconds
    ) -> None:
        self._exchange = exchange
        self._feed = feed
        self._clock = clock
        self._speed = speed
        self._seconds = seconds
        self._limiter = Limiter()
        self._tokens = {DEMO}
        self.closing = asyncio.Event()

    def application(self) -> web.Application:
        """The web application with everything wired."""
        app = web.Application(middlewares=[self._guard], client_max_size=64 * 1024)
        app.add_routes(
            [
                web.get("/", self._stream),
                web.get("/ws", self._stream),
                web.get("/sim/clock", self._sim_clock),
                web.post("/session/token", self._login),
                web.delete("/session/token", self._logout),
                web.get("/user/profile", self._profile),
                web.get("/user/margins", self._margins),
                web.get("/user/margins/equity", self._margins),
                web.get("/instruments", self._instruments),
                web.get("/instruments/{exchange}", self._instruments),
                web.get("/quote", self._quote),
                web.get("/quote/{what:ohlc|ltp}", self._quote),
                web.get("/orders", self._orders),
                web.get("/orders/{id}", self._history),
                web.get("/orders/{id}/trades", self._trades),
                web.get("/trades", self._trades),
                web.get("/portfolio/positions", self._positions),
                web.post("/orders/{variety}", self._place),
                web.put("/orders/{variety}/{id}", self._modify),
                web.delete("/orders/{variety}/{id}", self._cancel),
            ]
        )
        return app

    # -- before and after every request -----------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if _from_elsewhere(request):
            return refuse(Refusal.TOKEN, "This simulated broker answers on loopback only.", 403)
        refusal = self._planned_fault(request) or self._unknown_caller(request)
        if refusal is not None:
            return refusal
        kind = self._limited(request)
        if kind and not self._limiter.admit(kind, self._seconds()):
            return refuse(Refusal.NETWORK, "Too many requests", 429)
        try:
            response = await handler(request)
        except OrderRefused as refused:
            response = refuse(refused.kind, refused.text)
        except web.HTTPException as error:
            return refuse(Refusal.GENERAL, error.reason, error.status)
        if kind and self._exchange.faults.take("lose_answers"):
            await self._hold()
        return response

    def _limited(self, request: web.Request) -> str:
        """The kind of request the limits know this one by, "" for none."""
        return ORDER_METHODS.get(request.method, "") if request.path.startswith("/orders/") else ""

    def _planned_fault(self, request: web.Request) -> web.Response | None:
        faults = self._exchange.faults
        if request.path in ("/", "/ws", "/sim/clock"):
            return None
        if faults.take("answer_429"):
            return refuse(Refusal.NETWORK, "Too many requests", 429)
        if faults.take("answer_503"):
            return refuse(Refusal.NETWORK, "The order management system is not reachable.", 503)
        return None

    def _unknown_caller(self, request: web.Request) -> web.Response | None:
        if request.path == "/sim/clock" or (request.method, request.path) == (
            "POST",
            "/session/token",
        ):
            return None
        if request.path in ("/", "/ws"):
            key, token = request.query.get("api_key", ""), request.query.get("access_token", "")
        else:
            words = request.headers.get("Authorization", "").removeprefix("token ")
            key, _, token = words.partition(":")
        if key == DEMO and token in self._tokens:
            return None
        return refuse(Refusal.TOKEN, "Incorrect `api_key` or `access_token`.")

    async def _hold(self) -> None:
        """Keep a client waiting for an answer it will not get in time."""
        try:
            async with asyncio.timeout(LOST_ANSWER_SECONDS):
                await self.closing.wait()
        except TimeoutError:
            return

    def flush(self) -> None:
        """Let time pass up to now and publish what happened."""
        rows = self._exchange.advance(self._clock())
        self._feed.publish(rows, self._exchange.drain_updates())

    # -- session and user -------------------------------------------------------------------

    async def _login(self, request: web.Request) -> web.Response:
        form = await request.post()
        checksum = hashlib.sha256((DEMO * 3).encode()).hexdigest()
        given = str(form.get("checksum", ""))
        names = (form.get("api_key"), form.get("request_token"))
        if names != (DEMO, DEMO) or not hmac.compare_digest(given.encode(), checksum.encode()):
            return refuse(Refusal.TOKEN, "Token is invalid or has expired.")
        self._tokens.add(DEMO)
        tokens = {"api_key": DEMO, "access_token": DEMO, "public_token": DEMO, "refresh_token": ""}
        return answer({**profile_words(), **tokens, "login_time": None})

    async def _logout(self, request: web.Request) -> web.Response:
        self._tokens.discard(request.query.get("access_token", ""))
        return answer(True)

    async def _profile(self, _: web.Request) -> web.Response:
        return answer(profile_words())

    async def _margins(self, request: web.Request) -> web.Response:
        self.flush()
        words = margin_words(self._exchange.margins())
        return answer(words if request.path.endswith("/equity") else {"equity": words})

    async def _sim_clock(self, _: web.Request) -> web.Response:
        words = {"now_ns": self._clock(), "speed": self._speed}
        return web.Response(body=msgspec.json.encode(words), content_type="application/json")

    # -- market -----------------------------------------------------------------------------

    async def _instruments(self, request: web.Request) -> web.Response:
        universe = self._exchange.universe
        exchange = request.match_info.get("exchange", universe.venue.code)
        if exchange != universe.venue.code:
            return refuse(Refusal.INPUT, f"Unknown exchange; this one is {universe.venue.code}.")
        prices = self._exchange.cells[:, c.LTP].tolist()
        return web.Response(text=instruments_csv(universe, prices), content_type="text/csv")

    async def _quote(self, request: web.Request) -> web.Response:
        self.flush()
        what = request.match_info.get("what", "quote")
        names = request.query.getall("i", [])
        if len(names) > MAX_QUOTES[what]:
            return refuse(Refusal.INPUT, f"At most {MAX_QUOTES[what]} instruments a request.")
        words = ((name, self._quote_one(what, name)) for name in names)
        return answer({name: quote for name, quote in words if quote is not None})

    def _quote_one(self, what: str, name: str) -> dict[str, Any] | None:
        universe, cells = self._exchange.universe, self._exchange.cells
        exchange, _, symbol = name.partition(":")
        row = universe.row_of_symbol(symbol)
        if row is None or universe[row].exchange != exchange:
            return None
        if what == "ltp":
            return ltp_words(universe[row], cells, row)
        if what == "ohlc":
            return ohlc_words(universe[row], cells, row)
        band = self._exchange.market.band(row)
        return quote_words(universe.venue, universe[row], cells, row, band)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        key = request.query["api_key"]
        if self._feed.full(key):
            return refuse(Refusal.NETWORK, "Too many connections for this api_key.", 429)
        ws = web.WebSocketResponse(compress=False, max_msg_size=256 * 1024, timeout=CLOSE_SECONDS)
        try:
            await ws.prepare(request)
        except ConnectionResetError:
            return ws  # gone before it was greeted; nobody is left to tell
        transport = request.transport
        if transport is not None:
            await self._feed.serve(ws, key, transport.abort)
        return ws

    # -- orders -----------------------------------------------------------------------------

    async def _place(self, request: web.Request) -> web.Response:
        form = await _form(request)
        if self._exchange.faults.take("refuse_orders"):
            return refuse(Refusal.ORDER, "Order refused by the risk desk.")
        new = read_new_order(request.match_info["variety"], form)
        order_id = self._exchange.place(new, self._clock())
        self.flush()
        return answer({"order_id": order_id})

    async def _modify(self, request: web.Request) -> web.Response:
        form = await _form(request)
        change = read_change(form)
        order_id = request.match_info["id"]
        self._require_variety(request, form.get("parent_order_id", ""))
        self._exchange.modify(order_id, change, self._clock())
        self.flush()
        return answer({"order_id": order_id})

    async def _cancel(self, request: web.Request) -> web.Response:
        """Take an order back; with its parent's number a second leg is exited instead."""
        order_id = request.match_info["id"]
        parent_id = request.query.get("parent_order_id", "")
        self._require_variety(request, parent_id)
        if parent_id:
            self._exchange.exit(order_id, parent_id, self._clock())
        else:
            self._exchange.cancel(order_id, self._clock())
        self.flush()
        return answer({"order_id": order_id})

    def _require_variety(self, request: web.Request, parent_id: str) -> None:
        """The path names the variety of the order; who names a parent means its second leg."""
        order = self._exchange.history(request.match_info["id"])[-1]
        if order.variety != request.match_info["variety"]:
            raise OrderRefused(Refusal.INPUT, f"Order is of variety {order.variety}.")
        if parent_id and parent_id != order.parent_id:
            raise OrderRefused(Refusal.INPUT, "Order is no second leg of that `parent_order_id`.")

    async def _orders(self, _: web.Request) -> web.Response:
        self.flush()
        venue = self._exchange.universe.venue
        return answer([order_words(venue, one) for one in self._exchange.orders()])

    async def _history(self, request: web.Request) -> web.Response:
        self.flush()
        venue = self._exchange.universe.venue
        history = self._exchange.history(request.match_info["id"])
        return answer([order_words(venue, one) for one in history])

    async def _trades(self, request: web.Request) -> web.Response:
        self.flush()
        venue = self._exchange.universe.venue
        trades = self._exchange.trades(request.match_info.get("id"))
        return answer([trade_words(venue, one) for one in trades])

    async def _positions(self, _: web.Request) -> web.Response:
        self.flush()
        words = [
            position_words(
                one,
                int(self._exchange.cells[one.row, c.LTP]),
                self._exchange.unrealised(one),
            )
            for one in self._exchange.positions()
        ]
        return answer({"net": words, "day": words})


def _from_elsewhere(request: web.Request) -> bool:
    """Was another host meant, or does a web page of another host ask?"""
    origin = request.headers.get("Origin")
    return request.url.host not in HOSTS or (
        origin is not None and urlsplit(origin).hostname not in HOSTS
    )


async def _form(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
