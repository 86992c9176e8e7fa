"""Request limits: so many a window, several windows at once."""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec


class Window(msgspec.Struct, frozen=True):
    """At most `count` requests in any `seconds`."""

    count: int
    seconds: float


LIMITS: Final = {
    "orders": (Window(10, 1.0), Window(400, 60.0)),
    "cancels": (Window(10, 1.0),),
}
"""Windows a kind of request must fit, all of them; what is not named here is not limited."""


class Limiter:
    """Counts requests by kind against LIMITS."""

    def __init__(self) -> None:
        longest = {kind: max(one.count for one in windows) for kind, windows in LIMITS.items()}
        self._past = {kind: deque[float](maxlen=count) for kind, count in longest.items()}

    def admit(self, kind: str, now: float) -> bool:
        """May a request of `kind` pass at `now` (seconds of a steady clock)? Counts it if so."""
        past = self._past.get(kind)
        if past is None:
            return True
        for window in LIMITS[kind]:
            if len(past) >= window.count and now - past[-window.count] < window.seconds:
                return False
        past.append(now)
        return True
