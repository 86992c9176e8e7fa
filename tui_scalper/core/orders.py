"""What an order is, and what a broker can say of one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from tui_scalper.core.units import Side


class OrderKind(StrEnum):
    """Order types the console sends. Naked MARKET and SL-M are refused by Indian brokers."""

    LIMIT = "LIMIT"
    STOP_LIMIT = "SL"


class ReportStatus(StrEnum):
    """Where the broker says an order stands, brokers' many words folded into six."""

    PENDING = "pending"
    """Received, not yet at the exchange."""
    OPEN = "open"
    """Resting at the exchange, perhaps partly filled."""
    TRIGGER_PENDING = "trigger pending"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


class Purpose(StrEnum):
    """Why an order exists."""

    ENTRY = "entry"
    EXIT = "exit"


class Leg(StrEnum):
    """What an order is to a stop that the broker, not the engine, holds."""

    PLAIN = "plain"
    """No such stop belongs to it."""
    GUARDED = "guarded entry"
    """An entry the broker holds a stop for, from its first fill on and for all that fills."""
    STOP = "stop of the broker"
    """That stop: the broker made it, sizes it and prices it."""


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """What the broker says is held of one stock: shares (negative when short).

    `value` is what they were paid for or sold at, in paise, unsigned; `row` is -1 outside the
    universe.
    """

    row: int
    symbol: str
    quantity: int
    value: int


class OrderTrades(msgspec.Struct, frozen=True, kw_only=True):
    """What the broker's trade book says one order traded: shares, and their value in paise."""

    order_id: str
    quantity: int
    value: int


def by_order(trades: Iterable[OrderTrades]) -> tuple[OrderTrades, ...]:
    """One sum for each order."""
    sums: dict[str, tuple[int, int]] = {}
    for one in trades:
        quantity, value = sums.get(one.order_id, (0, 0))
        sums[one.order_id] = (quantity + one.quantity, value + one.value)
    return tuple(
        OrderTrades(order_id=order_id, quantity=quantity, value=value)
        for order_id, (quantity, value) in sums.items()
    )


class OrderTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a live order: kind, quantity (shares), prices (paise)."""

    kind: OrderKind
    quantity: int
    price: int
    trigger: int = 0


class OrderReport(msgspec.Struct, frozen=True, kw_only=True):
    """The broker's account of one order at one moment.

    `filled_value` is the sum of price x quantity over its fills, in paise.
    `row` is -1 for an instrument outside the universe, or under another product than ours.
    """

    order_id: str
    tag: str
    row: int
    symbol: str
    side: Side
    terms: OrderTerms
    status: ReportStatus
    filled: int = 0
    filled_value: int = 0
    text: str = ""
    """The broker's own words, e.g. why it was rejected."""
    exchange_ns: int = 0
    leg: Leg = Leg.PLAIN
    parent_id: str = ""
    """The broker's id of the entry this stop guards; "" for any other order."""


class UnreadableOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the broker's order book that makes no sense, as far as it could be read.

    `symbol` is empty when it may be of any stock; else `row` is as of a report.
    """

    text: str
    """What was wrong with it."""
    order_id: str = ""
    tag: str = ""
    symbol: str = ""
    row: int = -1

    def may_be_of(self, row: int) -> bool:
        """Whether it may be an order of this stock."""
        return not self.symbol or self.row == row

    def may_be(self, row: int, tag: str) -> bool:
        """Whether it may be the order of this stock and tag, which has no number yet."""
        return self.may_be_of(row) and self.tag in ("", tag)
