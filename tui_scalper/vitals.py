"""How the screen itself is doing: cost of a frame, the way to the eyes and back, what waits.

The link sets the cadence. A frame is skipped while the terminal has not taken the one before,
so that output never piles up and a key is heard even when nobody reads the screen.
"""

from __future__ import annotations

from typing import Final

from tui_scalper.widgets.link import LinkView, seconds

QUERY_SECONDS: Final = 2.0
"""How often the terminal is asked where its cursor is, which measures the way there and back."""
SLOW_SECONDS: Final = 0.08
LAG_SECONDS: Final = 0.25
SLOW_HZ: Final = 4.0
LAG_HZ: Final = 2.0
STEADY: Final = 3
"""Round trips that must agree before the cadence changes: one slow packet is no slow link."""
STALL_SECONDS: Final = 1.0
"""Output that nobody takes for so long is a stalled link."""
MEAN_SECONDS: Final = 1.0
"""The cost of a frame is the mean over so long: a figure that flickers costs frames itself."""


class Vitals:
    """Measures, and says when the next frame is due. All times are monotonic seconds."""

    def __init__(self, hz: float, lag_seconds: float = LAG_SECONDS) -> None:
        self._hz = hz
        self._lag_seconds = lag_seconds
        """A round trip of this length is too long to trade by."""
        self._frame = -1.0
        self._costs: list[float] = []
        self._mean_from = float("-inf")
        self._round_trip = -1.0
        self._asked = float("-inf")
        self._waiting = False
        self._trips: list[float] = []
        self._drawn = float("-inf")
        self._clear = float("inf")
        """When the terminal had last taken everything."""
        self._backlog = 0
        self._limit = hz
        self._told = hz

    # -- the link ------------------------------------------------------------------------------

    def should_ask(self, now: float) -> bool:
        """Whether to ask the terminal now; one question at a time, none into a backlog."""
        if self._waiting:
            # Never answered: some terminals do not. Ask again, seldom.
            return now - self._asked > 5 * QUERY_SECONDS
        return not self._backlog and now - self._asked >= QUERY_SECONDS

    def asked(self, now: float) -> None:
        """The question left."""
        self._asked, self._waiting = now, True

    def answered(self, now: float) -> bool:
        """An answer came; False when nobody had asked (a key can look like one)."""
        if not self._waiting:
            return False
        self._waiting = False
        self._round_trip = max(now - self._asked, 0.0)
        self._trips = [*self._trips, self._round_trip][-STEADY:]
        self._settle()
        return True

    def _settle(self) -> None:
        if len(self._trips) < STEADY:
            return
        quickest, slowest = min(self._trips), max(self._trips)
        if quickest >= self._lag_seconds:
            self._limit = LAG_HZ
        elif quickest >= SLOW_SECONDS:
            self._limit = SLOW_HZ
        elif slowest < SLOW_SECONDS:
            self._limit = self._hz

    # -- frames --------------------------------------------------------------------------------

    def due(self, now: float, backlog: int) -> bool:
        """Whether to draw now; `backlog` is the number of writes the terminal has not taken."""
        self._backlog = backlog
        if backlog:
            self._clear = min(self._clear, now)
            return False
        self._clear = float("inf")
        # A timer that comes a hair early is on time.
        return now - self._drawn >= 0.9 / self.hz

    def drew(self, now: float, cost: float) -> None:
        """A frame was drawn; `cost` is the processor time since the one before."""
        self._drawn = now
        self._costs.append(cost)
        if now - self._mean_from >= MEAN_SECONDS:
            self._frame = sum(self._costs) / len(self._costs)
            self._mean_from = now
            self._costs.clear()

    @property
    def hz(self) -> float:
        """Frames a second the link is good for."""
        return min(self._hz, self._limit)

    def news(self) -> str:
        """A change of the cadence and why, in words, once; empty while it stays."""
        if self.hz == self._told:
            return ""
        self._told = self.hz
        way = f"the link takes {seconds(self._round_trip)} there and back"
        paced = f"the screen is drawn {self.hz:g} times a second"
        return f"{paced}: {way}" if self.hz < self._hz else f"{paced} again"

    def behind(self, now: float) -> float:
        """Seconds since the terminal had taken everything; 0 while it does."""
        return max(now - self._clear, 0.0)

    def stalled(self, now: float) -> bool:
        """Whether output has waited so long that nobody can be looking."""
        return self.behind(now) >= STALL_SECONDS

    def view(self, now: float) -> LinkView:
        """All of it, for the banner."""
        return LinkView(
            frame=self._frame,
            round_trip=self._round_trip,
            backlog=self._backlog,
            hz=self.hz,
            lag=self._limit <= LAG_HZ < self._hz or self.stalled(now),
            slowed=self.hz < self._hz,
        )
