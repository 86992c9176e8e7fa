"""How long to wait before connecting again."""

from __future__ import annotations

from random import Random


class Backoff:
    """Exponential waits with jitter, in seconds, never below `floor` nor above `ceiling`.

    The n-th wait in a row is drawn evenly between `floor` and `floor` x 2^n.
    """

    def __init__(self, floor: float, ceiling: float, random: Random) -> None:
        self._floor = floor
        self._ceiling = ceiling
        self._random = random
        self._reach = floor

    def next(self) -> float:
        """The wait before the next attempt."""
        self._reach = min(self._reach * 2, self._ceiling)
        return self._random.uniform(self._floor, self._reach)

    def reset(self) -> None:
        """Start small again: the last connection was a good one."""
        self._reach = self._floor
