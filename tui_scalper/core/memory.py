"""What the readings of one stock remember: one int64 row an instrument, of fixed size.

Windows are kept as *running totals with checkpoints*: totals only ever grow by what each
update brings, a ring keeps what they were at some moments, and what happened in a window is
the totals now less those at its beginning. Everything is whole numbers, so nothing drifts
and the result does not depend on the order of additions. A block of the memory has one head,
a tail for each of its windows with a copy of the mark it begins at, the totals, and a ring of
marks, each of them a time and what the totals were then (core.readings.windows).

What every update reads stands together at the beginning; of the rings behind it an update
reads a mark only when a window has moved on to it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tui_scalper.core import columns as c

BEGAN_NS: Final = 0
"""When this memory began; 0 while there is none: the next update begins it."""
NOW_NS: Final = 1
"""Time of the newest update; a clock that goes back a little stands still here."""

# The update before.
PAST_BID_PRICE: Final = 2
PAST_BID_QUANTITY: Final = 7
PAST_ASK_PRICE: Final = 12
PAST_ASK_QUANTITY: Final = 17
PAST_LTP: Final = 22
PAST_VOLUME: Final = 23
PAST_MID2: Final = 24
"""The newest mid there was, also over updates without one."""
PAST_LEAN: Final = 25
TURN: Final = 26
"""+1 when the last price last rose, -1 when it fell, 0 while it never changed."""
SIZES: Final = 27
"""How many order sizes the running median has seen."""
DEPTHS: Final = 28
"""How many updates the running mean depths have seen."""

# A head: where the newest mark stands, and from when on the next is made. A tail: where the mark
# stands that its window begins at, time of the mark after it, then a copy of the mark.
DUE_NS: Final = 1
HEAD_WIDTH: Final = 2
NEXT_NS: Final = 1
START: Final = 2
TAIL_WIDTH: Final = 3
"""Cells of a tail beside the totals of its mark."""

# Order flow over three windows: flow, volume delta.
WINDOWS: Final = 3
MIDDLE: Final = 1
LONG: Final = 2
"""Which of them; the levels are read over the middle one."""
FLOW_HEAD: Final = 29
FLOW_TAILS: Final = FLOW_HEAD + HEAD_WIDTH
FLOW_WIDTH: Final = 2
FLOW_TOTALS: Final = FLOW_TAILS + WINDOWS * (TAIL_WIDTH + FLOW_WIDTH)
FLOW_SLOTS: Final = 23

# Order flow of each level over the middle window.
LEVELS_HEAD: Final = FLOW_TOTALS + FLOW_WIDTH
LEVELS_TAIL: Final = LEVELS_HEAD + HEAD_WIDTH
LEVELS_WIDTH: Final = c.LEVELS
LEVELS_TOTALS: Final = LEVELS_TAIL + TAIL_WIDTH + LEVELS_WIDTH
LEVELS_SLOTS: Final = 7

# The trend window. Times here are microseconds, shares parts of SHARE_UNIT.
TREND_HEAD: Final = LEVELS_TOTALS + LEVELS_WIDTH
TREND_TAIL: Final = TREND_HEAD + HEAD_WIDTH
COUNT: Final = 0
SUM_T: Final = 1
SUM_TT: Final = 2
SUM_P: Final = 3
SUM_TP: Final = 4
SUM_PP: Final = 5
SUM_D: Final = 6
SUM_TD: Final = 7
SUM_DD: Final = 8
BUY_NS: Final = 9
SELL_NS: Final = 10
"""Offsets into the totals: number, sums and products of time, 2 x PRESSURE - 1 (P) and
DEPTH_IMBALANCE (D), and the time the book leaned to buyers and to sellers."""
TREND_WIDTH: Final = 11
TREND_TOTALS: Final = TREND_TAIL + TAIL_WIDTH + TREND_WIDTH
TREND_SLOTS: Final = 7
SHARE_UNIT: Final = 10_000_000
"""One, as P and D are counted in whole numbers."""

# The slow window.
SLOW_HEAD: Final = TREND_TOTALS + TREND_WIDTH
SLOW_TAIL: Final = SLOW_HEAD + HEAD_WIDTH
UPDATES: Final = 0
SIGNED: Final = 1
SIGNED_SQUARED: Final = 2
TRADED: Final = 3
RETURN_SQUARED: Final = 4
MOVED2: Final = 5
"""Offsets into the totals: updates, volume delta, its square, volume, squared returns in
RETURN_UNIT, the sum of the changes of twice the mid."""
SLOW_WIDTH: Final = 6
SLOW_TOTALS: Final = SLOW_TAIL + TAIL_WIDTH + SLOW_WIDTH
SLOW_SLOTS: Final = 7
RETURN_UNIT: Final = 100_000_000
"""A return of one, as it is counted in whole numbers."""

ALWAYS: Final = SLOW_TOTALS + SLOW_WIDTH
"""Cells before this one are those every update touches."""

# Adaptive thresholds (core.adapting).
SAMPLED_NS: Final = ALWAYS
"""When the last sample was taken."""
SAMPLES: Final = SAMPLED_NS + 1
"""How many were, since everything was forgotten last."""
LEARNT_MS: Final = SAMPLED_NS + 2
"""How long they stand for, milliseconds."""
QUANTILES: Final = SAMPLED_NS + 3
"""5 cells: the estimate of each of core.adaptive.Moving, in 1/65,536 of its unit."""

RUNS: Final = QUANTILES + 5
"""5 cells: for how many samples in a row the reading was above its estimate; below: negative."""

# The rings of marks, each mark a time and then as many totals as its block has.
FLOW_MARKS: Final = RUNS + 5
LEVELS_MARKS: Final = FLOW_MARKS + FLOW_SLOTS * (1 + FLOW_WIDTH)
TREND_MARKS: Final = LEVELS_MARKS + LEVELS_SLOTS * (1 + LEVELS_WIDTH)
SLOW_MARKS: Final = TREND_MARKS + TREND_SLOTS * (1 + TREND_WIDTH)
MEMORY: Final = SLOW_MARKS + SLOW_SLOTS * (1 + SLOW_WIDTH)


class Ring(NamedTuple):
    """Where a block with a ring of marks lies: cells of the memory, and numbers of them."""

    head: int
    windows: int
    """How many tails follow the head."""
    totals: int
    marks: int
    width: int
    """Totals there are."""
    slots: int
    """Marks there is room for."""


FLOW: Final = Ring(FLOW_HEAD, WINDOWS, FLOW_TOTALS, FLOW_MARKS, FLOW_WIDTH, FLOW_SLOTS)
LEVELS: Final = Ring(LEVELS_HEAD, 1, LEVELS_TOTALS, LEVELS_MARKS, LEVELS_WIDTH, LEVELS_SLOTS)
TREND: Final = Ring(TREND_HEAD, 1, TREND_TOTALS, TREND_MARKS, TREND_WIDTH, TREND_SLOTS)
SLOW: Final = Ring(SLOW_HEAD, 1, SLOW_TOTALS, SLOW_MARKS, SLOW_WIDTH, SLOW_SLOTS)
