"""The trading calendar: what the session of a group of stocks does at any moment.

Pure and cheap: a day is looked up by its number, its few stretches are walked through.
Simulations and recordings trade every day alike (`every_day`), real brokers by the table
of their exchange (`dated`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import msgspec

from tui_scalper.core.session_table import (
    DEFAULT_RULES,
    DayHours,
    Group,
    Ordinary,
    Regime,
    SessionRules,
    SessionTable,
    Span,
    Special,
    clock_text,
    ruled,
)
from tui_scalper.core.units import FOREVER
from tui_scalper.core.venues import DAY, Hours, Phase, Venue, next_edge, phase_at

EPOCH: Final = date(1970, 1, 1).toordinal()
TRADING: Final = frozenset({Phase.OPEN, Phase.HOLD, Phase.SQUARE_OFF, Phase.BREAK})
"""Phases of one continuous session: resting orders stand through all of them."""


class DayPlan(msgspec.Struct, frozen=True):
    """What happens on a day: its hours, None when closed, and the reason in words."""

    hours: DayHours | None
    why: str

    def of(self, group: Group) -> tuple[Hours, ...]:
        """The stretches of `group`, none when closed."""
        return () if self.hours is None else self.hours.of(group)


class Calendar:
    """Days of a venue: `plans` from the day number `first` on, `before` and `after` around.

    Times are UTC nanoseconds, days are those of the venue.
    """

    def __init__(
        self,
        venue: Venue,
        *,
        before: DayPlan,
        after: DayPlan,
        first: int = 0,
        plans: Sequence[DayPlan] = (),
        ordinary_since: Mapping[str, int] | None = None,
    ) -> None:
        self.venue = venue
        self._before, self._after = before, after
        self._first = first
        self._plans = tuple(plans)
        self._ordinary_since = dict(ordinary_since or {})
        self._next_trading = _next_trading(self._plans, after)

    def group(self, symbol: str, at_ns: int) -> Group:
        """The group of a stock on a day; unknown stocks are in the closing auction."""
        since = self._ordinary_since.get(symbol)
        if since is None or self._day(at_ns) < since:
            return Group.CLOSING_AUCTION
        return Group.ORDINARY

    def days_known(self, at_ns: int) -> int | None:
        """Days after that of `at_ns` of which it is written whether they trade, 0 for none.

        None for a calendar without dates.
        """
        if not self._plans:
            return None
        return max(self._first + len(self._plans) - 1 - self._day(at_ns), 0)

    def phase(self, group: Group, at_ns: int) -> Phase:
        """What the session of `group` is doing at `at_ns`."""
        return phase_at(self._plan(self._day(at_ns)).of(group), self.venue.of_day(at_ns))

    def next_change(self, group: Group, at_ns: int) -> int:
        """When the phase of `group` changes first after `at_ns`; FOREVER when never again."""
        day, midnight = self._day(at_ns), self.venue.midnight(at_ns)
        edge = next_edge(self._plan(day).of(group), at_ns - midnight)
        if edge is not None:
            return midnight + edge
        ahead = self._trading_from(day + 1)
        if ahead is None:
            return FOREVER
        return midnight + (ahead - day) * DAY + self._plan(ahead).of(group)[0].start

    def continuous(self, group: Group, at_ns: int) -> tuple[int, int] | None:
        """Start and end of the continuous session under way on the day of `at_ns`.

        Between sessions it is the next of the day, after all of them the last; None on a day
        without. At its end no stop stands at the exchange any more.
        """
        midnight = self.venue.midnight(at_ns)
        sessions = continuous_sessions(self._plan(self._day(at_ns)).of(group))
        if not sessions:
            return None
        ahead = (one for one in sessions if midnight + one.end > at_ns)
        session = next(ahead, sessions[-1])
        return midnight + session.start, midnight + session.end

    def why(self, at_ns: int) -> str:
        """What day it is, in words: trading day, weekend, holiday or session and its name."""
        return self._plan(self._day(at_ns)).why

    def _day(self, at_ns: int) -> int:
        return (at_ns + self.venue.utc_offset) // DAY + EPOCH

    def _plan(self, day: int) -> DayPlan:
        if day < self._first:
            return self._before
        index = day - self._first
        return self._plans[index] if index < len(self._plans) else self._after

    def _trading_from(self, day: int) -> int | None:
        if day < self._first and self._before.hours is not None:
            return day
        index = max(0, day - self._first)
        if index >= len(self._plans):
            return self._first + index if self._after.hours is not None else None
        ahead = self._next_trading[index]
        return None if ahead is None else self._first + ahead


def every_day(venue: Venue, rules: SessionRules = DEFAULT_RULES) -> Calendar:
    """A calendar in which every day is a normal day of `venue`, for all groups alike."""
    hours = DayHours(closing_auction=venue.hours, ordinary=venue.hours)
    plan = DayPlan(ruled(hours, rules), "every day trades here")
    return Calendar(venue, before=plan, after=plan)


def dated(venue: Venue, table: SessionTable, rules: SessionRules = DEFAULT_RULES) -> Calendar:
    """The calendar of `table`; outside its years the market counts as closed."""
    normal = {one.since: ruled(one.hours, rules) for one in table.regimes}
    listed: dict[int, DayPlan] = {
        one.day.toordinal(): DayPlan(None, f"holiday: {one.name}") for one in table.holidays
    }
    listed |= {one.day.toordinal(): _special(table, one, rules) for one in table.specials}
    first, last = table.first.toordinal(), table.last.toordinal()
    return Calendar(
        venue,
        before=DayPlan(None, f"calendar begins {table.first}: update {table.place}"),
        after=DayPlan(None, f"calendar ends {table.last}: update {table.place}"),
        first=first,
        plans=[
            listed.get(number) or _unlisted(date.fromordinal(number), table, normal)
            for number in range(first, last + 1)
        ],
        ordinary_since=_since(table.ordinary) | dict.fromkeys(rules.ordinary, first),
    )


def continuous_sessions(hours: tuple[Hours, ...]) -> tuple[Span, ...]:
    """The continuous sessions of a day, breaks included."""
    spans: list[Span] = []
    for one in hours:
        if one.phase not in TRADING:
            continue
        touches = spans and spans[-1].end == one.start
        spans.append(Span(spans.pop().start if touches else one.start, one.end))
    return tuple(spans)


def _unlisted(day: date, table: SessionTable, normal: Mapping[date, DayHours]) -> DayPlan:
    if day.weekday() >= 5:
        return DayPlan(None, "weekend")
    return DayPlan(normal[table.regime(day).since], "trading day")


def _special(table: SessionTable, special: Special, rules: SessionRules) -> DayPlan:
    regime: Regime = table.regime(special.day)
    why = special.name
    if special.hours is not None:
        sessions = continuous_sessions(special.hours.closing_auction)
        why += " " + " and ".join(map(clock_text, sessions))
    if not special.confirmed:
        why += ", hours unconfirmed" + ("" if rules.trust_unconfirmed else ": no entries")
    hours = special.hours or regime.hours
    return DayPlan(ruled(hours, rules, confirmed=special.confirmed), why)


def _since(ordinary: Sequence[Ordinary]) -> dict[str, int]:
    return {one.symbol: one.since.toordinal() for one in ordinary}


def _next_trading(plans: Sequence[DayPlan], after: DayPlan) -> tuple[int | None, ...]:
    """For each index the first index at or after it that trades, None when none does."""
    ahead = len(plans) if after.hours is not None else None
    found: list[int | None] = []
    for index in reversed(range(len(plans))):
        ahead = index if plans[index].hours is not None else ahead
        found.append(ahead)
    return tuple(reversed(found))
