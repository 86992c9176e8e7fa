"""Whether a signal lasts from one update of its stock to the next, and over its silences.

A signal of a stock that was not heard of for longer than a book may be old is none any more,
and ended when it became so, whenever that is noticed: by a frame of other stocks, or by the
stock's own next update, with which another signal may begin. Frames alone tell the time here,
so that a replay ends it where the live run did.
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import race as q
from tui_scalper.core import rules as u
from tui_scalper.core.gates import Gate
from tui_scalper.core.jit import kernel
from tui_scalper.core.lives import begin_life, end_life, go_on
from tui_scalper.core.market import Cells, Market
from tui_scalper.core.units import FOREVER

STALE: Final = int(Gate.STALE)


@kernel
def lasted(market: Market, index: int, was: int, heard_ns: int, most_ns: int) -> int:
    """The side `was` of the signal of row `index` until this update, 0 where it grew stale.

    `heard_ns` is the time of the update before, `most_ns` the age a book may have.
    """
    if was == 0 or market.memory[index, m.NOW_NS] - heard_ns <= most_ns:
        return was
    end_life(market.lives, index, heard_ns + most_ns)
    return 0


@kernel
def live_on(market: Market, index: int, was: int, side: int) -> None:
    """The signal of row `index` was on one side (0: none) and is on `side` now."""
    if was == 0 and side == 0:
        return
    row = market.cells[index]
    at = market.memory[index, m.NOW_NS]
    if was == side:
        go_on(market.lives, index, row, at)
        return
    if was != 0:
        end_life(market.lives, index, at)
    if side != 0:
        begin_life(market.lives, market.mids, index, row, at)


@kernel
def end_silent(market: Market, rules: Cells, now_ns: int) -> None:
    """End the signals that are stale at `now_ns` and note anew how strong the others are; the
    race is looked at again when the next of them grows stale, or the next rest of one is over."""
    race = market.race
    most_ns = rules[u.MAX_LAG_NS]
    race[q.NEXT_NS] = FOREVER
    place = race[q.RUNNERS]
    while place > 0:
        place -= 1
        index = race[q.HEAD + place]
        row = market.cells[index]
        heard_ns = row[c.RECEIVED_NS]
        if now_ns - heard_ns <= most_ns:
            q.note_strength(race, index, row, now_ns, most_ns)
            continue
        row[c.BLOCKERS] |= STALE
        row[c.SIGNAL_NS] = 0
        q.keep_list(race, index, False)
        end_life(market.lives, index, max(heard_ns + most_ns, market.memory[index, m.NOW_NS]))
