"""The trading calendar: its laws on made-up tables, and every special day of NSE."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui_scalper.calendars import ending_text, load_calendar
from tui_scalper.core.session_table import (
    DayHours,
    Group,
    Holiday,
    Ordinary,
    Regime,
    SessionRules,
    SessionTable,
    Span,
    Special,
    clock_span,
    clock_text,
)
from tui_scalper.core.sessions import TRADING, Calendar, DayPlan, dated, every_day
from tui_scalper.core.units import FOREVER, NS
from tui_scalper.core.venues import (
    DAY,
    HOUR,
    MINUTE,
    NSE,
    SQUARE_OFF_LEAD,
    SSE,
    Hours,
    Phase,
    Venue,
    with_square_off,
)

IST = ZoneInfo("Asia/Kolkata")
CAS, ORDINARY = Group.CLOSING_AUCTION, Group.ORDINARY
NSE_DAYS = load_calendar()
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
PUBLISHED = (Phase.PRE_OPEN, Phase.OPEN, Phase.BREAK, Phase.AUCTION)
LONG_BREAK = (
    Hours(9 * HOUR, 11 * HOUR, Phase.OPEN),
    Hours(11 * HOUR, 13 * HOUR, Phase.BREAK),
    Hours(13 * HOUR, 15 * HOUR, Phase.OPEN),
)


def ist(text: str) -> int:
    """UTC nanoseconds of a time in Indian Standard Time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=IST).timestamp()) * NS


def shown(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns / NS, IST).strftime("%Y-%m-%d %H:%M")


def steps(calendar: Calendar, group: Group, after_ns: int, until_ns: int) -> Iterator[int]:
    """The changes after `after_ns` up to `until_ns`; fails when time stands still."""
    while (then := calendar.next_change(group, after_ns)) <= until_ns:
        assert then > after_ns, f"the change after {after_ns} is {then}"
        yield (after_ns := then)


def course(calendar: Calendar, group: Group, day: str) -> list[tuple[str, Phase]]:
    """When the phase changes on `day`, and to what, read off the calendar's own answers."""
    changes = steps(calendar, group, ist(day) - 1, ist(day) + DAY - 1)
    return [(shown(at_ns)[-5:], calendar.phase(group, at_ns)) for at_ns in changes]


# -- made-up tables --------------------------------------------------------------------------


@st.composite
def day_hours(draw: st.DrawFn) -> tuple[Hours, ...]:
    """Up to five stretches of whole minutes, gaps between them or not."""
    edges = sorted(draw(st.sets(st.integers(0, 24 * 60 - 1), min_size=2, max_size=6)))
    spans = draw(
        st.lists(st.sampled_from(list(pairwise(edges))), min_size=1, unique=True).map(sorted)
    )
    phases = st.sampled_from(PUBLISHED)
    return tuple(Hours(start * MINUTE, end * MINUTE, draw(phases)) for start, end in spans)


@st.composite
def two_groups(draw: st.DrawFn) -> DayHours:
    return DayHours(closing_auction=draw(day_hours()), ordinary=draw(day_hours()))


@st.composite
def tables(draw: st.DrawFn) -> SessionTable:
    """Two weeks of a made-up exchange, a change of hours, holidays and specials in them."""
    first = date(2026, 7, 27)
    days = [first + timedelta(number) for number in range(14)]
    listed = draw(st.lists(st.sampled_from(days), unique=True, max_size=6))
    closed = [day for day in listed if day.weekday() < 5 and draw(st.booleans())]
    return SessionTable(
        place="made/up.toml",
        first=first,
        last=days[-1],
        regimes=(
            Regime(first, draw(two_groups())),
            Regime(date(2026, 8, 3), draw(two_groups())),
        ),
        holidays=tuple(Holiday(day, "a feast") for day in closed),
        specials=tuple(
            Special(
                day=day,
                name="a session",
                hours=draw(st.none() | two_groups()),
                confirmed=draw(st.booleans()),
            )
            for day in listed
            if day not in closed
        ),
    )


