"""Clocks: the only places that read the machine's time for the engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from tui_scalper.core.units import NS

STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The machine's clock that nobody sets, and that counts while it sleeps where there is one."""


def steady_ns() -> int:
    """Nanoseconds of the clock that nobody sets; only differences mean something."""
    return time.clock_gettime_ns(STEADY)


class WallClock:
    """UTC time as the machine knew it at the start, carried on by the clock nobody sets.

    Somebody who sets the machine's clock, or a time service that corrects it, moves no
    deadline and no age; by how much they disagree since is `skew`. `wall` and `steady` read
    the two clocks in nanoseconds.
    """

    speed = 1.0

    def __init__(
        self, wall: Callable[[], int] = time.time_ns, steady: Callable[[], int] = steady_ns
    ) -> None:
        self._wall, self._steady = wall, steady
        self._offset_ns = wall() - steady()

    def now(self) -> int:
        """Nanoseconds UTC."""
        return self._steady() + self._offset_ns

    def skew(self) -> int:
        """How far the machine's clock is ahead of `now` by now, nanoseconds."""
        return self._wall() - self.now()


class MarketClock:
    """Simulated market time: starts anywhere, runs at `speed` market seconds a second, can be
    held and stepped.

    Readable from any thread; never runs backwards unless it is moved.
    """

    def __init__(self, start_ns: int, speed: float = 1.0) -> None:
        self._speed = speed
        self._lock = threading.Lock()
        self._market_ns = start_ns
        self._began_ns: int | None = time.perf_counter_ns()
        """When the machine showed `_market_ns`; None while the clock is held."""

    def now(self) -> int:
        """Nanoseconds UTC of the simulated market."""
        with self._lock:
            return self._now()

    def _now(self) -> int:
        if self._began_ns is None:
            return self._market_ns
        return self._market_ns + int((time.perf_counter_ns() - self._began_ns) * self._speed)

    @property
    def speed(self) -> float:
        """Market seconds a second."""
        return self._speed

    def run_at(self, speed: float) -> None:
        """Go on from here at `speed` market seconds a second; a held clock stays held."""
        with self._lock:
            if self._began_ns is not None:
                self._market_ns, self._began_ns = self._now(), time.perf_counter_ns()
            self._speed = speed

    def move(self, market_ns: int) -> None:
        """Show `market_ns` now, held or running as before; only a tape is turned back."""
        with self._lock:
            self._market_ns = market_ns
            if self._began_ns is not None:
                self._began_ns = time.perf_counter_ns()

    @property
    def held(self) -> bool:
        """Whether market time stands still."""
        return self._began_ns is None

    def hold(self) -> None:
        """Let market time stand still."""
        with self._lock:
            self._market_ns, self._began_ns = self._now(), None

    def go_on(self) -> None:
        """Let market time run on from where it stands."""
        with self._lock:
            self._market_ns, self._began_ns = self._now(), time.perf_counter_ns()

    def step(self, market_ns: int) -> None:
        """Hold the clock `market_ns` later than it is now."""
        with self._lock:
            self._market_ns, self._began_ns = self._now() + max(market_ns, 0), None

    def skew(self) -> int:
        """None: no clock of the machine shows this time."""
        return 0


def machine_seconds(clock: WallClock | MarketClock, market_ns: int) -> float:
    """How many machine seconds `market_ns` of market time take."""
    return market_ns / NS / clock.speed
