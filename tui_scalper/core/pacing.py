"""Order rate: how many requests left in the last second, sliding, with a reserve for exits."""

from __future__ import annotations

from collections import deque

from tui_scalper.core.units import NS


class SendWindow:
    """Times of the requests of the last second. At most `limit` fit; entries leave a reserve."""

    def __init__(self, limit: int, exit_reserve: int) -> None:
        self._limit = limit
        self._reserve = min(exit_reserve, limit)
        self._sent: deque[int] = deque(maxlen=limit)

    def _count(self, now_ns: int) -> int:
        while self._sent and now_ns - self._sent[0] >= NS:
            self._sent.popleft()
        return len(self._sent)

    def entry_fits(self, now_ns: int) -> bool:
        """Whether an entry may leave now."""
        return self._count(now_ns) < self._limit - self._reserve

    def exit_fits(self, now_ns: int) -> bool:
        """Whether an exit, a stop or a cancellation may leave now."""
        return self._count(now_ns) < self._limit

    def next_free(self, now_ns: int) -> int:
        """When the next exit fits, `now_ns` when it fits now."""
        if self._count(now_ns) < self._limit:
            return now_ns
        return self._sent[0] + NS

    def record(self, now_ns: int) -> None:
        """A request leaves at `now_ns`."""
        assert self._count(now_ns) < self._limit
        self._sent.append(now_ns)
