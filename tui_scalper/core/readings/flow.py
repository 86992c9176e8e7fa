"""Order flow and volume delta over three windows, and order flow of each level over one."""

from __future__ import annotations

import math
from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core import rules as u
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells, Reals
from tui_scalper.core.readings.levels import level_flows, mean_depths
from tui_scalper.core.readings.ofi import order_flow
from tui_scalper.core.readings.windows import mark, window_start

DEPTH_MEMORY: Final = 64
"""Updates after which the mean depth begins to forget: each counts 1/64 from then on."""


@kernel
def read_depth_means(row: Cells, real: Reals, memory: Cells) -> None:
    """LEVEL_DEPTH: mean of (b + a) / 2 over all updates with a mid, from the 64th on decaying."""
    if row[c.MID2] == 0:
        return
    seen = min(memory[m.DEPTHS] + 1, DEPTH_MEMORY)
    memory[m.DEPTHS] = seen
    share = 1.0 / seen
    mean_depths(row, real, share, seen - 1)


@kernel
def read_flow(row: Cells, real: Reals, memory: Cells, rules: Cells, at: int) -> None:
    """FLOW_STEP, FLOW, DELTA and FLOW_RATE."""
    step = order_flow(row, memory, rules[u.FLOW_RULE])
    row[c.FLOW_STEP] = step
    memory[m.FLOW_TOTALS] += step
    memory[m.FLOW_TOTALS + 1] += row[c.TRADE_SIGN] * row[c.TRADED]
    depth = real[r.LEVEL_DEPTH]
    for window in range(m.WINDOWS):
        before = at - rules[u.FLOW_NS + window]
        start = window_start(memory, m.FLOW, window, before)
        flow = memory[m.FLOW_TOTALS] - memory[start + 1]
        row[c.FLOW + window] = flow
        row[c.DELTA + window] = memory[m.FLOW_TOTALS + 1] - memory[start + 2]
        full = memory[start] <= before
        real[r.FLOW_RATE + window] = flow / depth if full and depth > 0.0 else math.nan
    mark(memory, m.FLOW, at, rules[u.FLOW_NS + m.LONG])


@kernel
def read_level_flow(row: Cells, real: Reals, memory: Cells, rules: Cells, at: int) -> None:
    """LEVEL_FLOW and LEVELS_RATE."""
    before = at - rules[u.FLOW_NS + m.MIDDLE]
    start = window_start(memory, m.LEVELS, 0, before)
    rate = level_flows(row, memory, real, start)
    full = memory[start] <= before
    real[r.LEVELS_RATE] = rate / c.LEVELS if full and memory[m.DEPTHS] > 0 else math.nan
    mark(memory, m.LEVELS, at, rules[u.FLOW_NS + m.MIDDLE])
