"""One Kite market data socket: connect, say what is wanted, watch for silence, reconnect."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Final, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import CloseCode

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.brokers.kite.backoff import Backoff
from tui_scalper.brokers.kite.words import one_line
from tui_scalper.core.attention import Change, difference
from tui_scalper.core.events import Link

TOKENS_A_MESSAGE: Final = 200
_LARGEST_MESSAGE: Final = 1 << 20
"""Bytes; 3,000 full packets in one frame are 558,002."""
_FORBIDDEN: Final = 403

# The library logs request lines, which carry the access token, when debugging is on.
_SOCKET_LOG: Final = logging.getLogger("tui_scalper.kite.socket")
_SOCKET_LOG.setLevel(logging.CRITICAL)


class FeedTiming(msgspec.Struct, frozen=True, kw_only=True):
    """How patient the feed is. All values are seconds of the machine's own clock."""

    silence_limit: float = 4.0
    """Longest time without any frame; Kite sends a heartbeat every second. With the time it
    takes to be seen on the screen it stays below the five seconds that are promised."""
    retry_floor: float = 0.5
    retry_ceiling: float = 30.0
    refused_wait: float = 30.0
    """Wait after the token was refused: only a login helps, so hurry does not."""
    open_timeout: float = 10.0
    close_timeout: float = 1.0


class Listener(Protocol):
    """Whoever the streams report to, each with its own number."""

    def linked(self, number: int, link: Link, why: str) -> None:
        """The connection changed."""

    def lost(self, number: int) -> None:
        """Nothing this connection told is current any more."""

    def frame(self, number: int, frame: str | bytes) -> None:
        """A message came."""

    def not_text(self, number: int) -> None:
        """A text message was none."""


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
    return f"cannot connect ({_plainly(error)}); trying again"


def _plainly(error: Exception) -> str:
    """What the machine says of a failed connection, in the system's words where it has any.

    The number of an error of TLS is none of the system's.
    """
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
        code = error.errno
        if code is not None and code in errno.errorcode:
            return os.strerror(code).lower()
    return str(error) or type(error).__name__


def subscription_messages(change: Change, tokens: Sequence[int]) -> list[bytes]:
    """`change` in Kite's words, at most 200 tokens a message; `tokens` are those of the rows.

    A subscription begins with quotes. Source: Kite Connect v3, "WebSocket streaming".
    """
    messages = []
    for rows, actions in (
        (change.drop, ("unsubscribe",)),
        (change.flatten, ("quote",)),
        (change.add_quote, ("subscribe",)),
        (change.add_deep, ("subscribe", "full")),
        (change.deepen, ("full",)),
    ):
        for start in range(0, len(rows), TOKENS_A_MESSAGE):
            batch = [tokens[row] for row in rows[start : start + TOKENS_A_MESSAGE]]
            messages += [_message(action, batch) for action in actions]
    return messages


def _message(action: str, tokens: list[int]) -> bytes:
    if action in ("subscribe", "unsubscribe"):
        return msgspec.json.encode({"a": action, "v": tokens})
    return msgspec.json.encode({"a": "mode", "v": [action, tokens]})


class KiteStream:
    """Socket `number` of a feed; `run` goes on until cancelled and reconnects forever.

    `wanted` says what the socket should carry: a core.attention.Stream value a row. What the
    broker was told is kept and only the difference sent, all of it after a reconnection.
    """

    def __init__(
        self,
        number: int,
        access: KiteAccess,
        listener: Listener,
        *,
        tokens: Sequence[int],
        wanted: Callable[[], NDArray[np.int64]],
        timing: FeedTiming,
        random: Random,
    ) -> None:
        self._number = number
        self._access = access
        self._listener = listener
        self._tokens = tokens
        self._wanted = wanted
        self._timing = timing
        self._backoff = Backoff(timing.retry_floor, timing.retry_ceiling, random)
        self._news = asyncio.Event()
        self._live_since: float | None = None
        self.reconnects = 0

    def review(self) -> None:
        """What is wanted may have changed: compare and tell."""
        self._news.set()

    async def run(self) -> None:
        """Connect, ask, listen, reconnect; until cancelled."""
        while True:
            self._listener.linked(self._number, Link.CONNECTING, "")
            error = await self._connection()
            why = one_line(self._access.redact(_reason(error)))
            ended = Link.REFUSED if _is_token_refusal(error) else Link.DOWN
            self._listener.linked(self._number, ended, why)
            self._listener.lost(self._number)
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
                asking = asyncio.create_task(self._ask(socket))
                try:
                    return await self._session(socket)
                finally:
                    asking.cancel()
                    with suppress(asyncio.CancelledError, ConnectionClosed):
                        await asking
        except (OSError, WebSocketException) as error:
            return error

    async def _ask(self, socket: ClientConnection) -> None:
        """Tell the broker what is wanted now, and every difference later."""
        told = np.zeros(len(self._tokens), dtype=np.int64)
        while True:
            self._news.clear()
            wanted = self._wanted()
            for message in subscription_messages(difference(told, wanted), self._tokens):
                await socket.send(message, text=True)
            told = wanted
            await self._news.wait()

    async def _session(self, socket: ClientConnection) -> Exception:
        """Listen; returns what ended it, having reported a stall."""
        limit = self._timing.silence_limit
        clock = asyncio.get_running_loop().time
        watchdog = asyncio.timeout(limit)
        try:
            async with watchdog:
                while True:
                    frame = await socket.recv()
                    watchdog.reschedule(clock() + limit)
                    self._take(frame)
        except TimeoutError as error:
            if not watchdog.expired():
                return error
            silence = f"no frame for {limit:g} s"
            self._listener.linked(self._number, Link.STALLED, silence)
            return _SilenceError(silence)
        except ConnectionClosed as error:
            if error.sent is not None and error.sent.code == CloseCode.INVALID_DATA:
                self._listener.not_text(self._number)
            return error

    def _take(self, frame: str | bytes) -> None:
        if self._live_since is None and not isinstance(frame, str):
            self._live_since = asyncio.get_running_loop().time()
            self._listener.linked(self._number, Link.LIVE, "")
        self._listener.frame(self._number, frame)

    def _wait_after(self, error: Exception) -> float:
        """Seconds until the next attempt; a connection that held for long starts small again."""
        if _is_token_refusal(error):
            return self._timing.refused_wait
        now = asyncio.get_running_loop().time()
        if self._live_since is not None and now - self._live_since > self._timing.retry_ceiling:
            self._backoff.reset()
        return self._backoff.next()
