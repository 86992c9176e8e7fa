"""What is due when: ordered by time and then by when it was planned."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from tui_scalper.core.units import FOREVER

Happening = Callable[[int], None]
"""Takes the time at which it happens."""


class Agenda:
    """Things to happen, each once."""

    def __init__(self) -> None:
        self._due: list[tuple[int, int, Happening]] = []
        self._numbers = count()

    @property
    def next_ns(self) -> int:
        """When the next thing is due, FOREVER when nothing is."""
        return self._due[0][0] if self._due else FOREVER

    def at(self, at_ns: int, happens: Happening) -> None:
        """Plan something."""
        heapq.heappush(self._due, (at_ns, next(self._numbers), happens))

    def happen(self) -> None:
        """Let the next thing happen."""
        due_ns, _, happens = heapq.heappop(self._due)
        happens(due_ns)
