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
from tui_scalper.core.witnesses import STATEMENTS, Role, Witness

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

# The witnesses (core.witnesses), a cell each.
WITNESSES: Final = len(Witness)
ROLES: Final = tuple(Role)
"""In the order of their index in ROLE."""
CONFIRMING: Final = ROLES.index(Role.CONFIRM)
BLOCKING: Final = ROLES.index(Role.BLOCK)
ROLE: Final = 19
SENSE: Final = ROLE + WITNESSES
SILENCE_BLOCKS: Final = SENSE + WITNESSES
NEEDED: Final = SILENCE_BLOCKS + WITNESSES
"""How many confirmations a signal needs."""

REGIME_PCT: Final = NEEDED + 1
REGIME_LEAST: Final = NEEDED + 2

IN_SESSION: Final = NEEDED + 3
"""A cell for each session group, in the order of GROUPS: 1 while its rows may be signals."""
GROUPS: Final = tuple(Group)
WHOLE: Final = IN_SESSION + len(GROUPS)

# Real numbers.
WEIGHTS: Final = 0
"""5 cells: weight of each level in DEPTH_IMBALANCE, the best first."""
THRESHOLD: Final = WEIGHTS + c.LEVELS
"""A cell for each witness: from where on it confirms."""
REAL: Final = THRESHOLD + WITNESSES

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
    whole[NEEDED] = signals.confirmations
    whole[REGIME_PCT] = signals.regime_pct
    whole[REGIME_LEAST] = signals.regime_least
    real = np.zeros(REAL, dtype=np.float64)
    real[WEIGHTS : WEIGHTS + c.LEVELS] = [
        math.exp(-readings.depth_decay * level) for level in range(c.LEVELS)
    ]
    for witness, rule in zip(Witness, signals.witnesses, strict=True):
        statement = STATEMENTS[witness]
        whole[ROLE + witness] = ROLES.index(rule.role)
        whole[SENSE + witness] = statement.sense
        whole[SILENCE_BLOCKS + witness] = int(statement.silence_blocks)
        real[THRESHOLD + witness] = rule.threshold
    return Rules(whole, real)
