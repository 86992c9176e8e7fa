"""The feed as the engine follows it: its connection, and the bad input it survived."""

from __future__ import annotations

from typing import Final

from tui_scalper.core import events as ev
from tui_scalper.core.floor import Floor
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.units import NS

FAULTS_EVERY_NS: Final = 60 * NS
"""How often bad input of one kind is said, however often it comes."""


class FeedWatch:
    """The market data connection. `text` is the reason of its last change."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.link = ev.Link.DOWN
        self.text = "not connected yet"
        self._fault_said_ns: dict[str, int] = {}

    def changed(self, event: ev.LinkChanged) -> bool:
        """Take the change in; True when market data is live again."""
        was = self.link
        self.link, self.text = event.link, event.why
        if event.link is ev.Link.LIVE and was is not ev.Link.LIVE:
            self._floor.say(Severity.GOOD, "market data is live")
            return True
        if event.link in (ev.Link.DOWN, ev.Link.STALLED):
            text = f"market data {event.link.value}: {event.why}; entries stop, stops stay"
            self._floor.say(Severity.ALARM, text)
        return False

    def faults_seen(self, event: ev.FaultsSeen) -> None:
        """Count; say the first of a kind at once, the rest a minute's worth at a time."""
        name = event.fault.value
        faults = self._floor.chronicle.faults
        faults[name] += event.count
        if event.at_ns - self._fault_said_ns.get(name, -FAULTS_EVERY_NS) < FAULTS_EVERY_NS:
            return
        self._fault_said_ns[name] = event.at_ns
        text = f"feed: {name}, {faults[name]} so far {event.detail}".rstrip()
        self._floor.say(Severity.WARN, text)
