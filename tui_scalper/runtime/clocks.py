"""Clocks: the only places that read the machine's time for the engine."""

from __future__ import annotations

import time

from tui_scalper.core.units import NS


class WallClock:
    """The machine's own UTC time."""

    speed = 1.0

    def now(self) -> int:
        """Nanoseconds UTC."""
        return time.time_ns()


class MarketClock:
    """Simulated market time: starts anywhere and runs at `speed` market seconds a second.

    Readable from any thread; never runs backwards.
    """

    def __init__(self, start_ns: int, speed: float = 1.0) -> None:
        self.speed = speed
        self._start_ns = start_ns
        self._began_ns = time.perf_counter_ns()

    def now(self) -> int:
        """Nanoseconds UTC of the simulated market."""
        return self._start_ns + int((time.perf_counter_ns() - self._began_ns) * self.speed)


def machine_seconds(clock: WallClock | MarketClock, market_ns: int) -> float:
    """How many machine seconds `market_ns` of market time take."""
    return market_ns / NS / clock.speed
