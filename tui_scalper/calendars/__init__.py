"""The trading calendars that ship with the package, and the reading of such files."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import msgspec

from tui_scalper.core.session_table import (
    DEFAULT_RULES,
    DayHours,
    Holiday,
    Ordinary,
    Regime,
    SessionRules,
    SessionTable,
    Special,
    clock_span,
)
from tui_scalper.core.sessions import Calendar, dated
from tui_scalper.core.venues import VENUES, Hours, Phase

SHIPPED: Final = Path(__file__).parent / "nse.toml"
WARNED_DAYS: Final = 21
"""So long before its last day a calendar is said to end."""
STATED: Final = (Phase.PRE_OPEN, Phase.OPEN, Phase.BREAK, Phase.AUCTION)
"""Phases an exchange publishes; the others are made of the trader's rules."""

Text = Annotated[str, msgspec.Meta(min_length=1)]
Stretches = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class CalendarError(ValueError):
    """A calendar file cannot be used: the file, what is wrong in it, what to do."""


class _Entry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    source: Text
    """Key of the publication in [sources] that says so."""


class _RegimeEntry(_Entry, kw_only=True):
    since: date
    ordinary: Stretches
    closing_auction: Stretches


class _HolidayEntry(_Entry, kw_only=True):
    day: date
    name: Text


class _SpecialEntry(_Entry, kw_only=True):
    day: date
    name: Text
    hours: tuple[str, ...] = ()
    confirmed: bool = True


class _OrdinaryEntry(_Entry, kw_only=True):
    symbol: Text
    since: date


class _File(msgspec.Struct, forbid_unknown_fields=True):
    venue: Text
    first: date
    last: date
    sources: dict[str, Text]
    regime: tuple[_RegimeEntry, ...]
    holiday: tuple[_HolidayEntry, ...]
    special: tuple[_SpecialEntry, ...]
    ordinary: tuple[_OrdinaryEntry, ...]


def ending_text(calendar: Calendar, now_ns: int) -> str:
    """That the days of `calendar` are used up, or soon are; empty while they are not."""
    left = calendar.days_known(now_ns)
    if left is None or left > WARNED_DAYS:
        return ""
    when = f"ends in {left} days" if left else "ends today or has ended"
    return (
        f"the calendar of trading days {when}; a day it does not know counts as closed: install "
        "a version with the next year's days"
    )


def load_calendar(path: Path | None = None, rules: SessionRules = DEFAULT_RULES) -> Calendar:
    """The calendar in the TOML file at `path` (None: the shipped one of NSE).

    Raises CalendarError.
    """
    source = path or SHIPPED
    place = str(path) if path else f"calendars/{SHIPPED.name}"
    try:
        listed = msgspec.convert(tomllib.loads(source.read_text(encoding="utf-8")), _File)
        _check_sources(listed)
        if listed.venue not in VENUES:
            raise ValueError(f"unknown venue {listed.venue!r}, known: {', '.join(VENUES)}")
        return dated(VENUES[listed.venue], _table(listed, place), rules)
    except (OSError, ValueError) as error:
        text = " ".join(str(error).split())
        raise CalendarError(
            f"calendar {place}: {text}; correct it or use the shipped one"
        ) from None


def _table(listed: _File, place: str) -> SessionTable:
    return SessionTable(
        place=place,
        first=listed.first,
        last=listed.last,
        regimes=tuple(
            Regime(
                one.since,
                DayHours(
                    closing_auction=_stretches(one.closing_auction),
                    ordinary=_stretches(one.ordinary),
                ),
            )
            for one in listed.regime
        ),
        holidays=tuple(Holiday(one.day, one.name) for one in listed.holiday),
        specials=tuple(map(_special, listed.special)),
        ordinary=tuple(Ordinary(one.symbol, one.since) for one in listed.ordinary),
    )


def _special(one: _SpecialEntry) -> Special:
    hours = _stretches(one.hours)
    return Special(
        day=one.day,
        name=one.name,
        hours=DayHours(closing_auction=hours, ordinary=hours) if hours else None,
        confirmed=one.confirmed,
    )


def _stretches(texts: tuple[str, ...]) -> tuple[Hours, ...]:
    return tuple(map(_stretch, texts))


def _stretch(text: str) -> Hours:
    """A stretch written ``HH:MM-HH:MM phase``."""
    times, _, word = text.partition(" ")
    if word not in STATED:
        raise ValueError(f"{text!r}: the phase must be one of {', '.join(STATED)}")
    span = clock_span(times)
    return Hours(span.start, span.end, Phase(word))


def _check_sources(listed: _File) -> None:
    entries: tuple[_Entry, ...] = (
        *listed.regime,
        *listed.holiday,
        *listed.special,
        *listed.ordinary,
    )
    for one in entries:
        if one.source not in listed.sources:
            raise ValueError(f"the source {one.source!r} is not in [sources]")
