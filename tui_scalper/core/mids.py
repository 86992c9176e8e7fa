"""What the mid of each stock was a while ago: its last changes, of all stocks in one ring.

A change takes the place of the oldest change there is, whosever it was, so the room does not
grow with what happens; each names the change of its stock before it. A mid nobody remembers
any more is 0, never a guess.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core.jit import kernel

Cells = NDArray[np.int64]

AT: Final = 0
MID2: Final = 1
BEFORE: Final = 2
"""Cells of a change: when, twice the mid from then on, number of the one before it."""
WIDTH: Final = 3
LEAST: Final = 1 << 12
MOST: Final = 1 << 17
A_STOCK: Final = 1 << 9
"""Changes there is room for: at least, at most, and for each stock in between."""


class Mids(NamedTuple):
    """The ring, and where each stock's part of it begins."""

    ring: Cells
    """int64[a power of two, WIDTH]: change number n stands at n modulo the size."""
    newest: Cells
    """int64[1 + stocks]: number of the newest change, then of each stock's; 0 none."""


def empty_mids(stocks: int) -> Mids:
    """No mid of so many stocks is known."""
    wanted = min(max(stocks * A_STOCK, LEAST), MOST)
    size = 1 << (wanted - 1).bit_length()
    return Mids(np.zeros((size, WIDTH), dtype=np.int64), np.zeros(1 + stocks, dtype=np.int64))


@kernel
def note_mid(mids: Mids, index: int, at: int, mid2: int) -> None:
    """From `at` on twice the mid of stock `index` is `mid2`."""
    mids.newest[0] += 1
    number = mids.newest[0]
    place = number & (mids.ring.shape[0] - 1)
    mids.ring[place, AT] = at
    mids.ring[place, MID2] = mid2
    mids.ring[place, BEFORE] = mids.newest[1 + index]
    mids.newest[1 + index] = number


@kernel
def change_at(mids: Mids, at: int, number: int) -> int:
    """Number of the change in force at `at`, looked for from `number` on backwards; 0 where it
    is not known any more. `number` is the newest of a stock, or one found for a later time."""
    oldest = max(mids.newest[0] - mids.ring.shape[0], 0)
    last = mids.ring.shape[0] - 1
    while number > oldest:
        if mids.ring[number & last, AT] <= at:
            return int(number)
        number = mids.ring[number & last, BEFORE]
    return 0


@kernel
def mid_of(mids: Mids, number: int) -> int:
    """Twice the mid from change `number` on; 0 for no change."""
    return int(mids.ring[number & (mids.ring.shape[0] - 1), MID2]) if number > 0 else 0


@kernel
def mid_at(mids: Mids, index: int, at: int) -> int:
    """Twice the mid of stock `index` as it was at `at`; 0 where that is not known any more."""
    return mid_of(mids, change_at(mids, at, mids.newest[1 + index]))
