"""Whether somebody can be at the console: entries pause when no sign of it comes for too long.

The console says so with every frame its terminal takes and every key, about once a second.
It is off by default, and begins with the first sign: a run without a screen needs none.
"""

from __future__ import annotations

from tui_scalper.core import commands as cm
from tui_scalper.core.exits import pause
from tui_scalper.core.floor import Floor
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.units import FOREVER, NS


class Attendance:
    """When the screen was heard of last."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._until_ns = FOREVER

    def attended(self, _: cm.Attend) -> None:
        """The screen is there."""
        wait = self._floor.config.operator.attended_ns
        self._until_ns = self._floor.now_ns + wait if wait else FOREVER

    def timed(self) -> None:
        """Time passed: pause once for each silence; a person resumes."""
        if self._floor.now_ns < self._until_ns:
            return
        self._until_ns = FOREVER
        pause(self._floor)
        seconds = self._floor.config.operator.attended_ns / NS
        text = f"nobody attends: no frame shown and no key for {seconds:g} s; entries paused"
        self._floor.say(Severity.ALARM, text)

    def next_wake(self) -> int:
        """When `timed` must run next."""
        return self._until_ns
