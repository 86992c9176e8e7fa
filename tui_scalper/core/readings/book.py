"""What one book says by itself: which way it leans, how deep and how tight it is.

b and a are the quantities of the bids and asks, best first, p their prices. Sources: queue
imbalance, M. Gould and J. Bonart, Queue imbalance as a one-tick-ahead price predictor
(2016); weighted mid, S. Stoikov, The micro-price (2018), section 1.
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
from tui_scalper.core.readings.levels import depths, pull
from tui_scalper.core.units import PPM

DOMINANCE_UNIT: Final = m.SHARE_UNIT // PPM
"""Parts of memory's SHARE_UNIT in a millionth."""


@kernel
def read_totals(row: Cells, real: Reals) -> int:
    """LEAN, DOMINANCE and PRESSURE, from the total quantities of both sides.

    PRESSURE = buy / (buy + sell); DOMINANCE = |buy - sell| / (buy + sell) in parts per
    million, rounded down. Nothing is undefined but a book without any quantity. Returns
    (buy - sell) / (buy + sell) in parts of memory's SHARE_UNIT, towards zero.
    """
    buy = row[c.TOTAL_BUY]
    sell = row[c.TOTAL_SELL]
    total = buy + sell
    if total <= 0:
        row[c.LEAN] = 0
        row[c.DOMINANCE] = 0
        real[r.PRESSURE] = math.nan
        return 0
    row[c.LEAN] = 1 if buy > sell else (-1 if sell > buy else 0)
    size = abs(buy - sell) * m.SHARE_UNIT // total
    row[c.DOMINANCE] = size // DOMINANCE_UNIT
    real[r.PRESSURE] = buy / total
    return int(size if buy > sell else -size)


@kernel
def read_mid(row: Cells) -> None:
    """MID2 = best bid + best ask, SPREAD_TICKS; both 0 when a side is empty or they cross."""
    bid = row[c.BID_PRICE]
    ask = row[c.ASK_PRICE]
    if 0 < bid < ask:
        row[c.MID2] = bid + ask
        row[c.SPREAD_TICKS] = -((bid - ask) // max(row[c.TICK], 1))
    else:
        row[c.MID2] = 0
        row[c.SPREAD_TICKS] = 0


@kernel
def read_levels(row: Cells, real: Reals, rules: Reals) -> None:
    """BID_DEPTH, ASK_DEPTH, AGREEING, DEPTH_RATIO, DEPTH_IMBALANCE and QUEUE_IMBALANCE.

    DEPTH_RATIO = sum b / sum a; DEPTH_IMBALANCE = sum w (b - a) / sum w (b + a);
    QUEUE_IMBALANCE = (b - a) / (b + a) at the best level. NaN where the divisor is nothing.
    """
    lean = row[c.LEAN]
    bids, asks, agreeing, leaning, weight = depths(row, rules, u.WEIGHTS, lean)
    row[c.BID_DEPTH] = bids
    row[c.ASK_DEPTH] = asks
    row[c.AGREEING] = agreeing
    real[r.DEPTH_RATIO] = bids / asks if asks > 0 else math.nan
    real[r.DEPTH_IMBALANCE] = leaning / weight if weight > 0.0 else math.nan
    best = row[c.BID_QUANTITY] + row[c.ASK_QUANTITY]
    lead = row[c.BID_QUANTITY] - row[c.ASK_QUANTITY]
    real[r.QUEUE_IMBALANCE] = lead / best if best > 0 else math.nan


@kernel
def read_fair_prices(row: Cells, real: Reals) -> None:
    """MICRO and ADJUSTED_MID, ticks from the mid; NaN without a mid.

    MICRO = (p_bid a + p_ask b) / (a + b) - mid at the best level, which is QUEUE_IMBALANCE
    times half the spread. ADJUSTED_MID = sum (p_bid a + p_ask b) / sum (a + b) - mid over
    the levels that both sides have.
    """
    mid2 = row[c.MID2]
    if mid2 == 0:
        real[r.MICRO] = math.nan
        real[r.ADJUSTED_MID] = math.nan
        return
    double_tick = 2.0 * max(row[c.TICK], 1)
    spread = row[c.ASK_PRICE] - row[c.BID_PRICE]
    real[r.MICRO] = real[r.QUEUE_IMBALANCE] * spread / double_tick
    distance, quantity = pull(row, mid2)
    real[r.ADJUSTED_MID] = distance / quantity / double_tick if quantity > 0 else math.nan
