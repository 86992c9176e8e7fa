"""Closed positions of the day, and what they came to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from tui_scalper.core.units import Side


class ClosedTrade(msgspec.Struct, frozen=True, kw_only=True):
    """A position that is over. Values and profit in paise; `pnl` is before `costs`."""

    row: int
    symbol: str
    side: Side
    quantity: int
    entry_value: int
    exit_value: int
    entry_ns: int
    exit_ns: int
    reason: str
    pnl: int
    costs: int

    @property
    def won(self) -> bool:
        """Whether it earned more than it cost; one that ends at nothing is a loss."""
        return self.pnl > self.costs


@dataclass(slots=True)
class DayResult:
    """Sums of the closed trades of the day, paise."""

    realised: int = 0
    costs: int = 0
    wins: int = 0
    losses: int = 0

    def add(self, trade: ClosedTrade) -> None:
        """Take a closed trade in."""
        self.realised += trade.pnl
        self.costs += trade.costs
        if trade.won:
            self.wins += 1
        else:
            self.losses += 1


def day_result(trades: Iterable[ClosedTrade]) -> DayResult:
    """The sums of `trades`."""
    result = DayResult()
    for trade in trades:
        result.add(trade)
    return result


def losses_in_a_row(trades: Sequence[ClosedTrade]) -> int:
    """Losing trades in a row at the end of `trades`."""
    streak = 0
    for trade in reversed(trades):
        if trade.won:
            break
        streak += 1
    return streak
