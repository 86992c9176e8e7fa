"""Asks for what the readings of a row will touch, some rows before it is its turn.

The lines of a row are asked for a few at a time, between the readings of another: all at once
they are more than the processor waits for at a time, and it would stand still. Which marks a
row needs can be told when its memory is here, so they are asked for later. Where nothing is
needed, something is asked for that is here already: that costs less than a branch.
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core import blocks
from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import rules as u
from tui_scalper.core.blocks import LINE
from tui_scalper.core.fetch import LARGE, ask, fetch
from tui_scalper.core.jit import kernel
from tui_scalper.core.lives import ask_lasting
from tui_scalper.core.market import Cells, Market
from tui_scalper.core.memory import Ring
from tui_scalper.core.mids import fetch_page
from tui_scalper.core.readings.windows import after, tail_of

FAR: Final = 5
"""Rows ahead of which everything is asked for that an update touches always; nothing is gained
further ahead."""
NEAR: Final = 2
"""Rows ahead of which the marks are asked for at which its windows begin and go on."""
PARTS: Final = 9
"""How many times lines are asked for while a row is read."""
WRITTEN: Final = c.MARKET_END // LINE
"""Lines that the decoder alone writes: they were asked for before the row was judged."""
SHARE: Final = -(-(blocks.ALWAYS - WRITTEN) // PARTS)
"""Lines of a part."""


@kernel
def fetch_part(market: Market, row: int, part: int) -> None:
    """Ask for one of PARTS of what every update of `row` touches; the memory first, since it
    tells which marks are needed."""
    last = blocks.ALWAYS - part * SHARE
    for line in range(max(last - SHARE, WRITTEN), last):
        ask(market.cells, row, line * LINE)


@kernel
def ask_mark(memory: Cells, row: int, cell: int, due: bool, ring: Ring, more: int) -> None:
    """Ask, where it is `due`, for the mark after the one whose place `cell` tells, and for some
    cells more: all of its lines, of which there are three at most."""
    first = after(memory[row, cell], ring)
    ask(memory, row, first if due else cell)
    if ring.width + more > LINE:
        ask(memory, row, first + LINE if due else cell)
    ask(memory, row, first + ring.width + more if due else cell)


@kernel
def ask_block(memory: Cells, row: int, ring: Ring, window_ns: int, now: int) -> None:
    """Ask for marks of a block with one window, `window_ns` long: the one the window moves on to,
    with the time of the one after that, and the one that is made at `now`."""
    tail = tail_of(ring, 0)
    ask_mark(memory, row, tail, memory[row, tail + m.NEXT_NS] <= now - window_ns, ring, 1)
    ask_mark(memory, row, ring.head, memory[row, ring.head + m.DUE_NS] <= now, ring, 0)


@kernel
def ask_flow(memory: Cells, row: int) -> None:
    """Ask for marks of the order flow: an update in a second moves all of these windows."""
    for window in range(m.WINDOWS):
        ask_mark(memory, row, tail_of(m.FLOW, window), True, m.FLOW, 1)
    ask_mark(memory, row, m.FLOW_HEAD, True, m.FLOW, 0)


@kernel
def ask_slow(memory: Cells, row: int, window_ns: int, now: int) -> None:
    """Ask for marks of the slow window: seldom any, which a branch guesses right."""
    if memory[row, m.SLOW_TAIL + m.NEXT_NS] <= now - window_ns:
        ask_mark(memory, row, m.SLOW_TAIL, True, m.SLOW, 1)
    if memory[row, m.SLOW_HEAD + m.DUE_NS] <= now:
        ask_mark(memory, row, m.SLOW_HEAD, True, m.SLOW, 0)


@kernel
def fetch_marks(memory: Cells, row: int, rules: Cells, now: int) -> None:
    """Ask for the marks that an update of `row` at `now` reads and makes."""
    ask_flow(memory, row)
    ask_block(memory, row, m.LEVELS, rules[u.FLOW_NS + m.MIDDLE], now)
    ask_block(memory, row, m.TREND, rules[u.TREND_NS], now)
    ask_slow(memory, row, rules[u.SLOW_NS], now)


@kernel
def fetch_first(market: Market, rows: Cells, place: int, rules: Cells, now: int) -> None:
    """Frames begin at `rows[place]`: ask for the rows before which no other is read."""
    if market.cells.shape[0] < LARGE:
        return
    for first in range(place, min(place + FAR, rows.shape[0])):
        for part in range(PARTS):
            fetch_part(market, rows[first], part)
    for first in range(place, min(place + NEAR, rows.shape[0])):
        fetch_marks(market.memory, rows[first], rules, now)


@kernel
def fetch_written(market: Market, rows: Cells, place: int) -> None:
    """Ask for what a tape writes of a row that comes soon; a decoder asks for itself."""
    if market.cells.shape[0] >= LARGE and place + FAR < rows.shape[0]:
        fetch(market.cells, rows[place + FAR], c.MARKET_END)


@kernel
def row_ahead(market: Market, rows: Cells, place: int, rules: Cells, now: int) -> int:
    """Row `rows[place]` is read at `now`: the row to be asked for meanwhile; marks are asked for
    at once. Itself at the end, and in a market that the processor keeps at hand by itself."""
    far = place + FAR
    if market.cells.shape[0] < LARGE:
        return int(rows[place])
    if place + NEAR < rows.shape[0]:
        fetch_marks(market.memory, rows[place + NEAR], rules, now)
        fetch_page(market.mids, rows[place + NEAR])
        ask_lasting(market.lives, rows[place + NEAR])
    return int(rows[far if far < rows.shape[0] else place])