@st.composite
def rules(draw: st.DrawFn) -> SessionRules:
    minutes = st.integers(0, 24 * 60)
    pairs = st.lists(st.tuples(minutes, minutes), max_size=3)
    return SessionRules(
        square_off_lead=draw(st.integers(1, 400)) * MINUTE,
        windows=tuple(Span(min(pair) * MINUTE, max(pair) * MINUTE) for pair in draw(pairs)),
        trust_unconfirmed=draw(st.booleans()),
    )


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """A calendar of a table or of one day for ever, at NSE or SSE."""
    venue = draw(st.sampled_from((NSE, SSE)))
    if draw(st.booleans()):
        return dated(venue, draw(tables()), draw(rules()))
    hours = with_square_off(draw(day_hours()), SQUARE_OFF_LEAD)
    made_up = Venue(code="X", currency="X", utc_offset=venue.utc_offset, hours=hours)
    return every_day(made_up, draw(rules()))


NEAR = st.integers(ist("2026-07-25"), ist("2026-08-13"))
GROUPS = st.sampled_from(Group)


@given(calendars(), GROUPS, NEAR, st.data())
def test_the_phase_is_constant_up_to_the_next_change_and_another_then(calendar, group, at_ns, data):
    then = calendar.next_change(group, at_ns)
    assert then > at_ns
    last = min(then - 1, at_ns + 30 * DAY)
    between = data.draw(st.integers(at_ns, last), label="between")
    now = calendar.phase(group, at_ns)
    assert calendar.phase(group, between) is now
    assert calendar.phase(group, last) is now
    assert calendar.next_change(group, between) == then
    if then != FOREVER:
        assert calendar.phase(group, then) is not now


@given(calendars(), GROUPS, NEAR)
def test_time_is_tiled_by_changes_without_a_gap(calendar, group, at_ns):
    edges = [at_ns, *steps(calendar, group, at_ns, at_ns + 3 * DAY)]
    phases = [calendar.phase(group, edge) for edge in edges]
    assert all(one is not other for one, other in pairwise(phases))


@given(calendars(), GROUPS, NEAR)
def test_continuous_bounds_hold_all_trading_of_the_moment_and_no_other_phase(
    calendar, group, at_ns
):
    bounds = calendar.continuous(group, at_ns)
    trading = calendar.phase(group, at_ns) in TRADING
    if bounds is None:
        assert not trading
        return
    start, end = bounds
    assert calendar.venue.midnight(start) == calendar.venue.midnight(at_ns)
    assert start < end
    assert trading == (start <= at_ns < end)
    assert calendar.phase(group, start) in TRADING
    assert calendar.phase(group, end - 1) in TRADING
    assert calendar.phase(group, end) not in TRADING
    assert calendar.phase(group, start - 1) not in TRADING


@given(tables(), rules(), GROUPS, NEAR)
def test_rules_only_ever_forbid_entries(table, own, group, at_ns):
    """Whatever the trader's rules, the exchange's phase shines through, and entries need OPEN."""
    ours = dated(NSE, table, own).phase(group, at_ns)
    theirs = dated(NSE, table, SessionRules(trust_unconfirmed=True)).phase(group, at_ns)
    trades = {Phase.OPEN, Phase.HOLD, Phase.SQUARE_OFF}
    assert ours is theirs or {ours, theirs} <= trades
    if ours is Phase.OPEN and own.windows:
        of_day = NSE.of_day(at_ns)
        assert any(span.start <= of_day < span.end for span in own.windows)


@given(tables(), GROUPS, NEAR, st.integers(1, 400))
def test_no_entry_begins_within_the_lead_of_the_end(table, group, at_ns, minutes):
    calendar = dated(NSE, table, SessionRules(square_off_lead=minutes * MINUTE))
    if calendar.phase(group, at_ns) is not Phase.OPEN:
        return
    later = calendar.phase(group, at_ns + minutes * MINUTE)
    assert later in TRADING


