"""The simulated exchange on a thread of its own, behind a loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable

from tui_scalper.exchange.kite_server import PACE_SECONDS, RunningServer, start_server
from tui_scalper.runtime.saved_exchange import SavedExchange

START_S = 30.0
CLOSE_S = 5.0


class EmbeddedExchange:
    """Serves `exchange` on 127.0.0.1 until stopped; `port` is known after `start`."""

    def __init__(self, exchange: SavedExchange, now: Callable[[], int], speed: float = 1.0) -> None:
        self.exchange = exchange
        self.port = 0
        self._now = now
        self._speed = speed
        self._trouble = ""
        self._thread = threading.Thread(target=self._main, name="exchange", daemon=True)
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def start(self) -> int:
        """Start serving; returns the port. Raises exchange.kite_server.ServerError."""
        self._thread.start()
        if not self._ready.wait(START_S):
            raise TimeoutError(f"the simulated exchange did not start within {START_S:g} s")
        if self._error is not None:
            raise self._error
        return self.port

    def trouble(self) -> str:
        """What is wrong with it, in words; empty when nothing is."""
        return self._trouble or self.exchange.fault

    def stop(self) -> None:
        """Disconnect everybody and join the thread; nothing happens when none runs."""
        if self._thread.ident is None:
            return
        if self._loop is not None and self._stop is not None:
            # A loop that closed just now needs no word any more.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(CLOSE_S)

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - handed to the thread that asks
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server: RunningServer = await start_server(
            self.exchange,
            self._now,
            port=0,
            speed=self._speed,
            pace=PACE_SECONDS / max(self._speed, 1.0),
        )
        self.port = server.port
        self._ready.set()
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({stopped, server.pump}, return_when=asyncio.FIRST_COMPLETED)
            if not stopped.done():
                self._trouble = "the simulated exchange broke and stands still; restart it"
        finally:
            stopped.cancel()
            await server.close()
