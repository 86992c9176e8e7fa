"""What an exchange publishes about its days, and what the trader makes of them.

Plain values: the hours of a normal day since when, holidays, special sessions. Times of
day are nanoseconds after local midnight. core.sessions.Calendar answers questions on them.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

import msgspec

from tui_scalper.core.venues import (
    DAY,
    HOUR,
    MINUTE,
    SQUARE_OFF_LEAD,
    Hours,
    Phase,
    joined,
    with_square_off,
)

SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class Group(StrEnum):
    """Stocks that share their hours."""

    CLOSING_AUCTION = "closing_auction"
    """Stocks with derivatives. Whatever is unknown counts as one: it ends earlier."""
    ORDINARY = "ordinary"


class Span(msgspec.Struct, frozen=True):
    """A part of a day, from `start` up to and not including `end`."""

    start: int
    end: int


class DayHours(msgspec.Struct, frozen=True, kw_only=True):
    """The stretches of one day, a group of stocks each, in order and without overlap.

    Raises ValueError for hours that are none; a day without hours is a holiday.
    """

    closing_auction: tuple[Hours, ...]
    ordinary: tuple[Hours, ...]

    def __post_init__(self) -> None:
        for group in Group:
            _check_hours(group, self.of(group))

    def of(self, group: Group) -> tuple[Hours, ...]:
        """The stretches of `group`."""
        return self.closing_auction if group is Group.CLOSING_AUCTION else self.ordinary


class Regime(msgspec.Struct, frozen=True):
    """The hours of a normal trading day from the day `since` on."""

    since: date
    hours: DayHours


class Holiday(msgspec.Struct, frozen=True):
    """A weekday without trading."""

    day: date
    name: str


class Special(msgspec.Struct, frozen=True, kw_only=True):
    """A day with a session of its own; `hours` None means those of a normal day.

    A session not `confirmed` is known by its day, its hours are a guess.
    """

    day: date
    name: str
    hours: DayHours | None = None
    confirmed: bool = True


class Ordinary(msgspec.Struct, frozen=True):
    """A stock proven to be outside the closing auction from the day `since` on."""

    symbol: str
    since: date


class SessionTable(msgspec.Struct, frozen=True, kw_only=True):
    """All days of an exchange from `first` to `last`, both included.

    `place` says where the table is kept, for messages. Raises ValueError when a day is listed
    twice or lies outside, or no regime covers the first day.
    """

    place: str
    first: date
    last: date
    regimes: tuple[Regime, ...]
    holidays: tuple[Holiday, ...] = ()
    specials: tuple[Special, ...] = ()
    ordinary: tuple[Ordinary, ...] = ()

    def __post_init__(self) -> None:
        since = [regime.since for regime in self.regimes]
        if not since or since[0] > self.first or since != sorted(set(since)):
            raise ValueError("regimes must be in order of time, the first from the first day on")
        days = Counter(holiday.day for holiday in self.holidays)
        days.update(special.day for special in self.specials)
        for day, times in days.items():
            if times > 1:
                raise ValueError(f"{day} is listed {times} times")
            if not self.first <= day <= self.last:
                raise ValueError(f"{day} is outside {self.first} to {self.last}")
        weekend = next((one.day for one in self.holidays if one.day.weekday() >= 5), None)
        if weekend is not None:
            raise ValueError(f"the holiday {weekend} is on a weekend, when nothing trades anyway")

    def regime(self, day: date) -> Regime:
        """The regime in force on `day`."""
        return next(one for one in reversed(self.regimes) if one.since <= day)


class SessionRules(msgspec.Struct, frozen=True, kw_only=True):
    """What the trader makes of the exchange's hours. Raises ValueError for a lead of none."""

    square_off_lead: int = SQUARE_OFF_LEAD
    """Nanoseconds before the end of continuous trading at which positions begin to be closed."""
    windows: tuple[Span, ...] = ()
    """Parts of the day in which entries are allowed; none means all of it."""
    trust_unconfirmed: bool = False
    """Whether entries are allowed in a session whose hours are a guess."""
    ordinary: frozenset[str] = frozenset()
    """Symbols the trader knows to be outside the closing auction, on every day."""

    def __post_init__(self) -> None:
        if self.square_off_lead <= 0:
            raise ValueError("the square-off must begin before the end of continuous trading")


DEFAULT_RULES: Final = SessionRules()


def clock_span(text: str) -> Span:
    """The part of a day written ``HH:MM-HH:MM``. Raises ValueError."""
    match = SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time of day HH:MM-HH:MM")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    span = Span(hour * HOUR + minute * MINUTE, end_hour * HOUR + end_minute * MINUTE)
    if span.start >= span.end:
        raise ValueError(f"{text!r} ends before it begins")
    return span


def clock_text(span: Span) -> str:
    """`span` as ``HH:MM-HH:MM``."""
    minutes = (span.start // MINUTE, span.end // MINUTE)
    return "-".join(f"{of_day // 60:02d}:{of_day % 60:02d}" for of_day in minutes)


def ruled(hours: DayHours, rules: SessionRules, *, confirmed: bool = True) -> DayHours:
    """`hours` of the exchange as the console trades them: square-off and windows carved in."""
    entries = rules.windows or (Span(0, DAY),)
    if not (confirmed or rules.trust_unconfirmed):
        entries = ()
    return DayHours(
        closing_auction=_ruled(hours.closing_auction, rules.square_off_lead, entries),
        ordinary=_ruled(hours.ordinary, rules.square_off_lead, entries),
    )


def _ruled(hours: tuple[Hours, ...], lead: int, entries: tuple[Span, ...]) -> tuple[Hours, ...]:
    parts: list[Hours] = []
    for one in with_square_off(hours, lead):
        if one.phase is Phase.OPEN:
            parts += _windowed(one, entries)
        else:
            parts.append(one)
    return joined(parts)


def _windowed(stretch: Hours, entries: tuple[Span, ...]) -> list[Hours]:
    inner = {edge for span in entries for edge in (span.start, span.end)}
    cuts = {stretch.start, stretch.end} | {
        edge for edge in inner if stretch.start < edge < stretch.end
    }
    return [
        Hours(start, end, Phase.OPEN if _inside(start, entries) else Phase.HOLD)
        for start, end in pairwise(sorted(cuts))
    ]


def _inside(of_day: int, spans: tuple[Span, ...]) -> bool:
    return any(span.start <= of_day < span.end for span in spans)


def _check_hours(group: Group, hours: tuple[Hours, ...]) -> None:
    if not hours:
        raise ValueError(f"no hours for the {group.value} stocks")
    edges = [edge for one in hours for edge in (one.start, one.end)]
    if edges != sorted(edges) or any(one.start == one.end for one in hours):
        raise ValueError(f"hours of the {group.value} stocks overlap or are out of order")
    if not 0 <= edges[0] <= edges[-1] < DAY:
        raise ValueError(f"hours of the {group.value} stocks reach beyond the day")
