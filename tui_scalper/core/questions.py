"""Questions to the broker: each leaves so many times in a while; what is asked beyond that waits.

Answers beget questions: holdings that differ ask for the order book, an order book that lacks
an order asks for the holdings. Without a bound two such go back and forth as fast as the broker
answers, and where an answer begets more than one of them, more of them every time.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from tui_scalper.core.effects import (
    Effect,
    PollFunds,
    PollOrder,
    PollOrderBook,
    PollPositions,
    PollTrades,
)
from tui_scalper.core.units import FOREVER

QUESTIONS: Final = (PollFunds, PollOrder, PollOrderBook, PollPositions, PollTrades)


class Questions:
    """When each question left, and which wait. `next_ns` says when `due` has one."""

    def __init__(self, most: int, within_ns: int) -> None:
        self._most = most
        self._within_ns = within_ns
        self._left_ns: dict[Effect, deque[int]] = {}
        """When each left that did within the while, the newest last."""
        self._waiting: dict[Effect, int] = {}
        """When each may leave that was asked too often."""

    @property
    def next_ns(self) -> int:
        """When the next one that waits may leave."""
        return min(self._waiting.values(), default=FOREVER)

    def leaves(self, question: Effect, now_ns: int) -> bool:
        """Whether `question` leaves now; if not, it waits."""
        self._forget(now_ns)
        left_ns = self._left_ns.setdefault(question, deque())
        if len(left_ns) >= self._most:
            self._waiting[question] = left_ns[0] + self._within_ns
            return False
        self._waiting.pop(question, None)
        left_ns.append(now_ns)
        return True

    def due(self, now_ns: int) -> list[Effect]:
        """What waited and may leave now."""
        return [one for one, due_ns in self._waiting.items() if due_ns <= now_ns]

    def _forget(self, now_ns: int) -> None:
        for question, left_ns in list(self._left_ns.items()):
            while left_ns and left_ns[0] <= now_ns - self._within_ns:
                left_ns.popleft()
            if not left_ns:
                del self._left_ns[question]
