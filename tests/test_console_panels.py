"""Laws of the panels' parts: widths, bars, stable orders, layouts, key hygiene."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest
from console_rig import console, plain
from console_snapshots import (
    LOG,
    NOON,
    SYMBOLS,
    killed,
    ladder,
    order,
    position,
    signal,
    snapshot,
    stage,
    trade,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui_scalper.core.gates import Gate
from tui_scalper.core.refusals import REFUSAL_TEXT, Refusal
from tui_scalper.core.snapshot import (
    Level,
    Limit,
    LimitUnit,
    LogLine,
    Mode,
    OperatorState,
    Protection,
    Severity,
    Tally,
    TradingState,
)
from tui_scalper.core.units import NS, Side
from tui_scalper.daybook import session_view
from tui_scalper.hands import asks
from tui_scalper.keyguard import KeyGuard, Stroke, Verdict
from tui_scalper.widgets import text
from tui_scalper.widgets.banner import day_line, state_line
from tui_scalper.widgets.bracket import bracket_bar
from tui_scalper.widgets.chart import chart_lines
from tui_scalper.widgets.day import day_lines
from tui_scalper.widgets.footer import footer_line
from tui_scalper.widgets.ladder import LADDER_LINES, ladder_lines
from tui_scalper.widgets.ladder_look import Beside, Columns, LadderLook
from tui_scalper.widgets.layout import LEAST_HEIGHT, LEAST_WIDTH, Panel, Wanted, arrange
from tui_scalper.widgets.lines import changed_cells, fit, harmless, width_of
from tui_scalper.widgets.log import INDENT, LogBook, whole_lines
from tui_scalper.widgets.measures import Measure, distance, profit
from tui_scalper.widgets.palette import Role
from tui_scalper.widgets.plot import plot, row_of
from tui_scalper.widgets.positions import position_columns, position_lines
from tui_scalper.widgets.results import PLOT_LINES, result_lines
from tui_scalper.widgets.risk import risk_lines
from tui_scalper.widgets.rungs import Rungs, View
from tui_scalper.widgets.session import session_lines
from tui_scalper.widgets.signals import (
    RERANK_NS,
    StillOrder,
    matches_signal,
    signal_columns,
    signal_line,
    why_not,
)
from tui_scalper.widgets.slots import LadderSlots
from tui_scalper.widgets.strip import Fuse, Question, StripView, Topic, strip_lines
from tui_scalper.widgets.trace import RESULTS_KEPT, Curve, Memory, Sample, Trace

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


@given(lines, st.integers(0, 40))
def test_fit_gives_the_width_and_keeps_the_start(line, width):
    fitted = fit(line, width, Role.DIM)
    assert width_of(fitted) == width
    whole = plain(line)
    if whole[width:].strip() and width:
        assert plain(fitted) == f"{whole[: width - 1]}…"
    else:
        assert plain(fitted).rstrip() == whole[:width].rstrip()
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
def test_every_ladder_line_has_the_width(book, width, selected, frozen):
    beside = Beside(selected=selected, staged=(book.ltp, 120, Side.BUY) if frozen else None)
    for view in View:
        for columns in Columns:
            drawn = draw(book, LadderLook(view, columns), beside, width)
            assert len(drawn) == LADDER_LINES
            assert {width_of(line) for line in drawn} == {width}


PLAIN, ALONE = LadderLook(), Beside()


def draw(book, look=PLAIN, beside=ALONE, width=40, rungs=None):
    """The ladder's lines as a panel draws them."""
    frozen = beside.staged is not None
    prices = (rungs or Rungs()).prices(book, look.view, frozen=frozen, centred=False)
    return ladder_lines(book, prices, width=width, now_ns=NOON, look=look, beside=beside)


