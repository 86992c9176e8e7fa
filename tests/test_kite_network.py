"""What the adapter must never do on a network: trust any certificate, obey the environment."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import web

from tui_scalper.brokers.kite.access import LoopbackAccess
from tui_scalper.brokers.kite.feed import FeedTiming, KiteFeed
from tui_scalper.brokers.kite.gateway import KiteGateway
from tui_scalper.brokers.port import BrokerError
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.events import Event, Link, LinkChanged, PlaceRefused
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import MarketTable
from tui_scalper.core.orders import OrderKind, OrderTerms
from tui_scalper.core.units import Side
from tui_scalper.core.venues import NSE

PATIENCE = 15.0
UNIVERSE = Universe(NSE, [Instrument(symbol="INFY", token=408065, tick=10)])
BUY = PlaceOrder(
    tag="t1",
    row=0,
    symbol="INFY",
    exchange="NSE",
    side=Side.BUY,
    terms=OrderTerms(kind=OrderKind.LIMIT, quantity=1, price=157_300),
)


@pytest.fixture
def stranger(tmp_path: Path) -> ssl.SSLContext:
    """A server side with a certificate for 127.0.0.1 that nobody has signed."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, so there is no certificate to refuse")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@asynccontextmanager
async def a_broker(context: ssl.SSLContext | None) -> AsyncIterator[tuple[LoopbackAccess, list]]:
    """A server that takes every order and streams heartbeats, and the requests it saw."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        if request.path != "/":
            return web.json_response({"status": "success", "data": {"order_id": "17"}})
        stream = web.WebSocketResponse()
        await stream.prepare(request)
        await stream.send_bytes(b"\0")
        async for _ in stream:
            pass
        return stream

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    port = runner.addresses[0][1]
    secure = "s" if context else ""
    try:
        yield (
            LoopbackAccess(
                api_key="key",
                access_token="s3cret",
                http_root=f"http{secure}://127.0.0.1:{port}",
                ws_root=f"ws{secure}://127.0.0.1:{port}",
            ),
            asked,
        )
    finally:
        await runner.cleanup()


async def first_link_after_connecting(access: LoopbackAccess) -> LinkChanged:
    found: asyncio.Future[LinkChanged] = asyncio.get_running_loop().create_future()

    def sink(event: Event) -> None:
        ended = isinstance(event, LinkChanged) and event.link is not Link.CONNECTING
        if ended and not found.done():
            found.set_result(event)

    feed = KiteFeed(
        access, MarketTable(UNIVERSE), sink, lambda: 0, timing=FeedTiming(close_timeout=0.2)
    )
    running = asyncio.create_task(feed.run())
    try:
        return await asyncio.wait_for(found, PATIENCE)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def place(access: LoopbackAccess) -> Event:
    events: asyncio.Queue[Event] = asyncio.Queue()
    gateway = KiteGateway(access, UNIVERSE, events.put_nowait, lambda: 0)
    gateway.carry_out(BUY)
    try:
        return await asyncio.wait_for(events.get(), PATIENCE)
    finally:
        await gateway.close()


async def test_a_certificate_nobody_signed_stops_everything(stranger):
    async with a_broker(stranger) as (access, asked):
        assert isinstance(await place(access), PlaceRefused)
        link = await first_link_after_connecting(access)
        assert link.link is Link.DOWN
        assert "certificate" in link.why
        gateway = KiteGateway(access, UNIVERSE, lambda _: None, lambda: 0)
        with pytest.raises(BrokerError, match="certificate"):
            await gateway.open()
        await gateway.close()
        assert asked == []


async def test_proxies_of_the_environment_are_not_used(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    async with a_broker(None) as (access, asked):
        assert not isinstance(await place(access), PlaceRefused)
        assert (await first_link_after_connecting(access)).link is Link.LIVE
        assert asked == ["/orders/regular", "/"]
