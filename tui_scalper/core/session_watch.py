"""The session as the engine follows it: which phase it is, and what a change of it does."""

from __future__ import annotations

from typing import Final

from tui_scalper.core import rules as u
from tui_scalper.core.floor import Floor
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.session_table import Group
from tui_scalper.core.sessions import Calendar
from tui_scalper.core.snapshot import OperatorState, Severity
from tui_scalper.core.venues import Phase

SESSION_GROUP: Final = Group.CLOSING_AUCTION
"""The group whose hours every stock keeps here: the earlier end is safe for all of them."""

CONTINUOUS: Final = frozenset({Phase.OPEN, Phase.HOLD, Phase.SQUARE_OFF})
"""Phases in which the exchange takes orders of ours."""

LEAVING: Final = frozenset({Phase.SQUARE_OFF, Phase.AUCTION, Phase.CLOSED})
"""Phases in which no position may stand."""


class SessionWatch:
    """The phase of the session. `text` says in the calendar's words what kind of day it is."""

    def __init__(self, floor: Floor, calendar: Calendar) -> None:
        self._floor = floor
        self.calendar = calendar
        self.phase = Phase.CLOSED
        self.text = ""
        self.next_ns = 0
        """When the phase changes next."""

    def timed(self) -> None:
        """Time passed: enter the phase of the moment."""
        floor, now = self._floor, self._floor.now_ns
        phase = self.calendar.phase(SESSION_GROUP, now)
        self.next_ns = self.calendar.next_change(SESSION_GROUP, now)
        self.text = self.calendar.why(now)
        floor.rules.whole[u.IN_SESSION :] = int(phase is Phase.OPEN)
        if phase is self.phase:
            return
        self.phase = phase
        if phase in CONTINUOUS:
            floor.desk.market_opens(now)
        else:
            floor.desk.market_closes()
        floor.say(Severity.INFO, f"session: {phase.value} ({self.text})")
        if phase in LEAVING:
            floor.desk.leave(None, GoalInput.SQUARE_OFF, now)

    def leaving(self) -> GoalInput | None:
        """Why nothing may be held now; None while it may."""
        if self._floor.operator.state is OperatorState.KILLED:
            return GoalInput.KILL
        return GoalInput.SQUARE_OFF if self.phase in LEAVING else None
