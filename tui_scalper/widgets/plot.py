"""Mountains drawn with blocks: a column a value, eight steps a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

STEPS: Final = " ▁▂▃▄▅▆▇█"
EIGHTHS: Final = len(STEPS) - 1


def plot(values: Sequence[int], width: int, height: int, low: int, high: int) -> list[str]:
    """The newest `width` of `values` as `height` lines, `low` at the bottom.

    Every value shows at least one step; values outside the range stick to its edges.
    """
    span = max(high - low, 1)
    most = height * EIGHTHS - 1
    steps = [1 + min(max((value - low) * most // span, 0), most) for value in values[-width:]]
    lines = []
    for line in range(height):
        floor = (height - 1 - line) * EIGHTHS
        cells = (STEPS[min(max(step - floor, 0), EIGHTHS)] for step in steps)
        lines.append("".join(cells).ljust(width))
    return lines


def row_of(value: int, height: int, low: int, high: int) -> int | None:
    """The line on which the top of `value` stands; None when it is outside the range."""
    if not low <= value <= high or high <= low:
        return None
    most = height * EIGHTHS - 1
    return height - 1 - (value - low) * most // (high - low) // EIGHTHS
