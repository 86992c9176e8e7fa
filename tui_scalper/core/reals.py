"""Readings that are not whole numbers: one float64 row an instrument.

What cannot be said is NaN, never a number that looks like an answer. Every reading that has
a side turns its sign when the sides of the book are swapped. Formulas stand where they are
computed, in core.readings; windows are those of core.rules.
"""

from __future__ import annotations

from typing import Final

# The book as it stands (core.readings.book).
PRESSURE: Final = 0
"""Total buy / (total buy + total sell), 0 to 1."""
DEPTH_RATIO: Final = 1
"""Five levels of bids / five of asks."""
DEPTH_IMBALANCE: Final = 2
"""Sum w (bid - ask) / sum w (bid + ask) over five levels, w = exp(-k (level - 1)), -1 to 1."""
QUEUE_IMBALANCE: Final = 3
"""The same at the best level alone."""
MICRO: Final = 4
"""Mid weighted by the opposite best queues, less the mid, in ticks."""
ADJUSTED_MID: Final = 5
"""Price of five levels weighted by the opposite quantities, less the mid, in ticks."""

# Order flow (core.readings.flow).
LEVEL_DEPTH: Final = 6
"""5 cells: running mean of (bid + ask) / 2 of each level, shares."""
FLOW_RATE: Final = 11
"""3 cells: FLOW of each window / LEVEL_DEPTH of the best level; NaN until a window is full."""
LEVELS_RATE: Final = 14
"""Mean over five levels of LEVEL_FLOW / LEVEL_DEPTH; NaN until the middle window is full."""

# Pressure gradient (core.readings.trend).
PRESSURE_SLOPE: Final = 15
"""Slope of PRESSURE on time over the trend window, a second."""
PRESSURE_T: Final = 16
"""Its t-value."""
IMBALANCE_SLOPE: Final = 17
"""Slope of DEPTH_IMBALANCE on time over the trend window, a second."""
IMBALANCE_T: Final = 18
STEADY: Final = 19
"""Share of the trend window that LEAN stood on the side it is on now, 0 to 1."""

# Footprints of large orders (core.readings.footprint); sizes in octaves (powers of two).
SIZE_MEDIAN: Final = 20
"""Running median of the average order size of a level of this stock."""
SIZE_MAD: Final = 21
"""Running median of the distance from it."""
FOOTPRINT_BID: Final = 22
FOOTPRINT_ASK: Final = 23
"""Robust z of the largest average order size of a side."""
WALL_BID_Z: Final = 24
WALL_ASK_Z: Final = 25
"""Robust z of the single-order level of columns' WALL_BID, WALL_ASK."""

# Cost and limits (core.readings.cost).
COST_BUY: Final = 26
COST_SELL: Final = 27
"""Average price of PROBE through the visible levels against the mid, basis points, >= 0."""
ROOM_UP: Final = 28
ROOM_DOWN: Final = 29
"""Distance of the last price from the day's circuit limits, basis points of the price."""

# The slow window (core.readings.slow).
VOLATILITY: Final = 30
"""Root of the sum of squared returns of the mid over the slow window, basis points."""
TICK_RATE: Final = 31
"""Updates a second over the slow window."""
ACCUMULATION_T: Final = 32
"""SLOW_DELTA / root of the sum of squared volume deltas, while ACCUMULATED counts."""
REALS: Final = 33
