"""Windows of time over running totals: totals now less totals when the window began.

A ring keeps what the totals were at some moments (marks), at least a spacing apart, which
is the longest window over its slots. A window begins at its newest mark that is at least as
old as the window is long; it is *full* when there is one, and begins at the first mark until
then. It is longer than asked by less than a spacing, or by the silence it begins with.

A window keeps a copy of the mark it begins at, and the time of the one after it: most updates
need no more of the ring. So the ring has room for the marks after it alone: when the last slot
is taken, the mark in the one that is written over is at least as old as the longest window,
and all windows have moved on to it or past it. Rings are those of core.memory, constants to the
compiler.
"""

from __future__ import annotations

from tui_scalper.core import memory as m
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells
from tui_scalper.core.memory import Ring
from tui_scalper.core.units import FOREVER


@kernel
def spacing(longest_ns: int, slots: int) -> int:
    """Least time from one mark to the next, where the longest window is `longest_ns`."""
    return -(-longest_ns // slots)


@kernel
def tail_of(ring: Ring, window: int) -> int:
    """Where the tail of a window stands."""
    return ring.head + m.HEAD_WIDTH + window * (m.TAIL_WIDTH + ring.width)


@kernel
def after(place: int, ring: Ring) -> int:
    """Where the mark after the one at `place` stands."""
    following = place + 1 + ring.width
    return following if following < ring.marks + ring.slots * (1 + ring.width) else ring.marks


@kernel
def begin_ring(memory: Cells, ring: Ring, at: int, longest_ns: int) -> None:
    """All windows begin at `at`, with the totals before what comes now."""
    memory[ring.head] = ring.marks
    memory[ring.head + m.DUE_NS] = at + spacing(longest_ns, ring.slots)
    for window in range(ring.windows):
        tail = tail_of(ring, window)
        memory[tail] = ring.marks
        memory[tail + m.NEXT_NS] = FOREVER
        memory[tail + m.START] = at
        for index in range(ring.width):
            memory[tail + m.START + 1 + index] = memory[ring.totals + index]


@kernel
def window_start(memory: Cells, ring: Ring, window: int, before: int) -> int:
    """Where a copy of the mark stands that a window begins with: the newest at or before
    `before`, or the first. The time is there, the totals follow."""
    tail = tail_of(ring, window)
    while memory[tail + m.NEXT_NS] <= before:
        place = after(memory[tail], ring)
        memory[tail] = place
        for index in range(1 + ring.width):
            memory[tail + m.START + index] = memory[place + index]
        memory[tail + m.NEXT_NS] = (
            FOREVER if place == memory[ring.head] else memory[after(place, ring)]
        )
    return int(tail + m.START)


@kernel
def mark(memory: Cells, ring: Ring, at: int, longest_ns: int) -> None:
    """Keep the totals as they are at `at` unless the newest mark is too young for another."""
    if at < memory[ring.head + m.DUE_NS]:
        return
    place = after(memory[ring.head], ring)
    memory[ring.head] = place
    memory[ring.head + m.DUE_NS] = at + spacing(longest_ns, ring.slots)
    memory[place] = at
    for index in range(ring.width):
        memory[place + 1 + index] = memory[ring.totals + index]
    for window in range(ring.windows):
        following = tail_of(ring, window) + m.NEXT_NS
        memory[following] = min(memory[following], at)
