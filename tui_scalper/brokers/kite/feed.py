"""Kite's market data socket: connect, subscribe, decode, watch for silence, reconnect."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Final

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import CloseCode

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.brokers.kite.backoff import Backoff
from tui_scalper.brokers.kite.reports import Oddity, OrderReader
from tui_scalper.brokers.kite.texts import TextReader
from tui_scalper.brokers.kite.wire import FrameDecoder
from tui_scalper.brokers.kite.words import one_line
from tui_scalper.brokers.port import Now, Sink
from tui_scalper.core.events import FaultsSeen, FeedFault, Link, LinkChanged, Ticks
from tui_scalper.core.market import MarketTable

MOST_INSTRUMENTS: Final = 3_000
"""Instruments Kite streams over one connection."""
TOKENS_A_MESSAGE: Final = 200
_LARGEST_MESSAGE: Final = 1 << 20
"""Bytes; 3,000 full packets in one frame are 558,002."""
_FORBIDDEN: Final = 403

# The library logs request lines, which carry the access token, when debugging is on.
_SOCKET_LOG: Final = logging.getLogger("tui_scalper.kite.socket")
_SOCKET_LOG.setLevel(logging.CRITICAL)


class FeedTiming(msgspec.Struct, frozen=True, kw_only=True):
    """How patient the feed is. All values are seconds of the machine's own clock."""

    silence_limit: float = 5.0
    """Longest time without any frame; Kite sends a heartbeat every second."""
    retry_floor: float = 0.5
    retry_ceiling: float = 30.0
    refused_wait: float = 30.0
    """Wait after the token was refused: only a login helps, so hurry does not."""
    open_timeout: float = 10.0
    close_timeout: float = 1.0


class _SilenceError(Exception):
    """The socket is open and nothing came for the silence limit."""


