"""Alarms: what needs the operator, by priority, each once, until it is acknowledged.

Conditions that stand come from the snapshot and go by themselves; events come from the log
and stay until they are acknowledged. Whatever repeats is counted, not repeated; what
chatters on after it was acknowledged stays quiet, unless money is at risk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from tui_scalper.core.snapshot import LogLine, PositionRow, Protection, Severity, Snapshot
from tui_scalper.core.units import NS
from tui_scalper.risings import Risings
from tui_scalper.widgets.risk import NEAR, percent_used

SHELF_NS: Final = 600 * NS
"""How long a shelved alarm stays away."""
GRACE_NS: Final = 2 * NS
"""A position may stand without a stop for so long after its fill: the stop is on its way."""
MOST: Final = 100
"""Alarms kept; the oldest acknowledged go first."""
ENDING: Final = frozenset(
    {"day loss", "drawdown", "streak", "trades", "orders/day", "new orders", "per trade"}
)
"""Limits that end the day when they are used up; the others come and go."""
KILL: Final = "KILL"
"""Begins every line the engine says of a kill."""
FIGURES: Final = re.compile(r"\d[\d,.]*")


class Priority(IntEnum):
    """How soon a hand is needed."""

    ACT = 1
    """Money is at risk now. Rings."""
    LOOK = 2
    """Something broke or ended."""
    KNOW = 3
    """Something is near a limit."""


@dataclass(frozen=True)
class Alarm:
    """One thing that needs the operator; `count` is how often it came."""

    key: str
    priority: Priority
    text: str
    since_ns: int
    count: int = 1
    standing: bool = False
    """A condition that holds now, rather than something that happened."""
    acknowledged: bool = False
    shelved_ns: int = 0
    """Away until then."""

    @property
    def words(self) -> str:
        """Priority, text and how often it came, as the strip shows it."""
        times = f" (×{self.count})" if self.count > 1 else ""
        return f"{self.priority.name} {self.text}{times}"


@dataclass(frozen=True)
class Condition:
    """Something that is wrong as long as it is said."""

    key: str
    priority: Priority
    text: str


def conditions(snapshot: Snapshot, *, lag: bool) -> Iterator[Condition]:
    """What is wrong just now."""
    for position in snapshot.positions:
        yield from _unguarded(position, snapshot.at_ns)
    for limit in snapshot.limits:
        used = percent_used(limit)
        if limit.name in ENDING and used >= NEAR:
            what = "is used up" if used >= 100 else f"is {used} % used"
            yield Condition(f"limit {limit.name}", Priority.KNOW, f"limit {limit.name} {what}")
    if lag:
        yield Condition("link", Priority.KNOW, "the link to this screen is slow: disarmed")


def _unguarded(position: PositionRow, at_ns: int) -> Iterator[Condition]:
    if position.protection is Protection.UNKNOWN:
        text = f"{position.symbol}: the broker has not said what became of an order"
        yield Condition(f"unknown {position.row}", Priority.ACT, text)
    late = at_ns - position.since_ns >= GRACE_NS
    if position.protection is Protection.UNPROTECTED and late:
        text = f"{position.symbol}: {position.quantity} held without a stop at the broker"
        yield Condition(f"naked {position.row}", Priority.ACT, text)


class AlarmBook:
    """All alarms of the run, bounded."""

    def __init__(self) -> None:
        self._alarms: dict[str, Alarm] = {}
        self._risings = Risings()

    def hear(self, lines: Iterable[LogLine]) -> None:
        """Events of the log; the same words with other figures are the same alarm."""
        for line in lines:
            if line.severity is Severity.ALARM:
                key = FIGURES.sub("#", line.text)
                self._rise(key, Priority.LOOK, line.text, line.at_ns, standing=False)

    def released(self) -> None:
        """No kill latch is set: what was said of a kill is over."""
        for key in [one for one in self._alarms if one.startswith(KILL)]:
            del self._alarms[key]

    def stand(self, wrong: Iterable[Condition], at_ns: int) -> bool:
        """What is wrong now; conditions over are taken off. True when the bell should ring."""
        rings = False
        stands = set()
        for one in wrong:
            stands.add(one.key)
            known = self._alarms.get(one.key)
            if known is None or not known.standing:
                rings |= one.priority is Priority.ACT and not self._is_shelved(known, at_ns)
                self._rise(one.key, one.priority, one.text, at_ns, standing=True)
            elif known.text != one.text:
                self._alarms[one.key] = replace(known, text=one.text)
        for key, alarm in list(self._alarms.items()):
            if alarm.standing and key not in stands:
                self._is_over(alarm)
        return rings

    def _is_over(self, alarm: Alarm) -> None:
        """A condition passed: seen ones vanish, unseen ones stay as what happened."""
        if alarm.acknowledged or alarm.priority is Priority.KNOW:
            del self._alarms[alarm.key]
        else:
            text = f"{alarm.text} (over)"
            self._alarms[alarm.key] = replace(alarm, standing=False, text=text)

    def _rise(self, key: str, priority: Priority, text: str, at_ns: int, *, standing: bool) -> None:
        self._risings.came(key, at_ns)
        # Money at risk is shown however often it comes.
        quiet = priority is not Priority.ACT and self._risings.quiet(key, at_ns)
        known = self._alarms.pop(key, None)
        if known is None:
            alarm = Alarm(key, priority, text, at_ns, standing=standing, acknowledged=quiet)
        else:
            alarm = replace(
                known, text=text, count=known.count + 1, standing=standing, acknowledged=quiet
            )
        self._alarms[key] = alarm
        if len(self._alarms) > MOST:
            seen = (one.key for one in self._alarms.values() if one.acknowledged)
            del self._alarms[next(seen, next(iter(self._alarms)))]

    @staticmethod
    def _is_shelved(alarm: Alarm | None, at_ns: int) -> bool:
        return alarm is not None and at_ns < alarm.shelved_ns

    def acknowledge(self) -> None:
        """The operator knows of every alarm so far; events go, conditions stay known."""
        for key, alarm in list(self._alarms.items()):
            self._risings.knows(key)
            if alarm.standing:
                self._alarms[key] = replace(alarm, acknowledged=True)
            elif not alarm.shelved_ns:
                del self._alarms[key]

    def shelve(self, at_ns: int) -> Alarm | None:
        """Put the alarm in front away for a while; it is returned, None when there is none."""
        front = self.open(at_ns)
        if not front:
            return None
        self._alarms[front[0].key] = replace(
            front[0], acknowledged=True, shelved_ns=at_ns + SHELF_NS
        )
        return front[0]

    def flood(self, at_ns: int) -> int:
        """How many alarms came in ten minutes, when that is too many; 0 when it is not."""
        return self._risings.flood(at_ns)

    def open(self, at_ns: int) -> tuple[Alarm, ...]:
        """Alarms not acknowledged and not shelved, the most urgent first, then the oldest."""
        alarms = [
            one
            for one in self._alarms.values()
            if not one.acknowledged and not self._is_shelved(one, at_ns)
        ]
        return tuple(sorted(alarms, key=lambda one: (one.priority, one.since_ns)))
