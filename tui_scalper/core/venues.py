"""Venues: where a stock trades, in which currency and at which hours.

A recording of another market keeps its own venue; it is never presented as NSE.
Hours are nanoseconds after local midnight; ``utc_offset`` converts.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from itertools import zip_longest
from typing import Final

import msgspec

from tui_scalper.core.units import NS

MINUTE: Final = 60 * NS
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


class Phase(StrEnum):
    """What the session of a venue is doing at a moment."""

    CLOSED = "closed"
    PRE_OPEN = "pre-open"
    OPEN = "open"
    """Continuous trading, entries allowed."""
    HOLD = "no entries"
    """Continuous trading outside the trader's own windows: positions may stand, none begins."""
    SQUARE_OFF = "square-off"
    """Continuous trading, exits only: open positions are being closed."""
    BREAK = "break"
    """A pause of the day (lunch): orders rest, nothing trades."""
    AUCTION = "auction"
    """Closing auction: the exchange took every stop away, the console sends nothing."""


SQUARE_OFF_LEAD: Final = 7 * MINUTE
"""How long before the end of continuous trading positions begin to be closed."""


class Hours(msgspec.Struct, frozen=True):
    """One stretch of a trading day, from `start` up to and not including `end`."""

    start: int
    end: int
    phase: Phase


def phase_at(hours: tuple[Hours, ...], of_day: int) -> Phase:
    """Phase at `of_day`, nanoseconds after local midnight, on a day of `hours`."""
    for stretch in hours:
        if stretch.start <= of_day < stretch.end:
            return stretch.phase
    return Phase.CLOSED


def next_edge(hours: tuple[Hours, ...], of_day: int) -> int | None:
    """First start or end of a stretch after `of_day`; None when the day has no more."""
    for stretch in hours:
        if stretch.start > of_day:
            return stretch.start
        if stretch.end > of_day:
            return stretch.end
    return None


def joined(hours: Iterable[Hours]) -> tuple[Hours, ...]:
    """`hours` without empty stretches, touching stretches of one phase made into one."""
    whole: list[Hours] = []
    for one in hours:
        if one.start == one.end:
            continue
        touches = whole and (whole[-1].end, whole[-1].phase) == (one.start, one.phase)
        start = whole.pop().start if touches else one.start
        whole.append(Hours(start, one.end, one.phase))
    return tuple(whole)


def with_square_off(hours: Iterable[Hours], lead: int) -> tuple[Hours, ...]:
    """`hours` whose continuous trading turns to SQUARE_OFF `lead` nanoseconds before it ends.

    Orders rest through a BREAK, so trading that goes on after one has not ended there; a break
    that nothing follows is an end. A square-off that `hours` already had is forgotten.
    """
    plain = joined(
        Hours(one.start, one.end, Phase.OPEN if one.phase is Phase.SQUARE_OFF else one.phase)
        for one in hours
    )
    carved: list[Hours] = []
    for one, *following in zip_longest(plain, plain[1:], plain[2:]):
        pauses = _goes_on(one, *following)
        turn = one.end if one.phase is not Phase.OPEN or pauses else max(one.start, one.end - lead)
        carved += (Hours(one.start, turn, one.phase), Hours(turn, one.end, Phase.SQUARE_OFF))
    return joined(carved)


def _goes_on(trading: Hours, pause: Hours | None, after: Hours | None) -> bool:
    """Whether `trading` goes on `after` nothing but a `pause`."""
    if pause is None or after is None:
        return False
    touches = (trading.end, pause.end) == (pause.start, after.start)
    return touches and (pause.phase, after.phase) == (Phase.BREAK, Phase.OPEN)


class Venue(msgspec.Struct, frozen=True, kw_only=True):
    """A market: its name, currency, offset from UTC in nanoseconds, and a normal day's hours.

    `hours` are those of every day a simulation or a recording runs on, square-off included;
    core.sessions.Calendar knows the days and hours of the real market.
    """

    code: str
    currency: str
    utc_offset: int
    hours: tuple[Hours, ...]

    def midnight(self, at_ns: int) -> int:
        """UTC nanoseconds of the local midnight before `at_ns`."""
        return at_ns - self.of_day(at_ns)

    def of_day(self, at_ns: int) -> int:
        """Nanoseconds from local midnight to the UTC time `at_ns`."""
        return (at_ns + self.utc_offset) % DAY

    def phase(self, at_ns: int) -> Phase:
        """Phase at the UTC time `at_ns`, by the hours of a normal trading day."""
        return phase_at(self.hours, self.of_day(at_ns))

    def next_change(self, at_ns: int) -> int:
        """UTC nanoseconds of the next boundary of a stretch after `at_ns`."""
        edge = next_edge(self.hours, self.of_day(at_ns))
        return self.midnight(at_ns) + (DAY + self.hours[0].start if edge is None else edge)


def _at(hour: int, minute: int) -> int:
    return hour * HOUR + minute * MINUTE


NSE: Final = Venue(
    code="NSE",
    currency="INR",
    utc_offset=5 * HOUR + 30 * MINUTE,
    hours=with_square_off(
        (
            Hours(_at(9, 0), _at(9, 15), Phase.PRE_OPEN),
            Hours(_at(9, 15), _at(15, 15), Phase.OPEN),
        ),
        SQUARE_OFF_LEAD,
    ),
)
"""National Stock Exchange of India, cash segment.

The hours are those of a stock in the closing auction, without the auction, which no
simulation plays: continuous trading ends at 15:15 (NSE/CMTR/74466, live 3 August 2026).
"""

SSE: Final = Venue(
    code="SSE",
    currency="CNY",
    utc_offset=8 * HOUR,
    hours=with_square_off(
        (
            Hours(_at(9, 15), _at(9, 30), Phase.PRE_OPEN),
            Hours(_at(9, 30), _at(11, 30), Phase.OPEN),
            Hours(_at(11, 30), _at(13, 0), Phase.BREAK),
            Hours(_at(13, 0), _at(14, 57), Phase.OPEN),
        ),
        SQUARE_OFF_LEAD,
    ),
)
"""Shanghai Stock Exchange, A shares: lunch break 11:30-13:00, closing call from 14:57."""

VENUES: Final = {venue.code: venue for venue in (NSE, SSE)}
