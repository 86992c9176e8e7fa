"""Kernels against a slow reference, bit for bit; gates at their exact bounds; mirrors."""

from __future__ import annotations

import numpy as np
import pytest
import slow_reference as ref
from hypothesis import example, given, settings
from hypothesis import strategies as st
from market_rig import contents, market_of, race_of, rules_of

from tui_scalper.core import columns as c
from tui_scalper.core import kernels as k
from tui_scalper.core import rules as u
from tui_scalper.core.config import SignalRules
from tui_scalper.core.gates import BITS, GATE_TEXT, Gate, gate_names
from tui_scalper.core.market import empty_market
from tui_scalper.core.race import foremost
from tui_scalper.core.ranking import ranked
from tui_scalper.core.units import FOREVER, NS

RULES = SignalRules()
U32 = (1 << 32) - 1
NOW = 1_795_408_200 * NS

prices = st.one_of(st.just(0), st.integers(1, 400), st.integers(99_000, 101_000), st.just(U32))
past_prices = st.one_of(
    st.just((99_000, 99_900, 0, 0)),
    st.lists(st.integers(99_000, 101_000), min_size=4, max_size=4).map(
        lambda four: (*sorted(four[:2]), *sorted(four[2:]))
    ),
)
quantities = st.one_of(st.just(0), st.integers(0, 2_000), st.just(U32))


