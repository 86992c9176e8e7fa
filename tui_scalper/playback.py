"""The console's hand on a tape: hold it, let it go on, step through it."""

from __future__ import annotations

from typing import Final

from tui_scalper.core.units import NS
from tui_scalper.runtime.clocks import MarketClock

STEP_NS: Final = NS
"""Market time of one step."""


class Playback:
    """Moves the clock of a replay; orders go to its simulated account as ever."""

    def __init__(self, clock: MarketClock) -> None:
        self._clock = clock

    def toggle(self) -> str:
        """Hold the tape, or let it go on; returns what it does now, in words."""
        if self._clock.held:
            self._clock.go_on()
            return "the tape goes on"
        self._clock.hold()
        return "the tape is held"

    def step(self) -> str:
        """Play one second of market time and hold; returns what was done, in words."""
        self._clock.step(STEP_NS)
        return "one second played, the tape is held"

    @property
    def words(self) -> str:
        """What the banner says of the tape: its pace, or that it is held."""
        return "‖ HELD" if self._clock.held else f"{self._clock.speed:g}x"
