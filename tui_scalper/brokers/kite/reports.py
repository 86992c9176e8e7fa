"""Kite's order JSON, as OrderReport. What cannot be read is counted, never guessed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from tui_scalper.brokers.kite.forms import BOOKED, VARIETY, Product
from tui_scalper.brokers.kite.words import one_line
from tui_scalper.core.instruments import Universe
from tui_scalper.core.orders import (
    Leg,
    OrderKind,
    OrderReport,
    OrderTerms,
    ReportStatus,
    UnreadableOrder,
)
from tui_scalper.core.units import Side
from tui_scalper.core.venues import Venue

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MICROSECOND_NS: Final = 1_000
_ABSURD: Final = 1e9
"""No price in rupees and no quantity in shares reaches this."""

STATUS: Final = {
    "PUT ORDER REQ RECEIVED": ReportStatus.PENDING,
    "VALIDATION PENDING": ReportStatus.PENDING,
    "OPEN PENDING": ReportStatus.PENDING,
    "AMO REQ RECEIVED": ReportStatus.PENDING,
    "TRIGGER PENDING": ReportStatus.TRIGGER_PENDING,
    "OPEN": ReportStatus.OPEN,
    "COMPLETE": ReportStatus.COMPLETE,
    "CANCELLED": ReportStatus.CANCELLED,
    "REJECTED": ReportStatus.REJECTED,
}
"""Kite's status words that say where an order stands (documentation, "Order statuses")."""

ALIVE: Final = frozenset(
    {"UPDATE", "MODIFY VALIDATION PENDING", "MODIFY PENDING", "CANCEL PENDING"}
)
"""Words said only of an order that is at the exchange, without saying how it stands there."""

KIND: Final = {
    "LIMIT": OrderKind.LIMIT,
    "MARKET": OrderKind.LIMIT,
    "SL": OrderKind.STOP_LIMIT,
    "SL-M": OrderKind.STOP_LIMIT,
}
"""A protected market order is converted to a limit order; the book may show either word."""

SIDE: Final = {"BUY": Side.BUY, "SELL": Side.SELL}


class Oddity(StrEnum):
    """What was wrong with an order report."""

    MALFORMED = "malformed order"
    UNKNOWN_STATUS = "unknown order status"
    UNREADABLE_TIME = "unreadable order time"


class UnreadableOrderError(ValueError):
    """An order entry that cannot be understood."""


class _Identity(msgspec.Struct, frozen=True):
    """What says which order an entry is about, each of any kind."""

    order_id: object = None
    tag: object = None
    tradingsymbol: object = None
    exchange: object = None
    product: object = None


_IDENTITY: Final = msgspec.json.Decoder(_Identity)


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


class _KiteOrder(msgspec.Struct, frozen=True):
    order_id: str
    status: str
    tradingsymbol: str
    transaction_type: str
    order_type: str
    quantity: int
    exchange: str = "NSE"
    product: str | None = None
    tag: str | None = None
    variety: str | None = None
    parent_order_id: str | None = None
    price: float | None = None
    trigger_price: float | None = None
    average_price: float | None = None
    filled_quantity: int | None = None
    status_message: str | None = None
    exchange_update_timestamp: str | None = None
    exchange_timestamp: str | None = None
    order_timestamp: str | None = None


_ORDER: Final = msgspec.json.Decoder(_KiteOrder)


def paise(amount: float) -> int:
    """Rupees as Kite writes them in JSON, to the nearest paisa."""
    return round(amount * 100)