@st.composite
def books(draw):
    """A row of the market table as a decoder might leave it: sane, odd or absurd."""
    row = [0] * c.COLUMNS
    row[c.TICK] = draw(st.sampled_from((1, 5, 10, 50, 500)))
    row[c.LTP] = draw(prices)
    row[c.HIGH], row[c.LOW] = draw(prices), draw(prices)
    row[c.UPDATES] = draw(st.integers(0, 3))
    row[c.VOLUME] = draw(st.sampled_from((0, 100, 10**10)))
    row[c.RECEIVED_NS] = NOW + draw(st.integers(-2 * NS, 2 * NS))
    lag = draw(st.sampled_from((0, 1, RULES.max_lag_ns, RULES.max_lag_ns + 1, -NS)))
    row[c.EXCHANGE_NS] = draw(st.sampled_from((0, row[c.RECEIVED_NS] - lag)))
    total = draw(st.sampled_from((100, 10_000, U32)))
    buy = draw(st.one_of(st.integers(0, total), st.sampled_from((total // 2, total * 7 // 10))))
    row[c.TOTAL_BUY], row[c.TOTAL_SELL] = buy, total - buy
    sane = draw(st.booleans())
    bid = draw(prices)
    step = row[c.TICK]
    for level in range(c.LEVELS):
        row[c.BID_PRICE + level] = max(bid - level * step, 0) if sane else draw(prices)
        row[c.ASK_PRICE + level] = bid + (level + 1) * step if sane else draw(prices)
        row[c.BID_QUANTITY + level] = draw(quantities)
        row[c.ASK_QUANTITY + level] = draw(quantities)
    row[c.WAKE_BID_HIGH], row[c.WAKE_LTP_HIGH] = FOREVER, FOREVER
    row[c.WAKE_ASK_LOW] = row[c.WAKE_LTP_LOW] = -1
    row[c.HOLD_UNTIL_NS] = NOW + draw(st.sampled_from((-NS, 0, 3 * NS)))
    if draw(st.booleans()):
        row[c.SPAN_LOW : c.PAST_HIGH + 1] = draw(past_prices)
        span = RULES.spike_span_ns
        row[c.SPAN_NS] = NOW - draw(st.sampled_from((0, span - NS, span, 5 * span)))
        row[c.CALM_NS] = NOW + draw(st.sampled_from((-NS, 0, 3 * NS)))
    return row


def mirrored(row):
    """The same book with the sides swapped and the prices turned about a middle."""
    other = list(row)
    middle = row[c.BID_PRICE] + row[c.ASK_PRICE]
    for level in range(c.LEVELS):
        for bids, asks in ((c.BID_QUANTITY, c.ASK_QUANTITY), (c.BID_ORDERS, c.ASK_ORDERS)):
            other[bids + level], other[asks + level] = row[asks + level], row[bids + level]
        bid, ask = row[c.BID_PRICE + level], row[c.ASK_PRICE + level]
        other[c.BID_PRICE + level] = middle - ask if ask else 0
        other[c.ASK_PRICE + level] = middle - bid if bid else 0
    other[c.TOTAL_BUY], other[c.TOTAL_SELL] = row[c.TOTAL_SELL], row[c.TOTAL_BUY]
    return other


def evaluated(row, rules=RULES, *, in_session=True, entries_open=False):
    """What the kernel makes of `row`: the row after it, its counters, who it wakes."""
    market = market_of([row])
    counters = np.zeros(k.COUNTERS, dtype=np.int64)
    array = rules_of(rules, in_session=in_session, entries_open=entries_open)
    awake = k.evaluate(market, np.array([0], dtype=np.int64), array, counters)
    return market.cells[0].tolist(), counters, int(awake)


@settings(max_examples=400)
@given(books(), st.booleans(), st.booleans())
def test_one_row_as_the_reference_has_it(row, in_session, entries_open):
    after, counters, awake = evaluated(row, in_session=in_session, entries_open=entries_open)
    gates = ref.gates(row, RULES, in_session=in_session)
    assert Gate(after[c.BLOCKERS]) == gates
    assert after[c.LEAN] == ref.lean(row)
    assert after[c.DOMINANCE] == ref.dominance(row)
    assert (after[c.BID_DEPTH], after[c.ASK_DEPTH]) == ref.depths(row)
    signal = gates == 0
    assert after[c.SIGNAL_NS] == (row[c.RECEIVED_NS] if signal else 0)
    assert after[: c.MARKET_END] == row[: c.MARKET_END]
    assert after[c.SPAN_NS : c.CALM_NS + 1] == ref.spans(row, RULES)
    assert after[c.TICK : c.CONFIRMS] == row[c.TICK : c.CONFIRMS]
    assert counters[k.SIGNALS] == int(signal)
    assert [int(n) for n in counters[: k.SIGNALS]] == [int(gates) >> bit & 1 for bit in range(BITS)]
    free = row[c.RECEIVED_NS] >= row[c.HOLD_UNTIL_NS]
    assert awake == (k.WAKE_CANDIDATE if signal and entries_open and free else k.QUIET)


@settings(max_examples=300)
@given(books().filter(lambda row: row[c.BID_PRICE] > 0 and row[c.ASK_PRICE] > 0))
def test_swapping_the_sides_mirrors_the_lean_and_nothing_else(row):
    row[c.HIGH] = row[c.LOW] = 0
    here, _, _ = evaluated(row)
    there, _, _ = evaluated(mirrored(row))
    assert there[c.LEAN] == -here[c.LEAN]
    assert there[c.DOMINANCE] == here[c.DOMINANCE]
    assert Gate(there[c.BLOCKERS]) == Gate(here[c.BLOCKERS])
    assert (there[c.BID_DEPTH], there[c.ASK_DEPTH]) == (here[c.ASK_DEPTH], here[c.BID_DEPTH])


@settings(max_examples=200)
@given(books(), st.lists(prices, min_size=4, max_size=4))
def test_wake_prices_as_the_reference_has_them(row, wakes):
    cells = np.array(row, dtype=np.int64)
    assert k.price_reached(cells, np.array(wakes, dtype=np.int64)) == ref.reached(row, wakes)
    row[c.WAKE_BID_HIGH : c.WAKE_LTP_HIGH + 1] = wakes
    assert bool(evaluated(row)[2] & k.WAKE_PRICE) == ref.reached(row, wakes)


@settings(max_examples=200)
@given(st.lists(books(), min_size=1, max_size=8), st.integers(0, 6 * NS))
def test_strongest_as_the_reference_has_it(rows, later):
    cells = np.array([evaluated(row)[0] for row in rows], dtype=np.int64)
    # Books that are signals are rare among odd ones: let some pass.
    cells[::2, c.BLOCKERS] = 0
    cells[::2, c.SIGNAL_NS] = NOW
    usable = (cells[:, c.ASK_PRICE] > 0) & (cells[:, c.ASK_PRICE] < U32)
    usable &= cells[:, c.BID_PRICE] < U32
    cells = cells[usable]
    best = int(foremost(cells, race_of(cells), NOW + later, RULES.max_lag_ns))
    assert best == ref.strongest(cells.tolist(), NOW + later, RULES.max_lag_ns)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 2), books(), st.integers(0, 2)), max_size=12))
