"""Columns of the market table: one int64 row an instrument.

Prices are paise, quantities shares, times nanoseconds UTC, 0 where nothing is known.
The five levels of a side stand together, best first: ``BID_PRICE + level``.

Three writers, each with columns of its own: the wire decoder writes what the exchange
said, the evaluation kernel what follows from it, the engine what it wants to be woken for.

Readings that are not whole numbers stand in a second array (core.reals), what a reading
remembers in a third (core.memory). Windows and sizes are those of core.rules.
"""

from __future__ import annotations

from typing import Final

LEVELS: Final = 5

# What the exchange said.
LTP: Final = 0
LTQ: Final = 1
AVERAGE: Final = 2
VOLUME: Final = 3
TOTAL_BUY: Final = 4
TOTAL_SELL: Final = 5
OPEN: Final = 6
HIGH: Final = 7
LOW: Final = 8
CLOSE: Final = 9
TRADED_NS: Final = 10
EXCHANGE_NS: Final = 11
RECEIVED_NS: Final = 12
UPDATES: Final = 13
BID_PRICE: Final = 14
BID_QUANTITY: Final = 19
BID_ORDERS: Final = 24
ASK_PRICE: Final = 29
ASK_QUANTITY: Final = 34
ASK_ORDERS: Final = 39
MARKET_END: Final = 44
"""Columns below this one are the decoder's."""

# What follows from it.
BLOCKERS: Final = 44
"""Bit set of core.gates.Gate; 0 means the row is a signal."""
LEAN: Final = 45
"""+1 when the book leans to buyers, -1 to sellers, 0 when undefined."""
DOMINANCE: Final = 46
"""|2P - 1| in parts per million, P = total buy / (total buy + total sell)."""
BID_DEPTH: Final = 47
ASK_DEPTH: Final = 48
SIGNAL_NS: Final = 49
"""When the present signal began; 0 when there is none."""

SPAN_NS: Final = 50
"""When the span of last prices under way began; 0 before the first price."""
SPAN_LOW: Final = 51
SPAN_HIGH: Final = 52
"""Range of the last prices of the span under way."""
PAST_LOW: Final = 53
PAST_HIGH: Final = 54
"""Range of the span before it; 0 when there was none."""
CALM_NS: Final = 55
"""No entry before this time: the last price moved too far too fast."""

# Readings of the book (core.readings.book).
MID2: Final = 56
"""Best bid + best ask, twice the mid, in paise; 0 while a side is empty or the book crossed."""
SPREAD_TICKS: Final = 57
"""(best ask - best bid) in ticks, rounded up; 0 where MID2 is."""
AGREEING: Final = 58
"""How many of the five levels hold more quantity on the side of LEAN than on the other."""

# What traded since the update before (core.readings.trades).
TRADED: Final = 59
"""Rise of the cumulative volume, shares; 0 when it fell or leapt (a correction), or at first."""
TRADE_SIGN: Final = 60
"""+1 when the last trades took from the asks, -1 when from the bids, 0 unknown: last price
against the mid before them, at the mid the direction of the last change of price."""

# Order flow (core.readings.flow), shares; positive is buyers. Sums over three windows.
FLOW_STEP: Final = 61
"""Order flow imbalance of this update by the rule in force (core.readings.ofi)."""
FLOW: Final = 62
"""3 cells: sum of FLOW_STEP over the short, the middle and the long window."""
DELTA: Final = 65
"""3 cells: sum of TRADE_SIGN x TRADED over the same windows."""
LEVEL_FLOW: Final = 68
"""5 cells: order flow imbalance at each level, best first, over the middle window."""

# Footprints of large orders (core.readings.footprint, core.readings.refill).
WALL_BID: Final = 73
WALL_ASK: Final = 74
"""Largest quantity of a level that is one single order, shares; 0 when no level is."""
REFILLS_BID: Final = 75
REFILLS_ASK: Final = 76
"""How often more came back than traded away since the best price last changed."""
REFILLED_BID: Final = 77
REFILLED_ASK: Final = 78
"""How many shares came back in those refills; a lower bound of what is hidden."""

# Cost of our quantity (core.readings.cost).
PROBE: Final = 79
"""The quantity whose cost is asked: rules' COST_NOTIONAL at the mid, shares, at least one."""
BEYOND_BUY: Final = 80
BEYOND_SELL: Final = 81
"""Shares of PROBE that five levels do not hold for a buyer, for a seller."""

# The slow window (core.readings.slow).
SLOW_DELTA: Final = 82
"""Sum of TRADE_SIGN x TRADED over the slow window, shares."""
SLOW_TRADED: Final = 83
"""Sum of TRADED over the slow window, shares."""
SLOW_MOVE2: Final = 84
"""Change of MID2 over the slow window, half paise."""
ACCUMULATED: Final = 85
"""SLOW_DELTA while the mid moved less than rules' STILL_TICKS, otherwise 0."""
GAP_NS: Final = 86
"""Time since the update before this one."""

# What the engine wants.
TICK: Final = 87
GROUP: Final = 88
"""Index of the session group of this stock: rules[IN_SESSION + GROUP] lets it be a signal."""
LIMIT_LOW: Final = 89
LIMIT_HIGH: Final = 90
"""The day's circuit limits, paise, as the broker tells them beside the streams; 0 unknown."""
HOLD_UNTIL_NS: Final = 91
"""No proposal from this row before this time (cooldown after a trade or a refusal)."""
WAKE_BID_HIGH: Final = 92
"""Wake the engine when the best bid is at or above this price."""
WAKE_ASK_LOW: Final = 93
"""Wake the engine when the best ask is at or below this price."""
WAKE_LTP_LOW: Final = 94
WAKE_LTP_HIGH: Final = 95

# What the witnesses say (core.confirming).
CONFIRMS: Final = 96
"""Bit set of core.witnesses.Witness: all that confirm the side of LEAN, whatever their role."""
CONFIRMED: Final = 97
"""How many of those count as confirmations."""

# Thresholds in force (core.adapting): those of the settings, or what they adapt to.
IN_FORCE: Final = 98
"""5 cells, one for each of core.adaptive.Moving, in their order."""
PRESSURE_LOW_BP: Final = 98
PRESSURE_HIGH_BP: Final = 99
"""Least and greatest share of the stronger side, basis points."""
DEPTH_RATIO_PCT: Final = 100
"""Five levels of the side over the other's, percent, exclusive."""
FOOTPRINT_PPM: Final = 101
WALL_PPM: Final = 102
"""Thresholds of the witnesses FOOTPRINT and WALL, millionths of a robust z."""
COLUMNS: Final = 103
