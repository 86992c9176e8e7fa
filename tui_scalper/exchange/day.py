"""What a stock did today: last trade, volume and range, in paise, shares and ns UTC."""

from __future__ import annotations


class Day:
    """Running figures of one trading day; `close` is yesterday's."""

    __slots__ = ("close", "first", "high", "last", "last_quantity", "low", "traded_ns", "turnover",
                 "volume")  # fmt: skip

    def __init__(self, close: int) -> None:
        self.close = close
        self.last = close
        self.last_quantity = 0
        self.first = self.high = self.low = 0
        self.volume = self.turnover = self.traded_ns = 0

    def trade(self, price: int, quantity: int, at_ns: int) -> None:
        """Count one trade."""
        if not self.first:
            self.first = self.high = self.low = price
        elif price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.last = price
        self.last_quantity = quantity
        self.volume += quantity
        self.turnover += price * quantity
        self.traded_ns = at_ns

    def average(self) -> int:
        """Volume-weighted average price, 0 before the first trade."""
        return self.turnover // self.volume if self.volume else 0
