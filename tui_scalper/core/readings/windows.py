"""Windows of time over running totals: totals now less totals when the window began.

A ring keeps what the totals were at some moments (marks), at least a spacing apart, which
is the longest window over its slots. A window begins at its newest mark that is at least as
old as the window is long; it is *full* when there is one, and begins at the first mark until
then. It is longer than asked by less than a spacing, or by the silence it begins with.

A window keeps a copy of the mark it begins at, and the time of the one after it: most updates
need no more of the ring. So the ring has room for the marks after it alone: when the last slot
is taken, the mark in the one that is written over is at least as old as the longest window,
and all windows have moved on to it or past it. Blocks of the memory are laid out as
core.memory says; all arguments but the times are its constants.
"""

from __future__ import annotations

from tui_scalper.core import memory as m
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells
from tui_scalper.core.units import FOREVER


@kernel
def begin_ring(memory: Cells, head: int, windows: int, totals: int, width: int, at: int) -> None:
    """All windows begin at `at`, with the totals before what comes now."""
    memory[head] = 0
    memory[head + m.HEAD_NS] = at
    for window in range(windows):
        tail = head + m.HEAD_WIDTH + window * (m.TAIL_WIDTH + width)
        memory[tail] = 0
        memory[tail + m.NEXT_NS] = FOREVER
        memory[tail + m.START] = at
        for index in range(width):
            memory[tail + m.START + 1 + index] = memory[totals + index]


@kernel
def window_start(
    memory: Cells, head: int, tail: int, marks: int, width: int, slots: int, before: int
) -> int:
    """Where a copy of the mark stands that a window begins with: the newest at or before
    `before`, or the first. The time is there, the totals follow."""
    while memory[tail + m.NEXT_NS] <= before:
        slot = memory[tail] + 1 if memory[tail] + 1 < slots else 0
        memory[tail] = slot
        place = marks + slot * (1 + width)
        for index in range(1 + width):
            memory[tail + m.START + index] = memory[place + index]
        following = slot + 1 if slot + 1 < slots else 0
        memory[tail + m.NEXT_NS] = (
            FOREVER if slot == memory[head] else memory[marks + following * (1 + width)]
        )
    return int(tail + m.START)


@kernel
def spacing(longest_ns: int, slots: int) -> int:
    """Least time from one mark to the next, where the longest window is `longest_ns`."""
    return -(-longest_ns // slots)


@kernel
def mark(
    memory: Cells,
    head: int,
    windows: int,
    totals: int,
    marks: int,
    width: int,
    slots: int,
    at: int,
    longest_ns: int,
) -> None:
    """Keep the totals as they are at `at` unless the newest mark is too young for another."""
    if at - memory[head + m.HEAD_NS] < spacing(longest_ns, slots):
        return
    slot = memory[head] + 1 if memory[head] + 1 < slots else 0
    memory[head] = slot
    memory[head + m.HEAD_NS] = at
    place = marks + slot * (1 + width)
    memory[place] = at
    for index in range(width):
        memory[place + 1 + index] = memory[totals + index]
    for window in range(windows):
        following = head + m.HEAD_WIDTH + window * (m.TAIL_WIDTH + width) + m.NEXT_NS
        memory[following] = min(memory[following], at)
