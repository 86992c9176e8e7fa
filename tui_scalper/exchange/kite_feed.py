"""Kite's WebSocket feed: subscriptions, paced binary frames, order updates.

One Socket a client. Market data is conflated: a row that changes ten times while a client
is slow is sent once, as it stands. Order updates are never conflated or dropped: a client
that lets too many pile up is disconnected.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
import numpy as np
from aiohttp import WSCloseCode, WSMsgType, web
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.events import Rows
from tui_scalper.core.instruments import Universe
from tui_scalper.core.market import Cells
from tui_scalper.exchange.faults import Faults
from tui_scalper.exchange.kite_packets import HEARTBEAT, MODES, PacketTable
from tui_scalper.exchange.kite_words import update_words
from tui_scalper.exchange.orders import News, OrderUpdate

MAX_INSTRUMENTS: Final = 3_000
MAX_SOCKETS: Final = 3
"""Connections an api key may hold."""
MAX_TEXTS: Final = 1_000
"""Order updates and errors waiting for one client."""
PACKETS_A_FRAME: Final = 500
IDLE_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 0.02
SEND_SECONDS: Final = 20.0
"""A client that takes longer than this to read one frame is disconnected."""
CODES: Final = {mode: code for code, mode in enumerate(MODES, start=1)}
"""Streaming mode -> number in a socket's table; 0 is not subscribed."""

Seconds = Callable[[], float]


class Request(msgspec.Struct):
    """What a client may send: ``{"a": ..., "v": ...}``."""

    a: str
    v: Any = None


class Socket:
    """One connected client: what it wants, what waits for it, when it got what."""

    def __init__(
        self, ws: web.WebSocketResponse, key: str, rows: int, hang_up: Callable[[], None]
    ) -> None:
        self.ws = ws
        self.key = key
        self.hang_up = hang_up
        self.wake = asyncio.Event()
        self.texts: deque[str] = deque()
        self.overrun = False
        self.modes: NDArray[np.uint8] = np.zeros(rows, dtype=np.uint8)
        self.dirty: NDArray[np.bool_] = np.zeros(rows, dtype=np.bool_)
        self.sent: NDArray[np.float64] = np.full(rows, -np.inf)

    def say(self, kind: str, data: object) -> None:
        """Queue a text frame; one too many condemns the connection."""
        if len(self.texts) < MAX_TEXTS:
            self.texts.append(msgspec.json.encode({"type": kind, "data": data}).decode())
        else:
            self.overrun = True
        self.wake.set()

    def due(self, now: float, pace: float) -> Rows:
        """Rows that changed and may be sent at `now`."""
        rows = np.flatnonzero(self.dirty)
        return rows[now - self.sent[rows] >= pace][:PACKETS_A_FRAME]

    def set_mode(self, rows: Rows, mode: str) -> None:
        """Stream `rows` in `mode`, beginning with a snapshot at once."""
        self.modes[rows] = CODES[mode]
        self.dirty[rows] = True
        self.sent[rows] = -np.inf
        self.wake.set()

    def drop(self, rows: Rows) -> None:
        """Stream `rows` no more."""
        self.modes[rows] = 0
        self.dirty[rows] = False


