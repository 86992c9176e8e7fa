"""Asks for what the readings of a row will touch, some rows before it is its turn."""

from __future__ import annotations

from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core.fetch import LARGE, LINE, ask, fetch
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells, Market

FAR: Final = 4
"""Rows ahead of which everything is asked for that an update touches always."""
NEAR: Final = 2
"""Rows ahead of which the marks are asked for at which its windows begin."""


@kernel
def fetch_row(market: Market, row: int) -> None:
    """Ask for what every update of `row` touches."""
    fetch(market.cells, row, c.COLUMNS)
    fetch(market.reals, row, r.REALS)
    fetch(market.memory, row, m.ALWAYS)


@kernel
def fetch_next(memory: Cells, row: int, tail: int, marks: int, width: int) -> None:
    """Ask for the mark a window moves on to, and for the time of the one after that."""
    place = marks + (memory[row, tail] + 1) * (1 + width)
    for cell in range(0, 2 + width, LINE):
        ask(memory, row, place + cell)


@kernel
def fetch_marks(memory: Cells, row: int) -> None:
    """Ask for the marks that the windows of `row` which move often move on to."""
    for window in range(m.WINDOWS):
        tail = m.FLOW_TAILS + window * (m.TAIL_WIDTH + m.FLOW_WIDTH)
        fetch_next(memory, row, tail, m.FLOW_MARKS, m.FLOW_WIDTH)
    fetch_next(memory, row, m.LEVELS_TAIL, m.LEVELS_MARKS, m.LEVELS_WIDTH)


@kernel
def fetch_ahead(market: Market, rows: Cells, place: int) -> None:
    """Row `rows[place]` is next: ask for those that come after it, in a large market."""
    if market.cells.shape[0] < LARGE:
        return
    if place + FAR < rows.shape[0]:
        fetch_row(market, rows[place + FAR])
    if place + NEAR < rows.shape[0]:
        fetch_marks(market.memory, rows[place + NEAR])
