"""Order rate: how many requests left in the last second, minute and day, each sliding.

Entries stop earlier than everything else, so that exits, stops and cancellations always find
room: the law's ten a second, and the broker's own bounds of a minute and of a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import msgspec

from tui_scalper.core.config import RiskLimits
from tui_scalper.core.units import NS


class Span(IntEnum):
    """Length of a sliding window, nanoseconds."""

    SECOND = NS
    MINUTE = 60 * NS
    DAY = 86_400 * NS


class Window(msgspec.Struct, frozen=True):
    """At most `limit` requests in any `span`; entries leave only below `entries`."""

    span: Span
    limit: int
    entries: int


LONG_AGO: Final = -(1 << 62)


def windows_of(risk: RiskLimits) -> tuple[Window, ...]:
    """The windows of `risk`, shortest first."""
    limit = risk.orders_per_second
    return (
        Window(Span.SECOND, limit, limit - risk.exit_reserve),
        Window(Span.MINUTE, risk.minute_limit, min(risk.orders_per_minute, risk.minute_limit)),
        Window(Span.DAY, risk.day_limit, min(risk.orders_per_day, risk.day_limit)),
    )


class SendWindow:
    """Times of the newest requests, in a ring as long as the largest limit: it never grows.

    Whether n fit in a span is one look at the n-th newest time, whatever n is.
    """

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = tuple(windows)
        self._size = max(window.limit for window in windows)
        self._sent = [LONG_AGO] * self._size
        self._next = 0

    def _newest(self, n: int) -> int:
        """Time of the `n`-th newest request, 1 the newest; LONG_AGO before there were so many."""
        return self._sent[(self._next - n) % self._size]

    def used(self, span: Span, now_ns: int) -> int:
        """Requests in the `span` up to now, counted up to the largest limit."""
        low, high = 0, self._size
        while low < high:
            middle = (low + high + 1) // 2
            if now_ns - self._newest(middle) < span:
                low = middle
            else:
                high = middle - 1
        return low

    def entry_waits(self, now_ns: int) -> Span | None:
        """The first window too full for an entry now; None when an entry may leave."""
        for window in self._windows:
            if window.entries <= 0 or now_ns - self._newest(window.entries) < window.span:
                return window.span
        return None

    def exit_fits(self, now_ns: int) -> bool:
        """Whether an exit, a stop or a cancellation may leave now."""
        return self.next_free(now_ns) == now_ns

    def next_free(self, now_ns: int) -> int:
        """When the next exit fits, `now_ns` when it fits now."""
        free = (self._newest(window.limit) + window.span for window in self._windows)
        return max(now_ns, *free)

    def record(self, now_ns: int) -> None:
        """A request leaves at `now_ns`, which must fit."""
        assert self.exit_fits(now_ns)
        self.remember(now_ns)

    def remember(self, at_ns: int) -> None:
        """A request left at `at_ns`, by this run or by one before it, oldest first."""
        self._sent[self._next] = at_ns
        self._next = (self._next + 1) % self._size
