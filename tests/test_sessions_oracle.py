"""The days of NSE against two published calendars, wherever those two agree."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import exchange_calendars
import pandas_market_calendars
import pytest

from tui_scalper.calendars import load_calendar
from tui_scalper.core.session_table import Group
from tui_scalper.core.units import NS

IST = ZoneInfo("Asia/Kolkata")
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
DAYS = [FIRST + timedelta(number) for number in range((LAST - FIRST).days + 1)]
UNKNOWN_TO_BOTH = {"2024-03-02", "2024-05-18", "2026-02-01", "2026-11-08"}
"""Sessions on weekends that neither library has."""


def noon(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=IST).timestamp()) * NS


@pytest.fixture(scope="module")
def ours() -> set[str]:
    calendar = load_calendar()
    return {str(day) for day in DAYS if calendar.continuous(Group.ORDINARY, noon(day)) is not None}


@pytest.fixture(scope="module")
def bombay() -> set[str]:
    calendar = exchange_calendars.get_calendar("XBOM", start=str(FIRST), end=str(LAST))
    return set(calendar.sessions.strftime("%Y-%m-%d"))


@pytest.fixture(scope="module")
def national() -> set[str]:
    calendar = pandas_market_calendars.get_calendar("NSE")
    return set(calendar.schedule(str(FIRST), str(LAST)).index.strftime("%Y-%m-%d"))


def test_where_both_agree_so_do_we(ours, bombay, national):
    agreed = {str(day) for day in DAYS if (str(day) in bombay) == (str(day) in national)}
    assert len(agreed) > 1_000
    assert (ours ^ bombay) & agreed == UNKNOWN_TO_BOTH


def test_what_only_one_knows_we_know(ours, bombay, national):
    """The one lacks Muhurat sessions, the other special Saturdays; both traded."""
    assert bombay - national == {"2024-01-20", "2025-02-01"}
    assert national - bombay == {"2024-11-01", "2025-10-21"}
    assert bombay | national <= ours


def test_hours_agree_where_the_closing_auction_is_not_in_play(national, ours):
    """Opening and closing times of every common day; the library knows no closing auction."""
    calendar = load_calendar()
    schedule = pandas_market_calendars.get_calendar("NSE").schedule(str(FIRST), str(LAST))
    differing = [
        str(day.date())
        for day, row in schedule.iterrows()
        if calendar.continuous(Group.ORDINARY, row.market_open.value)
        != (row.market_open.value, row.market_close.value)
    ]
    assert differing == []
    assert len(schedule) == len(national)
    assert national <= ours
