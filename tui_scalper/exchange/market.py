"""What the exchange machine needs of a market, whichever stands behind it.

A market owns the books and the order flow of others. It takes the working orders of our
accounts, known by positive numbers, and says what became of them as notices.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import msgspec

from tui_scalper.core.events import Rows
from tui_scalper.core.instruments import Universe
from tui_scalper.core.market import Cells
from tui_scalper.core.units import FOREVER, Side


class WorkingOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order of ours at the market: limit `price` in paise, `quantity` in shares.

    A `trigger` above 0 keeps it out of the book until the last price reaches the trigger.
    """

    number: int
    row: int
    side: Side
    price: int
    quantity: int
    trigger: int = 0

    def reached_by(self, last_price: int) -> bool:
        """Does `last_price` set the stop off?"""
        return last_price > 0 and (last_price - self.trigger) * self.side >= 0


class Execution(NamedTuple):
    """`quantity` shares of working order `number` traded at `price`."""

    at_ns: int
    number: int
    price: int
    quantity: int


class Triggered(NamedTuple):
    """The last price reached the trigger of working order `number`; it is a limit order now."""

    at_ns: int
    number: int


Notice = Execution | Triggered


class Wakes(NamedTuple):
    """Prices outside which nothing can happen to our live orders on a row.

    Something may happen when best bid >= `bid_high`, best ask <= `ask_low` (and there is an
    ask), last price <= `ltp_low` or last price >= `ltp_high`.
    """

    bid_high: int
    ask_low: int
    ltp_low: int
    ltp_high: int


ASLEEP = Wakes(FOREVER, -1, -1, FOREVER)
"""The wakes of a row on which we have nothing."""


class Market(Protocol):
    """Books of a whole universe. `cells` is laid out as core.columns says."""

    universe: Universe
    cells: Cells

    def advance(self, now_ns: int) -> Rows:
        """Let time pass up to and including `now_ns`; the rows that changed since last time."""

    def match(self, rows: Rows, now_ns: int) -> None:
        """The cells of `rows` changed from outside: see whether our orders trade."""

    def enter(self, order: WorkingOrder, now_ns: int) -> None:
        """Take a new order; it may trade at once. A re-entered order loses its turn."""

    def reduce(self, order: WorkingOrder, now_ns: int) -> None:
        """Leave a resting order only `order.quantity` shares; it keeps its turn."""

    def withdraw(self, row: int, number: int, now_ns: int) -> int:
        """Take an order out; the quantity it still had."""

    def band(self, row: int) -> tuple[int, int]:
        """Lower and upper circuit limit of a row in paise."""

    def wakes(self, row: int) -> Wakes:
        """When a change of this row can matter to our orders."""

    def drain(self) -> list[Notice]:
        """What became of our orders since the last call, in order of time."""
