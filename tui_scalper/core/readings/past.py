"""The memory of a stock: where it begins, what it knows of the update before."""

from __future__ import annotations

from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import rules as u
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells
from tui_scalper.core.readings.levels import copy_side
from tui_scalper.core.readings.windows import begin_ring
from tui_scalper.core.units import NS

BACK_NS: Final = 10 * NS
"""A clock that went back by more than this ends the memory: another time has begun."""


@kernel
def remember(row: Cells, memory: Cells, at: int) -> None:
    """Make this update the one before the next."""
    memory[m.NOW_NS] = at
    copy_side(row, c.BID_PRICE, memory, m.PAST_BID_PRICE)
    copy_side(row, c.ASK_PRICE, memory, m.PAST_ASK_PRICE)
    if row[c.LTP] > 0:
        memory[m.PAST_LTP] = row[c.LTP]
    memory[m.PAST_VOLUME] = row[c.VOLUME]
    if row[c.MID2] > 0:
        memory[m.PAST_MID2] = row[c.MID2]
    memory[m.PAST_LEAN] = row[c.LEAN]


@kernel
def bookless(prices: Cells, bid: int, ask: int) -> bool:
    """Whether there is no book at all: its best prices stand at `bid` and at `ask`."""
    return bool((prices[bid] <= 0) & (prices[ask] <= 0))


@kernel
def pass_over(row: Cells, memory: Cells) -> None:
    """A book after none, or none after a book, is no order flow: a bare quote tells none, and
    the book that follows it rested there before. Compare it with itself."""
    if bookless(row, c.BID_PRICE, c.ASK_PRICE) or bookless(
        memory, m.PAST_BID_PRICE, m.PAST_ASK_PRICE
    ):
        copy_side(row, c.BID_PRICE, memory, m.PAST_BID_PRICE)
        copy_side(row, c.ASK_PRICE, memory, m.PAST_ASK_PRICE)


@kernel
def begin(row: Cells, memory: Cells, rules: Cells, at: int) -> None:
    """Begin the memory with this update: nothing was before it, all windows start here."""
    memory[m.BEGAN_NS] = at
    memory[m.PAST_LTP] = 0
    memory[m.PAST_MID2] = 0
    memory[m.TURN] = 0
    row[c.TRADE_SIGN] = 0
    remember(row, memory, at)
    for ring, longest in (
        (m.FLOW, u.FLOW_NS + m.LONG),
        (m.LEVELS, u.FLOW_NS + m.MIDDLE),
        (m.TREND, u.TREND_NS),
        (m.SLOW, u.SLOW_NS),
    ):
        begin_ring(memory, ring, at, rules[longest])


@kernel
def arrive(row: Cells, memory: Cells, rules: Cells) -> int:
    """Time of this update as the memory counts it, never before the last; begins it if need be."""
    at = max(row[c.RECEIVED_NS], 1)
    if memory[m.BEGAN_NS] == 0 or at < memory[m.NOW_NS] - BACK_NS:
        begin(row, memory, rules, at)
        return int(at)
    return int(max(at, memory[m.NOW_NS]))
