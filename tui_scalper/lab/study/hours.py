"""When the recorded market trades continuously, and its half hours."""

from __future__ import annotations

from typing import Final

import numpy as np

from tui_scalper.core.units import MS
from tui_scalper.core.venues import SSE, Phase
from tui_scalper.lab.layout import Ints
from tui_scalper.lab.parsing import Mask

SECOND: Final = 1_000
HALF_HOUR: Final = 1_800 * SECOND


def _stretches() -> tuple[tuple[int, int], ...]:
    whole: list[tuple[int, int]] = []
    for one in SSE.hours:
        if one.phase not in (Phase.OPEN, Phase.SQUARE_OFF):
            continue
        start, end = one.start // MS, one.end // MS
        if whole and whole[-1][1] == start:
            start = whole.pop()[0]
        whole.append((start, end))
    return tuple(whole)


STRETCHES: Final = _stretches()
"""(start, end) of continuous trading, milliseconds after local midnight: morning, afternoon."""


def continuous(ms: Ints) -> Mask:
    """bool[n]: which moments lie in continuous trading."""
    inside = np.zeros(len(ms), dtype=np.bool_)
    for start, end in STRETCHES:
        inside |= (ms >= start) & (ms < end)
    return inside


def grid(step_ms: int, stretch: tuple[int, int]) -> Ints:
    """Moments `step_ms` apart over a stretch of trading, both ends included where they fit."""
    return np.arange(stretch[0], stretch[1] + 1, step_ms, dtype=np.int64)


def last_before(ms: Ints, moments: Ints) -> Ints:
    """Index of the last entry of sorted `ms` at or before each moment, -1 where none is."""
    return np.searchsorted(ms, moments, side="right") - 1


def known_at(ms: Ints, moments: Ints) -> Ints:
    """The same, but the first entry for moments before it."""
    return np.maximum(last_before(ms, moments), 0)
