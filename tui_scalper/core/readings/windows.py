"""Windows of time over running totals: totals now less totals when the window began.

A ring keeps what the totals were at some moments (marks), at least `spacing` apart, which
is the longest window over one less than its slots: then the ring always reaches back over
that window. A window begins at its newest mark that is at least as old as the window is
long; it is *full* when there is one, and begins at the first mark until then. It is longer
than asked by less than a spacing, or by the silence it begins with. Blocks of the memory
are laid out as core.memory says; all arguments but the times are its constants.
"""

from __future__ import annotations

from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells


@kernel
def begin_ring(
    memory: Cells, head: int, windows: int, totals: int, marks: int, width: int, at: int
) -> None:
    """Make the first mark at `at`: the totals before what comes now."""
    for index in range(windows + 1):
        memory[head + index] = 0
    memory[marks] = at
    for index in range(width):
        memory[marks + 1 + index] = memory[totals + index]


@kernel
def window_start(
    memory: Cells, head: int, tail: int, marks: int, width: int, slots: int, before: int
) -> int:
    """Where the mark stands that a window begins with: the newest at or before `before`, or the
    first. The time is there, the totals follow."""
    slot = memory[tail]
    last = memory[head]
    while slot != last:
        following = slot + 1 if slot + 1 < slots else 0
        if memory[marks + following * (1 + width)] > before:
            break
        slot = following
    memory[tail] = slot
    return int(marks + slot * (1 + width))


@kernel
def mark(
    memory: Cells, head: int, totals: int, marks: int, width: int, slots: int, at: int, spacing: int
) -> None:
    """Keep the totals as they are at `at` unless the newest mark is younger than `spacing`."""
    last = memory[head]
    if at - memory[marks + last * (1 + width)] < spacing:
        return
    slot = last + 1 if last + 1 < slots else 0
    memory[head] = slot
    place = marks + slot * (1 + width)
    memory[place] = at
    for index in range(width):
        memory[place + 1 + index] = memory[totals + index]
