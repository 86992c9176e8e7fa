"""Moments of a replay worth going to: a stock became a signal, a position opened or closed."""

from __future__ import annotations

from bisect import bisect_left
from enum import StrEnum


class MarkKind(StrEnum):
    """What happened there."""

    SIGNAL = "signal"
    TRADE = "trade"


class Marks:
    """The moments a replay came by, in order of time (nanoseconds UTC)."""

    def __init__(self) -> None:
        self._times: dict[MarkKind, list[int]] = {kind: [] for kind in MarkKind}

    def add(self, kind: MarkKind, at_ns: int) -> None:
        """Something happened, not before anything added earlier."""
        times = self._times[kind]
        if not times or times[-1] < at_ns:
            times.append(at_ns)

    def count(self, kind: MarkKind) -> int:
        """How many moments of a kind there were so far."""
        return len(self._times[kind])

    def before(self, kind: MarkKind, at_ns: int) -> int | None:
        """The last moment earlier than `at_ns`; None when there was none."""
        times = self._times[kind]
        place = bisect_left(times, at_ns)
        return times[place - 1] if place else None