def test_the_ladder_shows_the_best_prices_innermost_and_marks_its_own():
    book = ladder(1, position=120, entry=156_700, orders=((156_740, 50, Side.SELL),), stop=156_680)
    drawn = [plain(line) for line in draw(book)]
    assert "1567.40" in drawn[5] and "1567.20" in drawn[7]
    assert "1567.80" in drawn[1] and "1566.80" in drawn[11]
    assert "S50" in drawn[5] and "ENT" in drawn[9] and "STP" in drawn[11]
    assert "•1567.20" in drawn[7]
    assert "+120" in drawn[6]


def test_a_stock_that_has_not_traded_has_no_last_price_and_no_change():
    head = plain(draw(ladder(1, ltp=0, close=1_000_00))[0])
    assert "0.00" not in head and "%" not in head.split("▲")[0], head


def test_cumulative_quantities_grow_outwards():
    book = ladder(2)
    drawn = draw(book, LadderLook(columns=Columns.SUM))
    total = sum(level.quantity for level in book.asks)
    assert text.quantity(total) in plain(drawn[1])


def resized(book, bids, asks):
    """The book with other quantities, best first."""
    sides = [
        tuple(
            msgspec.structs.replace(one, quantity=size) for one, size in zip(side, new, strict=True)
        )
        for side, new in ((book.bids, bids), (book.asks, asks))
    ]
    return msgspec.structs.replace(book, bids=sides[0], asks=sides[1])


def test_a_large_level_stands_out_and_a_sum_never_does():
    book = resized(ladder(1), (100, 110, 490, 90, 100), (80, 100, 120, 100, 95))
    drawn = [plain(line) for line in draw(book)]
    assert "◆490" in drawn[9]
    assert sum("◆" in line for line in drawn) == 1
    assert not any("◆" in plain(line) for line in draw(book, LadderLook(columns=Columns.SUM)))


def test_changes_stand_beside_the_price_and_leave_quantity_orders_and_bar():
    book = resized(ladder(1), (100,) * 5, (200,) * 5)
    ask, bid = book.asks[0].price, book.bids[0].price
    beside = Beside(changes=((ask, -350), (bid, 1_200)))
    drawn = [plain(line) for line in draw(book, LadderLook(columns=Columns.CHANGE), beside)]
    assert "-350" in drawn[5] and "200" in drawn[5] and "█" in drawn[5]
    assert "+1200" in drawn[7] and "100" in drawn[7]
    quiet = [plain(line) for line in draw(book, PLAIN, beside)]
    assert "-350" not in quiet[5]


def test_the_line_between_the_sides_tells_balance_position_and_profit():
    book = resized(ladder(1), (300, 1, 1, 1, 1), (100, 1, 1, 1, 1))
    assert "imb +50% b5:a5 2.92" in plain(draw(book)[6])
    held = msgspec.structs.replace(book, position=-120)
    line = draw(held, PLAIN, Beside(profit="-156.00", gain=-1))[6]
    assert "-120" in plain(line) and ("-156.00 ", Role.LOSS) in line
    assert "b5:a5" in plain(line)


def test_a_book_that_is_no_longer_young_says_its_age():
    assert "3s" not in plain(draw(ladder(1))[0])
    assert "3s ▲" in plain(draw(ladder(1, received_ns=NOON - 3 * NS))[0])


def test_the_change_of_the_day_is_whole_or_gives_way_to_the_age():
    book = ladder(1, ltp=99_850, close=100_000, received_ns=NOON - 5 * NS)
    shown = {width: plain(draw(book, width=width)[0]) for width in range(33, 50)}
    assert all(" 5s " in line for line in shown.values())
    assert {" -0.15% " in line for line in shown.values()} == {True, False}
    assert all(" -0.15% " in line or "-" not in line for line in shown.values())


@given(st.integers(0, 10**12))
@example(9_995_001)
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
    assert width_of(footer_line([("a", "arm")] * 40, None, width)) == width
    assert {width_of(line) for line in day_lines(Tally(), width)} == {width}


