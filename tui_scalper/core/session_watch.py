"""The session as the engine follows it: which phase it is, and what a change of it does."""

from __future__ import annotations

from typing import Final

from tui_scalper.core import rules as u
from tui_scalper.core.floor import Floor
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.phase_table import BEGINS, PHASE_TABLE
from tui_scalper.core.session_table import Group
from tui_scalper.core.sessions import Calendar
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.tables import Outcome, step
from tui_scalper.core.units import FOREVER
from tui_scalper.core.venues import Phase

SESSION_GROUP: Final = Group.CLOSING_AUCTION
"""The group whose hours every stock keeps here: the earlier end is safe for all of them."""

CONTINUOUS: Final = frozenset({Phase.OPEN, Phase.HOLD, Phase.SQUARE_OFF})
"""Phases in which the exchange takes orders of ours."""

LEAVING: Final = frozenset({Phase.SQUARE_OFF, Phase.AUCTION, Phase.CLOSED})
"""Phases in which no position may stand."""


ODD_HOURS: Final = "hours that make no session"


class SessionWatch:
    """The phase of the session. `text` says in the calendar's words what kind of day it is.

    The phase moves by core.phase_table alone, edge by edge from the midnight before the
    first moment, so that no phase is skipped however late the engine is called.
    """

    def __init__(self, floor: Floor, calendar: Calendar) -> None:
        self._floor = floor
        self.calendar = calendar
        self.phase = Phase.CLOSED
        self.text = ""
        self.next_ns = 0
        """When the phase changes next; 0 before the first look."""
        self.open_since_ns = FOREVER
        """Since when the exchange takes orders of ours; FOREVER while it does not."""

    def timed(self) -> None:
        """Time passed: enter the phase of the moment."""
        floor, now, was = self._floor, self._floor.now_ns, self.phase
        self.text = self.calendar.why(now)
        self._walk(now)
        floor.rules.whole[u.IN_SESSION :] = int(self.phase is Phase.OPEN)
        if self.phase is was:
            return
        if self.phase in CONTINUOUS:
            self.open_since_ns = min(self.open_since_ns, now)
            floor.desk.market_opens(now)
        else:
            self.open_since_ns = FOREVER
            floor.desk.market_closes()
        floor.say(Severity.INFO, f"session: {self.phase.value} ({self.text})")
        if self.phase in LEAVING:
            floor.desk.leave(None, GoalInput.SQUARE_OFF, now)

    def _walk(self, now: int) -> None:
        """Take every edge up to `now`, the calendar's word for each."""
        at_ns = self.next_ns or self.calendar.venue.midnight(now)
        while at_ns <= now:
            self._begin(self.calendar.phase(SESSION_GROUP, at_ns))
            at_ns = self.calendar.next_change(SESSION_GROUP, at_ns)
        self.next_ns = at_ns

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

    def leaving(self) -> GoalInput | None:
        """Why nothing may be held now; None while it may."""
        return GoalInput.SQUARE_OFF if self.phase in LEAVING else None
