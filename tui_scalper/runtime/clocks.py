"""Clocks: the only places that read the machine's time for the engine."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tui_scalper.core.units import NS


class WallClock:
    """The machine's own UTC time."""

    speed = 1.0

    def now(self) -> int:
        """Nanoseconds UTC."""
        return time.time_ns()


@dataclass(frozen=True, slots=True)
class _Pace:
    """Market time `market_ns` stood at machine time `machine_ns`; it runs at `speed` since."""

    market_ns: int
    machine_ns: int
    speed: float


class MarketClock:
    """Simulated market time: starts anywhere, runs at any speed, can pause and jump.

    Readable from any thread; changed from one. Never runs backwards but by `jump`.
    """

    def __init__(self, start_ns: int, speed: float = 1.0) -> None:
        self._pace = _Pace(start_ns, time.perf_counter_ns(), speed)

    @property
    def speed(self) -> float:
        """Market seconds in a machine second; 0 while paused."""
        return self._pace.speed

    def now(self) -> int:
        """Nanoseconds UTC of the simulated market."""
        pace = self._pace
        elapsed = time.perf_counter_ns() - pace.machine_ns
        return pace.market_ns + int(elapsed * pace.speed)

    def set_speed(self, speed: float) -> None:
        """Run at `speed` from now on; 0 pauses."""
        self._pace = _Pace(self.now(), time.perf_counter_ns(), speed)

    def jump(self, to_ns: int) -> None:
        """Stand at `to_ns` from now on."""
        self._pace = _Pace(to_ns, time.perf_counter_ns(), self._pace.speed)


def machine_seconds(clock: WallClock | MarketClock, market_ns: int) -> float:
    """How many machine seconds `market_ns` of market time take."""
    return market_ns / NS / clock.speed if clock.speed > 0 else 1.0
