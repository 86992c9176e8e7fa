"""What our quantity would cost through the visible levels, and the room to the day's limits."""

from __future__ import annotations

import math

from tui_scalper.core import columns as c
from tui_scalper.core import reals as r
from tui_scalper.core import rules as u
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells, Reals
from tui_scalper.core.units import BP


@kernel
def read_walk(
    row: Cells, real: Reals, prices: int, quantities: int, side: int, beyond: int, cost: int
) -> None:
    """Walk one side with PROBE: what is left into the cell `beyond`, the cost into `cost`.

    Cost = side x (average price - mid) / mid over what the levels hold, basis points; NaN
    when they hold nothing. `side` is +1 for a buyer at the asks, -1 for a seller at the bids.
    """
    mid2 = row[c.MID2]
    left = row[c.PROBE]
    paid = 0.0
    for level in range(c.LEVELS):
        price = row[prices + level]
        if left == 0 or price <= 0:
            break
        take = min(left, row[quantities + level])
        paid += float((2 * price - mid2) * side) * take
        left -= take
    row[beyond] = left
    taken = row[c.PROBE] - left
    real[cost] = paid / (float(taken) * mid2) * BP if taken > 0 else math.nan


@kernel
def read_costs(row: Cells, real: Reals, rules: Cells) -> None:
    """PROBE, BEYOND and COST of both sides; without a mid 0 and NaN."""
    mid2 = row[c.MID2]
    row[c.PROBE] = max(2 * rules[u.COST_NOTIONAL] // mid2, 1) if mid2 > 0 else 0
    read_walk(row, real, c.ASK_PRICE, c.ASK_QUANTITY, 1, c.BEYOND_BUY, r.COST_BUY)
    read_walk(row, real, c.BID_PRICE, c.BID_QUANTITY, -1, c.BEYOND_SELL, r.COST_SELL)


@kernel
def read_room(row: Cells, real: Reals) -> None:
    """ROOM_UP = (upper limit - last price) / last price, ROOM_DOWN the like, basis points."""
    ltp = row[c.LTP]
    up = row[c.LIMIT_HIGH]
    down = row[c.LIMIT_LOW]
    real[r.ROOM_UP] = (up - ltp) / ltp * BP if up > 0 and ltp > 0 else math.nan
    real[r.ROOM_DOWN] = (ltp - down) / ltp * BP if down > 0 and ltp > 0 else math.nan
