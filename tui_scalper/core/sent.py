"""What left for the broker today: requests by kind, and the entries of every stock.

Fed by every effect as it leaves, and after a restart by those the journal kept.
"""

from __future__ import annotations

import msgspec

from tui_scalper.core.effects import CancelOrder, Effect, ExitStop, ModifyOrder, PlaceOrder
from tui_scalper.core.orders import Purpose
from tui_scalper.core.units import Side


class Entries(msgspec.Struct, frozen=True):
    """The entries of one stock today: how many, and what the last one was."""

    count: int
    side: Side
    quantity: int
    sent_ns: int


class SentToday:
    """Counts of one day. Bounded by the number of stocks."""

    def __init__(self) -> None:
        self.placed = 0
        self.modified = 0
        self.cancelled = 0
        self._entries: dict[str, Entries] = {}
        self._alarmed = False

    def new_day(self) -> None:
        """Count from nothing again."""
        self.placed = self.modified = self.cancelled = 0
        self._entries.clear()
        self._alarmed = False

    def take(self, effect: Effect, at_ns: int) -> None:
        """An effect left at `at_ns`; what is no order request is not counted."""
        match effect:
            case PlaceOrder():
                self.placed += 1
                if effect.purpose is Purpose.ENTRY:
                    self._entered(effect, at_ns)
            case ModifyOrder() | ExitStop():
                self.modified += 1
            case CancelOrder():
                self.cancelled += 1

    def _entered(self, effect: PlaceOrder, at_ns: int) -> None:
        before = self._entries.get(effect.symbol)
        self._entries[effect.symbol] = Entries(
            1 if before is None else before.count + 1, effect.side, effect.terms.quantity, at_ns
        )

    def entries(self, symbol: str) -> Entries | None:
        """The entries of a stock, None when there were none."""
        return self._entries.get(symbol)

    @property
    def requests(self) -> int:
        """Order messages of any kind: what an order-to-trade ratio counts."""
        return self.placed + self.modified + self.cancelled

    def turns_chatty(self, trades: int, most: int) -> bool:
        """Whether requests a trade just went above `most`; once, until they were below again."""
        above = self.requests > most * max(trades, 1)
        news = above and not self._alarmed
        self._alarmed = above
        return news
