"""The books of an account: positions, cash and margin, in whole paise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from tui_scalper.core.units import Side, ceil_div
from tui_scalper.exchange.orders import Order, Product, Trade


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of one stock under one product.

    `quantity` is negative when short. `cost` is what the open shares cost, signed like
    `quantity`. `realised` is the profit of what was closed. Always:
    ``realised - cost == sell_value - buy_value``.
    """

    row: int
    token: int
    symbol: str
    product: Product
    exchange: str = "NSE"
    quantity: int = 0
    cost: int = 0
    realised: int = 0
    buy_quantity: int = 0
    buy_value: int = 0
    sell_quantity: int = 0
    sell_value: int = 0

    def after(self, side: Side, quantity: int, price: int) -> Position:
        """The position after one more trade."""
        closing = min(quantity, abs(self.quantity)) if self.quantity * side < 0 else 0
        closed_cost = self.cost * closing // abs(self.quantity) if closing else 0
        signed_value = side * price * quantity
        bought = side > 0
        return msgspec.structs.replace(
            self,
            quantity=self.quantity + side * quantity,
            cost=self.cost - closed_cost + side * price * (quantity - closing),
            realised=self.realised - closed_cost - side * price * closing,
            buy_quantity=self.buy_quantity + (quantity if bought else 0),
            buy_value=self.buy_value + (signed_value if bought else 0),
            sell_quantity=self.sell_quantity + (0 if bought else quantity),
            sell_value=self.sell_value - (0 if bought else signed_value),
        )

    def carried(self) -> Position:
        """The open shares alone, as if they had been taken today at what they cost."""
        return msgspec.structs.replace(
            self,
            realised=0,
            buy_quantity=max(0, self.quantity),
            buy_value=max(0, self.cost),
            sell_quantity=max(0, -self.quantity),
            sell_value=max(0, -self.cost),
        )


class Margins(msgspec.Struct, frozen=True, kw_only=True):
    """Funds in paise. `available` = `opening` + `realised` - `blocked`, and may be negative."""

    opening: int
    realised: int
    blocked: int
    unrealised: int

    @property
    def available(self) -> int:
        """What new entries may use."""
        return self.opening + self.realised - self.blocked


Key = tuple[int, Product]
EVERYTHING: Final = 1


class Account:
    """Positions of one client. `leverage` divides the margin of intraday positions only."""

    def __init__(self, opening: int, leverage: int) -> None:
        self.opening = opening
        self.leverage = leverage
        self.positions: dict[Key, Position] = {}

    def book(self, trade: Trade) -> None:
        """Count one trade."""
        key = (trade.row, trade.product)
        held = self.positions.get(key) or Position(
            row=trade.row,
            token=trade.token,
            symbol=trade.symbol,
            product=trade.product,
            exchange=trade.exchange,
        )
        self.positions[key] = held.after(trade.side, trade.quantity, trade.price)

    def roll(self) -> None:
        """Begin a new day: profit becomes cash, closed positions go, open ones are carried."""
        self.opening += self.realised()
        self.positions = {key: one.carried() for key, one in self.positions.items() if one.quantity}

    def held(self, row: int, product: Product) -> int:
        """Shares held of a stock under a product, negative when short."""
        position = self.positions.get((row, product))
        return position.quantity if position else 0

    def realised(self) -> int:
        """Profit of all that was closed."""
        return sum(one.realised for one in self.positions.values())

    def blocked(self, live: Iterable[Order]) -> int:
        """Margin that positions and the entry part of live orders take.

        An order against a position closes it first and needs margin only for what goes
        beyond; of the two sides of a stock the dearer one counts.
        """
        needs: dict[Key, list[int]] = {key: [0, 0] for key in self.positions}
        closable: dict[tuple[Key, Side], int] = {}
        for order in live:
            asked = order.asked
            key = (order.row, asked.product)
            left = asked.quantity - order.filled
            against = -asked.side * self.held(*key)
            free = closable.get((key, asked.side), max(0, against))
            closable[(key, asked.side)] = max(0, free - left)
            entering = max(0, left - free)
            needs.setdefault(key, [0, 0])[asked.side > 0] += entering * asked.price
        return sum(self._margin(key, max(both)) for key, both in needs.items())

    def _margin(self, key: Key, entering: int) -> int:
        position = self.positions.get(key)
        notional = entering + (abs(position.cost) if position else 0)
        return ceil_div(notional, self.leverage if key[1] is Product.MIS else EVERYTHING)
