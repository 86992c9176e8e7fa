"""Which price stands on which line of a ladder, and when that may change.

Two views: the five levels a side as the book has them, or consecutive ticks around a centre
that stays until the touch leaves it. While an entry is staged nothing moves at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from tui_scalper.core.snapshot import Ladder, Level

DEPTH: Final = 5
RUNGS: Final = 2 * DEPTH
MARGIN: Final = 1
"""The touch may come so near to an edge before the ticks are centred anew."""


class View(StrEnum):
    """What the lines of a ladder are."""

    LEVELS = "5 levels"
    TICKS = "every tick"


def level_prices(ladder: Ladder) -> tuple[int, ...]:
    """Prices from the worst ask down to the worst bid, 0 where a level is missing."""
    return (*reversed(_padded(ladder.asks)), *_padded(ladder.bids))


def _padded(levels: Sequence[Level]) -> list[int]:
    prices = [level.price for level in levels[:DEPTH]]
    return prices + [0] * (DEPTH - len(prices))


def tick_prices(centre: int, tick: int) -> tuple[int, ...]:
    """Consecutive prices from the top; `centre` is the first of the lower half."""
    prices = (centre + (DEPTH - at) * tick for at in range(RUNGS))
    return tuple(max(price, 0) for price in prices)


def centre_of(ladder: Ladder) -> int:
    """The best bid, or what comes nearest to it."""
    if ladder.bids:
        return ladder.bids[0].price
    if ladder.asks:
        return ladder.asks[0].price - ladder.tick
    return ladder.ltp // ladder.tick * ladder.tick


class Rungs:
    """The prices one ladder shows, kept from frame to frame."""

    def __init__(self) -> None:
        self._kept: tuple[int, View] = (-1, View.LEVELS)
        self._prices: tuple[int, ...] = ()

    def prices(self, ladder: Ladder, view: View, *, frozen: bool, centred: bool) -> tuple[int, ...]:
        """Ten prices from the top; `frozen` keeps them, `centred` centres the ticks anew."""
        kept = (ladder.row, view)
        if frozen and kept == self._kept and not centred:
            return self._prices
        if view is View.LEVELS:
            self._prices = level_prices(ladder)
        elif centred or kept != self._kept or not self._holds_touch(ladder):
            self._prices = tick_prices(centre_of(ladder), ladder.tick)
        self._kept = kept
        return self._prices

    def _holds_touch(self, ladder: Ladder) -> bool:
        top, bottom = self._prices[MARGIN], self._prices[-1 - MARGIN]
        touch = [side[0].price for side in (ladder.bids, ladder.asks) if side]
        return all(bottom <= price <= top for price in touch)