def test_a_tape_decides_as_its_frames_one_by_one(updates):
    rows = np.array([row for row, _, _ in updates], dtype=np.int64)
    tape = np.array([book[: c.MARKET_END] for _, book, _ in updates], dtype=np.int64)
    tape = tape.reshape(len(updates), c.MARKET_END)
    times = NOW + np.cumsum([step for _, _, step in updates], dtype=np.int64)
    start = [[0] * c.COLUMNS] * 3
    rules = rules_of(RULES, entries_open=True)
    exchange_wakes = np.tile(np.array([100_500, 50, 60, 100_800], dtype=np.int64), (3, 1))

    played, slow = market_of(start), market_of(start)
    for market in (played, slow):
        market.cells[:, c.TICK] = 5
        market.cells[:, (c.WAKE_BID_HIGH, c.WAKE_LTP_HIGH)] = FOREVER
    counted = np.zeros(k.COUNTERS, dtype=np.int64)
    stops, index = [], 0
    while index < len(updates):
        index, awake = k.run_frames(
            played, rows, tape, times, index, FOREVER, rules, counted, exchange_wakes
        )
        stops.append((int(index), int(awake)))

    tallied = np.zeros(k.COUNTERS, dtype=np.int64)
    expected, i = [], 0
    while i < len(updates):
        frame = [j for j in range(i, len(updates)) if times[j] == times[i]]
        awake = k.QUIET
        tallied[k.FRAMES] += 1
        for j in frame:
            row = slow.cells[rows[j]]
            seen = int(row[c.UPDATES])
            row[: c.MARKET_END] = tape[j]
            row[c.RECEIVED_NS], row[c.UPDATES] = times[j], seen + 1
            awake |= int(k.evaluate_row(slow, rows[j], rules, tallied, rows[j]))
            if ref.reached(row.tolist(), exchange_wakes[0].tolist()):
                awake |= k.WAKE_EXCHANGE
        touched = bool(awake & k.TOUCHED)
        k.end_frame(slow, rules, times[i], touched)
        awake &= ~k.TOUCHED
        i = frame[-1] + 1
        if awake or i == len(updates):
            expected.append((i, awake))
    assert stops == expected
    assert contents(played) == contents(slow)
    assert (counted == tallied).all()


def test_a_row_of_a_large_market_is_judged_as_if_it_were_alone():
    size = 300
    random = np.random.default_rng(7)
    books = np.array([signal_book()] * size)
    books[:, c.BID_QUANTITY] = random.integers(1, 400, size)
    books[:, c.TOTAL_BUY] = random.integers(1, 9_000, size)
    rows = random.permutation(size)
    large, rules = market_of(books), rules_of(RULES)
    counters = np.zeros(k.COUNTERS, dtype=np.int64)
    for _ in range(2):
        k.evaluate(large, rows, rules, counters)
    for row in rows[:40]:
        alone = market_of(books[row : row + 1])
        for _ in range(2):
            k.evaluate_row(alone, 0, rules, counters, 0)
        assert large.cells[row].tobytes() == alone.cells[0].tobytes()
        assert large.reals[row].tobytes() == alone.reals[0].tobytes()
        assert large.memory[row].tobytes() == alone.memory[0].tobytes()


def test_a_tape_of_a_large_market_is_played_as_its_frames_are_judged():
    size = 300
    random = np.random.default_rng(7)
    books = np.array([signal_book()] * size)
    books[:, c.BID_QUANTITY] = random.integers(1, 400, size)
    books[:, (c.UPDATES, c.RECEIVED_NS)] = 0, NOW
    rows = random.permutation(size)
    played, judged = market_of(books), market_of(books)
    judged.cells[:, c.UPDATES] = 1
    rules, wakes = rules_of(RULES), np.array([[FOREVER, -1, -1, FOREVER]] * size)
    counts = np.zeros((2, k.COUNTERS), dtype=np.int64)
    tape = np.ascontiguousarray(books[rows, : c.MARKET_END])
    times = np.full(size, NOW)
    end = k.run_frames(played, rows, tape, times, 0, FOREVER, rules, counts[0], wakes)
    assert end == (size, k.evaluate(judged, rows, rules, counts[1]))
    assert contents(played) == contents(judged)
    assert counts[0].tolist() == counts[1].tolist()
    # There is nothing left, and nothing happens.
    again = k.run_frames(played, rows, tape, times, size, FOREVER, rules, counts[0], wakes)
    assert again == (size, k.QUIET)
    assert contents(played) == contents(judged)


