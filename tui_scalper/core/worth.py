"""What makes a stock worth watching in depth, and which ones must be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.attention import best_room
from tui_scalper.core.engine import Engine
from tui_scalper.core.market import Cells
from tui_scalper.core.ranking import ranked

Ints = NDArray[np.int64]


def must_see(engine: Engine) -> tuple[int, ...]:
    """Rows that need full depth whatever they are worth, the most important first, each once.

    Positions and live orders, the staged entry, the focused stock, the best ranked ones.
    """
    staged, rules = engine.operator.staged, engine.config.attention
    best = ranked(
        engine.table.cells,
        engine.now_ns,
        engine.config.signals.max_lag_ns,
        best_room(rules, len(engine.universe)),
        engine.proposer.leader(),
    )
    wanted = [
        *engine.desk.positions,
        *(order.row for order in engine.desk.blotter.live()),
        *([] if staged is None else [staged.row]),
        engine.commander.focus,
        *(int(row) for row in best if engine.table.cells[row, c.DOMINANCE] > 0),
    ]
    return tuple(dict.fromkeys(row for row in wanted if row >= 0))


def liquidity(cells: Cells) -> Ints:
    """Turnover of the day in paise, int64[rows]; 0 where nothing was said yet."""
    return cells[:, c.VOLUME] * cells[:, c.LTP]


def merit(cells: Cells) -> Ints:
    """How much a stock promises, int64[rows]: dominance in ppm times the bits of its turnover.

    A quote carries both totals, so a stock without depth competes as well. The logarithm
    keeps a giant that leans a little from hiding a lesser stock that leans a lot. One with
    nothing on a side, as at a circuit limit, cannot be traded and promises nothing.
    """
    buy, sell = cells[:, c.TOTAL_BUY], cells[:, c.TOTAL_SELL]
    total = np.maximum(buy + sell, 1)
    tradable = (buy > 0) & (sell > 0)
    dominance = np.where(tradable, np.abs(buy - sell) * 1_000_000 // total, 0)
    _, bits = np.frexp(liquidity(cells).astype(np.float64))
    worth: Ints = dominance * bits.astype(np.int64)
    return worth
