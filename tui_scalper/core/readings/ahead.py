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
from tui_scalper.core.mids import fetch_page
from tui_scalper.core.readings.flow import MIDDLE
from tui_scalper.core.readings.windows import spacing

FAR: Final = 4
"""Rows ahead of which everything is asked for that an update touches always; further ahead it
would be gone again when it is needed."""
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
def ask_mark(
    memory: Cells, row: int, slot: int, due: bool, marks: int, width: int, slots: int, more: int
) -> None:
    """Ask, where it is `due`, for the mark after the one whose slot the cell `slot` tells, and
    for some cells more."""
    following = memory[row, slot] + 1
    first = marks + (following if following < slots else 0) * (1 + width)
    ask(memory, row, first if due else slot)
    if width + more > LINE:
        ask(memory, row, first + LINE if due else slot)
    ask(memory, row, first + width + more if due else slot)


@kernel
def ask_block(
    memory: Cells,
    row: int,
    head: int,
    tail: int,
    marks: int,
    width: int,
    slots: int,
    window_ns: int,
    now: int,
) -> None:
    """Ask for marks of a block with one window, `window_ns` long: the one the window moves on to,
    with the time of the one after that, and the one that is made at `now`."""
    moves = memory[row, tail + m.NEXT_NS] <= now - window_ns
    ask_mark(memory, row, tail, moves, marks, width, slots, 1)
    makes = now - memory[row, head + m.HEAD_NS] >= spacing(window_ns, slots)
    ask_mark(memory, row, head, makes, marks, width, slots, 0)


@kernel
def ask_flow(memory: Cells, row: int) -> None:
    """Ask for marks of the order flow: an update in a second moves all of these windows."""
    for window in range(m.WINDOWS):
        tail = m.FLOW_TAILS + window * (m.TAIL_WIDTH + m.FLOW_WIDTH)
        ask_mark(memory, row, tail, True, m.FLOW_MARKS, m.FLOW_WIDTH, m.FLOW_SLOTS, 1)
    ask_mark(memory, row, m.FLOW_HEAD, True, m.FLOW_MARKS, m.FLOW_WIDTH, m.FLOW_SLOTS, 0)


@kernel
def ask_slow(memory: Cells, row: int, window_ns: int, now: int) -> None:
    """Ask for marks of the slow window: seldom any, which a branch guesses right."""
    marks, width, slots = m.SLOW_MARKS, m.SLOW_WIDTH, m.SLOW_SLOTS
    if memory[row, m.SLOW_TAIL + m.NEXT_NS] <= now - window_ns:
        ask_mark(memory, row, m.SLOW_TAIL, True, marks, width, slots, 1)
    if now - memory[row, m.SLOW_HEAD + m.HEAD_NS] >= spacing(window_ns, slots):
        ask_mark(memory, row, m.SLOW_HEAD, True, marks, width, slots, 0)


@kernel
def fetch_marks(memory: Cells, row: int, rules: Cells, now: int) -> None:
    """Ask for the marks that an update of `row` at `now` reads and makes."""
    ask_flow(memory, row)
    for head, tail, marks, width, slots, window in (
        (
            m.LEVELS_HEAD,
            m.LEVELS_TAIL,
            m.LEVELS_MARKS,
            m.LEVELS_WIDTH,
            m.LEVELS_SLOTS,
            u.FLOW_NS + MIDDLE,
        ),
        (m.TREND_HEAD, m.TREND_TAIL, m.TREND_MARKS, m.TREND_WIDTH, m.TREND_SLOTS, u.TREND_NS),
    ):
        ask_block(memory, row, head, tail, marks, width, slots, rules[window], now)
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