class KiteFeed:
    """All sockets of a server.

    `pace` is the least time in seconds between two packets of a row, `most` the number of
    instruments a socket carries.
    """

    def __init__(
        self,
        universe: Universe,
        cells: Cells,
        faults: Faults,
        *,
        pace: float,
        seconds: Seconds,
        most: int = MAX_INSTRUMENTS,
    ) -> None:
        self._universe = universe
        self._cells = cells
        self._faults = faults
        self._pace = pace
        self._seconds = seconds
        self._most = most
        self._packets = PacketTable(universe)
        self._packets.refresh(cells, np.arange(len(universe)))
        self._sockets: list[Socket] = []

    def publish(self, rows: Rows, updates: Iterable[OrderUpdate]) -> None:
        """Rows of the cells changed, and these order updates came up."""
        if len(rows):
            self._packets.refresh(self._cells, rows)
            for socket in self._sockets:
                socket.dirty[rows] = socket.modes[rows] > 0
                socket.wake.set()
        for update in updates:
            if update.news is not News.ACCEPTED and not self._faults.take("drop_updates"):
                self._push(update)

    def _push(self, update: OrderUpdate) -> None:
        words = update_words(self._universe.venue, update)
        for _ in range(2 if self._faults.take("double_updates") else 1):
            for socket in self._sockets:
                socket.say("order", words)

    def full(self, key: str) -> bool:
        """Has this api key as many sockets as it may have?"""
        return sum(socket.key == key for socket in self._sockets) >= MAX_SOCKETS

    def count(self) -> int:
        """Sockets connected."""
        return len(self._sockets)

    def streams(self) -> tuple[dict[str, Rows], ...]:
        """What each socket carries, in the order they came: mode -> rows."""
        return tuple(
            {mode: np.flatnonzero(socket.modes == code) for mode, code in CODES.items()}
            for socket in self._sockets
        )

    def cut(self, number: int) -> None:
        """Hang up on the socket of this number without a word."""
        self._sockets[number].hang_up()

    async def serve(self, ws: web.WebSocketResponse, key: str, hang_up: Callable[[], None]) -> None:
        """Talk to one client until it leaves; `hang_up` cuts its connection without a word."""
        socket = Socket(ws, key, len(self._universe), hang_up)
        self._sockets.append(socket)
        sender = asyncio.create_task(self._send(socket))

        def cut_off(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (socket.overrun or task.exception() is not None):
                hang_up()

        sender.add_done_callback(cut_off)
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    self._hear(socket, message.data)
        finally:
            self._sockets.remove(socket)
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sender

    async def close(self) -> None:
        """Say goodbye to everybody."""
        await asyncio.gather(
            *(socket.ws.close(code=WSCloseCode.GOING_AWAY) for socket in self._sockets)
        )

    # -- what clients say -------------------------------------------------------------------

    def _hear(self, socket: Socket, text: str) -> None:
        try:
            request = msgspec.json.decode(text, type=Request)
            self._obey(socket, request)
        except (msgspec.MsgspecError, ValueError) as error:
            socket.say("error", f"Invalid message: {error}")

    def _obey(self, socket: Socket, request: Request) -> None:
        match request.a:
            case "subscribe":
                self._subscribe(socket, self._rows(request.v))
            case "unsubscribe":
                socket.drop(self._rows(request.v))
            case "mode":
                self._change_mode(socket, request.v)
            case _:
                raise ValueError(f"unknown action {request.a[:32]!r}")

    def _subscribe(self, socket: Socket, rows: Rows) -> None:
        wanted = rows[socket.modes[rows] == 0]
        if np.count_nonzero(socket.modes) + len(wanted) > self._most:
            raise ValueError(f"more than {self._most} instruments on one connection")
        socket.set_mode(wanted, "quote")

    def _change_mode(self, socket: Socket, value: object) -> None:
        mode, tokens = msgspec.convert(value, tuple[str, list[int]])
        if mode not in MODES:
            raise ValueError(f"unknown mode {mode[:32]!r}")
        rows = self._rows(tokens)
        if not np.all(socket.modes[rows]):
            raise ValueError("mode of an instrument that is not subscribed")
        socket.set_mode(rows, mode)

    def _rows(self, value: object) -> Rows:
        """Rows of the tokens in `value`; tokens nobody lists are passed over, as Kite does."""
        tokens = msgspec.convert(value, list[int])
        found = {self._universe.row_of_token(token) for token in tokens} - {None}
        return np.array(sorted(row for row in found if row is not None), dtype=np.int64)

    # -- what clients hear ------------------------------------------------------------------

    async def _send(self, socket: Socket) -> None:
        last = self._seconds()
        while not socket.ws.closed and not socket.overrun:
            if self._faults.take("cut_feeds"):
                socket.hang_up()
                return
            if self._faults.silent_feed:
                socket.texts.clear()
            elif await self._send_waiting(socket, idle=self._seconds() - last >= IDLE_SECONDS):
                last = self._seconds()
            await self._rest(socket)

    async def _send_waiting(self, socket: Socket, *, idle: bool) -> bool:
        """Send what waits for `socket`, or a heartbeat when it is `idle`; False for nothing."""
        texts, socket.texts = socket.texts, deque()
        frames = [self._frame(socket, rows)] if len(rows := self._due(socket)) else []
        if idle and not texts and not frames:
            frames.append(HEARTBEAT)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                for text in texts:
                    await socket.ws.send_str(text)
                for frame in frames:
                    await socket.ws.send_bytes(frame)
        except (TimeoutError, ConnectionError):
            socket.overrun = True
        return bool(texts or frames)

    def _due(self, socket: Socket) -> Rows:
        """Rows to send now, marked as sent."""
        now = self._seconds()
        rows = socket.due(now, self._pace)
        socket.dirty[rows] = False
        known: Rows = rows[self._cells[rows, c.EXCHANGE_NS] > 0]
        socket.sent[known] = now
        return known

    def _frame(self, socket: Socket, rows: Rows) -> bytes:
        modes = socket.modes[rows]
        return self._packets.frame({mode: rows[modes == code] for mode, code in CODES.items()})

    async def _rest(self, socket: Socket) -> None:
        """Wait for news, for a paced row to fall due, or for the time of a heartbeat."""
        pause = PAUSE_SECONDS if socket.dirty.any() else IDLE_SECONDS / 4
        if socket.texts:
            return
        socket.wake.clear()
        try:
            async with asyncio.timeout(pause):
                await socket.wake.wait()
        except TimeoutError:
            return