@given(tables(), NEAR)
def test_a_day_says_why_and_closed_days_are_closed(table, at_ns):
    calendar = dated(NSE, table)
    why = calendar.why(at_ns)
    assert why and "\n" not in why
    day = datetime.fromtimestamp(at_ns // NS, IST).date()
    closed = why.startswith(("holiday: ", "weekend", "calendar begins", "calendar ends"))
    for group in Group:
        assert (calendar.continuous(group, at_ns) is None) or not closed
        if closed:
            assert calendar.phase(group, at_ns) is Phase.CLOSED
    assert why.startswith("calendar") == (not table.first <= day <= table.last)


@given(day_hours(), st.integers(1, 400), st.integers(1, 400))
def test_square_off_carves_once_however_often(hours, lead, other):
    once = with_square_off(hours, lead * MINUTE)
    assert with_square_off(with_square_off(hours, other * MINUTE), lead * MINUTE) == once
    opened = sum(one.end - one.start for one in hours if one.phase is Phase.OPEN)
    kept = sum(one.end - one.start for one in once if one.phase in (Phase.OPEN, Phase.SQUARE_OFF))
    assert kept == opened


def test_square_off_waits_through_a_break():
    phases = [(one.start // HOUR, one.phase) for one in with_square_off(LONG_BREAK, HOUR)]
    assert phases == [
        (9, Phase.OPEN),
        (11, Phase.BREAK),
        (13, Phase.OPEN),
        (14, Phase.SQUARE_OFF),
    ]


# -- NSE -------------------------------------------------------------------------------------

MOMENTS = st.integers(ist("2023-12-25"), ist("2027-01-08"))


@given(MOMENTS, GROUPS)
@example(ist("2026-08-03T15:15"), CAS)
@example(ist("2026-11-08T18:00"), CAS)
def test_the_wall_clock_of_india_decides_not_utc(at_ns, group):
    """Phase, told a second way: by the zone database and the calendar's own reason."""
    local = datetime.fromtimestamp(at_ns // NS, UTC).astimezone(IST)
    minute = local.hour * 60 + local.minute
    phase = NSE_DAYS.phase(group, at_ns)
    why = NSE_DAYS.why(at_ns)
    normal = why == "trading day" or why.endswith("normal hours")
    if not normal:
        return
    auctioned = group is CAS and local.date() >= date(2026, 8, 3)
    end = 15 * 60 + (15 if auctioned else 30)
    edges = {
        9 * 60: Phase.PRE_OPEN,
        9 * 60 + 15: Phase.OPEN,
        end - 7: Phase.SQUARE_OFF,
        end: Phase.AUCTION if auctioned else Phase.CLOSED,
        end + 20: Phase.CLOSED,
    }
    begun = [at for at in edges if at <= minute]
    assert phase is (edges[max(begun)] if begun else Phase.CLOSED)


def test_a_normal_day_before_and_since_the_closing_auction():
    before = [
        ("09:00", Phase.PRE_OPEN),
        ("09:15", Phase.OPEN),
        ("15:23", Phase.SQUARE_OFF),
        ("15:30", Phase.CLOSED),
    ]
    since = [
        ("09:00", Phase.PRE_OPEN),
        ("09:15", Phase.OPEN),
        ("15:08", Phase.SQUARE_OFF),
        ("15:15", Phase.AUCTION),
        ("15:35", Phase.CLOSED),
    ]
    assert course(NSE_DAYS, CAS, "2026-07-31") == before
    assert course(NSE_DAYS, ORDINARY, "2026-07-31") == before
    assert course(NSE_DAYS, CAS, "2026-08-03") == since
    assert course(NSE_DAYS, ORDINARY, "2026-08-03") == before


NORMAL = [
    ("09:00", Phase.PRE_OPEN),
    ("09:15", Phase.OPEN),
    ("15:23", Phase.SQUARE_OFF),
    ("15:30", Phase.CLOSED),
]
RECOVERY = [
    ("09:00", Phase.PRE_OPEN),
    ("09:15", Phase.OPEN),
    ("09:53", Phase.SQUARE_OFF),
    ("10:00", Phase.CLOSED),
    ("11:15", Phase.PRE_OPEN),
    ("11:30", Phase.OPEN),
    ("12:23", Phase.SQUARE_OFF),
    ("12:30", Phase.CLOSED),
]
SPECIAL_DAYS = {
    "2024-01-20": ("Saturday session in place of Monday, normal hours", NORMAL),
    "2024-03-02": ("disaster-recovery session 09:15-10:00 and 11:30-12:30", RECOVERY),
    "2024-05-18": ("disaster-recovery session 09:15-10:00 and 11:30-12:30", RECOVERY),
    "2024-11-01": (
        "Muhurat session 18:00-19:00",
        [
            ("17:45", Phase.PRE_OPEN),
            ("18:00", Phase.OPEN),
            ("18:53", Phase.SQUARE_OFF),
            ("19:00", Phase.CLOSED),
        ],
    ),
    "2025-02-01": ("Union Budget session, normal hours", NORMAL),
    "2025-10-21": (
        "Muhurat session 13:45-14:45",
        [
            ("13:30", Phase.PRE_OPEN),
            ("13:45", Phase.OPEN),
            ("14:38", Phase.SQUARE_OFF),
            ("14:45", Phase.CLOSED),
        ],
    ),
    "2026-02-01": ("Union Budget session, normal hours", NORMAL),
    "2026-11-08": (
        "Muhurat session 18:00-19:00, hours unconfirmed: no entries",
        [
            ("17:45", Phase.PRE_OPEN),
            ("18:00", Phase.HOLD),
            ("18:53", Phase.SQUARE_OFF),
            ("19:00", Phase.CLOSED),
        ],
    ),
}


@pytest.mark.parametrize("group", Group)
@pytest.mark.parametrize("day", SPECIAL_DAYS)
def test_special_sessions(day, group):
    why, expected = SPECIAL_DAYS[day]
    assert NSE_DAYS.why(ist(day)) == why
    assert NSE_DAYS.why(ist(day) + DAY - 1) == why
    assert course(NSE_DAYS, group, day) == expected


def test_entries_in_an_unconfirmed_session_are_for_those_who_ask():
    trusting = load_calendar(rules=SessionRules(trust_unconfirmed=True))
    at_ns = ist("2026-11-08T18:10")
    assert NSE_DAYS.phase(CAS, at_ns) is Phase.HOLD
    assert trusting.phase(CAS, at_ns) is Phase.OPEN
    assert trusting.why(at_ns) == "Muhurat session 18:00-19:00, hours unconfirmed"


def test_no_other_weekend_trades():
    weekends = {
        str(day)
        for number in range((LAST - FIRST).days + 1)
        if (day := FIRST + timedelta(number)).weekday() >= 5
        and NSE_DAYS.continuous(CAS, ist(str(day))) is not None
    }
    assert weekends == {day for day in SPECIAL_DAYS if date.fromisoformat(day).weekday() >= 5}


def test_closed_days_say_why():
    assert NSE_DAYS.why(ist("2026-11-10T12:00")) == "holiday: Diwali Balipratipada"
    assert NSE_DAYS.why(ist("2024-01-22T12:00")) == "holiday: Ram Mandir consecration"
    assert NSE_DAYS.why(ist("2026-11-21T12:00")) == "weekend"
    assert NSE_DAYS.why(ist("2026-11-23T12:00")) == "trading day"


def test_outside_its_years_the_market_is_closed_and_the_reason_says_what_to_do():
    late, early = ist("2027-01-04T10:00"), ist("2023-12-29T10:00")
    assert NSE_DAYS.phase(CAS, late) is Phase.CLOSED
    assert NSE_DAYS.why(late) == "calendar ends 2026-12-31: update calendars/nse.toml"
    assert NSE_DAYS.next_change(CAS, late) == FOREVER
    assert NSE_DAYS.next_change(CAS, ist("2026-12-31T15:35")) == FOREVER
    assert NSE_DAYS.phase(CAS, early) is Phase.CLOSED
    assert NSE_DAYS.why(early) == "calendar begins 2024-01-01: update calendars/nse.toml"
    assert shown(NSE_DAYS.next_change(CAS, early)) == "2024-01-01 09:00"
    assert shown(NSE_DAYS.next_change(CAS, 0)) == "2024-01-01 09:00"


def test_the_next_change_steps_over_a_long_weekend():
    assert shown(NSE_DAYS.next_change(CAS, ist("2026-04-02T15:35"))) == "2026-04-06 09:00"


def test_continuous_bounds_of_the_day():
    def bounds(group: Group, text: str) -> tuple[str, ...]:
        found = NSE_DAYS.continuous(group, ist(text))
        return () if found is None else tuple(shown(at_ns)[-5:] for at_ns in found)

    assert bounds(CAS, "2026-11-23T00:00") == ("09:15", "15:15")
    assert bounds(CAS, "2026-11-23T15:20") == ("09:15", "15:15")
    assert bounds(ORDINARY, "2026-11-23T12:00") == ("09:15", "15:30")
    assert bounds(CAS, "2026-11-22T12:00") == ()
    assert bounds(CAS, "2024-03-02T09:59") == ("09:15", "10:00")
    assert bounds(CAS, "2024-03-02T10:00") == ("11:30", "12:30")
    assert bounds(CAS, "2024-03-02T20:00") == ("11:30", "12:30")


def test_trade_windows_turn_open_into_hold():
    windows = (clock_span("09:30-11:00"), clock_span("14:00-15:30"))
    calendar = load_calendar(rules=SessionRules(windows=windows))
    assert course(calendar, CAS, "2026-11-23") == [
        ("09:00", Phase.PRE_OPEN),
        ("09:15", Phase.HOLD),
        ("09:30", Phase.OPEN),
        ("11:00", Phase.HOLD),
        ("14:00", Phase.OPEN),
        ("15:08", Phase.SQUARE_OFF),
        ("15:15", Phase.AUCTION),
        ("15:35", Phase.CLOSED),
    ]


def test_adjoining_and_overlapping_windows_are_one():
    texts = ("09:30-10:00", "10:00-11:00", "10:30-12:00")
    calendar = load_calendar(rules=SessionRules(windows=tuple(map(clock_span, texts))))
    at_ns = ist("2026-11-23T09:30")
    assert calendar.phase(CAS, at_ns) is Phase.OPEN
    assert shown(calendar.next_change(CAS, at_ns)) == "2026-11-23 12:00"


MONDAY = date(2026, 7, 27)
NORMAL = DayHours(closing_auction=LONG_BREAK, ordinary=LONG_BREAK)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"regimes": ()}, "regimes must be in order"),
        ({"regimes": (Regime(date(2026, 8, 1), NORMAL),)}, "the first from the first day on"),
        (
            {"holidays": (Holiday(MONDAY, "a"),) * 2},
            "2026-07-27 is listed 2 times",
        ),
        ({"holidays": (Holiday(date(2026, 9, 1), "late"),)}, "2026-09-01 is outside"),
        ({"holidays": (Holiday(date(2026, 8, 1), "idle"),)}, "2026-08-01 is on a weekend"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(wrong, words):
    whole = {
        "place": "made/up.toml",
        "first": MONDAY,
        "last": date(2026, 8, 9),
        "regimes": (Regime(MONDAY, NORMAL),),
    }
    with pytest.raises(ValueError, match=words):
        SessionTable(**{**whole, **wrong})


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ((), "no hours for"),
        ((Hours(9 * HOUR, 9 * HOUR, Phase.OPEN),), "overlap or are out of order"),
        ((*LONG_BREAK, LONG_BREAK[0]), "overlap or are out of order"),
        ((Hours(9 * HOUR, DAY, Phase.OPEN),), "reach beyond the day"),
    ],
)
def test_hours_that_cannot_be_are_refused(hours, words):
    with pytest.raises(ValueError, match=words):
        DayHours(closing_auction=LONG_BREAK, ordinary=hours)


def test_days_before_the_plans_trade_when_their_plan_says_so():
    plan = DayPlan(NORMAL, "a day")
    first = MONDAY.toordinal()
    calendar = Calendar(NSE, before=plan, after=DayPlan(None, "over"), first=first)
    evening = ist("2026-07-20T20:00")
    assert calendar.next_change(CAS, evening) == ist("2026-07-21T09:00")


def test_unknown_stocks_are_in_the_closing_auction():
    table = SessionTable(
        place="made/up.toml",
        first=FIRST,
        last=LAST,
        regimes=(Regime(FIRST, DayHours(closing_auction=LONG_BREAK, ordinary=LONG_BREAK)),),
        ordinary=(Ordinary("LEFT", date(2026, 9, 1)),),
    )
    calendar = dated(NSE, table)
    assert calendar.group("NEW", ist("2026-09-01")) is CAS
    assert calendar.group("LEFT", ist("2026-09-01") - 1) is CAS
    assert calendar.group("LEFT", ist("2026-09-01")) is ORDINARY


def test_stocks_the_trader_names_are_outside_the_closing_auction_and_no_others():
    calendar = load_calendar(rules=SessionRules(ordinary=frozenset({"NAMED"})))
    for day in ("2024-01-01", "2026-08-03", "2026-12-31"):
        assert calendar.group("NAMED", ist(day)) is ORDINARY
        assert calendar.group("OTHER", ist(day)) is CAS


# -- every day -------------------------------------------------------------------------------


@pytest.mark.parametrize("venue", [NSE, SSE], ids=lambda venue: venue.code)
@given(at_ns=MOMENTS)
def test_every_day_is_the_venues_normal_day(venue, at_ns):
    calendar = every_day(venue)
    for group in Group:
        assert calendar.phase(group, at_ns) is venue.phase(at_ns)
        assert calendar.next_change(group, at_ns) == venue.next_change(at_ns)


def test_the_simulated_day_is_todays_day_without_the_auction():
    real = [step for step in course(NSE_DAYS, CAS, "2026-11-23") if step[0] != "15:35"]
    simulated = course(every_day(NSE), CAS, "2026-11-23")
    assert simulated == [*real[:-1], ("15:15", Phase.CLOSED)]


def test_shanghai_trades_through_lunch_as_one_session():
    calendar = every_day(SSE)
    noon = SSE.midnight(ist("2023-07-11T12:00")) + 12 * HOUR
    assert calendar.phase(CAS, noon) is Phase.BREAK
    bounds = calendar.continuous(CAS, noon)
    assert bounds is not None
    assert [SSE.of_day(at_ns) // MINUTE for at_ns in bounds] == [9 * 60 + 30, 14 * 60 + 57]


# -- what is written -------------------------------------------------------------------------


@given(st.integers(0, 24 * 60 - 2), st.integers(1, 24 * 60 - 1))
def test_a_span_of_the_day_is_read_as_it_is_written(start, length):
    span = Span(start * MINUTE, min(start + length, 24 * 60 - 1) * MINUTE)
    assert clock_span(clock_text(span)) == span


@pytest.mark.parametrize(
    "text", ["", "9:15-10:00", "09:15", "09:15-24:00", "10:00-09:00", "٠٩:15-10:00"]
)
def test_a_span_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"no time of day|ends before"):
        clock_span(text)


def test_a_square_off_of_no_length_is_refused():
    with pytest.raises(ValueError, match="before the end"):
        SessionRules(square_off_lead=0)


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ((2026, 12, 9), ""),
        ((2026, 12, 10), "ends in 21 days"),
        ((2026, 12, 31), "ends today or has ended"),
        ((2027, 2, 1), "ends today or has ended"),
    ],
)
def test_a_calendar_says_in_time_that_it_ends(day, says):
    now_ns = int(datetime(*day, 6, tzinfo=UTC).timestamp()) * NS
    text = ending_text(NSE_DAYS, now_ns)
    assert (says in text) and bool(text) == bool(says)
    assert ending_text(every_day(NSE), now_ns) == ""