class _DirectConnect(connect):
    """A connection that follows no redirect: the address we checked is the one we talk to."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


def _is_token_refusal(error: Exception) -> bool:
    return isinstance(error, InvalidStatus) and error.response.status_code == _FORBIDDEN


def _reason(error: Exception) -> str:
    if _is_token_refusal(error):
        return "token refused (HTTP 403), it expires every morning: log in again: scalper-tui login"
    if isinstance(error, InvalidStatus):
        return f"broker answered HTTP {error.response.status_code} to the connection; trying again"
    if isinstance(error, ConnectionClosed):
        return f"connection lost ({error}); trying again"
    if isinstance(error, _SilenceError):
        return f"{error}; trying again"
    return f"cannot connect ({error or type(error).__name__}); trying again"


def subscription_messages(tokens: Sequence[int]) -> list[bytes]:
    """The messages that ask for `tokens` in full depth, at most 200 tokens in each."""
    messages = []
    for start in range(0, len(tokens), TOKENS_A_MESSAGE):
        batch = list(tokens[start : start + TOKENS_A_MESSAGE])
        messages.append(msgspec.json.encode({"a": "subscribe", "v": batch}))
        messages.append(msgspec.json.encode({"a": "mode", "v": ["full", batch]}))
    return messages


class KiteFeed:
    """brokers.port.Feed over one Kite socket; runs until cancelled, reconnects forever.

    Streams `rows` of the table's universe, all of them when None; ValueError when they are
    more than one connection carries. Counters: `frames` and `bytes` (binary frames, heartbeats
    included), `heartbeats`, `messages` (harmless broker texts), `reconnects`.
    """

    def __init__(
        self,
        access: KiteAccess,
        table: MarketTable,
        sink: Sink,
        now: Now,
        *,
        rows: Sequence[int] | None = None,
        timing: FeedTiming | None = None,
        random: Random | None = None,
    ) -> None:
        universe = table.universe
        chosen = range(len(universe)) if rows is None else rows
        if len(chosen) > MOST_INSTRUMENTS:
            raise ValueError(
                f"{len(chosen):,} instruments asked of one Kite connection, which carries "
                f"{MOST_INSTRUMENTS:,}: narrow the universe"
            )
        self._subscriptions = subscription_messages([universe[row].token for row in chosen])
        self._access = access
        self._table = table
        self._sink = sink
        self._now = now
        self._timing = timing or FeedTiming()
        self._backoff = Backoff(
            self._timing.retry_floor, self._timing.retry_ceiling, random or Random()
        )
        self._decoder = FrameDecoder(table)
        self._orders = OrderReader(universe)
        self._texts = TextReader(self._orders)
        self._live_since: float | None = None
        self.frames = 0
        self.heartbeats = 0
        self.bytes = 0
        self.reconnects = 0

    @property
    def messages(self) -> int:
        """Broker messages received that nobody needs to act on."""
        return self._texts.messages

    @property
    def oddities(self) -> Counter[Oddity]:
        """What was odd about pushed orders, counted by kind."""
        return self._orders.oddities

    async def run(self) -> None:
        """Connect, subscribe, decode, reconnect; until cancelled."""
        while True:
            self._report(Link.CONNECTING)
            error = await self._connection()
            self._report(Link.DOWN, one_line(self._access.redact(_reason(error))))
            self._table.forget()
            await asyncio.sleep(self._wait_after(error))
            self.reconnects += 1

    async def _connection(self) -> Exception:
        """One connection from beginning to end; returns what ended it."""
        self._live_since = None
        try:
            async with _DirectConnect(
                self._access.socket_address(),
                compression=None,
                proxy=None,
                max_size=_LARGEST_MESSAGE,
                open_timeout=self._timing.open_timeout,
                close_timeout=self._timing.close_timeout,
                logger=_SOCKET_LOG,
            ) as socket:
                return await self._session(socket)
        except (OSError, WebSocketException) as error:
            return error

    async def _session(self, socket: ClientConnection) -> Exception:
        """Subscribe and listen; returns what ended it, having reported a stall."""
        limit = self._timing.silence_limit
        clock = asyncio.get_running_loop().time
        watchdog = asyncio.timeout(limit)
        try:
            async with watchdog:
                for message in self._subscriptions:
                    await socket.send(message, text=True)
                while True:
                    frame = await socket.recv()
                    watchdog.reschedule(clock() + limit)
                    self._take(frame)
        except TimeoutError as error:
            if not watchdog.expired():
                return error
            self._report(Link.STALLED, f"no frame for {limit:g} s")
            return _SilenceError(f"no frame for {limit:g} s")
        except ConnectionClosed as error:
            if error.sent is not None and error.sent.code == CloseCode.INVALID_DATA:
                self._sink(
                    FaultsSeen(
                        at_ns=self._now(), fault=FeedFault.BAD_TEXT, count=1, detail="no UTF-8"
                    )
                )
            return error

    def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, str):
            event = self._texts.read(frame, self._now())
            if event is not None:
                self._sink(event)
            return
        received_ns = self._now()
        decoded = self._decoder.decode(frame, received_ns)
        self.frames += 1
        self.bytes += len(frame)
        self.heartbeats += decoded.heartbeat
        if self._live_since is None:
            self._live_since = asyncio.get_running_loop().time()
            self._report(Link.LIVE)
        if decoded.rows.size:
            self._sink(Ticks(at_ns=received_ns, rows=decoded.rows))
        for fault, count in self._decoder.take_faults():
            self._sink(FaultsSeen(at_ns=received_ns, fault=fault, count=count))

    def _wait_after(self, error: Exception) -> float:
        """Seconds until the next attempt; a connection that held for long starts small again."""
        if _is_token_refusal(error):
            return self._timing.refused_wait
        now = asyncio.get_running_loop().time()
        if self._live_since is not None and now - self._live_since > self._timing.retry_ceiling:
            self._backoff.reset()
        return self._backoff.next()

    def _report(self, link: Link, why: str = "") -> None:
        self._sink(LinkChanged(at_ns=self._now(), link=link, why=why))
