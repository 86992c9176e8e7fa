"""The session as the engine follows it: by its table, edge by edge, for every day there is."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from engine_rig import MIDNIGHT, START, STOCKS, Rig
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.calendars import load_calendar
from tui_scalper.core import events as ev
from tui_scalper.core.engine import Engine
from tui_scalper.core.instruments import Universe
from tui_scalper.core.phase_table import BEGINS, PHASE_TABLE
from tui_scalper.core.session_table import DayHours, Group, SessionRules, Span, ruled
from tui_scalper.core.session_watch import ODD_HOURS
from tui_scalper.core.sessions import Calendar, DayPlan
from tui_scalper.core.tables import ERROR, IGNORED, step
from tui_scalper.core.units import NS
from tui_scalper.core.venues import DAY, HOUR, MINUTE, NSE, Hours, Phase

NSE_DAYS = load_calendar()


def walked(hours: tuple[Hours, ...]) -> list[object]:
    """What the table makes of a day's stretches, gaps between them closed."""
    phase, outcomes, ended = Phase.CLOSED, [], 0
    for stretch in (*hours, Hours(DAY, DAY, Phase.CLOSED)):
        gap = [Phase.CLOSED] if stretch.start > ended else []
        ended = stretch.end
        for begins in (*gap, stretch.phase):
            outcome = step(PHASE_TABLE, phase, BEGINS[begins])
            outcomes.append(outcome)
            phase = begins
    return outcomes


@pytest.mark.parametrize("group", Group)
def test_every_day_of_the_shipped_calendar_goes_by_the_table(group):
    midnight = NSE.midnight(int(datetime(2024, 1, 1, 12, tzinfo=UTC).timestamp()) * NS)
    days = (date(2026, 12, 31) - date(2024, 1, 1)).days
    phase, at_ns = Phase.CLOSED, midnight
    changes = 0
    while at_ns < midnight + days * DAY:
        begins = NSE_DAYS.phase(group, at_ns)
        assert step(PHASE_TABLE, phase, BEGINS[begins]) is not ERROR
        phase, changes = begins, changes + 1
        at_ns = NSE_DAYS.next_change(group, at_ns)
    assert changes > 2 * days


times = st.integers(0, 23 * 15).map(lambda quarter: quarter * 4 * MINUTE)


@st.composite
def days(draw: st.DrawFn) -> tuple[Hours, ...]:
    """One to three sessions with their pre-opens, some ending in an auction."""
    edges = sorted(draw(st.sets(times, min_size=6, max_size=6)))
    stretches = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        opens = start
        if draw(st.booleans()):
            opens += (end - start) // 3 // MINUTE * MINUTE
            stretches.append(Hours(start, opens, Phase.PRE_OPEN))
        stretches.append(Hours(opens, end, Phase.OPEN))
    return tuple(stretches)


windows = st.lists(st.tuples(times, times), max_size=3).map(
    lambda pairs: tuple(Span(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1])
)


@given(days(), windows, st.integers(1, 600), st.booleans())
def test_whatever_the_hours_and_the_traders_rules_the_day_goes_by_the_table(
    hours, own, lead, confirmed
):
    rules = SessionRules(square_off_lead=lead * MINUTE, windows=own)
    day = DayHours(closing_auction=hours, ordinary=hours)
    for group in Group:
        outcomes = walked(ruled(day, rules, confirmed=confirmed).of(group))
        assert ERROR not in outcomes
        assert IGNORED not in outcomes[1:-1]


def engine_on(*hours: Hours) -> Engine:
    plan = DayPlan(DayHours(closing_auction=hours, ordinary=hours), "odd")
    calendar = Calendar(NSE, before=plan, after=plan)
    return Engine(Rig().config, Universe(NSE, STOCKS), calendar)


def tick(engine: Engine, at_ns: int) -> None:
    engine.receive(ev.ClockTicked(at_ns=at_ns))


def test_hours_that_make_no_session_never_open_and_are_said():
    engine = engine_on(
        Hours(9 * HOUR, 10 * HOUR, Phase.SQUARE_OFF), Hours(10 * HOUR, 11 * HOUR, Phase.OPEN)
    )
    tick(engine, MIDNIGHT + 9 * HOUR)
    assert engine.phase is Phase.SQUARE_OFF
    tick(engine, MIDNIGHT + 10 * HOUR)
    assert engine.phase is Phase.HOLD
    assert engine.chronicle.faults[ODD_HOURS] == 1
    assert any("make no sense" in line.text for line in engine.chronicle.lines)
    tick(engine, MIDNIGHT + 11 * HOUR)
    assert engine.phase is Phase.CLOSED


def test_a_process_that_slept_over_days_finds_the_phase_of_the_moment():
    rig = Rig().open_market()
    tick(rig.engine, START + 3 * DAY)
    assert rig.engine.phase is Phase.OPEN
    tick(rig.engine, START + 3 * DAY + 10 * HOUR)
    assert rig.engine.phase is Phase.CLOSED
    assert not rig.engine.chronicle.faults[ODD_HOURS]