def test_a_tape_stops_before_frames_later_than_asked():
    rows = np.zeros(3, dtype=np.int64)
    tape = np.zeros((3, c.MARKET_END), dtype=np.int64)
    times = np.array([1, 2, 3], dtype=np.int64)
    market, counters = empty_market(1), np.zeros(k.COUNTERS, np.int64)
    market.cells[:, (c.WAKE_BID_HIGH, c.WAKE_LTP_HIGH)] = FOREVER
    wakes = np.array([[FOREVER, -1, -1, FOREVER]], dtype=np.int64)
    rules = rules_of(RULES, in_session=False)
    assert k.run_frames(market, rows, tape, times, 0, 2, rules, counters, wakes) == (2, k.QUIET)
    assert k.run_frames(market, rows, tape, times, 2, 2, rules, counters, wakes) == (2, k.QUIET)
    assert market.cells[0, c.UPDATES] == 2


# -- exact bounds --------------------------------------------------------------------------


def signal_book(**cells):
    """A plain buy signal; named cells are put in its place."""
    row = [0] * c.COLUMNS
    row[c.TICK], row[c.UPDATES], row[c.LTP] = 5, 1, 100_000
    row[c.RECEIVED_NS] = row[c.EXCHANGE_NS] = NOW
    row[c.TOTAL_BUY], row[c.TOTAL_SELL] = 8_000, 2_000
    row[c.VOLUME] = 10**9
    row[c.BID_PRICE], row[c.ASK_PRICE] = 100_000, 100_005
    row[c.BID_QUANTITY], row[c.ASK_QUANTITY] = 300, 100
    row[c.WAKE_BID_HIGH], row[c.WAKE_LTP_HIGH] = FOREVER, FOREVER
    for name, value in cells.items():
        row[getattr(c, name)] = value
    return row


@pytest.mark.parametrize(
    "cells, gates",
    [
        ({}, 0),
        ({"TOTAL_BUY": 7_000, "TOTAL_SELL": 3_000}, 0),
        ({"TOTAL_BUY": 6_999, "TOTAL_SELL": 3_001}, Gate.BALANCED),
        ({"TOTAL_BUY": 9_500, "TOTAL_SELL": 500}, 0),
        ({"TOTAL_BUY": 9_501, "TOTAL_SELL": 499}, Gate.ONE_SIDED),
        ({"TOTAL_BUY": 5_000, "TOTAL_SELL": 5_000}, Gate.BALANCED | Gate.DEPTH_RATIO),
        ({"BID_QUANTITY": 150}, Gate.DEPTH_RATIO),
        ({"BID_QUANTITY": 151}, 0),
        ({"ASK_QUANTITY": 0}, 0),
        ({"BID_QUANTITY": 0, "ASK_QUANTITY": 0}, Gate.DEPTH_RATIO),
        # Half a crore at 1,000 rupees.
        ({"VOLUME": 5_000}, 0),
        ({"VOLUME": 4_999}, Gate.TURNOVER),
        # 10 bp of the mid of 100000 and 100100 is 100.05 paise.
        ({"ASK_PRICE": 100_100}, 0),
        ({"ASK_PRICE": 100_101}, Gate.WIDE_SPREAD),
        ({"ASK_PRICE": 100_000}, Gate.CROSSED),
        ({"ASK_PRICE": 100_001}, 0),
        # One tick is never too wide, whatever it is of the price.
        ({"BID_PRICE": 100, "ASK_PRICE": 105, "LTP": 100}, 0),
        ({"BID_PRICE": 100, "ASK_PRICE": 106, "LTP": 100}, Gate.WIDE_SPREAD),
        ({"EXCHANGE_NS": NOW - 5 * NS}, 0),
        ({"EXCHANGE_NS": NOW - 5 * NS - 1}, Gate.STALE),
        ({"HIGH": 100_000, "LOW": 100_000}, 0),
        ({"HIGH": 99_999, "LOW": 90_000}, Gate.LTP_RANGE),
        ({"HIGH": 101_000, "LOW": 100_001}, Gate.LTP_RANGE),
        ({"LTP": 0}, Gate.NO_DATA | Gate.TURNOVER),
        ({"UPDATES": 0}, Gate.NO_DATA),
        ({"ASK_PRICE": 0}, Gate.EMPTY_SIDE),
    ],
)
def test_gates_at_their_bounds(cells, gates):
    assert Gate(evaluated(signal_book(**cells))[0][c.BLOCKERS]) == Gate(gates)


