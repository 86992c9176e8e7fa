"""Venues: where a stock trades, in which currency and at which hours.

A recording of another market keeps its own venue; it is never presented as NSE.
Hours are nanoseconds after local midnight; ``utc_offset`` converts.
"""

from __future__ import annotations

from enum import StrEnum
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
    SQUARE_OFF = "square-off"
    """Continuous trading, exits only: open positions are being closed."""
    BREAK = "break"


class Hours(msgspec.Struct, frozen=True):
    """One stretch of a trading day, from `start` up to and not including `end`."""

    start: int
    end: int
    phase: Phase


class Venue(msgspec.Struct, frozen=True, kw_only=True):
    """A market: its name, currency, offset from UTC in nanoseconds, and a normal day's hours."""

    code: str
    currency: str
    utc_offset: int
    hours: tuple[Hours, ...]

    def midnight(self, at_ns: int) -> int:
        """UTC nanoseconds of the local midnight before `at_ns`."""
        return (at_ns + self.utc_offset) // DAY * DAY - self.utc_offset

    def phase(self, at_ns: int) -> Phase:
        """Phase at the UTC time `at_ns`, by the hours of a normal trading day."""
        of_day = (at_ns + self.utc_offset) % DAY
        for stretch in self.hours:
            if stretch.start <= of_day < stretch.end:
                return stretch.phase
        return Phase.CLOSED

    def next_change(self, at_ns: int) -> int:
        """UTC nanoseconds of the next boundary of a stretch after `at_ns`."""
        of_day = (at_ns + self.utc_offset) % DAY
        edges = sorted({edge for s in self.hours for edge in (s.start, s.end)})
        ahead = next((edge for edge in edges if edge > of_day), edges[0] + DAY)
        return at_ns - of_day + ahead


def _at(hour: int, minute: int) -> int:
    return hour * HOUR + minute * MINUTE


NSE: Final = Venue(
    code="NSE",
    currency="INR",
    utc_offset=5 * HOUR + 30 * MINUTE,
    hours=(
        Hours(_at(9, 0), _at(9, 15), Phase.PRE_OPEN),
        Hours(_at(9, 15), _at(15, 8), Phase.OPEN),
        Hours(_at(15, 8), _at(15, 15), Phase.SQUARE_OFF),
    ),
)
"""National Stock Exchange of India, cash segment.

Continuous trading of stocks in the closing auction ends at 15:15 (SEBI circular of
16 January 2026, live 3 August 2026); resting stops are cancelled then, so every
position is squared off from 15:08.
"""

SSE: Final = Venue(
    code="SSE",
    currency="CNY",
    utc_offset=8 * HOUR,
    hours=(
        Hours(_at(9, 15), _at(9, 30), Phase.PRE_OPEN),
        Hours(_at(9, 30), _at(11, 30), Phase.OPEN),
        Hours(_at(11, 30), _at(13, 0), Phase.BREAK),
        Hours(_at(13, 0), _at(14, 50), Phase.OPEN),
        Hours(_at(14, 50), _at(14, 57), Phase.SQUARE_OFF),
    ),
)
"""Shanghai Stock Exchange, A shares: lunch break 11:30-13:00, closing call from 14:57."""

VENUES: Final = {venue.code: venue for venue in (NSE, SSE)}