def time_ns(text: str, venue: Venue) -> int:
    """``YYYY-MM-DD HH:MM:SS`` of the venue's own time as nanoseconds UTC.

    Raises ValueError when `text` is no such time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        return (moment - _EPOCH) // _MICROSECOND * _MICROSECOND_NS
    local_ns = (moment.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND * _MICROSECOND_NS
    return local_ns - venue.utc_offset


def _price(order_id: str, amount: float | None) -> int:
    if amount is None:
        return 0
    if not 0 <= amount < _ABSURD:
        raise UnreadableOrderError(f"order {order_id}: impossible price {amount}")
    return paise(amount)


def _kind(order: _KiteOrder) -> OrderKind:
    kind = KIND.get(order.order_type)
    if kind is None:
        raise UnreadableOrderError(f"order {order.order_id}: unknown type {order.order_type!r}")
    return kind


def _side(order: _KiteOrder) -> Side:
    side = SIDE.get(order.transaction_type)
    if side is None:
        raise UnreadableOrderError(
            f"order {order.order_id}: unknown direction {order.transaction_type!r}"
        )
    return side


def _leg(order: _KiteOrder) -> Leg:
    if order.parent_order_id:
        return Leg.STOP
    return Leg.GUARDED if order.variety == VARIETY[Leg.GUARDED] else Leg.PLAIN


class OrderReader:
    """Turns order JSON into reports for one universe; `oddities` counts what was odd.

    An order of another `product` is no business of ours and gets row -1: shares of one
    product never close those of another. Cover orders are intraday orders, whatever the books say.
    """

    def __init__(self, universe: Universe, product: Product = Product.INTRADAY) -> None:
        self._universe = universe
        self._products = BOOKED[product]
        self.oddities: Counter[Oddity] = Counter()

    def read(self, raw: bytes | msgspec.Raw) -> OrderReport:
        """One order. Raises UnreadableOrderError, already counted, when it makes no sense."""
        try:
            return self._report(_ORDER.decode(raw))
        except msgspec.DecodeError as error:
            self.oddities[Oddity.MALFORMED] += 1
            raise UnreadableOrderError(f"order entry: {error}") from error
        except UnreadableOrderError:
            self.oddities[Oddity.MALFORMED] += 1
            raise

    def identify(self, raw: bytes | msgspec.Raw, error: UnreadableOrderError) -> UnreadableOrder:
        """What can be told of an order that `read` raised `error` for: which one, of which stock.

        A stock is told when its symbol and exchange are; one of another product is none of ours.
        """
        try:
            named = _IDENTITY.decode(raw)
        except msgspec.DecodeError:
            return UnreadableOrder(text=one_line(str(error)))
        symbol, exchange = _word(named.tradingsymbol), _word(named.exchange)
        product = _word(named.product) or None
        return UnreadableOrder(
            text=one_line(str(error)),
            order_id=_word(named.order_id),
            tag=_word(named.tag),
            symbol=symbol if exchange else "",
            row=self._row(symbol, exchange, product) if exchange else -1,
        )

    def _report(self, order: _KiteOrder) -> OrderReport:
        filled = order.filled_quantity or 0
        if not (0 <= order.quantity < _ABSURD and 0 <= filled < _ABSURD):
            raise UnreadableOrderError(f"order {order.order_id}: impossible quantity")
        average = order.average_price or 0.0
        _price(order.order_id, average)
        terms = OrderTerms(
            kind=_kind(order),
            quantity=order.quantity,
            price=_price(order.order_id, order.price),
            trigger=_price(order.order_id, order.trigger_price),
        )
        return OrderReport(
            order_id=order.order_id,
            tag=order.tag or "",
            row=self._row(order.tradingsymbol, order.exchange, order.product),
            symbol=order.tradingsymbol,
            side=_side(order),
            terms=terms,
            status=self._status(order.status, terms.kind, filled),
            filled=filled,
            filled_value=round(average * filled * 100),
            text=one_line(order.status_message or ""),
            exchange_ns=self._time(order),
            leg=_leg(order),
            parent_id=order.parent_order_id or "",
        )

    def _row(self, symbol: str, exchange: str, product: str | None) -> int:
        if product is not None and product not in self._products:
            return -1
        row = self._universe.row_of_symbol(symbol)
        if row is None or self._universe[row].exchange != exchange:
            return -1
        return row

    def _status(self, word: str, kind: OrderKind, filled: int) -> ReportStatus:
        if word in ALIVE:
            # An unfilled stop order is most likely still waiting; the polled book decides.
            waiting = kind is OrderKind.STOP_LIMIT and filled == 0
            return ReportStatus.TRIGGER_PENDING if waiting else ReportStatus.OPEN
        status = STATUS.get(word)
        if status is None:
            self.oddities[Oddity.UNKNOWN_STATUS] += 1
            return ReportStatus.PENDING
        return status

    def _time(self, order: _KiteOrder) -> int:
        text = order.exchange_update_timestamp or order.exchange_timestamp or order.order_timestamp
        if not text:
            return 0
        try:
            return time_ns(text, self._universe.venue)
        except ValueError:
            self.oddities[Oddity.UNREADABLE_TIME] += 1
            return 0
