"""Refills: a best level that trades and does not shrink by as much, the trace of an iceberg.

A heuristic and a lower bound: others may have joined the queue meanwhile, and what traded is
itself an estimate (core.readings.trades). On the recorded day a quarter of the refills are true,
the third at one price no more often than the first (docs/study).
"""

from __future__ import annotations

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells


@kernel
def read_side_refill(
    row: Cells, price: int, past_price: int, quantity: int, past: int, taken: int, times: int
) -> None:
    """Count a refill into the cell `times` and its shares into the one after the next.

    At an unchanged best price, refilled = taken - (quantity before - quantity now), a refill
    when something was taken and it is positive; at a new price counting begins anew.
    """
    shares = times + c.REFILLED_BID - c.REFILLS_BID
    stands = (price > 0) & (price == past_price)
    refilled = taken - (past - quantity)
    counts = (taken > 0) & (refilled > 0)
    row[times] = row[times] + (1 if counts else 0) if stands else 0
    row[shares] = row[shares] + (refilled if counts else 0) if stands else 0


@kernel
def read_refills(row: Cells, memory: Cells) -> None:
    """REFILLS and REFILLED of both sides: buyers take from the asks, sellers from the bids."""
    traded = row[c.TRADED]
    sign = row[c.TRADE_SIGN]
    read_side_refill(
        row,
        row[c.BID_PRICE],
        memory[m.PAST_BID_PRICE],
        row[c.BID_QUANTITY],
        memory[m.PAST_BID_QUANTITY],
        traded if sign < 0 else 0,
        c.REFILLS_BID,
    )
    read_side_refill(
        row,
        row[c.ASK_PRICE],
        memory[m.PAST_ASK_PRICE],
        row[c.ASK_QUANTITY],
        memory[m.PAST_ASK_QUANTITY],
        traded if sign > 0 else 0,
        c.REFILLS_ASK,
    )
