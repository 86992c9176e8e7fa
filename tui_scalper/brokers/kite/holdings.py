"""Kite's positions JSON, as what is held of each stock."""

from __future__ import annotations

from typing import Final

import msgspec

from tui_scalper.brokers.kite.questions import UnansweredError
from tui_scalper.brokers.kite.reports import paise
from tui_scalper.brokers.kite.rest import Answer
from tui_scalper.core.instruments import Universe
from tui_scalper.core.orders import Holding

_ABSURD: Final = 1e9
"""No average price in rupees and no quantity in shares reaches this."""


class _Position(msgspec.Struct, frozen=True):
    tradingsymbol: str
    exchange: str
    product: str
    quantity: int
    average_price: float


class _Net(msgspec.Struct, frozen=True):
    net: list[_Position]


class _Positions(msgspec.Struct, frozen=True):
    data: _Net


_POSITIONS: Final = msgspec.json.Decoder(_Positions)


def read_holdings(
    answer: Answer, universe: Universe, products: frozenset[str]
) -> tuple[Holding, ...]:
    """Net positions of `products` in `answer`, all of a stock in one, flat ones left out.

    Raises UnansweredError when the answer has none to read.
    """
    try:
        net = _POSITIONS.decode(answer.body).data.net
    except msgspec.DecodeError as error:
        raise UnansweredError(f"unreadable answer: {error}") from error
    found: dict[str, Holding] = {}
    for one in net:
        if one.product in products and one.quantity:
            holding = _holding(one, universe)
            other = found.get(f"{one.exchange}:{one.tradingsymbol}")
            found[f"{one.exchange}:{one.tradingsymbol}"] = _together(other, holding)
    return tuple(one for one in found.values() if one.quantity)


def _together(one: Holding | None, other: Holding) -> Holding:
    """Two holdings of a stock as one; shares of both sides close each other at their cost."""
    if one is None:
        return other
    quantity = one.quantity + other.quantity
    larger = max((one, other), key=lambda holding: abs(holding.quantity))
    same_side = one.quantity * other.quantity > 0
    value = (
        one.value + other.value
        if same_side
        else (larger.value * abs(quantity) // abs(larger.quantity))
    )
    return msgspec.structs.replace(other, quantity=quantity, value=value)


def _holding(one: _Position, universe: Universe) -> Holding:
    if not 0 <= one.average_price < _ABSURD:
        raise UnansweredError(f"impossible average price of {one.tradingsymbol}")
    if not abs(one.quantity) < _ABSURD:
        raise UnansweredError(f"impossible quantity of {one.tradingsymbol}")
    row = universe.row_of_symbol(one.tradingsymbol)
    known = row is not None and universe[row].exchange == one.exchange
    return Holding(
        row=row if row is not None and known else -1,
        symbol=one.tradingsymbol,
        quantity=one.quantity,
        value=paise(one.average_price * abs(one.quantity)),
    )