# -- fast moves ----------------------------------------------------------------------------


def follow(quotes, rules=RULES):
    """The gates of one row after each of `quotes`: (nanoseconds since the start, last price)."""
    market = market_of([signal_book()])
    cells = market.cells
    counters = np.zeros(k.COUNTERS, dtype=np.int64)
    array = rules_of(rules)
    found = []
    for at_ns, ltp in quotes:
        cells[0, c.LTP] = ltp
        cells[0, c.RECEIVED_NS] = cells[0, c.EXCHANGE_NS] = NOW + at_ns
        k.evaluate_row(market, 0, array, counters, 0)
        found.append(Gate(int(cells[0, c.BLOCKERS])))
    return found


@pytest.mark.parametrize("far", [-1, 1])
def test_a_move_of_just_the_bound_is_none_and_one_paisa_more_is(far):
    # 1 % of the lower of the two prices.
    start, bound = (100_000, 101_000) if far > 0 else (101_000, 100_000)
    assert follow([(0, start), (NS, bound)]) == [Gate(0), Gate(0)]
    assert follow([(0, start), (NS, bound + far)]) == [Gate(0), Gate.SPIKE]


def test_a_spike_rests_for_its_time_to_the_nanosecond():
    late = RULES.spike_rest_ns
    quotes = [(0, 100_000), (NS, 101_500), (12 * NS, 101_500), (30 * NS, 101_500)]
    # The span that holds both prices is compared until two spans later.
    assert follow([*quotes, (12 * NS + late - 1, 101_500)])[-1] is Gate.SPIKE
    assert follow([*quotes, (12 * NS + late, 101_500)])[-1] == Gate(0)


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.integers(1, 7 * NS), st.integers(99_000, 101_000)), min_size=2, max_size=30
    )
)
def test_no_fast_move_is_missed(steps):
    now, quotes = 0, []
    for wait, ltp in steps:
        now += wait
        quotes.append((now, ltp))
    for index, (gates, (at_ns, ltp)) in enumerate(zip(follow(quotes), quotes, strict=True)):
        within = [
            price for when, price in quotes[: index + 1] if at_ns - when < RULES.spike_span_ns
        ]
        if (max(within) - min(within)) * 10_000 > RULES.spike_bp * min(within):
            assert gates & Gate.SPIKE, (at_ns, ltp)


@settings(max_examples=100)
@given(st.integers(0, 3), st.integers(1, 5))
@example(0, 1)
def test_a_signal_begins_once_and_ends_with_its_gates(quiet, loud):
    market = market_of([signal_book()])
    cells = market.cells
    counters = np.zeros(k.COUNTERS, dtype=np.int64)
    rules = rules_of(RULES)
    for step in range(loud):
        cells[0, c.RECEIVED_NS] = NOW + step
        k.evaluate_row(market, 0, rules, counters, 0)
    assert cells[0, c.SIGNAL_NS] == NOW
    assert counters[k.SIGNALS] == 1
    cells[0, c.TOTAL_BUY] = 2_000
    for _ in range(quiet):
        k.evaluate_row(market, 0, rules, counters, 0)
    assert bool(cells[0, c.SIGNAL_NS]) == (quiet == 0)


def test_a_signal_that_turns_round_begins_anew():
    market = market_of([signal_book()])
    cells = market.cells
    counters = np.zeros(k.COUNTERS, dtype=np.int64)
    rules = rules_of(RULES)
    k.evaluate_row(market, 0, rules, counters, 0)
    turned = signal_book(TOTAL_BUY=2_000, TOTAL_SELL=8_000, BID_QUANTITY=100, ASK_QUANTITY=300)
    cells[0, : c.MARKET_END] = turned[: c.MARKET_END]
    cells[0, c.RECEIVED_NS] = NOW + 7
    k.evaluate_row(market, 0, rules, counters, 0)
    assert cells[0, c.SIGNAL_NS] == NOW + 7
    assert counters[k.SIGNALS] == 2


