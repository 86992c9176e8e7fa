"""The life of every signal: when it began, was strongest and ended, and where the mid was.

A life is done when it has ended and a minute has passed since it began. What the mid did is
read over some horizons from half a second after the beginning on, since nobody acts sooner,
and as a mirror over the same horizons up to half a second before it: a signal whose mirror is
the stronger follows the price more than it leads it. Kept by kernels, so that a replay and a
live run keep the same; there is room for so many lives at once, further ones are counted.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.blocks import LINE, whole_lines
from tui_scalper.core.fetch import ask
from tui_scalper.core.jit import kernel
from tui_scalper.core.mids import Mids, ask_newest_page
from tui_scalper.core.units import NS

Cells = NDArray[np.int64]

DELAY_NS: Final = NS // 2
HORIZONS: Final = (1, 2, 5, 10, 30, 60)
"""Seconds."""
POINTS: Final = 1 + len(HORIZONS)
"""Mids of one direction: after the delay, and a horizon further each."""

# Cells of a life.
ROW: Final = 0
SIDE: Final = 1
START_NS: Final = 2
DOMINANCE: Final = 3
PEAK: Final = 4
"""Dominance at the beginning, and the most there was."""
PEAK_NS: Final = 5
END_NS: Final = 6
"""0 while it lasts."""
STATE: Final = 7
BEFORE: Final = 8
"""POINTS cells: twice the mid at each distance before the beginning, the nearest first. Of a life
that is BORN the first is the change of the mid it began with, from which it is told of them."""
AFTER: Final = BEFORE + POINTS
LIFE: Final = -(-(AFTER + POINTS) // LINE) * LINE
"""Whole lines, the first of which tells how a life goes on."""

# States of a life: one that is born is young, but for the mids before it.
FREE, BORN, YOUNG, RIPE, DONE = range(5)

# Cells of the head.
FREE_SLOTS: Final = 0
FIRST_YOUNG: Final = 1
YOUNG_LIVES: Final = 2
FIRST_DONE: Final = 3
DONE_LIVES: Final = 4
MISSED: Final = 5
"""Signals there was no room for."""
BORN_LIVES: Final = 6
"""How many of the young lives, the last ones, are yet to be told the mids before them."""
HEAD: Final = 7

LEAST: Final = 1 << 10
MOST: Final = 1 << 14
"""Lives there is room for: 9,000 stocks of which two updates in a hundred begin one fill 13,000."""
A_STOCK: Final = 1 << 6


class Lives(NamedTuple):
    """The lives there are, and queues of their slots."""

    table: Cells
    """int64[slots, LIFE]."""
    head: Cells
    free: Cells
    """int64[slots]: a stack of those nobody uses."""
    young: Cells
    """int64[slots]: a ring of those not ripe yet, in the order of their beginning."""
    done: Cells
    """int64[slots]: a ring of those to be taken, in the order in which they were done."""
    lasting: Cells
    """int64[stocks]: slot plus one of the life that lasts; 0 where there is no signal."""


def no_lives(stocks: int) -> Lives:
    """Room for the lives of so many stocks."""
    slots = min(max(stocks * A_STOCK, LEAST), MOST)
    head = np.zeros(HEAD, dtype=np.int64)
    head[FREE_SLOTS] = slots
    return Lives(
        whole_lines(slots, LIFE),
        head,
        np.arange(slots)[::-1].copy(),
        np.zeros(slots, dtype=np.int64),
        np.zeros(slots, dtype=np.int64),
        np.zeros(stocks, dtype=np.int64),
    )


@kernel
def push(ring: Cells, head: Cells, first: int, slot: int) -> None:
    """Put a slot at the end of a ring whose first place and number stand at `first` and next."""
    ring[(head[first] + head[first + 1]) % ring.shape[0]] = slot
    head[first + 1] += 1


@kernel
def pop(ring: Cells, head: Cells, first: int) -> int:
    """Take the slot at the beginning of a ring that is not empty."""
    slot = ring[head[first]]
    head[first] = (head[first] + 1) % ring.shape[0]
    head[first + 1] -= 1
    return int(slot)


@kernel
def begin_life(lives: Lives, mids: Mids, index: int, row: Cells, at: int) -> None:
    """Stock `index` became a signal at `at`."""
    head = lives.head
    if head[FREE_SLOTS] == 0:
        head[MISSED] += 1
        return
    head[FREE_SLOTS] -= 1
    slot = lives.free[head[FREE_SLOTS]]
    life = lives.table[slot]
    life[ROW] = index
    life[SIDE] = row[c.LEAN]
    life[START_NS] = at
    life[DOMINANCE] = row[c.DOMINANCE]
    life[PEAK] = row[c.DOMINANCE]
    life[PEAK_NS] = at
    life[END_NS] = 0
    life[STATE] = BORN
    for point in range(POINTS):
        life[BEFORE + point] = 0
        life[AFTER + point] = 0
    life[BEFORE] = mids.newest[1 + index]
    lives.lasting[index] = slot + 1
    push(lives.young, head, FIRST_YOUNG, slot)
    head[BORN_LIVES] += 1
    ask_newest_page(mids, index)


@kernel
def go_on(lives: Lives, index: int, row: Cells, at: int) -> None:
    """The signal of stock `index` lasts at `at`."""
    slot = lives.lasting[index] - 1
    if slot >= 0 and row[c.DOMINANCE] > lives.table[slot, PEAK]:
        lives.table[slot, PEAK] = row[c.DOMINANCE]
        lives.table[slot, PEAK_NS] = at


@kernel
def ask_lasting(lives: Lives, index: int) -> None:
    """Ask for what `go_on` and `end_life` touch of the life of stock `index`; for that of any
    where it has none."""
    ask(lives.table, max(lives.lasting[index] - 1, 0), PEAK)


@kernel
def finish(lives: Lives, slot: int) -> None:
    """The life in a slot is done: it waits to be taken."""
    lives.table[slot, STATE] = DONE
    push(lives.done, lives.head, FIRST_DONE, slot)


@kernel
def end_life(lives: Lives, index: int, at: int) -> None:
    """The signal of stock `index`, if there was one, ended at `at`."""
    slot = lives.lasting[index] - 1
    if slot < 0:
        return
    lives.lasting[index] = 0
    lives.table[slot, END_NS] = at
    if lives.table[slot, STATE] == RIPE:
        finish(lives, slot)
