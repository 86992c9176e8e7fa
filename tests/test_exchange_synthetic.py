"""The synthetic market: deterministic, believable, and quiet outside its hours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core import columns as c
from tui_scalper.core.units import MS, NS, Side
from tui_scalper.core.venues import DAY, HOUR, MINUTE, NSE
from tui_scalper.exchange.day import days_of
from tui_scalper.exchange.market import WorkingOrder
from tui_scalper.exchange.master import load_master
from tui_scalper.exchange.synthetic import SyntheticMarket

MIDNIGHT = NSE.midnight(1_795_400_000 * NS)
TEN = MIDNIGHT + 10 * HOUR
NINE_FIFTEEN = MIDNIGHT + 9 * HOUR + 15 * MINUTE
QUARTER_PAST_THREE = MIDNIGHT + 15 * HOUR + 15 * MINUTE


def open_market(count=4, seed=1, start_ns=TEN):
    master = load_master(count=count)
    return SyntheticMarket(master.universe, master.references, seed=seed, start_ns=start_ns)


def assert_sound(cells, market):
    """No cell of any row may contradict another."""
    for row, values in enumerate(cells):
        bids = values[c.BID_PRICE : c.BID_PRICE + c.LEVELS]
        asks = values[c.ASK_PRICE : c.ASK_PRICE + c.LEVELS]
        shown = [price for price in (*bids, *asks) if price]
        low, high = market.band(row)
        assert all(price % values[c.TICK] == 0 and low <= price <= high for price in shown)
        if bids[0] and asks[0]:
            assert bids[0] < asks[0]
        assert (np.diff(bids[bids > 0]) < 0).all()
        assert (np.diff(asks[asks > 0]) > 0).all()
        assert values[c.TOTAL_BUY] >= values[c.BID_QUANTITY : c.BID_QUANTITY + c.LEVELS].sum()
        assert values[c.TOTAL_SELL] >= values[c.ASK_QUANTITY : c.ASK_QUANTITY + c.LEVELS].sum()
        if values[c.VOLUME]:
            assert values[c.LOW] <= values[c.LTP] <= values[c.HIGH]
            assert values[c.LOW] <= values[c.AVERAGE] <= values[c.HIGH]


def test_books_are_full_at_once_and_stay_sound():
    market = open_market(count=20)
    assert len(market.advance(TEN)) == 20
    assert (market.cells[:, c.BID_PRICE + 4] > 0).all()
    assert (market.cells[:, c.ASK_PRICE + 4] > 0).all()
    for second in range(60):
        market.advance(TEN + second * NS)
        assert_sound(market.cells, market)


@settings(max_examples=30)
@given(
    st.lists(st.integers(0, 20_000), max_size=8),
    st.integers(0, 1_000),
    st.sampled_from([TEN, NINE_FIFTEEN - 10 * NS, QUARTER_PAST_THREE - 10 * NS]),
)
def test_slicing_of_time_does_not_matter(cuts, seed, start):
    end = start + 20_000 * MS
    whole, sliced = (open_market(seed=seed, start_ns=start) for _ in range(2))
    for cut in sorted(cuts):
        sliced.advance(start + cut * MS)
    whole.advance(end)
    sliced.advance(end)
    assert np.array_equal(whole.cells, sliced.cells), f"seed {seed}, cuts {cuts}"


@settings(max_examples=10)
@given(st.lists(st.integers(0, 30_000), min_size=1, max_size=6))
def test_our_orders_fill_alike_however_time_is_sliced(cuts):
    def play(stops):
        market = open_market(seed=5)
        market.advance(TEN)
        for number, row in enumerate((0, 0, 1, 2), start=1):
            side = Side.BUY if number % 2 else Side.SELL
            price = int(market.cells[row, c.BID_PRICE if side > 0 else c.ASK_PRICE])
            market.enter(
                WorkingOrder(number=number, row=row, side=side, price=price, quantity=50), TEN
            )
        for stop in stops:
            market.advance(TEN + stop * MS)
        market.advance(TEN + 30_000 * MS)
        return market.drain(), market.cells

    whole, whole_cells = play([])
    sliced, sliced_cells = play(sorted(cuts))
    assert whole
    assert whole == sliced
    assert np.array_equal(whole_cells, sliced_cells)


def test_a_stock_does_not_care_how_many_others_trade():
    few, many = open_market(count=3), open_market(count=30)
    for market in (few, many):
        market.advance(TEN + 30 * NS)
    assert np.array_equal(few.cells, many.cells[:3])


def test_seeds_differ():
    one, other = open_market(seed=1), open_market(seed=2)
    for market in (one, other):
        market.advance(TEN + 5 * NS)
    assert not np.array_equal(one.cells, other.cells)


def test_advance_names_the_rows_that_changed():
    market = open_market(count=30)
    market.advance(TEN)
    for step in range(1, 100):
        before = market.cells.copy()
        rows = market.advance(TEN + step * 20 * MS)
        changed = np.flatnonzero((market.cells != before).any(axis=1))
        assert set(changed) == set(rows)


def test_before_the_open_there_is_no_book_and_no_trade():
    start = MIDNIGHT + 9 * HOUR + 5 * MINUTE
    market = open_market(start_ns=start)
    market.advance(start + 9 * MINUTE)
    depth = market.cells[:, c.BID_PRICE : c.MARKET_END]
    assert not depth.any()
    assert not market.cells[:, c.VOLUME].any()
    assert (market.cells[:, c.LTP] == market.cells[:, c.CLOSE]).all()
    market.advance(start + 10 * MINUTE)
    assert (market.cells[:, c.BID_PRICE] > 0).all()


def test_after_the_close_the_book_is_empty_and_the_next_day_starts_from_it():
    start = MIDNIGHT + 15 * HOUR + 14 * MINUTE
    market = open_market(start_ns=start)
    market.advance(start + 5 * MINUTE)
    last = market.cells[:, c.LTP].copy()
    assert not market.cells[:, c.TOTAL_BUY : c.TOTAL_SELL + 1].any()
    market.advance(MIDNIGHT + DAY + 9 * HOUR + MINUTE)
    assert np.array_equal(market.cells[:, c.CLOSE], last)
    assert not market.cells[:, c.VOLUME].any()
    market.advance(MIDNIGHT + DAY + 9 * HOUR + 16 * MINUTE)
    assert_sound(market.cells, market)
    assert market.cells[:, c.VOLUME].all()


def signals(cells):
    """Rows inside the pressure band whose five levels confirm it, on either side."""
    buy, sell = cells[:, c.TOTAL_BUY], cells[:, c.TOTAL_SELL]
    pressure = buy / (buy + sell)
    bids = cells[:, c.BID_QUANTITY : c.BID_QUANTITY + c.LEVELS].sum(axis=1)
    asks = cells[:, c.ASK_QUANTITY : c.ASK_QUANTITY + c.LEVELS].sum(axis=1)
    up = (pressure >= 0.70) & (pressure <= 0.95) & (bids > 1.5 * asks)
    down = (pressure <= 0.30) & (pressure >= 0.05) & (asks > 1.5 * bids)
    return up | down


@pytest.mark.parametrize("seed", [1, 2])
def test_signals_come_and_go(seed):
    market = open_market(count=50, seed=seed)
    seen, lengths, since = [], [], {}
    for second in range(1, 400):
        market.advance(TEN + second * NS)
        on = set(np.flatnonzero(signals(market.cells)))
        seen.append(len(on))
        lengths += [second - since.pop(row) for row in set(since) - on]
        for row in on - set(since):
            since[row] = second
    some = np.mean([1 <= count <= 7 for count in seen])
    assert some > 0.7, f"seed {seed}: {some:.2f} of the time"
    assert sum(10 <= length <= 200 for length in lengths) >= 10, f"seed {seed}: {lengths}"


def test_spreads_are_mostly_one_to_three_ticks():
    market = open_market(count=50)
    spreads = []
    for second in range(60):
        market.advance(TEN + second * NS)
        cells = market.cells
        spreads += ((cells[:, c.ASK_PRICE] - cells[:, c.BID_PRICE]) // cells[:, c.TICK]).tolist()
    assert np.mean(np.array(spreads) <= 3) > 0.7


def test_a_quieter_market_costs_fewer_events():
    master = load_master(count=10)
    busy, quiet = (
        SyntheticMarket(master.universe, master.references, seed=1, start_ns=TEN, activity=activity)
        for activity in (1.0, 0.1)
    )
    before = [market.events() for market in (busy, quiet)]
    for market in (busy, quiet):
        market.advance(TEN + 60 * NS)
        assert_sound(market.cells, market)
    done = [market.events() - was for market, was in zip((busy, quiet), before, strict=True)]
    assert 5 * done[1] < done[0]


def test_a_day_that_goes_on_keeps_its_figures_and_yesterdays_close():
    before = open_market(count=20)
    before.advance(TEN + 120 * NS)
    master = load_master(count=20)
    after = SyntheticMarket(
        master.universe,
        master.references,
        seed=1,
        start_ns=TEN + 120 * NS,
        pasts=days_of(before.cells),
    )
    after.advance(TEN + 120 * NS)
    kept = [c.LTP, c.LTQ, c.AVERAGE, c.VOLUME, c.OPEN, c.HIGH, c.LOW, c.TRADED_NS]
    assert (after.cells[:, kept] == before.cells[:, kept]).all()
    after.advance(TEN + 121 * NS)
    assert (after.cells[:, c.OPEN] == before.cells[:, c.OPEN]).all()
    assert (after.cells[:, c.VOLUME] >= before.cells[:, c.VOLUME]).all()
    assert (after.cells[:, c.CLOSE] == before.cells[:, c.CLOSE]).all()
    assert [after.band(row) for row in range(20)] == [before.band(row) for row in range(20)]
    assert np.abs(after.cells[:, c.LTP] / before.cells[:, c.LTP] - 1).max() < 0.004
    assert_sound(after.cells, after)
