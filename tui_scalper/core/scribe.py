"""What a journal keeps beside events and orders: how things stood, what was said, the counts.

Taken from the pictures the screen gets, so that a journal can draw the screen again and a
day can be reported from its journal alone. All of it only matters looking back.
"""

from __future__ import annotations

from typing import Final

import msgspec

from tui_scalper.core.events import Link
from tui_scalper.core.snapshot import (
    Limit,
    OperatorState,
    Severity,
    Snapshot,
    TradingState,
)
from tui_scalper.core.units import NS
from tui_scalper.core.venues import Phase

COUNT_NS: Final = 60 * NS
"""Market time between two counts: what a killed run loses of them at most."""


class Said(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A line of the log; a gap in the numbers is lines that came too fast to be kept."""

    number: int
    said_ns: int
    severity: Severity
    text: str


class Stood(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Who may trade what, written when it changes."""

    operator: OperatorState
    auto: bool
    paused: bool
    trading: TradingState
    trading_text: str
    link: Link
    phase: Phase
    session_text: str
    funds: int
    """Paise; -1 before the broker said."""


class Counted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Counts since the run began. Money in paise, the result at last prices after costs."""

    updates: int = 0
    frames: int = 0
    signals: int = 0
    lives_missed: int = 0
    """Signals whose life was not kept for want of room."""
    refused: tuple[tuple[str, int], ...] = ()
    faults: tuple[tuple[str, int], ...] = ()
    best: int = 0
    worst: int = 0
    drawdown: int = 0
    """Largest fall of the result from its best, open positions included."""
    limits: tuple[Limit, ...] = ()
    """Of each limit, the most that was used."""
    decide_p50: int = -1
    decide_p99: int = -1
    """Nanoseconds from a frame to the decision on it; -1 when not measured."""


class Scribe:
    """Turns one picture after another into what a journal keeps of them."""

    def __init__(self) -> None:
        self._said = 0
        self._stood: Stood | None = None
        self._counts = Counted()
        self._count_ns = 0

    def look(self, seen: Snapshot) -> tuple[Said | Stood | Counted, ...]:
        """What is new in `seen`, and the counts where they are due."""
        self._measure(seen)
        found: list[Said | Stood | Counted] = [*self._lines(seen), *self._standing(seen)]
        if seen.at_ns >= self._count_ns:
            if self._count_ns:
                found.append(self.counts)
            self._count_ns = seen.at_ns + COUNT_NS
        return tuple(found)

    @property
    def counts(self) -> Counted:
        """The counts as of the last picture."""
        return self._counts

    def _lines(self, seen: Snapshot) -> list[Said]:
        if not seen.log or seen.log[-1].number <= self._said:
            return []
        fresh = [line for line in seen.log if line.number > self._said]
        self._said = fresh[-1].number
        return [
            Said(number=one.number, said_ns=one.at_ns, severity=one.severity, text=one.text)
            for one in fresh
        ]

    def _standing(self, seen: Snapshot) -> list[Stood]:
        stood = Stood(
            operator=seen.operator,
            auto=seen.auto,
            paused=seen.paused,
            trading=seen.trading,
            trading_text=seen.trading_text,
            link=seen.link,
            phase=seen.phase,
            session_text=seen.session_text,
            funds=seen.tally.capital,
        )
        if stood == self._stood:
            return []
        self._stood = stood
        return [stood]

    def _measure(self, seen: Snapshot) -> None:
        before, tally = self._counts, seen.tally
        result = tally.realised - tally.costs + tally.open_pnl
        best = max(before.best, result)
        self._counts = Counted(
            updates=tally.updates,
            frames=tally.frames,
            signals=tally.signals,
            lives_missed=tally.lives_missed,
            refused=tally.refused,
            faults=tally.faults,
            best=best,
            worst=min(before.worst, result),
            drawdown=max(before.drawdown, best - result),
            limits=most_used(before.limits, seen.limits),
            decide_p50=seen.latency.decide_p50,
            decide_p99=seen.latency.decide_p99,
        )


def most_used(before: tuple[Limit, ...], now: tuple[Limit, ...]) -> tuple[Limit, ...]:
    """Of each limit the greater use; limits are known by their names."""
    used = {limit.name: limit.used for limit in before}
    return tuple(
        limit
        if limit.used >= used.get(limit.name, 0)
        else msgspec.structs.replace(limit, used=used[limit.name])
        for limit in now
    )