@given(st.integers(80, 160), st.integers(1, 99_999), st.booleans())
def test_no_price_of_a_staged_entry_is_ever_cut(width, quantity, reverses):
    terms = stage(quantity=quantity, notional=quantity * 156_720, reverses=reverses, percent=50)
    view = snapshot(mode=Mode.LIVE, operator=OperatorState.STAGED, stage=terms)
    first = plain(strip_lines(view, StripView(), now_ns=NOON, monotonic=0.5, width=width)[0])
    shown = re.findall(r"(?:to|stop|tgt) ([0-9.,]+)", first)
    prices = [text.price(one) for one in (terms.price, terms.stop, terms.target)]
    assert shown and shown == prices[: len(shown)]


@given(st.integers(40, 220), st.integers(0, 15))
def test_signal_lines_keep_the_width(width, row):
    columns = signal_columns(width)
    for cursor in (True, False):
        line = signal_line(row + 1, signal(row + 1, row), columns, width, cursor=cursor)
        assert width_of(line) == width


def test_a_filter_finds_the_sides_that_are_shown_and_says_when_it_finds_nothing():
    sells = signal(1, 3)
    leans = msgspec.structs.replace(sells, blockers=int(Gate.BALANCED))
    assert matches_signal(sells, "sell") and not matches_signal(leans, "sell")


async def test_a_list_that_a_filter_empties_is_not_called_unranked():
    async with console() as rig:
        await rig.press("/", "q", "q", "enter")
        assert "no ranked stock holds 'qq'" in rig.text()
        assert "no stock ranked yet" not in rig.text()


def test_a_ladder_without_prices_to_count_on_says_why():
    old = {"received_ns": NOON - 7 * NS, "blockers": int(Gate.STALE)}
    for changes, words in (
        (old, " ! STALE 7s "),
        ({"blockers": int(Gate.STALE), "lag_ns": 6 * NS}, " ! STALE, stamp 6s off "),
        ({"blockers": int(Gate.NO_DATA), "ltp": 0}, " ! NO LAST PRICE "),
    ):
        assert words in "".join(plain(line) for line in draw(ladder(1, **changes)))


@given(st.text("ab ,;", max_size=300), st.integers(30, 200))
def test_a_log_line_in_front_loses_no_word(words, width):
    shown = whole_lines(LogLine(1, NOON, Severity.ALARM, words), width, 0)
    assert {width_of(line) for line in shown} == {width}
    said = "".join(plain(line)[INDENT:] for line in shown)
    assert "".join(said.split()) == "".join(words.split())


async def test_the_log_in_front_says_all_and_shows_the_end():
    long = "market data down: " + "cannot connect, trying again; " * 6 + "entries stop"
    log = tuple(LogLine(number, NOON, Severity.WARN, long) for number in range(30))
    async with console(snapshot(log=log), size=(80, 24)) as rig:
        assert "entries stop" not in rig.text()
        await rig.press("8", "8")
        assert rig.text().count("entries stop") > 3


def test_why_not_names_every_gate_and_the_hold():
    row = signal(9, 1, blockers=int(Gate.STALE | Gate.WIDE_SPREAD), held="position held")
    assert why_not(row, 60) == "book is stale, spread too wide, position held"
    assert why_not(row, 40) == "stale, wide spread, position held"
    assert why_not(row, 20) == "book is stale +2"
    assert why_not(row, 8) == "stale +2"


@pytest.mark.parametrize("reason", Refusal)
def test_no_reason_is_cut_on_the_smallest_screen(reason):
    layout = arrange(80, 24, Wanted())
    room = signal_columns(layout.panels[Panel.SIGNALS].width)[-1].width
    words, short = REFUSAL_TEXT[reason], reason.value.replace("_", " ")
    gates = int(Gate.STALE | Gate.WIDE_SPREAD)
    alone = signal(9, 1, blockers=0, held=words, held_short=short)
    both = signal(9, 1, blockers=gates, held=words, held_short=short)
    assert len(why_not(alone, room)) <= room
    assert len(why_not(both, room)) <= room