def test_every_gate_has_a_text_and_a_name():
    assert set(GATE_TEXT) == set(Gate)
    assert gate_names(Gate.STALE | Gate.CROSSED) == ("stale", "crossed")


@settings(max_examples=100)
@given(st.lists(books(), min_size=1, max_size=8), st.integers(0, 9))
def test_the_ranking_is_a_total_order_that_begins_with_the_strongest(rows, most):
    cells = np.array([evaluated(row)[0] for row in rows], dtype=np.int64)
    cells = cells[(cells[:, c.ASK_PRICE] < U32) & (cells[:, c.BID_PRICE] < U32)]
    order = [int(row) for row in ranked(cells, NOW, RULES.max_lag_ns, most)]
    assert len(order) == len(set(order)) == min(most, len(cells))
    everything = [int(row) for row in ranked(cells, NOW, RULES.max_lag_ns, len(cells))]
    assert order == everything[:most]
    cells[:, c.HOLD_UNTIL_NS] = 0
    best = int(foremost(cells, race_of(cells), NOW, RULES.max_lag_ns))
    if best >= 0:
        assert everything[0] == best
    for leader in range(len(cells)):
        led = [int(row) for row in ranked(cells, NOW, RULES.max_lag_ns, len(cells), leader)]
        assert led == [leader, *(row for row in everything if row != leader)]


def test_a_frame_of_no_rows_counts_and_wakes_nobody():
    market, counters = market_of([signal_book()]), np.zeros(k.COUNTERS, dtype=np.int64)
    before = market.cells.tobytes()
    assert k.evaluate(market, np.zeros(0, dtype=np.int64), rules_of(RULES), counters) == k.QUIET
    assert (market.cells.tobytes(), counters[k.FRAMES]) == (before, 1)


@pytest.mark.parametrize("held_ns, awake", [(0, k.WAKE_CANDIDATE), (1, k.QUIET)])
def test_a_signal_wakes_the_engine_while_entries_are_open_and_its_row_is_not_held(held_ns, awake):
    row = signal_book(HOLD_UNTIL_NS=NOW + held_ns)
    assert evaluated(row, entries_open=True)[2] == awake
    assert evaluated(row, entries_open=False)[2] == k.QUIET


def test_a_tape_stops_after_the_frame_that_wakes_somebody():
    tape = np.array([signal_book(BID_PRICE=99_990 + i)[: c.MARKET_END] for i in range(3)])
    rows, times = np.zeros(3, dtype=np.int64), NOW + np.array([1, 2, 3], dtype=np.int64)

    def played(engine_at, exchange_at):
        market, counters = empty_market(1), np.zeros(k.COUNTERS, np.int64)
        market.cells[0, c.TICK] = 5
        market.cells[0, c.WAKE_BID_HIGH : c.WAKE_LTP_HIGH + 1] = engine_at, -1, -1, FOREVER
        wakes = np.array([[exchange_at, -1, -1, FOREVER]], dtype=np.int64)
        return k.run_frames(market, rows, tape, times, 0, FOREVER, rules_of(RULES), counters, wakes)

    assert played(FOREVER, FOREVER) == (3, k.QUIET)
    assert played(99_991, FOREVER) == (2, k.WAKE_PRICE)
    assert played(FOREVER, 99_990) == (1, k.WAKE_EXCHANGE)
    assert played(99_992, 99_992) == (3, k.WAKE_PRICE | k.WAKE_EXCHANGE)


def test_a_signal_wakes_who_waits_for_signals_when_it_begins_and_not_while_it_stands():
    market, counters = market_of([signal_book()]), np.zeros(k.COUNTERS, dtype=np.int64)
    rules, rows = rules_of(RULES), np.array([0], dtype=np.int64)
    assert k.evaluate(market_of([signal_book()]), rows, rules, counters) == k.QUIET
    rules.whole[u.SIGNALS_WAKE] = 1
    assert k.evaluate(market, rows, rules, counters) == k.WAKE_SIGNAL
    assert k.evaluate(market, rows, rules, counters) == k.QUIET
