"""Hears the witnesses of a row: what each says for its side, who confirms, who blocks."""

from __future__ import annotations

import math
from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core import rules as u
from tui_scalper.core.gates import FIRST_WITNESS, Gate
from tui_scalper.core.jit import kernel
from tui_scalper.core.lanes import reaching, unknown
from tui_scalper.core.market import Cells, Reals
from tui_scalper.core.rules import Rules
from tui_scalper.core.units import NS, PPM
from tui_scalper.core.witnesses import Witness

LEVELS: Final = int(Witness.LEVELS)
IMBALANCE: Final = int(Witness.IMBALANCE)
QUEUE: Final = int(Witness.QUEUE)
MICRO: Final = int(Witness.MICRO)
FLOW: Final = int(Witness.FLOW)
LEVEL_FLOW: Final = int(Witness.LEVEL_FLOW)
TRADES: Final = int(Witness.TRADES)
GRADIENT: Final = int(Witness.GRADIENT)
STEADY: Final = int(Witness.STEADY)
FOOTPRINT: Final = int(Witness.FOOTPRINT)
WALL: Final = int(Witness.WALL)
REFILLS: Final = int(Witness.REFILLS)
ACCUMULATION: Final = int(Witness.ACCUMULATION)
COST: Final = int(Witness.COST)
SPREAD: Final = int(Witness.SPREAD)
TURNOVER: Final = int(Witness.TURNOVER)
RATE: Final = int(Witness.RATE)
GAP: Final = int(Witness.GAP)
THIN: Final = int(Witness.THIN)
VOLATILITY: Final = int(Witness.VOLATILITY)
ROOM: Final = int(Witness.ROOM)
DOMINANCE: Final = int(Witness.DOMINANCE)
DEPTH: Final = int(Witness.DEPTH)
FAIR: Final = int(Witness.FAIR)
SHIFT: Final = int(Witness.SHIFT)
LAKH: Final = 100_000_00
"""One lakh of rupees in paise."""
PERCENT_PPM: Final = PPM // 100
UNCONFIRMED: Final = int(Gate.UNCONFIRMED)


@kernel
def hear_flow(row: Cells, real: Reals, side: int, said: Reals) -> None:
    """What the book's lean and its flow say for `side`."""
    said[LEVELS] = row[c.AGREEING]
    said[IMBALANCE] = side * real[r.DEPTH_IMBALANCE]
    said[QUEUE] = side * real[r.QUEUE_IMBALANCE]
    said[MICRO] = side * real[r.MICRO]
    said[FLOW] = side * real[r.FLOW_RATE + m.MIDDLE]
    said[LEVEL_FLOW] = side * real[r.LEVELS_RATE]
    said[TRADES] = side * row[c.DELTA + m.MIDDLE]
    said[GRADIENT] = side * real[r.PRESSURE_T]
    said[STEADY] = real[r.STEADY]
    said[DOMINANCE] = side * row[c.LEAN] * row[c.DOMINANCE] / PERCENT_PPM
    with_it = row[c.BID_DEPTH if side > 0 else c.ASK_DEPTH]
    other = row[c.ASK_DEPTH if side > 0 else c.BID_DEPTH]
    said[DEPTH] = with_it / other if other > 0 else math.nan
    said[FAIR] = side * real[r.ADJUSTED_MID]
    said[SHIFT] = side * real[r.IMBALANCE_T]


@kernel
def hear_size(row: Cells, real: Reals, side: int, said: Reals) -> None:
    """What large orders say for `side`."""
    said[FOOTPRINT] = real[r.FOOTPRINT_BID if side > 0 else r.FOOTPRINT_ASK]
    said[WALL] = real[r.WALL_ASK_Z if side > 0 else r.WALL_BID_Z]
    said[REFILLS] = row[c.REFILLS_ASK if side > 0 else c.REFILLS_BID]
    said[ACCUMULATION] = side * real[r.ACCUMULATION_T]


