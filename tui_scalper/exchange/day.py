"""What a stock did today: last trade, volume and range, in paise, shares and ns UTC."""

from __future__ import annotations

from typing import Self

import msgspec

from tui_scalper.core import columns as c
from tui_scalper.core.market import Cells

KEPT = (c.LTP, c.LTQ, c.AVERAGE, c.VOLUME, c.OPEN, c.HIGH, c.LOW, c.TRADED_NS)
"""Columns of the market table that a day goes on from."""


class DaySoFar(msgspec.Struct, frozen=True, array_like=True):
    """The figures of a day as they stood, in the order of `KEPT`."""

    last: int
    last_quantity: int
    average: int
    volume: int
    first: int
    high: int
    low: int
    traded_ns: int


def days_of(cells: Cells) -> list[DaySoFar]:
    """The day of every row."""
    return [DaySoFar(*row) for row in cells[:, KEPT].tolist()]


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

    @classmethod
    def after(cls, close: int, past: DaySoFar) -> Self:
        """A day that goes on from `past`; its turnover is known to a paisa a share."""
        day = cls(close)
        day.last, day.last_quantity = past.last or close, past.last_quantity
        day.first, day.high, day.low = past.first, past.high, past.low
        day.volume, day.turnover = past.volume, past.average * past.volume
        day.traded_ns = past.traded_ns
        return day

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
