"""Takes lives of signals out of the tables (core.lives), as a journal and a report keep them."""

from __future__ import annotations

import msgspec
import numpy as np

from tui_scalper.core import lives as v
from tui_scalper.core import memory as m
from tui_scalper.core.instruments import Universe
from tui_scalper.core.market import Cells, Market
from tui_scalper.core.ripening import look_ahead, tell_all_born
from tui_scalper.core.units import Side


class SignalLife(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One signal from its beginning to its end. Times nanoseconds UTC; dominance in parts per
    million; mids in half paise, 0 where unknown."""

    symbol: str
    side: Side
    start_ns: int
    peak_ns: int
    end_ns: int
    """0: it still stood when the run ended."""
    dominance: int
    """At the beginning."""
    peak: int
    before: tuple[int, ...]
    """Twice the mid 0.5 s before the beginning, and each of core.lives' HORIZONS further back."""
    after: tuple[int, ...]
    """The same after it."""


def take_lives(market: Market, universe: Universe) -> list[SignalLife]:
    """Lives that were done since they were taken last, in the order in which they were."""
    lives = market.lives
    found = []
    while lives.head[v.DONE_LIVES]:
        slot = int(v.pop(lives.done, lives.head, v.FIRST_DONE))
        found.append(_life(lives.table[slot], universe))
        lives.table[slot, v.STATE] = v.FREE
        lives.free[lives.head[v.FREE_SLOTS]] = slot
        lives.head[v.FREE_SLOTS] += 1
    return found


def take_the_rest(market: Market, universe: Universe) -> list[SignalLife]:
    """All lives that are left, the run being over: done ones, then the others by their
    beginning, with what is known of them by the last update."""
    tell_all_born(market.lives, market.mids)
    found = take_lives(market, universe)
    now_ns = int(market.memory[:, m.NOW_NS].max(initial=0))
    table = market.lives.table
    left = np.flatnonzero(table[:, v.STATE] != v.FREE)
    order = np.lexsort((table[left, v.ROW], table[left, v.START_NS]))
    for slot in left[order]:
        life = table[slot].copy()
        if life[v.STATE] == v.YOUNG:
            look_ahead(life, market.mids, now_ns)
        found.append(_life(life, universe))
    return found


def _life(life: Cells, universe: Universe) -> SignalLife:
    cells = life.tolist()
    return SignalLife(
        symbol=universe[cells[v.ROW]].symbol,
        side=Side(cells[v.SIDE]),
        start_ns=cells[v.START_NS],
        peak_ns=cells[v.PEAK_NS],
        end_ns=cells[v.END_NS],
        dominance=cells[v.DOMINANCE],
        peak=cells[v.PEAK],
        before=tuple(cells[v.BEFORE : v.AFTER]),
        after=tuple(cells[v.AFTER : v.AFTER + v.POINTS]),
    )