@pytest.mark.parametrize("mode", Mode)
def test_no_question_is_cut_at_80_columns_and_no_answer_in_any(mode):
    latched = msgspec.structs.replace(killed(), mode=mode, positions=())
    for question in (
        *(asks.ARM_LIVE, asks.OUTSIDE, asks.RESUME, asks.AUTO_ON, asks.FIND, asks.FILTER),
        *(asks.SEEK, asks.reset(latched), asks.quit_question(12, 20)),
        *(asks.auto_stock_on(1, "BAJAJFINSV"), asks.unskip(1, "BAJAJFINSV")),
    ):
        view = StripView(asking=question)
        for line in strip_lines(latched, view, now_ns=NOON, monotonic=0.0, width=80):
            assert "…" not in plain(line), question
    both = {"trading": TradingState.HALTED, "trading_text": "an internal error, " * 6}
    long = asks.reset(msgspec.structs.replace(latched, **both))
    assert long is not None
    view = StripView(asking=replace(long, typed="RESE"))
    asked, _ = strip_lines(latched, view, now_ns=NOON, monotonic=0.0, width=80)
    assert plain(asked).rstrip().endswith("RESE_")


async def test_the_strip_says_in_full_why_the_selected_stock_is_no_signal():
    blocked = signal(9, 1, blockers=int(Gate.DEPTH_RATIO | Gate.WIDE_SPREAD))
    armed = snapshot(operator=OperatorState.ARMED, signals=(blocked,))
    for size in ((80, 24), (120, 36)):
        async with console(armed, size=size) as rig:
            await rig.press("1")
            whole = f"{blocked.symbol}, no signal: five levels do not confirm, spread too wide"
            assert whole in rig.text()
            await rig.show(msgspec.structs.replace(armed, operator=OperatorState.DISARMED))
            assert f"disarmed: a arms; {blocked.symbol}, no signal: " in rig.text()


def test_a_position_taken_over_says_so_at_every_width_and_shows_no_target():
    taken = position(1, manual=True, target=0)
    for width in (60, 80, 120, 160):
        drawn = position_lines(
            [taken],
            [],
            width=width,
            height=4,
            now_ns=NOON,
            measure=Measure.MONEY,
            selected=1,
            focus=True,
        )
        assert "■ by hand" in plain(drawn[1]), width
        assert text.price(position(1).target) not in plain(drawn[1]), width


@given(st.integers(3, 20), st.integers(0, 25), st.integers(50, 160))
def test_positions_never_hide_that_there_are_more(height, count, width):
    drawn = position_lines(
        [position(1)] * count,
        [order(1, 1)],
        width=width,
        height=height,
        now_ns=NOON,
        selected=1,
        measure=Measure.MONEY,
        focus=False,
    )
    assert len(drawn) <= height
    if count >= height:
        assert f"{count - height + 2} more" in plain(drawn[-1])


def test_an_unprotected_position_keeps_its_alarm_under_the_cursor():
    bare = position(1, protection=Protection.UNPROTECTED)
    drawn = position_lines(
        [bare],
        [],
        width=80,
        height=4,
        now_ns=NOON,
        measure=Measure.MONEY,
        selected=1,
        focus=True,
    )
    assert any(role is Role.ALARM and "NO STOP" in word for word, role in drawn[1])


def test_a_position_says_that_its_price_is_old_and_how_old():
    lines = {}
    for width in (60, 79, 120, 160):
        drawn = position_lines(
            [
                position(1, stale=True, price_ns=NOON - 7 * NS),
                position(4, stale=True, price_ns=NOON - 12 * NS),
                position(7),
                position(0, stale=True, price_ns=0, protection=Protection.CLOSED),
            ],
            [],
            width=width,
            height=9,
            now_ns=NOON,
            measure=Measure.MONEY,
            selected=-1,
            focus=False,
        )
        head, first, second, fresh, closed = (plain(line) for line in drawn)
        assert head.startswith(" ! old 12s")
        assert "?+156.00" in first and "?+156.00" in second
        assert "?" not in fresh + closed and "+156.00" in fresh
        assert all(len(line) == width for line in (head, first, second, fresh, closed))
        lines[width] = first
    assert "old 7s" in lines[160]


