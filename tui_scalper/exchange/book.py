"""A limit order book with price-time priority.

Prices are ticks-aligned paise, quantities shares. Orders are known by a number their owner
chose. The book knows nothing of time, money or who owns what: earlier call, earlier turn.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import NamedTuple

from tui_scalper.core.units import Side


class Match(NamedTuple):
    """Part of an incoming order met the resting order `maker` at the maker's price."""

    maker: int
    price: int
    quantity: int


class Level:
    """Orders resting at one price, oldest first: number -> quantity left."""

    __slots__ = ("orders", "quantity")

    def __init__(self) -> None:
        self.orders: dict[int, int] = {}
        self.quantity = 0


class Half:
    """One side of a book. `keys` are price x side, ascending, so the best stands last."""

    __slots__ = ("keys", "levels", "sign", "total")

    def __init__(self, side: Side) -> None:
        self.sign = int(side)
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}
        self.total = 0

    def best(self) -> int:
        """Best price, 0 when the side is empty."""
        return self.keys[-1] * self.sign if self.keys else 0

    def rest(self, number: int, price: int, quantity: int) -> None:
        """Queue an order behind the others of its price."""
        level = self.levels.get(price)
        if level is None:
            level = self.levels[price] = Level()
            insort(self.keys, price * self.sign)
        level.orders[number] = quantity
        level.quantity += quantity
        self.total += quantity

    def remove(self, number: int, price: int) -> int:
        """Take an order out; the quantity it still had."""
        level = self.levels[price]
        quantity = level.orders.pop(number)
        level.quantity -= quantity
        self.total -= quantity
        if not level.orders:
            self.drop(price)
        return quantity

    def drop(self, price: int) -> None:
        """Forget an empty level."""
        del self.levels[price]
        key = price * self.sign
        if self.keys[-1] == key:
            self.keys.pop()
        else:
            del self.keys[bisect_left(self.keys, key)]


class Book:
    """Both sides of one stock."""

    __slots__ = ("_places", "asks", "bids")

    def __init__(self) -> None:
        self.bids = Half(Side.BUY)
        self.asks = Half(Side.SELL)
        self._places: dict[int, tuple[Half, int]] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._places

    def __len__(self) -> int:
        return len(self._places)

    def half(self, side: Side) -> Half:
        """The side on which orders of `side` rest."""
        return self.bids if side > 0 else self.asks

    def place_of(self, number: int) -> tuple[Side, int] | None:
        """Side and price of a resting order, None when it does not rest here."""
        place = self._places.get(number)
        return None if place is None else (Side(place[0].sign), place[1])

    def quantity_of(self, number: int) -> int:
        """Shares a resting order still has, 0 when it does not rest here."""
        place = self._places.get(number)
        return 0 if place is None else place[0].levels[place[1]].orders[number]

    def submit(self, number: int, side: Side, price: int, quantity: int) -> list[Match]:
        """Match an order as far as its limit `price` goes and rest what is left.

        `number` must be new to the book and `quantity` positive.
        """
        own, other = (self.bids, self.asks) if side > 0 else (self.asks, self.bids)
        matches: list[Match] = []
        limit = price * own.sign
        keys = other.keys
        while quantity and keys and -keys[-1] <= limit:
            quantity = self._take(other, quantity, matches)
        if quantity:
            own.rest(number, price, quantity)
            self._places[number] = (own, price)
        return matches

    def _take(self, half: Half, quantity: int, matches: list[Match]) -> int:
        price = half.best()
        level = half.levels[price]
        orders = level.orders
        while quantity and orders:
            maker = next(iter(orders))
            there = orders[maker]
            taken = min(there, quantity)
            if taken == there:
                del orders[maker]
                del self._places[maker]
            else:
                orders[maker] = there - taken
            quantity -= taken
            level.quantity -= taken
            half.total -= taken
            matches.append(Match(maker, price, taken))
        if not orders:
            half.drop(price)
        return quantity

    def cancel(self, number: int) -> int:
        """Take a resting order out; the quantity it still had, 0 when it does not rest here."""
        place = self._places.pop(number, None)
        return 0 if place is None else place[0].remove(number, place[1])

    def reduce(self, number: int, quantity: int) -> None:
        """Leave a resting order only `quantity` shares; it keeps its turn.

        Raises ValueError when that is not fewer than it has, or not positive.
        """
        place = self._places.get(number)
        if place is None or not 0 < quantity < place[0].levels[place[1]].orders[number]:
            raise ValueError(f"order {number} cannot be reduced to {quantity}")
        half, price = place
        level = half.levels[price]
        less = level.orders[number] - quantity
        level.orders[number] = quantity
        level.quantity -= less
        half.total -= less
