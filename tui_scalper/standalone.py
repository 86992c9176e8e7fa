"""Commands that need no engine: the exchange alone, and the broker's daily login."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from pathlib import Path

from tui_scalper.brokers.kite.login import (
    SavedToken,
    exchange_request_token,
    login_url,
    request_token_in,
    save_token,
)
from tui_scalper.core.events import Rows
from tui_scalper.core.market import Cells
from tui_scalper.exchange.kite_server import PACE_SECONDS, start_server
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.master import load_master
from tui_scalper.exchange.recorded import RecordedMarket
from tui_scalper.exchange.synthetic import SyntheticMarket
from tui_scalper.lab.tape import Tape, TapePlayer
from tui_scalper.plans.sim import sim_start_ns
from tui_scalper.runtime.clocks import MarketClock
from tui_scalper.settings import Settings, SettingsError


class PlayedTape:
    """A tape player as the market behind a recorded exchange; exchange.recorded.TapeSource."""

    def __init__(self, player: TapePlayer) -> None:
        self._player = player

    def advance(self, now_ns: int, cells: Cells) -> Rows:
        """Play up to `now_ns` into `cells`, which are the player's own."""
        assert cells is self._player.cells
        return self._player.advance(now_ns)


def serve_exchange(
    settings: Settings,
    *,
    port: int,
    seed: int | None,
    tape: Path | None,
    instruments: int | None,
    master: Path | None,
    speed: float,
) -> int:
    """Serve the simulated exchange on loopback until interrupted."""
    cash = int(settings.sim.cash * 100)
    if tape is not None:
        recording = Tape.open(tape)
        clock = MarketClock(recording.first_ns, speed)
        player = TapePlayer(recording)
        market = RecordedMarket(recording.universe, player.cells, tape=PlayedTape(player))
        exchange = Exchange(recording.universe, market, opening_cash=cash)
        what = f"tape {tape}"
    else:
        shipped = None if master is not None else settings.sim.instruments
        listed = load_master(master, instruments or shipped)
        start_ns = sim_start_ns(settings.sim.start, listed.universe.venue)
        clock = MarketClock(start_ns, speed)
        chosen = settings.sim.seed if seed is None else seed
        flow = SyntheticMarket(listed.universe, listed.references, seed=chosen, start_ns=start_ns)
        exchange = Exchange(listed.universe, flow, opening_cash=cash)
        what = f"seed {chosen}"
    asyncio.run(_serve(exchange, clock, port, speed, what))
    return 0


async def _serve(
    exchange: Exchange, clock: MarketClock, port: int, speed: float, what: str
) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)
    server = await start_server(
        exchange, clock.now, port=port, speed=speed, pace=PACE_SECONDS / max(speed, 1.0)
    )
    print(
        f"simulated exchange: {len(exchange.universe)} instruments, {what}, at "
        f"{server.url} and {server.ws_url} (api key and access token: demo); Ctrl+C ends it",
        flush=True,
    )
    waiting = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({waiting, server.pump}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
        await server.close()


def log_in(settings: Settings) -> int:
    """The daily Kite login: prints the address, takes the pasted answer, stores the token."""
    key = settings.kite.api_key.get_secret_value()
    secret = settings.kite.api_secret.get_secret_value()
    if not key or not secret:
        raise SettingsError(
            "login needs kite.api_key and kite.api_secret: export SCALPER_KITE__API_KEY and "
            "SCALPER_KITE__API_SECRET"
        )
    print(f"Open this address, log in, and paste the address you are sent to:\n{login_url(key)}")
    request_token = request_token_in(sys.stdin.readline())
    token = asyncio.run(
        exchange_request_token(
            api_key=key,
            api_secret=secret,
            request_token=request_token,
            http_root=settings.kite.http_root,
        )
    )
    saved = SavedToken(api_key=key, access_token=token, made_ns=time.time_ns())
    print(f"logged in; today's token is kept in {save_token(settings.state, saved)}")
    return 0