def test_the_chart_says_that_no_price_comes_any_more():
    samples = [Sample(NOON - 20 * NS, 156_700, 0), Sample(NOON - 9 * NS, 156_710, 0)]
    for blockers, words in ((0, ""), (int(Gate.STALE), " ! STALE")):
        shown = ladder(1, blockers=blockers)
        head = chart_lines(samples, shown, width=60, height=8, focus=False)[0]
        assert plain(head).startswith(f" CHART {SYMBOLS[1]}{words}  ")
        assert width_of(head) == 60


@pytest.mark.parametrize(
    ("filled", "asked", "shown"), [(0, 47, "0/47"), (10_800, 15_000, "10800+")]
)
def test_a_position_that_is_entered_says_how_much_of_what_was_asked_is_filled(filled, asked, shown):
    entering = position(1, quantity=filled, ordered=asked, protection=Protection.ENTERING)
    drawn = position_lines(
        [entering],
        [],
        width=80,
        height=4,
        now_ns=NOON,
        measure=Measure.MONEY,
        selected=-1,
        focus=False,
    )
    assert f"▲{shown} " in plain(drawn[1])


def test_a_price_that_never_came_is_said():
    drawn = position_lines(
        [position(1, stale=True, price_ns=0)],
        [],
        width=80,
        height=4,
        now_ns=NOON,
        measure=Measure.MONEY,
        selected=1,
        focus=True,
    )
    assert plain(drawn[0]).startswith(" ! no price")


def bar_of(side, last, *, stop=9_900, entry=10_000, target=10_400, width=11):
    """The bar of a bracket given for a long position, mirrored for a short one."""
    mirror = (lambda price: price) if side > 0 else (lambda price: 20_000 - price if price else 0)
    return bracket_bar(side, *(mirror(price) for price in (stop, entry, target, last)), width)


@pytest.mark.parametrize("side", Side)
def test_the_bar_runs_from_stop_to_target_whichever_way_a_position_leans(side):
    assert bar_of(side, 10_200) == "├─┼━━━●───┤"
    assert bar_of(side, 9_950) == "├●┼───────┤"
    assert bar_of(side, 10_400) == "├─┼━━━━━━━●"
    assert bar_of(side, 9_850) == "◂━┼───────┤"
    assert bar_of(side, 10_500) == "├─┼━━━━━━━▸"
    assert bar_of(side, 10_000, target=0) == "├────●────╌"
    assert bar_of(side, 10_000, stop=0).strip() == ""


@given(st.sampled_from(Side), prices, prices, prices, prices, st.integers(0, 40))
def test_bracket_bars_keep_the_width(side, stop, entry, target, last, width):
    assert len(bracket_bar(side, stop, entry, target, last, width)) == width


@given(st.integers(1, 90))
def test_positions_keep_what_matters_at_any_width(width):
    titles = {column.title for column in position_columns(width)}
    assert {"POSITION", "QTY", "P&L", "STATE"} <= titles
    assert ("→STP" in titles) >= ("→TGT" in titles) >= ("STP─TGT" in titles)


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


ZOOMS = (
    None,
    Panel.SIGNALS,
    Panel.POSITIONS,
    Panel.LOG,
    Panel.LADDERS,
    Panel.RISK,
    Panel.SESSION,
    Panel.CHART,
)


