"""Where the last price stands between the stop and the target of a position, as a bar.

The stop is always left and the target right, whichever way the position leans: what moves
to the right is profit.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tui_scalper.core.units import Side

LEAST_CELLS: Final = 5
"""Below this a bar tells nothing."""


@lru_cache(maxsize=4096)
def bracket_bar(side: Side, stop: int, entry: int, target: int, last: int, width: int) -> str:
    """`width` cells: ``├─┼━━●────┤`` from stop to target, blank where prices are missing.

    ``┼`` is the entry, ``●`` the last price, ``◂`` or ``▸`` one beyond the ends. Without a
    target the bar reaches as far above the entry as the stop lies below, and stays open.
    """
    if not stop or not entry or not last or width < LEAST_CELLS:
        return " " * width
    end = target or 2 * entry - stop
    length = (end - stop) * side
    if length <= 0:
        return " " * width

    def cell(price: int) -> int:
        return round((price - stop) * side * (width - 1) / length)

    at, start = cell(last), min(max(cell(entry), 0), width - 1)
    near = min(max(at, 0), width - 1)
    cells = ["─"] * width
    cells[0], cells[-1] = "├", "┤" if target else "╌"
    for between in range(min(start, near), max(start, near)):
        cells[between] = "━"
    cells[start] = "┼"
    cells[near] = "◂" if at < 0 else "▸" if at >= width else "●"
    return "".join(cells)
