"""Kite's trade book, summed up by order (documentation, "Trades": GET /trades)."""

from __future__ import annotations

from typing import Final

import msgspec

from tui_scalper.brokers.kite.questions import UnansweredError
from tui_scalper.brokers.kite.reports import paise
from tui_scalper.brokers.kite.rest import Answer
from tui_scalper.core.orders import OrderTrades, by_order

_ABSURD: Final = 1e9
"""No price in rupees and no quantity in shares reaches this."""


class _Trade(msgspec.Struct, frozen=True):
    trade_id: str
    order_id: str
    quantity: int
    average_price: float


class _Trades(msgspec.Struct, frozen=True):
    data: list[_Trade] | None


_TRADES: Final = msgspec.json.Decoder(_Trades)


def read_trades(answer: Answer) -> tuple[OrderTrades, ...]:
    """What each order traded; a trade told twice counts once.

    Raises UnansweredError when a trade cannot be read: a sum without it would be wrong.
    """
    try:
        told = _TRADES.decode(answer.body).data or ()
    except msgspec.DecodeError as error:
        raise UnansweredError(f"unreadable answer: {error}") from error
    return by_order(map(_traded, {(one.order_id, one.trade_id): one for one in told}.values()))


def _traded(trade: _Trade) -> OrderTrades:
    if not (0 < trade.quantity < _ABSURD and 0 <= trade.average_price < _ABSURD):
        raise UnansweredError(f"trade {trade.trade_id}: impossible price or quantity")
    value = paise(trade.average_price) * trade.quantity
    return OrderTrades(order_id=trade.order_id, quantity=trade.quantity, value=value)