@given(st.integers(1, 260), st.integers(1, 90), st.sampled_from(ZOOMS), st.booleans())
@settings(max_examples=60)
def test_layouts_fill_the_screen_without_overlap(width, height, zoom, explain):
    layout = arrange(width, height, Wanted(zoom, explain))
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
    assert Panel.POSITIONS in layout.panels
    if not layout.too_small:
        assert layout.panels[Panel.POSITIONS].height >= 4
        assert zoom is None or zoom in layout.panels or layout.ladders
        assert layout.panels[Panel.BANNER].y == 0
        assert layout.panels[Panel.FOOTER].y == height - 1


def test_marks_beyond_the_ladder_stand_on_its_edges():
    book = ladder(1, position=120, entry=156_700, stop=156_330, target=158_280)
    drawn = [plain(line) for line in draw(book)]
    assert "TGT↑150t" in drawn[1]
    assert "STP↓35t" in drawn[11]


def test_every_tick_stands_on_its_line_and_moves_only_when_the_touch_leaves():
    rungs, look = Rungs(), LadderLook(View.TICKS)
    book = ladder(1)
    before = rungs.prices(book, look.view, frozen=False, centred=False)
    assert [a - b for a, b in pairwise(before)] == [book.tick] * 9
    near = moved(book, 2)
    assert rungs.prices(near, look.view, frozen=False, centred=False) == before
    far = moved(book, 7)
    assert rungs.prices(far, look.view, frozen=True, centred=False) == before
    after = rungs.prices(far, look.view, frozen=False, centred=False)
    assert after[0] == before[0] + 7 * book.tick
    assert rungs.prices(near, look.view, frozen=True, centred=True)[0] == before[0] + 2 * book.tick


def moved(book, ticks):
    """The book with every price so many ticks higher."""
    higher = [
        tuple(msgspec.structs.replace(one, price=one.price + ticks * book.tick) for one in side)
        for side in (book.bids, book.asks)
    ]
    return msgspec.structs.replace(book, bids=higher[0], asks=higher[1])


def test_a_staged_entry_freezes_the_prices_but_not_the_quantities():
    rungs, book = Rungs(), ladder(1)
    draw(book, rungs=rungs)
    beside = Beside(staged=(book.bids[0].price, 120, Side.BUY))
    other = moved(ladder(1, shift=3), 1)
    drawn = [plain(line) for line in draw(other, PLAIN, beside, 40, rungs)]
    assert "1567.80" in drawn[1] and "1566.80" in drawn[11]
    assert "FROZEN" in drawn[6] and "»B120" in drawn[7]
    assert "best 1567.30/1567.50" in drawn[6]
    assert text.quantity(other.asks[0].quantity) in drawn[4]


def test_changes_of_quantity_are_those_of_two_seconds_and_of_prices_in_sight():
    trace, book = Trace(), ladder(1)
    trace.add(book, NOON)
    more = tuple(msgspec.structs.replace(one, quantity=one.quantity + 70) for one in book.bids)
    later = msgspec.structs.replace(book, bids=more)
    trace.add(later, NOON + NS)
    assert dict(trace.changes(later)) == {one.price: 70 for one in more}
    trace.add(later, NOON + 4 * NS)
    assert trace.changes(later) == ()
    out_of_sight = moved(later, 9)
    assert all(price <= book.asks[-1].price for price, _ in trace.changes(out_of_sight))


def test_the_log_keeps_each_line_once_and_pages_what_is_wanted():
    book = LogBook()
    assert len(book.add(LOG)) == 4
    assert not book.add(LOG[1:])
    newest = LogLine(5, NOON, Severity.ALARM, "stop rejected")
    assert list(book.add((*LOG, newest))) == [newest]
    assert book.page(2, 0, "") == [LOG[-1], newest]
    assert book.page(2, 1, "") == [LOG[-2], LOG[-1]]
    assert book.page(9, 0, "REJ") == [newest]
    assert book.page(9, 0, "warn") == [one for one in LOG if one.severity is Severity.WARN]


