"""How far the kill has come: what still stands, until the broker confirms that nothing does.

Our own books becoming empty is not the end: the order book and the holdings are asked for once
more, and only what they say ends it. Until then what stands is said again and again.
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core import events as ev
from tui_scalper.core.effects import PollPositions
from tui_scalper.core.floor import Floor
from tui_scalper.core.snapshot import OperatorState, Severity
from tui_scalper.core.units import FOREVER, NS

REMIND_NS: Final = 5 * NS
"""So often what still stands is an alarm, and the broker is asked again."""


class KillWatch:
    """Follows one kill after the other. `next_ns` says when `timed` must run next."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.next_ns = FOREVER
        self._began_ns = -1
        """When the kill at hand began; negative without one."""
        self._said = ""
        self._asked_ns = -1
        """Since when our books are empty and the broker was asked to confirm it."""
        self._confirmed: set[type[ev.Event]] = set()

    @property
    def confirmed(self) -> bool:
        """Whether order book and holdings both said, since it was over, that it is."""
        return len(self._confirmed) == 2

    def look(self) -> None:
        """Something happened: begin, report how far it came, or leave off.

        What turns up after the end begins it anew.
        """
        floor = self._floor
        if floor.operator.state is not OperatorState.KILLED:
            self.next_ns, self._began_ns = FOREVER, -1
            return
        standing = self._standing()
        if self._began_ns < 0 or (standing and self.next_ns == FOREVER):
            self._began_ns, self._said, self._asked_ns = floor.now_ns, "", -1
            self._confirmed.clear()
            self.next_ns = floor.now_ns + REMIND_NS
        if self.next_ns == FOREVER or floor.desk.frozen:
            return
        if standing:
            self._progress(standing)
        elif self._asked_ns < 0:
            self._ask()

    def heard(self, event: ev.Event) -> None:
        """The broker's word after our books were empty."""
        if self._asked_ns < 0 or self.next_ns == FOREVER:
            return
        if not isinstance(event, ev.OrderBookReported | ev.PositionsReported):
            return
        if not self._standing() and self._agrees(event):
            self._confirmed.add(type(event))
        if self.confirmed:
            took = (self._floor.now_ns - self._began_ns) / NS
            self.next_ns = FOREVER
            self._floor.say(
                Severity.GOOD,
                f"KILL done after {took:.1f} s: no order of ours rests and nothing of ours is "
                "held, says the broker",
            )

    def timed(self) -> None:
        """Time passed: what stands still is an alarm."""
        floor = self._floor
        if floor.now_ns < self.next_ns or self._began_ns < 0:
            return
        self.next_ns = floor.now_ns + REMIND_NS
        standing = self._standing() or "the broker has not confirmed yet that nothing stands"
        floor.say(Severity.ALARM, f"KILL not done: {standing}")
        self._ask()

    def _progress(self, standing: str) -> None:
        self._asked_ns = -1
        if standing != self._said:
            self._said = standing
            self._floor.say(Severity.WARN, f"KILL: still {standing}")

    def _ask(self) -> None:
        floor = self._floor
        self._asked_ns = floor.now_ns
        self._confirmed.clear()
        floor.desk.poll(floor.now_ns)
        floor.send(PollPositions())

    def _standing(self) -> str:
        """Orders and shares of ours by our own books, in words; empty when there are none."""
        desk = self._floor.desk
        orders = [f"{one.purpose} {one.symbol} {one.state}" for one in desk.blotter.live()]
        positions = [one for one in desk.positions.values() if one.held]
        held = [f"{one.held} {one.instrument.symbol} held" for one in positions]
        return ", ".join(held + orders)

    def _agrees(self, event: ev.OrderBookReported | ev.PositionsReported) -> bool:
        """Whether what the broker said, asked since, leaves nothing of ours."""
        desk = self._floor.desk
        if event.asked_ns < self._asked_ns:
            return False
        if isinstance(event, ev.OrderBookReported):
            return True  # taken in already: what of ours it shows working stands in our books
        theirs = {one.row: one.quantity for one in event.holdings if one.row >= 0}
        rows = {*theirs, *desk.strangers.net}
        return all(theirs.get(row, 0) == desk.strangers.net[row] for row in rows)
