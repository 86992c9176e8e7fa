"""Asks for what the readings of a row will touch, some rows before it is its turn."""

from __future__ import annotations

from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r
from tui_scalper.core.fetch import LINE, ask, fetch
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells, Market

FAR: Final = 4
"""Rows ahead of which everything is asked for that an update touches always."""
LARGE: Final = 256
"""Stocks from which on a market is more than the processor keeps at hand by itself."""
NEAR: Final = 2
"""Rows ahead of which the marks are asked for at which its windows begin."""


@kernel
def fetch_row(market: Market, row: int) -> None:
    """Ask for what every update of `row` touches."""
    fetch(market.cells, row, c.COLUMNS)
    fetch(market.reals, row, r.REALS)
    fetch(market.memory, row, m.ALWAYS)


@kernel
def fetch_mark(memory: Cells, row: int, slot: int, marks: int, width: int) -> None:
    """Ask for the mark in a slot, and for the time of the one after it."""
    place = marks + slot * (1 + width)
    for cell in range(0, 1 + width, LINE):
        ask(memory, row, place + cell)
    ask(memory, row, place + 1 + width)


@kernel
def fetch_ring(memory: Cells, row: int, head: int, windows: int, marks: int, width: int) -> None:
    """Ask for the marks at which the windows of a ring begin, and for the next to be made."""
    for tail in range(head + 1, head + 1 + windows):
        fetch_mark(memory, row, memory[row, tail], marks, width)
    fetch_mark(memory, row, memory[row, head] + 1, marks, width)


@kernel
def fetch_marks(memory: Cells, row: int) -> None:
    """Ask for the marks of all windows of `row`."""
    fetch_ring(memory, row, m.FLOW_HEAD, m.WINDOWS, m.FLOW_MARKS, m.FLOW_WIDTH)
    fetch_ring(memory, row, m.LEVELS_HEAD, 1, m.LEVELS_MARKS, m.LEVELS_WIDTH)
    fetch_ring(memory, row, m.TREND_HEAD, 1, m.TREND_MARKS, m.TREND_WIDTH)
    fetch_ring(memory, row, m.SLOW_HEAD, 1, m.SLOW_MARKS, m.SLOW_WIDTH)


@kernel
def fetch_ahead(market: Market, rows: Cells, place: int) -> None:
    """Row `rows[place]` is next: ask for those that come after it, in a large market."""
    if market.cells.shape[0] < LARGE:
        return
    if place + FAR < rows.shape[0]:
        fetch_row(market, rows[place + FAR])
    if place + NEAR < rows.shape[0]:
        fetch_marks(market.memory, rows[place + NEAR])