@given(st.lists(st.integers(-(10**9), 10**9), max_size=40), st.integers(1, 30), st.integers(1, 9))
def test_plots_fill_their_room(values, width, height):
    low, high = min(values, default=0), max(values, default=0)
    drawn = plot(values, width, height, low, high)
    assert [len(line) for line in drawn] == [width] * height
    shown = values[-width:]
    for at, value in enumerate(shown):
        assert drawn[-1][at] != " "
        if value == high > low:
            assert row_of(value, height, low, high) == 0 and drawn[0][at] != " "
    assert len(text.spark(values, width)) == width


@given(st.lists(st.integers(-(10**8), 10**8), max_size=1_500))
def test_the_curve_is_bounded_and_knows_its_deepest_fall(results):
    curve = Curve()
    for at, result in enumerate(results):
        curve.add(result, at * NS)
    assert len(curve.points) < RESULTS_KEPT
    best, deepest = 0, 0
    for result in results:
        best = max(best, result)
        deepest = max(deepest, best - result)
    assert curve.deepest == deepest


def test_the_largest_fall_counts_from_a_best_result_nobody_saw():
    memory = Memory()
    fall = Limit("drawdown", 90_000, 1_500_000, LimitUnit.MONEY)
    memory.see(snapshot(limits=(fall,)))
    assert memory.curve.deepest == 90_000


limit_list = st.lists(
    st.builds(
        Limit,
        st.text("abc ", max_size=14),
        st.integers(0, 10**10),
        st.integers(0, 10**10),
        st.sampled_from(LimitUnit),
    ),
    max_size=16,
)


@given(limit_list, st.integers(36, 90), st.integers(1, 16))
def test_meters_keep_the_width_and_hide_no_full_limit(limits, width, height):
    drawn = risk_lines(limits, width=width, height=height, currency="INR", focus=False)
    assert len(drawn) <= height
    assert {width_of(line) for line in drawn} == {width}
    full = [one for one in limits if one.used >= one.allowed]
    if full and len(drawn) > 1:
        assert any("FULL" in plain(line) for line in drawn)


@pytest.mark.parametrize(
    ("measure", "gain", "away"),
    [
        (Measure.MONEY, "+156.00", "3.90"),
        (Measure.TICKS, "+13.0t", "39t"),
        (Measure.PERCENT, "+0.08%", "0.25%"),
    ],
)
def test_profit_and_distance_in_every_unit(measure, gain, away):
    held = position(1, tick=10)
    assert profit(held, measure) == gain
    assert distance(held, held.stop, measure) == away
    assert distance(held, 0, measure) == "-"
    assert profit(position(1, quantity=0, ordered=0, tick=10), Measure.TICKS) == "-"


@given(
    st.lists(st.integers(-(10**7), 10**7), max_size=300),
    st.integers(0, 6),
    st.integers(24, 90),
    st.integers(0, 30),
)
def test_the_results_fill_no_more_than_their_room(curve, closed, width, height):
    trades = [trade(1, pnl=-20_000 + at) for at in range(closed)]
    drawn = result_lines(curve, trades, width=width, height=height)
    assert len(drawn) <= height
    assert {width_of(line) for line in drawn} <= {width}
    if drawn and closed and height >= PLOT_LINES + 2:
        newest = text.signed(trades[-1].pnl - trades[-1].costs)
        assert newest in plain(drawn[PLOT_LINES + 1])


def test_the_session_says_what_is_proven_and_what_may_be_chance():
    tally = snapshot().tally
    drawn = "\n".join(plain(line) for line in session_lines(view_of(tally), width=40, focus=False))
    assert "4 won 5 lost" in drawn and "44% in 19–73%" in drawn
    assert "chance 20%" in drawn and "break-even 27%" in drawn
    assert "+29.90" in drawn
    none = session_lines(view_of(Tally()), width=40, focus=False)
    assert "no trade closed" in "\n".join(plain(line) for line in none)


def view_of(tally):
    """The session of `tally` without a curve."""
    return session_view(snapshot(tally=tally), Curve())


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
