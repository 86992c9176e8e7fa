"""The numbers kernels decide by, as two arrays: whole ones and real ones."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core.config import FlowRule, ReadingRules, SignalRules
from tui_scalper.core.session_table import Group

# Whole numbers. What the gates ask.
PRESSURE_LOW_BP: Final = 0
PRESSURE_HIGH_BP: Final = 1
DEPTH_RATIO_PCT: Final = 2
MAX_SPREAD_BP: Final = 3
MAX_LAG_NS: Final = 4
ENTRIES_OPEN: Final = 5
"""1 while the engine would act on a signal by itself."""
SPIKE_BP: Final = 6
SPIKE_SPAN_NS: Final = 7
SPIKE_REST_NS: Final = 8

# Windows of the readings.
FLOW_RULE: Final = 9
"""Index of the FlowRule in force."""
FLOW_NS: Final = 10
"""3 cells: the short, the middle and the long window of order flow."""
TREND_NS: Final = 13
SLOW_NS: Final = 14
COST_NOTIONAL: Final = 15
STILL_TICKS: Final = 16

# The race.
LEAD_PPM: Final = 17
LEAD_NS: Final = 18

IN_SESSION: Final = 19
"""A cell for each session group, in the order of GROUPS: 1 while its rows may be signals."""
GROUPS: Final = tuple(Group)
WHOLE: Final = IN_SESSION + len(GROUPS)

# Real numbers.
WEIGHTS: Final = 0
"""5 cells: weight of each level in DEPTH_IMBALANCE, the best first."""
REAL: Final = WEIGHTS + c.LEVELS

FLOW_RULES: Final = tuple(FlowRule)
"""In the order of their index in FLOW_RULE."""


class Rules(NamedTuple):
    """The rules as kernels read them."""

    whole: NDArray[np.int64]
    """int64[WHOLE]; the engine writes ENTRIES_OPEN and the cells of IN_SESSION."""
    real: NDArray[np.float64]
    """float64[REAL]."""


def compiled_rules(signals: SignalRules, readings: ReadingRules) -> Rules:
    """`signals` and `readings` as arrays, every switch off."""
    whole = np.zeros(WHOLE, dtype=np.int64)
    whole[PRESSURE_LOW_BP] = signals.pressure_low_bp
    whole[PRESSURE_HIGH_BP] = signals.pressure_high_bp
    whole[DEPTH_RATIO_PCT] = signals.depth_ratio_pct
    whole[MAX_SPREAD_BP] = signals.max_spread_bp
    whole[MAX_LAG_NS] = signals.max_lag_ns
    whole[SPIKE_BP] = signals.spike_bp
    whole[SPIKE_SPAN_NS] = signals.spike_span_ns
    whole[SPIKE_REST_NS] = signals.spike_rest_ns
    whole[FLOW_RULE] = FLOW_RULES.index(readings.flow_rule)
    whole[FLOW_NS : FLOW_NS + m.WINDOWS] = readings.flow_ns
    whole[TREND_NS] = readings.trend_ns
    whole[SLOW_NS] = readings.slow_ns
    whole[COST_NOTIONAL] = readings.cost_notional
    whole[STILL_TICKS] = readings.still_ticks
    whole[LEAD_PPM] = signals.lead_ppm
    whole[LEAD_NS] = signals.lead_ns
    real = np.zeros(REAL, dtype=np.float64)
    real[WEIGHTS : WEIGHTS + c.LEVELS] = [
        math.exp(-readings.depth_decay * level) for level in range(c.LEVELS)
    ]
    return Rules(whole, real)
