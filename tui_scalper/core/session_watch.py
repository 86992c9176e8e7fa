"""The sessions as the engine follows them: every stock keeps the hours of its own group.

Stocks of the closing auction end continuous trading earlier, and their resting stops are
taken away then; a stock the calendar does not know to be outside it keeps that end.
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import rules as u
from tui_scalper.core.floor import Floor
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.group_phase import LEAVING, GroupPhase
from tui_scalper.core.sessions import Calendar
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.units import FOREVER
from tui_scalper.core.venues import DAY, Phase

CONTINUOUS: Final = frozenset({Phase.OPEN, Phase.HOLD, Phase.SQUARE_OFF})
"""Phases in which the exchange takes orders of ours."""


class SessionWatch:
    """The phase of every group. `text` says in the calendar's words what kind of day it is."""

    def __init__(self, floor: Floor, calendar: Calendar) -> None:
        self._floor = floor
        self.calendar = calendar
        self.text = ""
        self.next_ns = 0
        """When a phase changes next, or the day; 0 before the first look."""
        self.open_since_ns = FOREVER
        """Since when the exchange takes orders of ours; FOREVER while it does not."""
        self._groups = tuple(GroupPhase(floor, calendar, group) for group in u.GROUPS)
        self._shown = self._groups[0]
        self._day_ends_ns = 0

    @property
    def phase(self) -> Phase:
        """The phase of the stocks in the closing auction, or of all when there is none."""
        return self._shown.phase

    def phase_of(self, row: int) -> Phase:
        """The phase of one stock."""
        return self._groups[int(self._floor.table.cells[row, c.GROUP])].phase

    def timed(self) -> None:
        """Time passed: enter the phases of the moment."""
        floor, now = self._floor, self._floor.now_ns
        if now >= self._day_ends_ns:
            self._day_ends_ns = self.calendar.venue.midnight(now) + DAY
            self._assign(now)
        self.text = self.calendar.why(now)
        changed = [index for index, one in enumerate(self._groups) if one.walk(now)]
        resting = {index for index, one in enumerate(self._groups) if one.phase in LEAVING}
        floor.desk.rest_groups(resting)
        for index in changed:
            self._enter(index, now)
        trading = any(one.phase in CONTINUOUS for one in self._groups)
        self.open_since_ns = min(self.open_since_ns, now) if trading else FOREVER
        self._say(changed)
        self.next_ns = min(self._day_ends_ns, *(one.next_ns for one in self._groups))

    def _assign(self, now: int) -> None:
        """Give every stock its group of the day."""
        floor = self._floor
        groups = [u.GROUPS.index(self.calendar.group(one.symbol, now)) for one in floor.universe]
        floor.table.cells[:, c.GROUP] = groups
        self._shown = self._groups[min(groups, default=0)]

    def _enter(self, index: int, now: int) -> None:
        phase, desk = self._groups[index].phase, self._floor.desk
        table = self._floor.table
        self._floor.rules.whole[u.IN_SESSION + index] = int(phase is Phase.OPEN)
        if phase is not Phase.OPEN:
            table.end_signals(table.cells[:, c.GROUP] == index)
        if phase in CONTINUOUS:
            desk.market_opens(index, now)
        else:
            desk.market_closes(index)
        if phase is not Phase.OPEN:
            desk.cancel_entries_of(index, now)
        if phase in LEAVING or self._groups[index].ended:
            desk.leave_group(index, GoalInput.SQUARE_OFF, now)

    def _say(self, changed: list[int]) -> None:
        """Groups that change alike are said in one line."""
        floor = self._floor
        told = {self._groups[index].phase for index in changed}
        apart = len({one.phase for one in self._groups}) > 1
        for index in changed:
            one = self._groups[index]
            if one.phase not in told:
                continue
            told.discard(one.phase)
            of = f" for {one.group.value.replace('_', ' ')} stocks" if apart else ""
            floor.say(Severity.INFO, f"session: {one.phase.value}{of} ({self.text})")
