"""The session as the engine follows it: by its table, edge by edge, for every day there is."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from engine_rig import MIDNIGHT, PRICES, START, STOCKS, Rig
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.calendars import load_calendar
from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.effects import ModifyOrder, PlaceOrder
from tui_scalper.core.engine import Engine
from tui_scalper.core.gates import Gate
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.group_phase import ODD_HOURS
from tui_scalper.core.instruments import Universe
from tui_scalper.core.phase_table import BEGINS, PHASE_TABLE
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.session_table import (
    DayHours,
    Group,
    Ordinary,
    Regime,
    SessionRules,
    SessionTable,
    Span,
    ruled,
)
from tui_scalper.core.sessions import Calendar, DayPlan, dated
from tui_scalper.core.signal_life import take_the_rest
from tui_scalper.core.snapshot import Protection
from tui_scalper.core.tables import ERROR, IGNORED, step
from tui_scalper.core.units import NS, Side
from tui_scalper.core.venues import DAY, HOUR, MINUTE, NSE, SQUARE_OFF_LEAD, Hours, Phase

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
    assert engine.chronicle.faults[ODD_HOURS] == len(Group)
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


# -- every stock by the hours of its group -------------------------------------------------

ENDS = {Group.CLOSING_AUCTION: 15 * HOUR + 15 * MINUTE, Group.ORDINARY: 15 * HOUR + 30 * MINUTE}


def two_groups() -> Rig:
    """NSE on 23 November 2026: BRAVO is proven to be outside the closing auction."""
    table = SessionTable(
        place="made/up.toml",
        first=date(2026, 11, 1),
        last=date(2026, 11, 30),
        regimes=(
            Regime(
                date(2026, 11, 1),
                DayHours(
                    closing_auction=continuous(ENDS[Group.CLOSING_AUCTION]),
                    ordinary=continuous(ENDS[Group.ORDINARY]),
                ),
            ),
        ),
        ordinary=(Ordinary("BRAVO", date(2026, 11, 1)),),
    )
    return Rig(calendar=dated(NSE, table))


def continuous(end: int) -> tuple[Hours, ...]:
    return (Hours(9 * HOUR + 15 * MINUTE, end, Phase.OPEN),)


def test_a_signal_ends_with_the_session_though_its_book_says_nothing_more():
    rig = Rig().open_market(lean=1)
    table = rig.engine.table
    heard_ns = int(table.cells[0, c.RECEIVED_NS])
    assert table.cells[0, c.BLOCKERS] == 0 and table.cells[0, c.SIGNAL_NS] > 0
    rig.wait(MIDNIGHT + ENDS[Group.ORDINARY] - rig.now)
    assert table.cells[0, c.SIGNAL_NS] == 0
    assert Gate(int(table.cells[0, c.BLOCKERS])) is Gate.SESSION
    lives = take_the_rest(table.market, table.universe)
    assert {one.end_ns for one in lives} == {heard_ns}


def test_stocks_of_the_closing_auction_are_squared_off_while_the_others_go_on():
    rig = two_groups().open_market()
    auction, ordinary = rig.hold(0), rig.hold(1)
    rig.wait(MIDNIGHT + ENDS[Group.CLOSING_AUCTION] - SQUARE_OFF_LEAD - rig.now)
    assert auction.goal is Goal.EXIT
    assert auction.reason == GoalInput.SQUARE_OFF.value
    assert ordinary.goal is Goal.PROTECT
    assert ordinary.protection() is Protection.PROTECTED
    rig.wait(MIDNIGHT + ENDS[Group.ORDINARY] - SQUARE_OFF_LEAD - rig.now)
    assert ordinary.reason == GoalInput.SQUARE_OFF.value


def test_between_the_two_ends_only_the_later_stock_may_be_entered():
    rig = two_groups()
    rig.now = MIDNIGHT + ENDS[Group.CLOSING_AUCTION]
    rig.open_market(lean=1)
    for row in (0, 1):
        rig.book(row, PRICES[row], lean=1)
    blockers = rig.engine.table.cells[:, c.BLOCKERS]
    assert blockers[0] & Gate.SESSION
    assert not blockers[1] & Gate.SESSION
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    assert rig.refused() == {Refusal.SESSION.value: 1}
    assert rig.enter(1).symbol == "BRAVO"


def test_nothing_is_asked_for_a_stock_whose_session_is_over():
    rig = two_groups().open_market()
    rig.hold(0)
    rig.wait(MIDNIGHT + ENDS[Group.CLOSING_AUCTION] + MINUTE - rig.now)
    rig.effects.clear()
    rig.press(cm.Flatten, row=0)
    assert [one for one in rig.effects if isinstance(one, ModifyOrder | PlaceOrder)] == []


def test_a_change_both_groups_make_is_said_once_and_one_of_a_group_names_it():
    rig = two_groups()
    rig.now = MIDNIGHT + 9 * HOUR
    rig.give(ev.ClockTicked(at_ns=rig.now))
    rig.wait(7 * HOUR)
    said = [line.text for line in rig.engine.chronicle.lines if line.text.startswith("session:")]
    assert said == [
        "session: open (trading day)",
        "session: square-off for closing auction stocks (trading day)",
        "session: closed for closing auction stocks (trading day)",
        "session: square-off for ordinary stocks (trading day)",
        "session: closed (trading day)",
    ]
