"""Unusually large orders: average order sizes against what is usual for the stock.

The feed tells how many orders make up a level, so quantity / orders is the average size of
an order there. A heuristic: one large order among small ones stays hidden, and the same
institution may split what it shows.

What is usual is a running median, and the running median of the distance from it, of the
sizes of one level of each side in turn. Each size moves them by one step up or down
whatever its distance, so no single size can carry them away. Source of the idea: Q. Ma,
S. Muthukrishnan and M. Sandler, Frugal streaming for estimating quantiles (2013).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells, Reals
from tui_scalper.core.readings.levels import largest_orders

STEP: Final = 0.01
"""Octaves; how far one size moves the median in the long run."""
FIRST_STEP: Final = 0.5
"""Octaves; added to it at first, over the number of sizes seen."""
FIRST_MAD: Final = 0.5
LEAST_MAD: Final = 0.1
"""Octaves; sizes that never differ must not make a small difference look like a wonder."""
LEAST_SIZES: Final = 30
"""Sizes seen before anything is called unusual."""
NORMAL: Final = 1.4826
"""Standard deviations in a median absolute deviation of a normal distribution."""
_ONE: Final = 1023 << 52
_MANTISSA: Final = float(1 << 52)


@kernel
def octaves(size: float) -> float:
    """Logarithm to base 2 of a positive number, straight between the powers of two.

    Exact for powers of two, rising, never more than 0.09 below the logarithm, and the same
    on every machine, which a library's logarithm is not: it is read off the number's bits.
    """
    return float((np.float64(size).view(np.int64) - _ONE) / _MANTISSA)


@kernel
def learn(size: float, real: Reals, memory: Cells) -> None:
    """Move SIZE_MEDIAN and SIZE_MAD towards one more `size`, octaves."""
    seen = memory[m.SIZES]
    memory[m.SIZES] = seen + 1
    if seen == 0:
        real[r.SIZE_MEDIAN] = size
        real[r.SIZE_MAD] = FIRST_MAD
        return
    step = STEP + FIRST_STEP / seen
    away = size - real[r.SIZE_MEDIAN]
    further = abs(away) - real[r.SIZE_MAD]
    real[r.SIZE_MEDIAN] += step * sign(away)
    real[r.SIZE_MAD] += step * sign(further)


@kernel
def sign(value: float) -> int:
    """+1, -1, or 0; without a branch, since nobody can guess it."""
    return int(value > 0.0) - int(value < 0.0)


@kernel
def unusual(size: float, real: Reals, share: float) -> float:
    """Robust z of an order size in shares: (octaves - median) times `share`; NaN without."""
    score = (octaves(size) - real[r.SIZE_MEDIAN]) * share
    return math.nan if size <= 0.0 else float(score)


@kernel
def z_share(real: Reals, memory: Cells) -> float:
    """1 / (1.4826 MAD), by which a distance from the median is a z; NaN for too few sizes."""
    share = 1.0 / (NORMAL * max(real[r.SIZE_MAD], LEAST_MAD))
    return math.nan if memory[m.SIZES] < LEAST_SIZES else float(share)


@kernel
def read_side(row: Cells, real: Reals, share: float, quantities: int, wall: int, at: int) -> None:
    """Footprint of one side into `at`, its wall into the cell `wall`, the wall's z after next."""
    largest, single = largest_orders(row, quantities)
    row[wall] = single
    real[at] = unusual(largest, real, share)
    real[at + r.WALL_BID_Z - r.FOOTPRINT_BID] = unusual(float(single), real, share)


@kernel
def read_footprints(row: Cells, real: Reals, memory: Cells) -> None:
    """FOOTPRINT, WALL and WALL_Z of both sides; then learns two sizes of this book."""
    share = z_share(real, memory)
    read_side(row, real, share, c.BID_QUANTITY, c.WALL_BID, r.FOOTPRINT_BID)
    read_side(row, real, share, c.ASK_QUANTITY, c.WALL_ASK, r.FOOTPRINT_ASK)
    level = row[c.UPDATES] % c.LEVELS
    if row[c.BID_ORDERS + level] > 0 and row[c.BID_QUANTITY + level] > 0:
        size = row[c.BID_QUANTITY + level] / row[c.BID_ORDERS + level]
        learn(octaves(size), real, memory)
    if row[c.ASK_ORDERS + level] > 0 and row[c.ASK_QUANTITY + level] > 0:
        size = row[c.ASK_QUANTITY + level] / row[c.ASK_ORDERS + level]
        learn(octaves(size), real, memory)
