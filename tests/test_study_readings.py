"""Readings, moments and detectors of the study, by hand and against slow counting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_rig import OPENING, books_from, events_from, made_day

from tui_scalper.core.config import SignalRules
from tui_scalper.core.units import Side
from tui_scalper.lab.study import readings
from tui_scalper.lab.study.day import stock_day
from tui_scalper.lab.study.icebergs import count_chains
from tui_scalper.lab.study.orders import ADD, TRADE
from tui_scalper.lab.study.queues import observe
from tui_scalper.lab.study.refills import happened, refill_score
from tui_scalper.lab.study.sampled import sampled
from tui_scalper.lab.study.walls import LARGE, large_orders, robust_scores
from tui_scalper.lab.study.windows import EVENT, TRADES, event_windows, sampled_flow

NOON = 46_800_000
"""13:00, when trading goes on after lunch."""


def totals(books, buy, sell):
    books.total[:] = np.column_stack((buy, sell))
    return books


def test_balances_by_hand():
    books = books_from([[(99, 3), (98, 1)]], [[(101, 1), (102, 3)]])
    totals(books, [7], [3])
    assert readings.pressure(books)[0] == pytest.approx(0.4)
    assert readings.queue_imbalance(books)[0] == pytest.approx(0.5)
    assert readings.depth_ratio(books)[0] == 0
    low = math.exp(-0.5)
    assert readings.weighted_imbalance(books)[0] == pytest.approx((2 - 2 * low) / (4 + 4 * low))


def test_an_empty_book_has_no_balance():
    books = totals(books_from([[]], [[]]), [0], [0])
    for name in ("pressure", "queue_imbalance", "depth_ratio", "weighted_imbalance"):
        assert math.isnan(getattr(readings, name)(books)[0])


@pytest.mark.parametrize(
    ("buy", "sell", "bids", "asks", "side"),
    [
        (70, 30, 151, 100, 1),
        (70, 30, 150, 100, 0),
        (69, 31, 900, 100, 0),
        (95, 5, 900, 100, 1),
        (951, 49, 900, 100, 0),
        (30, 70, 100, 151, -1),
        (50, 50, 900, 100, 0),
        (0, 0, 0, 0, 0),
    ],
)
def test_the_signal_stands_at_its_exact_bounds(buy, sell, bids, asks, side):
    books = totals(books_from([[(99, bids)]], [[(101, asks)]]), [buy], [sell])
    assert readings.lean(books, SignalRules())[0] == side


@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(-9, 9)), min_size=1, max_size=30))
def test_recent_sums_count_what_came_in_the_span(lines):
    ms = np.cumsum([gap for gap, _ in lines])
    steps = np.array([step for _, step in lines][1:], dtype=np.int64)
    summed = readings.recent_sum(ms, steps, 5_000)
    for i in range(len(ms)):
        first = next(j for j in range(len(ms)) if ms[j] >= ms[i] - 5_000)
        assert summed[i] == steps[first:i].sum()


def moving_books(mids, ms):
    bids = [[(mid - 1, 5)] for mid in mids]
    asks = [[(mid + 1, 5)] for mid in mids]
    return books_from(bids, asks, ms)


def test_returns_begin_after_the_delay_and_end_with_trading():
    books = moving_books([1000, 1010, 1020, 1030], [OPENING + at for at in (0, 400, 1400, 2600)])
    seen = sampled(books, books, 1_000)
    gain = seen.returns(1_000)
    # At 09:30:00 the return runs from 0.5 s (1010) to 1.5 s (1020).
    assert gain[0] == pytest.approx((1020 / 1010 - 1) * 1e4)
    assert gain[1] == pytest.approx((1020 / 1020 - 1) * 1e4)
    assert seen.at.tolist() == [OPENING, OPENING + 1_000, OPENING + 2_000]
    back = seen.returns(-1_000)
    assert np.isnan(back[:2]).all()
    assert back[2] == pytest.approx((1020 / 1010 - 1) * 1e4)


def test_no_return_reaches_over_lunch():
    ms = [OPENING, NOON - 5_400_000 - 900, NOON, NOON + 5_000]
    books = moving_books([1000, 1000, 2000, 2000], ms)
    seen = sampled(books, books, 1_000)
    gain = seen.returns(1_000)
    assert np.nanmax(np.abs(gain)) == 0
    assert np.isnan(gain[seen.at == NOON - 5_400_000 - 1_000]).all()
    assert (seen.at == NOON).sum() == 1


@given(st.integers(1, 39), st.integers(0, 2**32 - 1))
def test_what_is_known_at_a_moment_does_not_change_with_what_comes_later(cut, seed):
    """A recording cut off gives the same readings up to the cut."""
    random = np.random.default_rng(seed)
    ms = OPENING + np.sort(random.integers(0, 60_000, 40))
    bids = [[(int(random.integers(95, 100)), int(random.integers(1, 9)))] for _ in range(40)]
    asks = [[(int(random.integers(100, 105)), int(random.integers(1, 9)))] for _ in range(40)]
    whole = books_from(bids, asks, ms)
    whole.volume[:] = np.cumsum(random.integers(0, 5, 40))
    whole.last[:] = random.integers(95, 105, 40)
    part = whole.at(np.arange(cut))
    for name, values in readings.all_readings(part).items():
        assert np.array_equal(values, readings.all_readings(whole)[name][:cut], equal_nan=True)
    seen, cut_off = sampled(whole, whole, 1_000), sampled(part, part, 1_000)
    assert np.array_equal(seen.place[: len(cut_off.place)], cut_off.place)


def test_events_and_snapshots_of_a_day_fill_the_same_windows():
    day = made_day(seed=11)
    windows = event_windows(day, 10_000)
    assert windows.halves == 8
    assert len(windows.move) == 720 + 702
    for step in (250, 1_000):
        flow = sampled_flow(day.books, lambda books: np.diff(books.volume), step, 10_000)
        assert len(flow) == len(windows.move)
        # Volume is additive, so no sampling loses any of it.
        assert np.abs(windows.flow[TRADES]).sum() <= flow.sum()
    assert windows.flow[EVENT].any()


def test_what_happened_between_snapshots_is_counted_on_its_side():
    at = OPENING
    lines = [
        (at, ADD, 1, 1, 0, 99, 10),
        (at, ADD, -1, 0, 2, 101, 10),
        (at + 10, ADD, 1, 3, 0, 99, 4),
        (at + 20, TRADE, -1, 1, 9, 99, 6),
        (at + 30, ADD, 1, 4, 0, 99, 5),
        (at + 40, ADD, 1, 5, 0, 98, 50),
        (at + 50, TRADE, 1, 8, 2, 101, 3),
    ]
    day = stock_day(events_from(lines))
    index = np.array([1, 6])
    bids = happened(day.events, index, np.array([99]), Side.BUY)
    assert [one.tolist() for one in (bids.traded, bids.added, bids.added_after)] == [[6], [9], [5]]
    asks = happened(day.events, index, np.array([101]), Side.SELL)
    assert (asks.traded.tolist(), asks.added.tolist()) == ([3], [0])


def test_the_refill_score_by_hand():
    books = books_from([[(99, 10)], [(99, 8)], [(98, 8)]], [[(101, 5)]] * 3)
    books.volume[:] = [0, 8, 9]
    books.last[:] = [0, 99, 99]
    bids = refill_score(books, Side.BUY)
    # Eight traded, two went: three quarters came back. Then the best price moved.
    assert bids[0] == 0.75
    assert math.isnan(bids[1])
    assert np.isnan(refill_score(books, Side.SELL)).all()


def test_orders_that_come_again_are_linked_one_to_one():
    at, lines = OPENING, []
    for number in (1, 2, 3):
        lines.append((at, ADD, 1, number, 0, 99, 700))
        lines.append((at + 100, TRADE, -1, number, 50 + number, 99, 700))
        at += 200
    lines.append((at + 2_000, ADD, 1, 4, 0, 99, 700))
    events = events_from(lines)
    chains = count_chains(events, np.ones(len(events), dtype=np.bool_))
    assert (chains.filled, chains.after) == (3, (2, 1, 0))
    # In the second before the fills of the second and the third another like it had come.
    assert chains.before == 2


def test_scores_of_sizes_look_only_at_the_half_hour_before():
    sizes = np.ones((4, 2, 5), dtype=np.int64)
    sizes[0, 0, :] = [1, 2, 4, 8, 16]
    sizes[1, 0, 0] = 0
    half = np.array([0, 0, 1, 1])
    scores = robust_scores(sizes, half)
    assert np.isnan(scores[:2]).all()
    changed = sizes.copy()
    changed[3] = 99
    assert np.array_equal(robust_scores(changed, half)[2], scores[2])


def test_large_orders_are_the_top_hundredth():
    lines = [(OPENING + i, ADD, 1, i + 1, 0, 99, i + 1) for i in range(1_000)]
    numbers, bound = large_orders(stock_day(events_from(lines)))
    assert len(numbers) == round(1_000 * (1 - LARGE))
    assert numbers.min() == bound


def test_imbalance_is_seen_between_two_moves_and_never_after():
    ms = OPENING + np.arange(0, 40_000, 100)
    mids = 1_000 + (np.arange(400) // 40) % 2
    books = moving_books(mids.tolist(), ms)
    books.quantity[:, 0, 0] = np.where(mids > 1_000, 2, 20)
    seen = observe(books, seed=1)
    # From the low mid the next move is up, and the bid queue is long exactly then.
    assert np.array_equal(seen.up, seen.imbalance > 0)
    assert 0 < len(seen.up) < 10
