"""Where the numbers of a stock lie: in one block of whole lines of the processor's cache.

A block holds what the exchange said and what follows from it (core.columns), the readings that
are not whole numbers (core.reals) and what readings remember (core.memory), in this order.
What every update touches stands together at the beginning, so that few lines are fetched and
the processor knows which comes next.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r

LINE: Final = 8
"""Numbers in a line."""
BEHIND: Final = c.COLUMNS + r.REALS
"""Numbers before those that readings remember."""
ALWAYS: Final = -(-(BEHIND + m.ALWAYS) // LINE)
"""Lines that every update touches."""
HALF: Final = LINE // 2
BLOCK: Final = -(-(BEHIND + m.MEMORY) // HALF) * HALF
"""Numbers from one stock to the next: those of every second begin in the middle of a line, which
costs no line more and half a line of memory less."""
assert -(-(BEHIND + m.ALWAYS + HALF) // LINE) == ALWAYS


def whole_lines(rows: int, width: int) -> NDArray[np.int64]:
    """int64[rows, width] of nothing, the first of which is the first number of a line."""
    room = np.zeros(rows * width + LINE, dtype=np.int64)
    first = -(room.ctypes.data // room.itemsize) % LINE
    return room[first : first + rows * width].reshape(rows, width)


def empty_blocks(
    stocks: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Cells, reals and memory of so many stocks of which nothing is known, a row each."""
    blocks = whole_lines(stocks, BLOCK)
    reals = blocks.view(np.float64)[:, c.COLUMNS : BEHIND]
    reals[:] = np.nan
    return blocks[:, : c.COLUMNS], reals, blocks[:, BEHIND : BEHIND + m.MEMORY]
