"""Profit and distances in the unit the operator chose: money, ticks, or percent of the entry."""

from __future__ import annotations

from enum import StrEnum

from tui_scalper.core.snapshot import PositionRow, Protection
from tui_scalper.widgets import text


class Measure(StrEnum):
    """The unit of profit and of distances."""

    MONEY = "money"
    TICKS = "ticks"
    PERCENT = "percent"

    @property
    def next(self) -> Measure:
        """The one a key press turns to."""
        every = tuple(Measure)
        return every[(every.index(self) + 1) % len(every)]


def price_is_old(position: PositionRow) -> bool:
    """Whether an open position is valued at a price that is not of now."""
    return position.stale and position.protection is not Protection.CLOSED


def profit(position: PositionRow, measure: Measure) -> str:
    """Profit of a position with its sign; a dash where the unit has no meaning yet."""
    if measure is Measure.MONEY:
        return text.signed(position.pnl)
    shares = position.quantity or position.ordered
    if not shares or not position.entry_price:
        return "-"
    each = position.pnl / shares
    if measure is Measure.TICKS:
        return f"{each / position.tick:+.1f}t"
    return f"{each * 100 / position.entry_price:+.2f}%"


def distance(position: PositionRow, level: int, measure: Measure) -> str:
    """How far the last price is from `level`, never negative; a dash where there is none."""
    if not level or not position.ltp:
        return "-"
    away = abs(position.ltp - level)
    if measure is Measure.MONEY:
        return text.price(away)
    if measure is Measure.TICKS:
        return f"{away // position.tick}t"
    return f"{away * 100 / position.ltp:.2f}%"
