"""When a run counts as lost: its heartbeat moved, and then stood still for too long."""

from __future__ import annotations

from enum import StrEnum

from tui_scalper.runtime.heartbeat import Beat


class Pulse(StrEnum):
    """What a heartbeat says."""

    NONE = "no run seen alive yet"
    ALIVE = "alive"
    ENDED = "ended in order"
    LOST = "stands still"


class Deadman:
    """Judges beats as they are read; `after_s` is how long one may stand still, seconds.

    Only a run that was seen to beat, or the `expected` one, can be lost: a file left over from
    before says nothing.
    Time is whatever clock the caller reads, as long as nobody sets it.
    """

    def __init__(self, after_s: float, expected: str = "") -> None:
        self._after_s = after_s
        self._expected = expected
        self._last: Beat | None = None
        self._moved = 0.0
        self._alive = False

    def look(self, beat: Beat | None, now: float) -> Pulse:
        """The newest beat, None when it cannot be read; `now` in seconds."""
        if beat is not None and beat != self._last:
            known = self._last is not None or beat.run_id == self._expected
            self._alive = known and not beat.ended
            self._last, self._moved = beat, now
            if known and beat.ended:
                return Pulse.ENDED
        if not self._alive:
            return Pulse.NONE
        return Pulse.LOST if now - self._moved > self._after_s else Pulse.ALIVE

    def settle(self) -> None:
        """What was lost was dealt with: only another run can be lost again."""
        self._alive = False
