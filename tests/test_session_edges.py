"""The edges of a session: odd hours, time that is slept over, orders under way at an end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from engine_rig import MIDNIGHT, MS, NS, PRICES, SESSION_END, Rig
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.effects import CancelOrder, ModifyOrder, PlaceOrder
from tui_scalper.core.gates import Gate
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import ReportStatus
from tui_scalper.core.prices import Pricing
from tui_scalper.core.session_table import DayHours, Group, SessionRules, Span, ruled
from tui_scalper.core.sessions import TRADING, Calendar, DayPlan
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.units import Side
from tui_scalper.core.venues import DAY, HOUR, MINUTE, NSE, Hours, Phase

PUBLISHED = (Phase.PRE_OPEN, Phase.OPEN, Phase.BREAK, Phase.AUCTION)
CLOSE = MIDNIGHT + 15 * HOUR + 15 * MINUTE
"""When the simulated NSE closes."""


def at(hour: int, minute: int = 0) -> int:
    return hour * HOUR + minute * MINUTE


RECOVERY = (
    Hours(at(9), at(9, 15), Phase.PRE_OPEN),
    Hours(at(9, 15), at(10), Phase.OPEN),
    Hours(at(11, 15), at(11, 30), Phase.PRE_OPEN),
    Hours(at(11, 30), at(12, 30), Phase.OPEN),
)
"""Two sessions a day, as on 2 March 2024."""

LUNCH = (
    Hours(at(9, 30), at(11, 30), Phase.OPEN),
    Hours(at(11, 30), at(13), Phase.BREAK),
    Hours(at(13), at(15), Phase.OPEN),
)


def calendar(*hours: Hours, windows: tuple[Span, ...] = ()) -> Calendar:
    """Every day has these hours."""
    day = DayHours(closing_auction=hours, ordinary=hours)
    plan = DayPlan(ruled(day, SessionRules(windows=windows)), "a day")
    return Calendar(NSE, before=plan, after=plan)


def rig_at(of_day: int, days: Calendar | None = None) -> Rig:
    rig = Rig(calendar=days)
    rig.now = MIDNIGHT + of_day
    return rig.open_market()


def alarms(rig: Rig) -> list[str]:
    lines = rig.engine.chronicle.lines
    return [line.text for line in lines if line.severity is Severity.ALARM]


def resting_entry(rig: Rig) -> Order:
    """An entry that waits in the queue of its own side."""
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    rig.press(cm.PriceAs, pricing=Pricing.JOIN)
    staged = rig.engine.operator.staged
    assert staged is not None
    (sent,) = [
        one
        for one in rig.press(cm.Confirm, stage_id=staged.stage_id)
        if isinstance(one, PlaceOrder)
    ]
    entry = rig.order(sent.tag)
    rig.place(entry)
    rig.report(entry, ReportStatus.OPEN)
    rig.effects.clear()
    return entry


# -- odd hours -----------------------------------------------------------------------------


@st.composite
def published(draw: st.DrawFn) -> tuple[Hours, ...]:
    """What any exchange might publish: touching stretches of any phase, or gaps between."""
    edges = sorted(draw(st.sets(st.integers(0, 24 * 60 - 1), min_size=2, max_size=8)))
    phases = st.sampled_from((*PUBLISHED, Phase.OPEN, None))
    drawn = [
        Hours(start * MINUTE, end * MINUTE, phase)
        for start, end in pairwise(edges)
        if (phase := draw(phases)) is not None
    ]
    return tuple(drawn) or (Hours(at(9), at(10), Phase.OPEN),)


@given(published(), st.integers(1, 300))
def test_whatever_the_hours_trading_ends_in_a_square_off(hours, lead):
    rules = SessionRules(square_off_lead=lead * MINUTE)
    day = ruled(DayHours(closing_auction=hours, ordinary=hours), rules)
    for session in sessions(day.of(Group.ORDINARY)):
        trading = [one.phase for one in session if one.phase is not Phase.BREAK]
        assert not trading or trading[-1] is Phase.SQUARE_OFF, f"{session} ends over open positions"


def sessions(stretches: tuple[Hours, ...]) -> list[list[Hours]]:
    """Touching stretches of trading and its breaks, together."""
    found: list[list[Hours]] = []
    ended = -1
    for one in stretches:
        if one.phase not in TRADING:
            continue
        if one.start != ended:
            found.append([])
        found[-1].append(one)
        ended = one.end
    return found


def test_a_break_with_no_trading_after_it_is_an_end():
    rig = rig_at(
        at(14, 52),
        calendar(
            Hours(at(9, 15), at(15), Phase.OPEN),
            Hours(at(15), at(15, 15), Phase.BREAK),
        ),
    )
    position = rig.hold()
    left = [one for one in rig.wait(2 * MINUTE) if isinstance(one, ModifyOrder)]
    assert position.goal is Goal.EXIT
    assert len(left) == 1


# -- time slept over -----------------------------------------------------------------------


def test_a_process_that_slept_over_the_end_of_a_session_leaves_in_the_next():
    rig = rig_at(at(9, 45), calendar(*RECOVERY))
    position = rig.hold()
    rig.now = MIDNIGHT + at(11, 40)
    sent = rig.give(ev.ClockTicked(at_ns=rig.now))
    assert rig.engine.phase is Phase.OPEN
    assert (position.goal, position.reason) == (Goal.EXIT, GoalInput.SQUARE_OFF.value)
    assert [one for one in sent if isinstance(one, ModifyOrder)]


def test_a_start_in_the_second_session_keeps_what_was_entered_in_it():
    rig = rig_at(at(11, 40), calendar(*RECOVERY))
    position = rig.hold()
    rig.wait(5 * MINUTE)
    assert position.goal is Goal.PROTECT


@pytest.mark.parametrize("slept", [0, 3 * HOUR])
def test_through_a_break_orders_rest_whether_slept_or_not(slept):
    rig = rig_at(at(11, 29), calendar(*LUNCH))
    position = rig.hold()
    if slept:
        rig.now += slept
        rig.give(ev.ClockTicked(at_ns=rig.now))
    else:
        rig.wait(3 * HOUR)
    assert rig.engine.phase is Phase.OPEN
    assert position.goal is Goal.PROTECT
    assert rig.sent(ModifyOrder) == rig.sent(CancelOrder) == rig.sent(PlaceOrder) == []


# -- the trader's own windows --------------------------------------------------------------


def test_an_entry_that_rests_when_the_window_ends_is_taken_back():
    ends = at(11)
    days = calendar(Hours(at(9, 15), at(15, 30), Phase.OPEN), windows=(Span(at(9, 30), ends),))
    rig = rig_at(ends - NS, days)
    entry = resting_entry(rig)
    sent = rig.wait(NS)
    assert rig.engine.phase is Phase.HOLD
    assert [one.order_id for one in sent if isinstance(one, CancelOrder)] == [entry.order_id]


def test_an_entry_on_its_way_when_the_window_ends_is_taken_back_when_it_lands():
    ends = at(11)
    days = calendar(Hours(at(9, 15), at(15, 30), Phase.OPEN), windows=(Span(at(9, 30), ends),))
    rig = rig_at(ends - 100 * MS, days)
    entry = rig.enter()
    rig.wait(100 * MS)
    sent = rig.place(entry)
    assert [one.order_id for one in sent if isinstance(one, CancelOrder)] == [entry.order_id]


def test_what_filled_by_then_stays_guarded_outside_the_window():
    ends = at(11)
    days = calendar(Hours(at(9, 15), at(15, 30), Phase.OPEN), windows=(Span(at(9, 30), ends),))
    rig = rig_at(ends - NS, days)
    position = rig.hold()
    rig.wait(MINUTE)
    assert rig.engine.phase is Phase.HOLD
    assert position.goal is Goal.PROTECT


@pytest.mark.parametrize(
    ("phase", "begins"),
    [(Phase.HOLD, at(11)), (Phase.SQUARE_OFF, at(15, 23)), (Phase.CLOSED, at(15, 30))],
)
def test_outside_the_hours_of_entries_no_book_is_a_signal_and_the_engine_sends_nothing(
    phase, begins
):
    windows = (Span(at(9, 30), at(11)), Span(at(15), at(15, 30)))
    rig = rig_at(begins - NS, calendar(Hours(at(9, 15), at(15, 30), Phase.OPEN), windows=windows))
    rig.press(cm.Arm)
    rig.press(cm.AutoOn)
    rig.wait(2 * NS)
    assert rig.engine.phase is phase
    for row, price in enumerate(PRICES):
        rig.book(row, price, lean=1)
    assert all(rig.engine.table.cells[:, c.BLOCKERS] & Gate.SESSION)
    assert rig.sent(PlaceOrder) == []
    assert rig.refused() == {}


# -- held over the close -------------------------------------------------------------------


def test_what_is_held_when_trading_ends_is_an_alarm_once():
    rig = rig_at(SESSION_END - MIDNIGHT - NS)
    position = rig.hold()
    rig.wait(CLOSE - rig.now + MINUTE)
    assert position.held
    assert [text for text in alarms(rig) if "trading is closed" in text] == [
        f"ALPHA: {position.held} shares are held and trading is closed: nothing can be sent "
        "before it opens; close them on the broker's own screen while that is possible"
    ]


def test_an_entry_in_doubt_that_turns_out_filled_after_the_close_is_an_alarm():
    rig = rig_at(SESSION_END - MIDNIGHT - NS)
    entry = rig.enter()
    rig.wait(CLOSE - rig.now + MINUTE)
    assert entry.state is OrderState.UNKNOWN
    assert not [text for text in alarms(rig) if "trading is closed" in text]
    rig.effects.clear()
    rig.report(entry, ReportStatus.COMPLETE)
    rig.wait(MINUTE)
    assert rig.sent(PlaceOrder) == []
    assert len([text for text in alarms(rig) if "trading is closed" in text]) == 1


def test_what_was_held_over_the_close_leaves_at_the_next_open():
    rig = rig_at(SESSION_END - MIDNIGHT - NS)
    position = rig.hold()
    stop = position.exit
    assert stop is not None
    rig.wait(CLOSE - rig.now + NS)
    rig.report(stop, ReportStatus.CANCELLED)
    rig.effects.clear()
    sent = rig.wait(MIDNIGHT + DAY + at(9, 16) - rig.now)
    placed = [one for one in sent if isinstance(one, PlaceOrder)]
    assert [one.terms.quantity for one in placed] == [position.held]
    rig.wait(MIDNIGHT + DAY + at(15, 16) - rig.now)
    assert len([text for text in alarms(rig) if "trading is closed" in text]) == 2


@pytest.mark.parametrize(("kind", "fields"), [(cm.Flatten, {"row": None}), (cm.Kill, {})])
def test_a_key_that_closes_says_in_a_break_that_nothing_can_be_sent(kind, fields):
    rig = rig_at(at(11, 29), calendar(*LUNCH))
    rig.hold()
    rig.wait(10 * MINUTE)
    assert rig.engine.phase is Phase.BREAK
    rig.effects.clear()
    rig.command(
        cm.Flatten(key_ns=rig.now, row=None) if kind is cm.Flatten else kind(key_ns=rig.now)
    )
    rig.wait(MINUTE)
    assert rig.sent(ModifyOrder) == rig.sent(CancelOrder) == []
    assert len([text for text in alarms(rig) if "trading is closed" in text]) == 1
    sent = rig.wait(MIDNIGHT + at(13) - rig.now)
    assert len([one for one in sent if isinstance(one, ModifyOrder)]) == 1
