"""Everything that can happen to the engine. Each event carries the time it happened."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from tui_scalper.core.commands import AnyCommand
from tui_scalper.core.orders import Holding, OrderReport, OrderTrades, UnreadableOrder

Rows = NDArray[np.int64]
"""Indices of market table rows."""


class Link(StrEnum):
    """State of the market data connection."""

    DOWN = "down"
    CONNECTING = "connecting"
    LIVE = "live"
    STALLED = "stalled"
    """The socket is open and says nothing."""
    REFUSED = "refused"
    """The broker refuses the token; only a new login helps."""
    LOST = "lost"
    """Not live for longer than emergency.feed_lost; the engine's own finding."""


class FeedFault(StrEnum):
    """Bad input the feed survived: counted, shown, never traded on."""

    TRUNCATED = "truncated frame"
    UNKNOWN_LENGTH = "unknown packet length"
    UNKNOWN_TOKEN = "token nobody asked for"
    TIME_BACK = "time went back"
    BAD_VALUE = "impossible value"
    BAD_TEXT = "unreadable text frame"
    BROKER_ERROR = "broker said error"
    NO_LIMITS = "circuit limits not told"


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of all events; `at_ns` is UTC nanoseconds of the engine's clock."""

    at_ns: int


class Ticks(Event, frozen=True, kw_only=True):
    """A frame was decoded into these rows of the market table."""

    rows: Any
    """Rows (int64 array); a view that is only good until the next frame."""


class ClockTicked(Event, frozen=True, kw_only=True):
    """Time passed and nothing else happened."""


class LinkChanged(Event, frozen=True, kw_only=True):
    """The market data connection changed."""

    link: Link
    why: str = ""


class BooksLost(Event, frozen=True, kw_only=True):
    """Nothing known of these stocks is current: their connection was lost, or they are streamed
    no more. Their readings begin anew."""

    rows: tuple[int, ...]


class SessionRefused(Event, frozen=True, kw_only=True):
    """The broker refuses our session: the token expired or was replaced. Only a login helps."""

    text: str


class ClockCompared(Event, frozen=True, kw_only=True):
    """The machine's clock was set, by somebody or by a time service.

    It is `ahead_ns` ahead of the engine's now, which goes on undisturbed.
    """

    ahead_ns: int


class FaultsSeen(Event, frozen=True, kw_only=True):
    """The feed skipped `count` pieces of bad input of one kind."""

    fault: FeedFault
    count: int
    detail: str = ""


class Band(msgspec.Struct, frozen=True):
    """Circuit limits of a stock on this day, paise; both 0 where the broker knows none."""

    row: int
    low: int
    high: int


class LimitsTold(Event, frozen=True, kw_only=True):
    """The broker told circuit limits that differ from those known. The feed carries none."""

    bands: tuple[Band, ...]


FeedNews = BooksLost | LimitsTold
"""What a feed says beside updates that readings follow from."""


class Placed(Event, frozen=True, kw_only=True):
    """The broker took our order and gave it a number; nothing is filled by this."""

    tag: str
    order_id: str


class PlaceRefused(Event, frozen=True, kw_only=True):
    """The broker certainly did not take our order."""

    tag: str
    text: str


class PlaceUnknown(Event, frozen=True, kw_only=True):
    """Nobody knows whether the broker took our order (time-out, cut connection, 5xx)."""

    tag: str
    text: str


class ModifyAccepted(Event, frozen=True, kw_only=True):
    """The broker took our change."""

    order_id: str


class ModifyRefused(Event, frozen=True, kw_only=True):
    """The broker refused our change; the order stands as it was."""

    order_id: str
    text: str


class CancelAccepted(Event, frozen=True, kw_only=True):
    """The broker took our cancellation; the order may still fill before it acts."""

    order_id: str


class CancelRefused(Event, frozen=True, kw_only=True):
    """The broker refused our cancellation; the order stands, or is already done."""

    order_id: str
    text: str


class ChangeUnknown(Event, frozen=True, kw_only=True):
    """Nobody knows whether the broker took our change or cancellation."""

    order_id: str
    text: str


class OrderReported(Event, frozen=True, kw_only=True):
    """The broker volunteered an order update. May be late, doubled or out of order."""

    report: OrderReport


class OrderBookReported(Event, frozen=True, kw_only=True):
    """The broker's whole order book of today, asked for at `asked_ns`."""

    reports: tuple[OrderReport, ...]
    asked_ns: int
    unreadable: tuple[UnreadableOrder, ...] = ()
    """Entries of it that no report could be made of."""


class OrderDenied(Event, frozen=True, kw_only=True):
    """The broker says that it has no order of this number, asked at `asked_ns`."""

    order_id: str
    text: str
    asked_ns: int


class PositionsReported(Event, frozen=True, kw_only=True):
    """Everything the broker says is held, asked for at `asked_ns`; closed ones left out."""

    holdings: tuple[Holding, ...]
    asked_ns: int


class TradesReported(Event, frozen=True, kw_only=True):
    """Everything that was traded today by the broker's trade book, asked for at `asked_ns`."""

    trades: tuple[OrderTrades, ...]
    asked_ns: int


class FundsReported(Event, frozen=True, kw_only=True):
    """Cash the broker says is available for new orders, in paise."""

    available: int


class PollFailed(Event, frozen=True, kw_only=True):
    """A question to the broker (order book, funds) was not answered."""

    what: str
    text: str


class Commanded(Event, frozen=True, kw_only=True):
    """The operator asked for something."""

    command: AnyCommand
