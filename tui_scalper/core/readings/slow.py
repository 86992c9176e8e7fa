"""Over the slow window: volatility, rate of updates, volume, and accumulation.

Accumulation is volume of one sign that the price does not follow. Its t-value is the sum of
signed volumes over the root of the sum of their squares: how far it is from what signs drawn
by lot would add up to.
"""

from __future__ import annotations

import math
from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core import rules as u
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells, Reals
from tui_scalper.core.readings.windows import mark, window_start
from tui_scalper.core.units import BP, NS

RETURN_BP: Final = m.RETURN_UNIT / BP
"""Units of a return in a basis point."""


@kernel
def add_update(row: Cells, memory: Cells) -> None:
    """Count this update: its trades, and the return of the mid since the last one there was.

    Returns are whole parts of RETURN_UNIT, towards zero, at most one.
    """
    signed = row[c.TRADE_SIGN] * row[c.TRADED]
    memory[m.SLOW_TOTALS + m.UPDATES] += 1
    memory[m.SLOW_TOTALS + m.SIGNED] += signed
    memory[m.SLOW_TOTALS + m.SIGNED_SQUARED] += signed * signed
    memory[m.SLOW_TOTALS + m.TRADED] += row[c.TRADED]
    past = memory[m.PAST_MID2]
    if row[c.MID2] > 0 and past > 0:
        change = row[c.MID2] - past
        size = min(abs(change) * m.RETURN_UNIT // past, m.RETURN_UNIT)
        memory[m.SLOW_TOTALS + m.RETURN_SQUARED] += size * size
        memory[m.SLOW_TOTALS + m.MOVED2] += change


@kernel
def read_slow(row: Cells, real: Reals, memory: Cells, rules: Cells, at: int, elapsed: int) -> None:
    """SLOW_DELTA, SLOW_TRADED, SLOW_MOVE2, ACCUMULATED and its t, VOLATILITY, TICK_RATE, GAP_NS.

    VOLATILITY = root of the sum of squared returns; TICK_RATE = updates / time. The real ones
    are NaN, and ACCUMULATED is 0, until the window is full.
    """
    row[c.GAP_NS] = elapsed
    add_update(row, memory)
    before = at - rules[u.SLOW_NS]
    begun = window_start(memory, m.SLOW, 0, before)
    since = memory[begun]
    were = memory[begun + 1 : begun + 1 + m.SLOW_WIDTH]
    totals = memory[m.SLOW_TOTALS : m.SLOW_TOTALS + m.SLOW_WIDTH]
    full = since <= before
    delta = totals[m.SIGNED] - were[m.SIGNED]
    move2 = totals[m.MOVED2] - were[m.MOVED2]
    row[c.SLOW_DELTA] = delta
    row[c.SLOW_TRADED] = totals[m.TRADED] - were[m.TRADED]
    row[c.SLOW_MOVE2] = move2
    still = full and abs(move2) < 2 * rules[u.STILL_TICKS] * row[c.TICK]
    squares = totals[m.SIGNED_SQUARED] - were[m.SIGNED_SQUARED]
    row[c.ACCUMULATED] = delta if still else 0
    real[r.ACCUMULATION_T] = delta / math.sqrt(squares) if still and squares > 0 else math.nan
    if full:
        returns = totals[m.RETURN_SQUARED] - were[m.RETURN_SQUARED]
        real[r.VOLATILITY] = math.sqrt(returns) / RETURN_BP
        updates = totals[m.UPDATES] - were[m.UPDATES]
        real[r.TICK_RATE] = updates * float(NS) / (at - since)
    else:
        real[r.VOLATILITY] = math.nan
        real[r.TICK_RATE] = math.nan
    mark(memory, m.SLOW, at, rules[u.SLOW_NS])
