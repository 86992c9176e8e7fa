"""The numbers kernels decide by, as two arrays: whole ones and real ones."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core.adaptive import MOVING as MOVING_TABLE
from tui_scalper.core.adaptive import Adaptive, Moving
from tui_scalper.core.config import FlowRule, ReadingRules, SignalRules
from tui_scalper.core.lanes import LANES
from tui_scalper.core.session_table import Group
from tui_scalper.core.units import PPM
from tui_scalper.core.witnesses import STATEMENTS, Role, Witness

# Whole numbers. What the gates ask; thresholds that can move stand in STATIC.
MAX_SPREAD_BP: Final = 0
MAX_LAG_NS: Final = 1
ENTRIES_OPEN: Final = 2
"""1 while the engine would act on a signal by itself."""
SPIKE_BP: Final = 3
SPIKE_SPAN_NS: Final = 4
SPIKE_REST_NS: Final = 5

# Windows of the readings.
FLOW_RULE: Final = 6
"""Index of the FlowRule in force."""
FLOW_NS: Final = 7
"""3 cells: the short, the middle and the long window of order flow."""
TREND_NS: Final = 10
SLOW_NS: Final = 11
COST_NOTIONAL: Final = 12
STILL_TICKS: Final = 13

# The race.
LEAD_PPM: Final = 14
LEAD_NS: Final = 15

# The witnesses (core.witnesses), a cell each.
WITNESSES: Final = len(Witness)
ROLES: Final = tuple(Role)
"""In the order of their index in ROLE."""
ROLE: Final = 16
NEEDED: Final = ROLE + WITNESSES
"""How many confirmations a signal needs."""

CONFIRMING_BITS: Final = NEEDED + 1
BLOCKING_BITS: Final = NEEDED + 2
SILENT_BITS: Final = NEEDED + 3
"""Bit sets of the witnesses that confirm, that block, and that do not block by silence."""

REGIME_PCT: Final = NEEDED + 4
REGIME_LEAST: Final = NEEDED + 5

# Adaptive thresholds (core.adaptive), a cell each where it says so.
ADAPTIVE: Final = NEEDED + 6
"""1 while they adapt."""
MEMORY_NS: Final = NEEDED + 7
WARM_UP: Final = NEEDED + 8
MOVING: Final = len(Moving)
STATIC: Final = NEEDED + 9
"""A cell each: the threshold of the settings, in the unit of its column."""
QUANTILE_PM: Final = STATIC + MOVING
LEAST: Final = QUANTILE_PM + MOVING
MOST: Final = LEAST + MOVING
DOMAIN_LOW: Final = MOST + MOVING
DOMAIN_HIGH: Final = DOMAIN_LOW + MOVING
STRIDE: Final = DOMAIN_HIGH + MOVING

SIGNALS_WAKE: Final = STRIDE + MOVING
"""1 while whoever plays a tape wants to be woken by every new signal."""

IN_SESSION: Final = SIGNALS_WAKE + 1
"""A cell for each session group, in the order of GROUPS: 1 while its rows may be signals."""
GROUPS: Final = tuple(Group)
WHOLE: Final = IN_SESSION + len(GROUPS)

# Real numbers.
WEIGHTS: Final = 0
"""5 cells: weight of each level in DEPTH_IMBALANCE, the best first."""
THRESHOLD: Final = WEIGHTS + c.LEVELS
"""A cell for each witness: from where on it confirms."""
SIGNS: Final = THRESHOLD + WITNESSES
BARS: Final = SIGNS + LANES
"""LANES cells each: a witness confirms when what it says times its sign reaches its bar."""
REAL: Final = BARS + LANES

FLOW_RULES: Final = tuple(FlowRule)
"""In the order of their index in FLOW_RULE."""


class Rules(NamedTuple):
    """The rules as kernels read them."""

    whole: NDArray[np.int64]
    """int64[WHOLE]; the engine writes ENTRIES_OPEN and the cells of IN_SESSION, a replay
    SIGNALS_WAKE."""
    real: NDArray[np.float64]
    """float64[REAL]."""


def compiled_rules(signals: SignalRules, readings: ReadingRules) -> Rules:
    """`signals` and `readings` as arrays, every switch off."""
    whole = np.zeros(WHOLE, dtype=np.int64)
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
    _compile_moving(whole, signals)
    real = np.zeros(REAL, dtype=np.float64)
    real[WEIGHTS : WEIGHTS + c.LEVELS] = [
        math.exp(-readings.depth_decay * level) for level in range(c.LEVELS)
    ]
    real[BARS:] = math.inf
    for witness, rule in zip(Witness, signals.witnesses, strict=True):
        statement = STATEMENTS[witness]
        whole[ROLE + witness] = ROLES.index(rule.role)
        whole[CONFIRMING_BITS] |= int(rule.role is Role.CONFIRM) << witness
        whole[BLOCKING_BITS] |= int(rule.role is Role.BLOCK) << witness
        whole[SILENT_BITS] |= int(not statement.silence_blocks) << witness
        real[THRESHOLD + witness] = rule.threshold
        real[SIGNS + witness] = statement.sense
        real[BARS + witness] = rule.threshold * statement.sense
    for witness, moving in ((Witness.FOOTPRINT, Moving.FOOTPRINT), (Witness.WALL, Moving.WALL)):
        real[BARS + witness] = whole[STATIC + moving] / PPM * STATEMENTS[witness].sense
    return Rules(whole, real)


def static_limits(signals: SignalRules) -> dict[Moving, int]:
    """The thresholds of the settings that can move, in the unit of their columns."""
    return {
        Moving.PRESSURE_LOW: signals.pressure_low_bp,
        Moving.PRESSURE_HIGH: signals.pressure_high_bp,
        Moving.DEPTH_RATIO: signals.depth_ratio_pct,
        Moving.FOOTPRINT: round(signals.witnesses[Witness.FOOTPRINT].threshold * PPM),
        Moving.WALL: round(signals.witnesses[Witness.WALL].threshold * PPM),
    }


def _compile_moving(whole: NDArray[np.int64], signals: SignalRules) -> None:
    rules = signals.adaptive
    whole[ADAPTIVE] = int(rules.mode is Adaptive.ON)
    whole[MEMORY_NS] = rules.memory_ns
    whole[WARM_UP] = rules.warm_up
    for one, static in static_limits(signals).items():
        whole[STATIC + one] = static
        rule, said = rules.moving[one], MOVING_TABLE[one]
        whole[QUANTILE_PM + one] = rule.quantile_pm
        whole[LEAST + one], whole[MOST + one] = rule.least, rule.most
        whole[DOMAIN_LOW + one], whole[DOMAIN_HIGH + one] = said.domain
        whole[STRIDE + one] = said.stride
