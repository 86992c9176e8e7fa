"""Laws of the panels' parts: widths, bars, stable orders, layouts, key hygiene."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from console_snapshots import LOG, NOON, SYMBOLS, ladder, order, position, signal, snapshot, stage
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core.gates import Gate
from tui_scalper.core.snapshot import (
    Level,
    LogLine,
    Mode,
    OperatorState,
    Protection,
    Severity,
    Tally,
)
from tui_scalper.core.units import NS, Side
from tui_scalper.keyguard import KeyGuard, Stroke, Verdict
from tui_scalper.widgets import text
from tui_scalper.widgets.banner import day_line, state_line
from tui_scalper.widgets.day import day_lines
from tui_scalper.widgets.footer import footer_line
from tui_scalper.widgets.ladder import LADDER_LINES, LadderSlots, ladder_lines
from tui_scalper.widgets.layout import LEAST_HEIGHT, LEAST_WIDTH, Panel, arrange
from tui_scalper.widgets.lines import changed_cells, fit, harmless, width_of
from tui_scalper.widgets.log import LogBook
from tui_scalper.widgets.palette import Role
from tui_scalper.widgets.positions import position_lines
from tui_scalper.widgets.signals import RERANK_NS, StillOrder, signal_columns, signal_line, why_not
from tui_scalper.widgets.strip import Fuse, Question, StripView, Topic, strip_lines

roles = st.sampled_from(list(Role)[:4])
lines = st.lists(st.tuples(st.text("ab▲█ ", min_size=1, max_size=6), roles), max_size=5).map(tuple)
prices = st.integers(1, 20_000_000)
sizes = st.integers(0, 2_000_000_000)
levels = st.builds(Level, prices, sizes, st.integers(0, 99_999))
ladders = st.builds(
    lambda bids, asks, **changes: ladder(3, bids=tuple(bids), asks=tuple(asks), **changes),
    st.lists(levels, max_size=5),
    st.lists(levels, max_size=5),
    ltp=prices,
    close=st.integers(0, 20_000_000),
    total_buy=sizes,
    total_sell=sizes,
    dominance_ppm=st.integers(-1, 1_000_000),
    blockers=st.sampled_from([0, int(Gate.STALE), int(Gate.NO_DATA)]),
    position=st.integers(-99_999, 99_999),
    updates=st.integers(0, 3),
)


def plain(line) -> str:
    return "".join(word for word, _ in line)


@given(lines, st.integers(0, 40))
def test_fit_gives_the_width_and_keeps_the_start(line, width):
    fitted = fit(line, width, Role.DIM)
    assert width_of(fitted) == width
    assert plain(line)[:width] == plain(fitted)[: min(width, width_of(line))]
    assert all(one[1] is not two[1] for one, two in pairwise(fitted))


@given(lines, lines, st.integers(1, 40))
def test_cells_outside_the_changed_span_are_the_same(before, after, width):
    def cells(line):
        return [(char, role) for word, role in fit(line, width, Role.DIM) for char in word]

    one, two = cells(before), cells(after)
    left, right = changed_cells(fit(before, width, Role.DIM), fit(after, width, Role.DIM), width)
    assert one[:left] == two[:left] and one[right:] == two[right:]
    assert left <= right
    if one == two:
        assert left == right


@given(ladders, st.integers(33, 60), st.booleans(), st.booleans())
@settings(max_examples=200)
def test_every_ladder_line_has_the_width(book, width, selected, cumulative):
    drawn = ladder_lines(book, width=width, now_ns=NOON, selected=selected, cumulative=cumulative)
    assert len(drawn) == LADDER_LINES
    assert {width_of(line) for line in drawn} == {width}


def test_the_ladder_shows_the_best_prices_innermost_and_marks_its_own():
    book = ladder(1, position=120, entry=156_700, orders=((156_740, 50, Side.SELL),), stop=156_680)
    drawn = [
        plain(line)
        for line in ladder_lines(book, width=40, now_ns=NOON, selected=True, cumulative=False)
    ]
    assert "1567.40" in drawn[5] and "1567.20" in drawn[7]
    assert "1567.80" in drawn[1] and "1566.80" in drawn[11]
    assert "S50" in drawn[5] and "ENT" in drawn[9] and "STP" in drawn[11]
    assert "•1567.20" in drawn[7]
    assert "+120" in drawn[6]


def test_cumulative_quantities_grow_outwards():
    book = ladder(2)
    drawn = ladder_lines(book, width=40, now_ns=NOON, selected=False, cumulative=True)
    total = sum(level.quantity for level in book.asks)
    assert text.quantity(total) in plain(drawn[1])


@given(st.integers(0, 10**12))
def test_quantities_and_ages_stay_short(number):
    assert len(text.quantity(number)) <= 5
    assert len(text.age(number * 1_000_000)) <= 4


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 20))
def test_bars_are_as_wide_as_their_room(value, largest, width):
    eighths = text.share_of(value, largest, width)
    assert len(text.bar(eighths, width)) == width
    assert len(text.left_bar(eighths, width)) == width
    assert (text.bar(eighths, width).strip() == "") == (value == 0)


@given(st.integers(-(10**12), 10**12))
def test_grouping_changes_no_digit(number):
    for indian in (True, False):
        grouped = text.grouped(number, indian=indian)
        assert int(grouped.replace(",", "")) == number
    assert text.grouped(12_345_678, indian=True) == "1,23,45,678"


@given(st.text(max_size=40))
def test_harmless_text_cannot_move_the_cursor(words):
    safe = harmless(words)
    assert len(safe) == len(words) and (safe.isprintable() or not safe)
    assert harmless("stop \x1b[2J\nrejected") == "stop  [2J rejected"


@given(st.integers(20, 220))
def test_tables_and_bars_of_the_screen_keep_the_width(width):
    views = (
        snapshot(),
        snapshot(mode=Mode.LIVE, operator=OperatorState.STAGED, stage=stage(), paused=True),
        snapshot(operator=OperatorState.KILLED, auto=True),
    )
    for view in views:
        assert width_of(state_line(view, now_ns=NOON, silent_ns=0, width=width)) == width
        assert width_of(day_line(view, width=width)) == width
        for asking in (
            None,
            Fuse("exit.flatten", 1, "FLATTEN?", 0.0),
            Question(Topic.FIND, "find:", "Enter", "IN"),
        ):
            drawn = strip_lines(
                view, StripView(asking=asking), now_ns=NOON, monotonic=0.5, width=width
            )
            assert [width_of(line) for line in drawn] == [width, width]
    assert width_of(footer_line([("a", "arm")] * 40, "", width)) == width
    assert {width_of(line) for line in day_lines(Tally(), width)} == {width}


@given(st.integers(40, 220), st.integers(0, 15))
def test_signal_lines_keep_the_width(width, row):
    columns = signal_columns(width)
    for cursor in (True, False):
        line = signal_line(row + 1, signal(row + 1, row), columns, width, cursor=cursor)
        assert width_of(line) == width


def test_why_not_names_every_gate_and_the_hold():
    row = signal(9, 1, blockers=int(Gate.STALE | Gate.WIDE_SPREAD), held="position held")
    assert why_not(row, 60) == "book is stale, spread too wide, position held"
    assert why_not(row, 8) == "stale, wide spread, position held"


@given(st.integers(3, 20), st.integers(0, 25), st.integers(50, 160))
def test_positions_never_hide_that_there_are_more(height, count, width):
    drawn = position_lines(
        [position(1)] * count,
        [order(1, 1)],
        width=width,
        height=height,
        now_ns=NOON,
        selected=1,
        focus=False,
    )
    assert len(drawn) <= height
    if count >= height:
        assert f"{count - height + 2} more" in plain(drawn[-1])


def test_an_unprotected_position_keeps_its_alarm_under_the_cursor():
    bare = position(1, protection=Protection.UNPROTECTED)
    drawn = position_lines([bare], [], width=80, height=4, now_ns=NOON, selected=1, focus=True)
    assert any(role is Role.ALARM and "UNPROTECTED" in word for word, role in drawn[1])


rows = st.lists(st.integers(0, 15), min_size=1, max_size=10, unique=True)


steps = st.lists(st.tuples(rows, st.integers(0, 2 * NS), st.booleans()), max_size=12)


@given(steps, st.integers(0, 6))
def test_the_list_keeps_still_while_held_and_is_never_wrong(history, places):
    still, now = StillOrder(), NOON
    for ranking, later, held in history:
        now += later
        before = still.rows
        ranked = [signal(at + 1, row) for at, row in enumerate(ranking)]
        shown = still.arrange(ranked, places, now_ns=now, held=held)
        assert len(shown) == min(places, len(ranking)) == len(set(still.rows))
        for row, one in zip(still.rows, shown, strict=True):
            assert (one.row if one else None) == (row if row in ranking else None)
        if held and len(before) == len(shown):
            assert still.rows == before
        elif not held:
            assert None not in shown
    ranked = [signal(1, 2), signal(2, 1)]
    still.arrange(ranked, 2, now_ns=now + RERANK_NS, held=False)
    assert still.rows == (2, 1)


@given(st.lists(rows, min_size=1, max_size=8), st.integers(1, 4))
def test_ladders_stay_in_their_places(frames, places):
    slots, before = LadderSlots(), ()
    for listed in frames:
        books = tuple(ladder(row) for row in listed)
        shown = [one.row if one else -1 for one in slots.assign(books, places)]
        assert shown[0] == listed[0]
        held = [row for row in shown if row >= 0]
        assert len(set(held)) == len(held) == min(places, len(listed))
        for place, row in enumerate(before[1:], 1):
            if row in listed and row != listed[0]:
                assert shown[place] == row
        before = shown


@given(
    st.integers(1, 260),
    st.integers(1, 90),
    st.sampled_from([None, Panel.SIGNALS, Panel.POSITIONS, Panel.LOG]),
)
def test_layouts_fill_the_screen_without_overlap(width, height, zoom):
    layout = arrange(width, height, zoom)
    assert layout.too_small == (width < LEAST_WIDTH or height < LEAST_HEIGHT)
    shown = [region for name, region in layout.panels.items() if name is not Panel.HELP]
    shown += layout.ladders
    seen = set()
    for region in shown:
        cells = {
            (x, y) for x in range(region.x, region.right) for y in range(region.y, region.bottom)
        }
        assert not cells & seen
        assert all(x < width and y < height for x, y in cells)
        seen |= cells
    if not layout.too_small:
        assert layout.panels[Panel.BANNER].y == 0
        assert layout.panels[Panel.FOOTER].y == height - 1


def test_the_log_keeps_each_line_once_and_alarms_until_acknowledged():
    book = LogBook()
    assert book.add(LOG) == 4
    assert book.add(LOG[1:]) == 0
    alarm = LogLine(5, NOON, Severity.ALARM, "stop rejected")
    assert book.add((*LOG, alarm)) == 1
    assert book.alarms() == (alarm,)
    book.acknowledge()
    assert book.alarms() == ()
    book.add((msgspec.structs.replace(alarm, number=6),))
    assert len(book.alarms()) == 1


gaps = st.lists(st.floats(0.0, 0.5), min_size=1, max_size=30)


@given(gaps)
def test_a_flood_is_a_burst_and_a_hand_is_not(between):
    guard, at, times = KeyGuard(), 100.0, []
    for number, gap in enumerate(between):
        at += gap
        times.append(at)
        verdict = guard.judge(Stroke("jk"[number % 2], None, at, 0))
        if len(times) > 3 and times[-1] - times[-4] <= 0.02:
            assert verdict is Verdict.BURST
        if all(later - sooner > 0.02 for sooner, later in zip(times, times[3:], strict=False)):
            assert verdict is not Verdict.BURST


def test_the_same_key_again_too_soon_is_a_repeat():
    guard = KeyGuard()
    verdicts = [guard.judge(Stroke("f", "f", at, 0)) for at in (1.0, 1.5, 1.53, 1.56, 1.9)]
    assert verdicts == [
        Verdict.SINGLE,
        Verdict.SINGLE,
        Verdict.REPEAT,
        Verdict.REPEAT,
        Verdict.SINGLE,
    ]


def test_snapshots_of_the_builder_agree_with_each_other():
    assert all(row.symbol == SYMBOLS[row.row] for row in snapshot().signals)
