"""What traded since the update before, told from the cumulative volume and the last price.

An estimate: several trades come in one update, and all of them get one sign. Quote rule and
tick rule: C. Lee and M. Ready, Inferring trade direction from intraday data (1991).
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells

MOST_TRADED: Final = 1 << 26
"""Shares; a rise of the volume beyond it is a correction or a gap, not the trades of an update."""


@kernel
def read_trades(row: Cells, memory: Cells) -> None:
    """TRADED and TRADE_SIGN.

    TRADED = volume - volume before, in 1 .. MOST_TRADED, otherwise 0. The sign is that of
    last price - mid before the trades; at the mid, or without one, that of the last change
    of the last price; 0 as long as there was none. Without trades it stays.
    """
    ltp = row[c.LTP]
    past = memory[m.PAST_LTP]
    turn = memory[m.TURN]
    if (past > 0) & (ltp != past):
        turn = 1 if ltp > past else -1
    memory[m.TURN] = turn
    traded = row[c.VOLUME] - memory[m.PAST_VOLUME]
    mid2 = memory[m.PAST_MID2]
    beside = (mid2 > 0) & (2 * ltp != mid2)
    sign = (1 if 2 * ltp > mid2 else -1) if beside else turn
    counts = (traded > 0) & (traded <= MOST_TRADED)
    row[c.TRADED] = traded if counts else 0
    row[c.TRADE_SIGN] = sign if counts else row[c.TRADE_SIGN]
