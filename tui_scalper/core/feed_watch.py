"""The feed as the engine follows it: its connection, and the bad input it survived.

The state moves by core.feed_table alone.
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core import events as ev
from tui_scalper.core.feed_table import FEED_TABLE, FeedInput
from tui_scalper.core.floor import Floor
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.tables import Outcome, step
from tui_scalper.core.units import NS

FAULTS_EVERY_NS: Final = 60 * NS
"""How often bad input of one kind is said, however often it comes."""

ODD_NEWS: Final = "feed news out of place"


class FeedWatch:
    """The market data connection. `text` is the reason of its last change."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.link = ev.Link.DOWN
        self.text = "not connected yet"
        self.since_ns = 0
        """Since when it is live, or since when it is not."""
        self._fault_said_ns: dict[str, int] = {}

    @property
    def live(self) -> bool:
        """Whether books are current."""
        return self.link is ev.Link.LIVE

    def give(self, given: FeedInput | None, why: str = "") -> None:
        """Move by the table and say so; what is out of place (None: no feed says so) is counted."""
        if given is None:
            self._floor.chronicle.faults[ODD_NEWS] += 1
            return
        was = self.link
        outcome = step(FEED_TABLE, was, given)
        if isinstance(outcome, Outcome):
            self._floor.chronicle.faults[ODD_NEWS] += outcome is Outcome.ERROR
            return
        self.link, self.text = outcome, why
        if outcome is was:
            return
        if (outcome is ev.Link.LIVE) != (was is ev.Link.LIVE):
            self.since_ns = self._floor.now_ns
        if outcome is ev.Link.LIVE:
            self._floor.say(Severity.GOOD, "market data is live")
        elif outcome is not ev.Link.CONNECTING:
            text = f"market data {outcome.value}: {why}; entries stop, stops stay"
            self._floor.say(Severity.ALARM, text)

    def books_lost(self, known: int, left: int) -> None:
        """Of `known` books `left` are known still. A tape tells of lost books, not of the link
        they were lost with: where that seems to stand, the loss of all is said by itself."""
        if known and not left and self.live:
            text = f"every book was lost, of {known} stocks, until it comes again"
            self._floor.say(Severity.WARN, text)

    def faults_seen(self, event: ev.FaultsSeen) -> None:
        """Count; say the first of a kind at once, the rest a minute's worth at a time."""
        name = event.fault.value
        faults = self._floor.chronicle.faults
        faults[name] += event.count
        if event.at_ns - self._fault_said_ns.get(name, -FAULTS_EVERY_NS) < FAULTS_EVERY_NS:
            return
        self._fault_said_ns[name] = event.at_ns
        detail = f": {event.detail}" if event.detail else ""
        text = f"feed: {name}, {faults[name]} so far{detail}"
        self._floor.say(Severity.WARN, text)
