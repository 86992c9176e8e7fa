"""Five levels of a book at once, as processors do it: one instruction for all of a side.

One level after the other, what is asked of every level costs more than all that is asked of
the book as a whole. Each function says in plain Python what it answers; compiled, a side is
eight lanes of which the last three are left out. Sums of whole numbers are the same in any
order, and sums of real ones are taken from the best level on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core.jit import kernel, written_as
from tui_scalper.core.readings import level_lanes as lanes
from tui_scalper.core.readings.level_lanes import NOWHERE

Cells = NDArray[np.int64]
Reals = NDArray[np.float64]


@kernel
def merit(price: int, side: int) -> int:
    """How good `price` is for those who wait at it to be traded with; more is better."""
    return price * side if price > 0 else NOWHERE


@kernel
def gained(now: int, quantity: int, before: int, past: int) -> int:
    """What a side gained at one level, of a merit and a quantity now and before.

    It adds its quantity now when its price is as good or better, and takes away its quantity
    before when its price is as good or worse.
    """
    return (quantity if now >= before else 0) - (past if now <= before else 0)


def resting(array: Cells, prices: int, side: int, floor: int) -> int:
    """Quantity of a side that rests at prices with at least the merit `floor`."""
    total = 0
    for level in range(c.LEVELS):
        held = array[prices + c.LEVELS + level]
        total += held if merit(array[prices + level], side) >= floor else 0
    return total


def resting_change(row: Cells, memory: Cells, bid_floor: int, ask_floor: int) -> int:
    """By how much more rests now than before at bids with at least a merit, less that at asks."""
    bids = resting(row, c.BID_PRICE, 1, bid_floor) - resting(memory, m.PAST_BID_PRICE, 1, bid_floor)
    asks = resting(row, c.ASK_PRICE, -1, ask_floor) - resting(
        memory, m.PAST_ASK_PRICE, -1, ask_floor
    )
    return bids - asks


def depths(row: Cells, weights: Reals, first: int, lean: int) -> tuple[int, int, int, float, float]:
    """Shares of five bids, of five asks, how many levels hold more on the side of `lean`,
    and the weighted sums of (bid - ask) and (bid + ask), weights from cell `first` on."""
    bids, asks, agreeing, leaning, weight = 0, 0, 0, 0.0, 0.0
    for level in range(c.LEVELS):
        bid, ask = row[c.BID_QUANTITY + level], row[c.ASK_QUANTITY + level]
        bids += bid
        asks += ask
        agreeing += int((bid - ask) * lean > 0)
        leaning += weights[first + level] * (bid - ask)
        weight += weights[first + level] * (bid + ask)
    return bids, asks, agreeing, leaning, weight


def mean_depths(row: Cells, real: Reals, share: float, known: int) -> None:
    """Move LEVEL_DEPTH by `share` towards the book's; from nothing where it is not `known`."""
    for level in range(c.LEVELS):
        depth = 0.5 * (row[c.BID_QUANTITY + level] + row[c.ASK_QUANTITY + level])
        past = real[r.LEVEL_DEPTH + level] if known else 0.0
        real[r.LEVEL_DEPTH + level] = past + (depth - past) * share


def level_flows(row: Cells, memory: Cells, real: Reals, start: int) -> float:
    """Order flow of each level over a window, into LEVEL_FLOW; the sum of each over its depth.

    What a level gained on the side of the bids, less what it gained on that of the asks, is
    added to its total; `start` is where the mark stands in `memory` that the window begins
    with. A level without depth counts as nothing.
    """
    rate = 0.0
    for level in range(c.LEVELS):
        bids = gained(
            merit(row[c.BID_PRICE + level], 1),
            row[c.BID_QUANTITY + level],
            merit(memory[m.PAST_BID_PRICE + level], 1),
            memory[m.PAST_BID_QUANTITY + level],
        )
        asks = gained(
            merit(row[c.ASK_PRICE + level], -1),
            row[c.ASK_QUANTITY + level],
            merit(memory[m.PAST_ASK_PRICE + level], -1),
            memory[m.PAST_ASK_QUANTITY + level],
        )
        total = memory[m.LEVELS_TOTALS + level] + bids - asks
        memory[m.LEVELS_TOTALS + level] = total
        flow = total - memory[start + 1 + level]
        row[c.LEVEL_FLOW + level] = flow
        depth = real[r.LEVEL_DEPTH + level]
        rate += flow / depth if depth > 0.0 else 0.0
    return rate


def pull(row: Cells, mid2: int) -> tuple[float, int]:
    """How far five levels pull from the mid, and all their shares, of levels both sides have.

    The sum of (2 ask price - `mid2`) x bid quantity less (`mid2` - 2 bid price) x ask
    quantity, half paise times shares; the sum of the quantities.
    """
    distance, held = 0.0, 0
    for level in range(c.LEVELS):
        below, above = row[c.BID_PRICE + level], row[c.ASK_PRICE + level]
        if below > 0 and above > 0:
            bid, ask = row[c.BID_QUANTITY + level], row[c.ASK_QUANTITY + level]
            distance += float(2 * above - mid2) * bid - float(mid2 - 2 * below) * ask
            held += bid + ask
    return distance, held


def largest_orders(row: Cells, quantities: int) -> tuple[float, int]:
    """Largest average order size of a level of a side; largest quantity that is one order.

    The numbers of orders stand c.LEVELS cells after the quantities; both 0 without any.
    """
    largest, single = 0.0, 0
    for level in range(c.LEVELS):
        quantity, count = row[quantities + level], row[quantities + c.LEVELS + level]
        if count > 0:
            largest = max(largest, float(quantity / count))
        if count == 1:
            single = max(single, quantity)
    return largest, single


def copy_side(row: Cells, prices: int, memory: Cells, past: int) -> None:
    """Copy the prices and quantities of a side into `memory` from `past` on."""
    memory[past : past + 2 * c.LEVELS] = row[prices : prices + 2 * c.LEVELS]


for _plain, _code in (
    (resting_change, lanes.resting_change),
    (depths, lanes.depths),
    (mean_depths, lanes.mean_depths),
    (level_flows, lanes.level_flows),
    (pull, lanes.pull),
    (largest_orders, lanes.largest_orders),
    (copy_side, lanes.copy_side),
):
    written_as(_plain, _code)
