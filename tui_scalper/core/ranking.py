"""The ranked table: signals first by dominance, then what is nearest to one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.gates import Gate
from tui_scalper.core.market import Cells


def ranked(
    cells: Cells, now_ns: int, max_age_ns: int, most: int, leader: int = -1
) -> NDArray[np.int64]:
    """The first `most` rows: fresh signals, then the rest by how few gates block them.

    The row `leader` (core.race; -1 for none) goes before all of them. Within each group the
    greater dominance goes first, then the tighter spread, then the lower row, so that the
    order is total and the same on every machine.
    """
    old = now_ns - cells[:, c.RECEIVED_NS] > max_age_ns
    blockers = cells[:, c.BLOCKERS] | np.where(old, int(Gate.STALE), 0)
    signal = (blockers == 0) & (cells[:, c.SIGNAL_NS] > 0)
    group = np.where(signal, 0, 1 + np.bitwise_count(blockers).astype(np.int64))
    if leader >= 0:
        group[leader] = -1
    spread = cells[:, c.ASK_PRICE] - cells[:, c.BID_PRICE]
    mid = np.maximum(cells[:, c.ASK_PRICE] + cells[:, c.BID_PRICE], 1)
    order = np.lexsort((spread / mid, -cells[:, c.DOMINANCE], group))
    return order[:most].astype(np.int64)