@kernel
def hear_fitness(row: Cells, real: Reals, side: int, said: Reals) -> None:
    """What liquidity and regime say of a trade on `side`; what five levels do not hold is
    infinitely dear."""
    beyond = row[c.BEYOND_BUY if side > 0 else c.BEYOND_SELL]
    said[COST] = math.inf if beyond > 0 else real[r.COST_BUY if side > 0 else r.COST_SELL]
    said[SPREAD] = float(row[c.SPREAD_TICKS]) if row[c.MID2] > 0 else math.nan
    said[TURNOVER] = float(row[c.VOLUME]) * float(row[c.LTP]) / LAKH
    said[RATE] = real[r.TICK_RATE]
    said[GAP] = row[c.GAP_NS] / NS
    usual = 0.0
    for level in range(c.LEVELS):
        usual += real[r.LEVEL_DEPTH + level]
    held = float(row[c.BID_DEPTH] + row[c.ASK_DEPTH])
    said[THIN] = held / (2.0 * usual) if usual > 0 else math.nan
    said[VOLATILITY] = real[r.VOLATILITY]
    said[ROOM] = real[r.ROOM_UP if side > 0 else r.ROOM_DOWN]


@kernel
def hear(row: Cells, real: Reals, side: int, said: Reals) -> None:
    """Fill `said`, float64[witnesses]: what each says of a trade on `side` (+1, -1).

    In the unit of core.witnesses; NaN where nothing is known.
    """
    hear_flow(row, real, side, said)
    hear_size(row, real, side, said)
    hear_fitness(row, real, side, said)


@kernel
def threshold(row: Cells, real: Reals, witness: int) -> float:
    """From where on `witness` confirms; in the row where it can move."""
    if witness == FOOTPRINT:
        return float(row[c.FOOTPRINT_PPM] / PPM)
    if witness == WALL:
        return float(row[c.WALL_PPM] / PPM)
    return float(real[u.THRESHOLD + witness])


@kernel
def reaches(row: Cells, real: Reals, witness: int, said: Reals) -> int:
    """1 when `witness` confirms."""
    sign = real[u.SIGNS + witness]
    return int(said[witness] * sign >= threshold(row, real, witness) * sign)


@kernel
def ones(bits: int) -> int:
    """How many of 32 bits are one: pairs of them added up, then fours, then bytes.

    Source: H. Warren, Hacker's Delight, section 5-1.
    """
    bits -= bits >> 1 & 0x55555555
    bits = (bits & 0x33333333) + (bits >> 2 & 0x33333333)
    bits = bits + (bits >> 4) & 0x0F0F0F0F
    return (bits * 0x01010101 & 0xFFFFFFFF) >> 24


@kernel
def confirm(row: Cells, real: Reals, rules: Rules, said: Reals) -> int:
    """Hear every witness for the side the book leans to; returns the gates they close.

    `said`, float64[LANES], is room for what they say, nothing of it is kept.

    Writes CONFIRMS, the bits of all that confirm, whatever their role, and CONFIRMED, how
    many of those count. A book that leans nowhere has no witness.
    """
    side = row[c.LEAN]
    row[c.CONFIRMS] = 0
    row[c.CONFIRMED] = 0
    if side == 0:
        return 0
    hear(row, real, side, said)
    confirms = reaching(said, rules.real, u.SIGNS, u.BARS)
    silent = unknown(said)
    if rules.whole[u.ADAPTIVE] != 0:
        # The thresholds of these two can move.
        confirms &= ~(1 << FOOTPRINT | 1 << WALL)
        confirms |= reaches(row, rules.real, FOOTPRINT, said) << FOOTPRINT
        confirms |= reaches(row, rules.real, WALL, said) << WALL
    confirmed = ones(confirms & rules.whole[u.CONFIRMING_BITS])
    row[c.CONFIRMS] = confirms
    row[c.CONFIRMED] = confirmed
    speak = ~(confirms | silent & rules.whole[u.SILENT_BITS])
    blockers = (speak & rules.whole[u.BLOCKING_BITS]) << FIRST_WITNESS
    return int(blockers | (UNCONFIRMED if confirmed < rules.whole[u.NEEDED] else 0))
