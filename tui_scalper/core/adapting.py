"""Learns the quantiles that adaptive thresholds follow, and puts the thresholds in force.

An estimate goes up by a step / (1 - p) when the reading is above it and down by a step / p
when it is below, so it rests where the reading lies above it a share 1 - p of the time:
stochastic approximation (H. Robbins and S. Monro, 1951; L. Tierney, A space-efficient
recursive procedure for estimating a quantile of an unknown distribution, 1983).

A step is a quarter of the stride of the estimate times the time since the last sample over
the time learnt, at most the memory: large at first, then constant, by which what is past is
forgotten exponentially. A run to one side that is LONG_RUN times as long as chance makes them
lengthens the steps in proportion: a stock that has changed is followed within about a memory
(the idea, not the rule, is that of Q. Ma, S. Muthukrishnan and M. Sandler, Frugal streaming
for estimating quantiles, 2013).

Readings count by time, not by update, at most once a second, of fit books only. All whole
numbers: estimates in 1/FINE of a unit, every division rounded down.
"""

from __future__ import annotations

import math
from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core import rules as u
from tui_scalper.core.adaptive import Moving
from tui_scalper.core.gates import Gate
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells, Reals
from tui_scalper.core.readings.footprint import LEAST_SIZES
from tui_scalper.core.units import BP, MS, NS, PPM

FINE: Final = 1 << 16
"""Parts of a unit in which estimates are kept."""
SAMPLE_NS: Final = NS
"""Least time between two samples."""
MOST_MS: Final = 10_000
"""What a sample counts for at most: a reading does not stand for a longer silence."""
PER_MILLE: Final = 1_000
LONG_RUN: Final = 4
MOST_LENGTHENED: Final = 16
"""How many times a step a lengthened one is at most."""
UNFIT: Final = int(
    Gate.NO_DATA | Gate.STALE | Gate.SESSION | Gate.EMPTY_SIDE | Gate.CROSSED | Gate.LTP_RANGE
)
"""Gates of a book that teaches nothing."""

PRESSURE_LOW: Final = int(Moving.PRESSURE_LOW)
PRESSURE_HIGH: Final = int(Moving.PRESSURE_HIGH)
DEPTH_RATIO: Final = int(Moving.DEPTH_RATIO)
FOOTPRINT: Final = int(Moving.FOOTPRINT)
WALL: Final = int(Moving.WALL)


@kernel
def put_in_force(row: Cells, memory: Cells, rules: Cells) -> None:
    """IN_FORCE: the static thresholds, or what was learnt up to the update before this one.

    Runs before `learn_limits`, which counts on what is out of date being forgotten here.
    """
    learnt = False
    if rules[u.ADAPTIVE] != 0:
        forget(memory, rules)
        learnt = memory[m.SAMPLES] >= rules[u.WARM_UP]
    for one in range(u.MOVING):
        if not learnt:
            row[c.IN_FORCE + one] = rules[u.STATIC + one]
            continue
        estimate = memory[m.QUANTILES + one] // FINE
        if one == DEPTH_RATIO:
            # The ratio of two sides of which one has this share of both.
            estimate = estimate * 100 // max(BP - estimate, 1)
        least = rules[u.LEAST + one]
        row[c.IN_FORCE + one] = min(max(estimate, least), rules[u.MOST + one])


@kernel
def forget(memory: Cells, rules: Cells) -> None:
    """Nothing is known after a silence as long as the memory, or when the clock was set back."""
    silence = memory[m.NOW_NS] - memory[m.SAMPLED_NS]
    if silence < 0 or silence >= rules[u.MEMORY_NS]:
        memory[m.SAMPLES] = 0
        memory[m.LEARNT_MS] = 0


@kernel
def learn_limits(row: Cells, real: Reals, memory: Cells, rules: Cells, blockers: int) -> None:
    """Take the present book as a sample, where it is fit and none was taken just now."""
    if rules[u.ADAPTIVE] == 0 or blockers & UNFIT != 0:
        return
    at = memory[m.NOW_NS]
    silence = at - memory[m.SAMPLED_NS]
    if 0 <= silence < SAMPLE_NS:
        return
    both = row[c.BID_DEPTH] + row[c.ASK_DEPTH]
    if row[c.LEAN] == 0 or both == 0 or memory[m.SIZES] < LEAST_SIZES:
        return
    counts_ms = min(silence // MS, MOST_MS)
    memory[m.SAMPLED_NS] = at
    memory[m.SAMPLES] += 1
    if memory[m.SAMPLES] > 1:
        memory[m.LEARNT_MS] += counts_ms
    span_ms = max(min(memory[m.LEARNT_MS], rules[u.MEMORY_NS] // MS), 1)
    strong = max(row[c.TOTAL_BUY], row[c.TOTAL_SELL])
    share = strong * BP // (row[c.TOTAL_BUY] + row[c.TOTAL_SELL])
    leading = row[c.BID_DEPTH if row[c.LEAN] > 0 else c.ASK_DEPTH]
    move(memory, rules, PRESSURE_LOW, share, counts_ms, span_ms)
    move(memory, rules, PRESSURE_HIGH, share, counts_ms, span_ms)
    move(memory, rules, DEPTH_RATIO, leading * BP // both, counts_ms, span_ms)
    size = larger(real[r.FOOTPRINT_BID], real[r.FOOTPRINT_ASK])
    move(memory, rules, FOOTPRINT, size, counts_ms, span_ms)
    single = larger(real[r.WALL_BID_Z], real[r.WALL_ASK_Z])
    move(memory, rules, WALL, single, counts_ms, span_ms)


@kernel
def larger(one: float, other: float) -> int:
    """The larger of two sizes in millionths; one there is not is the smallest of all."""
    size = -math.inf
    size = max(size, one)
    size = max(size, other)
    # Far beyond every domain, and within a whole number.
    return int(min(max(size, -1_000.0), 1_000.0) * PPM)


@kernel
def move(memory: Cells, rules: Cells, one: int, reading: int, counts_ms: int, span_ms: int) -> None:
    """Move the estimate of threshold `one` by a `reading`; the first is the estimate."""
    low = rules[u.DOMAIN_LOW + one]
    high = rules[u.DOMAIN_HIGH + one]
    fine = min(max(reading, low), high) * FINE
    if memory[m.SAMPLES] == 1:
        memory[m.QUANTILES + one] = fine
        memory[m.RUNS + one] = 0
        return
    estimate = memory[m.QUANTILES + one]
    if fine == estimate:
        return
    side = 1 if fine > estimate else -1
    run = memory[m.RUNS + one]
    run = run + side if run * side > 0 else side
    memory[m.RUNS + one] = run
    # The share of the time the reading is on the other side of its quantile, per mille.
    below = rules[u.QUANTILE_PM + one]
    other = below if side > 0 else PER_MILLE - below
    longer = min(max(abs(run) * other // LONG_RUN, PER_MILLE), MOST_LENGTHENED * PER_MILLE)
    step = rules[u.STRIDE + one] * FINE * counts_ms // span_ms
    step = step * PER_MILLE // (4 * (PER_MILLE - other)) * longer // PER_MILLE
    estimate += side * step
    memory[m.QUANTILES + one] = min(max(estimate, low * FINE), high * FINE)
