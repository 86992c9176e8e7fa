"""Puts the exchange machine on loopback: one port, REST and WebSocket, Kite Connect v3."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from typing import Final

from aiohttp import web

from tui_scalper.exchange.kite_feed import MAX_INSTRUMENTS, KiteFeed
from tui_scalper.exchange.kite_rest import Clock, KiteRest
from tui_scalper.exchange.machine import Exchange

LOOPBACK: Final = "127.0.0.1"
PUMP_SECONDS: Final = 0.03
PACE_SECONDS: Final = 0.25
LONGEST_LINE: Final = 32 << 10
"""Bytes of a request line: a quote names up to 500 instruments in it."""


class ServerError(Exception):
    """The server cannot start: what, where, what to do, in one line."""


class RunningServer:
    """A server that serves until closed. `port` is the one it got."""

    def __init__(self, port: int, runner: web.AppRunner, rest: KiteRest, feed: KiteFeed) -> None:
        self.port = port
        self.url = f"http://{LOOPBACK}:{port}"
        self.ws_url = f"ws://{LOOPBACK}:{port}/"
        self._runner = runner
        self._rest = rest
        self.feed = feed
        self.pump = asyncio.create_task(self._pump(), name="exchange pump")
        """Advances the machine. It ends by itself only when that breaks; awaiting it says why."""

    async def _pump(self) -> None:
        try:
            while True:
                self._rest.flush()
                await asyncio.sleep(PUMP_SECONDS)
        finally:
            await self.feed.close()

    async def close(self) -> None:
        """Stop advancing, disconnect everybody, free the port. Raises what broke the pump."""
        self._rest.closing.set()
        self.pump.cancel()
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await self.pump
        finally:
            await self._runner.cleanup()


async def start_server(
    exchange: Exchange,
    clock: Clock,
    *,
    port: int,
    speed: float = 1.0,
    pace: float = PACE_SECONDS,
    instruments: int = MAX_INSTRUMENTS,
) -> RunningServer:
    """Serve `exchange` on 127.0.0.1:`port` (0: any free one) by the time of `clock`.

    `speed` is only told to clients that ask /sim/clock; `pace` is the least time in seconds
    between two packets of one instrument to one client, `instruments` how many one client may
    subscribe. Raises ServerError.
    """
    seconds = asyncio.get_running_loop().time
    feed = KiteFeed(
        exchange.universe,
        exchange.cells,
        exchange.faults,
        pace=pace,
        seconds=seconds,
        most=instruments,
    )
    rest = KiteRest(exchange, feed, clock, speed=speed, seconds=seconds)
    runner = web.AppRunner(
        rest.application(), access_log=None, shutdown_timeout=1.0, max_line_size=LONGEST_LINE
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, port)
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise ServerError(_why(error, port)) from error
    return RunningServer(runner.addresses[0][1], runner, rest, feed)


def _why(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"simulated exchange: port {port} of {LOOPBACK} is in use; choose another port"
    return f"simulated exchange: cannot listen on {LOOPBACK}:{port} ({error.strerror})"
