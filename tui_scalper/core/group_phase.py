"""The session of one group of stocks: its phase, moved by core.phase_table edge by edge."""

from __future__ import annotations

from typing import Final

from tui_scalper.core.floor import Floor
from tui_scalper.core.phase_table import BEGINS, PHASE_TABLE
from tui_scalper.core.session_table import Group
from tui_scalper.core.sessions import Calendar
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.tables import Outcome, step
from tui_scalper.core.venues import Phase

ODD_HOURS: Final = "hours that make no session"
LEAVING: Final = frozenset({Phase.SQUARE_OFF, Phase.AUCTION, Phase.CLOSED})
"""Phases in which no position may stand."""


class GroupPhase:
    """The phase of `group` by the calendar's word for every edge.

    It begins with the midnight before the first moment, so that no phase is skipped however
    late the engine is called.
    """

    def __init__(self, floor: Floor, calendar: Calendar, group: Group) -> None:
        self._floor = floor
        self._calendar = calendar
        self.group = group
        self.phase = Phase.CLOSED
        self.next_ns = 0
        """When the phase changes next; 0 before the first look."""
        self.ended = False
        """A session ended since the look before this one, whatever has begun since."""

    def walk(self, now: int) -> bool:
        """Take every edge up to `now`; True when that changed the phase or ended a session."""
        was, first = self.phase, self.next_ns == 0
        at_ns = self.next_ns or self._calendar.venue.midnight(now)
        self.ended = False
        while at_ns <= now:
            self._begin(self._calendar.phase(self.group, at_ns))
            self.ended |= self.phase in LEAVING and not first
            at_ns = self._calendar.next_change(self.group, at_ns)
        self.next_ns = at_ns
        return self.ended or self.phase is not was

    def _begin(self, phase: Phase) -> None:
        """Enter `phase`. Hours that make no session are followed, but never into entries."""
        outcome = step(PHASE_TABLE, self.phase, BEGINS[phase])
        if outcome is Outcome.IGNORED:
            return
        if outcome is Outcome.ERROR:
            self._floor.chronicle.faults[ODD_HOURS] += 1
            odd = f"{self.phase.value}, then {phase.value}"
            self._floor.say(Severity.ALARM, f"session hours make no sense ({odd}); no entries")
            outcome = Phase.HOLD if phase is Phase.OPEN else phase
        assert isinstance(outcome, Phase)
        self.phase = outcome
