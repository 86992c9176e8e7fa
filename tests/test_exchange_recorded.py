"""Our orders against a recorded book: what is displayed can be taken once."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.units import FOREVER, Side
from tui_scalper.core.venues import NSE
from tui_scalper.exchange.market import ASLEEP, Execution, Triggered, WorkingOrder
from tui_scalper.exchange.recorded import RecordedMarket

ROW = np.array([0], dtype=np.int64)


def market_with(bids, asks, ltp=100):
    universe = Universe(NSE, [Instrument(symbol="INFY", token=1, tick=1)])
    market = RecordedMarket(universe, np.zeros((1, c.COLUMNS), dtype=np.int64))
    show(market, bids, asks, ltp)
    return market


def show(market, bids, asks, ltp=100, now=1):
    cells = market.cells[0]
    cells[: c.MARKET_END] = 0
    for levels, price, quantity in (
        (bids, c.BID_PRICE, c.BID_QUANTITY),
        (asks, c.ASK_PRICE, c.ASK_QUANTITY),
    ):
        for level, (at, shares) in enumerate(levels):
            cells[price + level], cells[quantity + level] = at, shares
    cells[c.LTP] = ltp
    market.match(ROW, now)


def enter(market, number, side, price, quantity, trigger=0):
    market.enter(
        WorkingOrder(
            number=number, row=0, side=side, price=price, quantity=quantity, trigger=trigger
        ),
        1,
    )


def fills(market):
    return [
        (one.number, one.price, one.quantity)
        for one in market.drain()
        if isinstance(one, Execution)
    ]


def test_a_taker_walks_the_visible_levels_up_to_its_limit():
    market = market_with([(99, 10)], [(101, 5), (102, 5), (104, 50)])
    enter(market, 1, Side.BUY, 103, 20)
    assert fills(market) == [(1, 101, 5), (1, 102, 5)]
    assert market.withdraw(0, 1, 2) == 10


def test_what_was_taken_stays_taken_until_the_display_changes():
    market = market_with([], [(101, 10)])
    enter(market, 1, Side.BUY, 101, 6)
    enter(market, 2, Side.BUY, 101, 6)
    assert fills(market) == [(1, 101, 6), (2, 101, 4)]
    show(market, [], [(101, 10)], now=2)
    assert fills(market) == []
    show(market, [], [(101, 11)], now=3)
    assert fills(market) == [(2, 101, 2)]


def test_what_was_taken_stays_taken_while_the_book_is_not_known():
    market = market_with([], [(101, 10)])
    enter(market, 1, Side.BUY, 101, 6)
    assert fills(market) == [(1, 101, 6)]
    show(market, [], [], now=2)
    enter(market, 2, Side.BUY, 101, 6)
    assert fills(market) == []
    show(market, [], [(101, 10)], now=3)
    assert fills(market) == [(2, 101, 4)]


def test_a_resting_order_trades_at_its_own_price_for_what_is_displayed():
    market = market_with([(99, 10)], [(101, 10)])
    enter(market, 1, Side.BUY, 100, 30)
    assert fills(market) == []
    show(market, [], [(98, 8), (100, 4), (101, 50)])
    assert fills(market) == [(1, 100, 8), (1, 100, 4)]


def test_the_better_price_trades_first_then_the_older_order():
    market = market_with([], [])
    enter(market, 1, Side.SELL, 101, 5)
    enter(market, 2, Side.SELL, 100, 5)
    enter(market, 3, Side.SELL, 100, 5)
    show(market, [(102, 12)], [])
    assert fills(market) == [(2, 100, 5), (3, 100, 5), (1, 101, 2)]


def test_a_stop_waits_for_the_last_price_then_takes():
    market = market_with([(99, 10)], [(101, 10)], ltp=100)
    enter(market, 1, Side.SELL, 95, 5, trigger=97)
    show(market, [(96, 10)], [(99, 10)], ltp=98)
    assert market.drain() == []
    show(market, [(96, 10)], [(99, 10)], ltp=97, now=7)
    assert market.drain() == [Triggered(7, 1), Execution(7, 1, 96, 5)]


def test_the_tape_itself_is_never_changed():
    market = market_with([(99, 10)], [(101, 10)])
    before = market.cells.copy()
    enter(market, 1, Side.BUY, 101, 10)
    assert np.array_equal(market.cells, before)


def test_wakes_say_when_our_orders_could_trade():
    market = market_with([(99, 10)], [(101, 10)])
    assert market.wakes(0) == ASLEEP
    enter(market, 1, Side.BUY, 98, 5)
    enter(market, 2, Side.BUY, 97, 5)
    assert market.wakes(0) == (FOREVER, 98, -1, FOREVER)
    enter(market, 3, Side.SELL, 104, 5)
    enter(market, 4, Side.SELL, 90, 5, trigger=95)
    enter(market, 5, Side.BUY, 112, 5, trigger=110)
    assert market.wakes(0) == (104, 98, 95, 110)
    for number in range(1, 6):
        market.withdraw(0, number, 2)
    assert market.wakes(0) == ASLEEP


def test_a_reduced_order_keeps_its_turn():
    market = market_with([], [])
    enter(market, 1, Side.BUY, 100, 10)
    enter(market, 2, Side.BUY, 100, 10)
    market.reduce(WorkingOrder(number=1, row=0, side=Side.BUY, price=100, quantity=4), 2)
    show(market, [], [(100, 5)])
    assert fills(market) == [(1, 100, 4), (2, 100, 1)]


class TwoStepTape:
    """Shows an ask at 101 from time 10 and at 99 from time 20."""

    def advance(self, now_ns, cells):
        price = 99 if now_ns >= 20 else 101
        if now_ns < 10 or cells[0, c.ASK_PRICE] == price:
            return np.empty(0, dtype=np.int64)
        cells[0, c.ASK_PRICE], cells[0, c.ASK_QUANTITY] = price, 5
        return ROW


def test_a_tape_plays_into_the_cells_as_time_passes():
    universe = Universe(NSE, [Instrument(symbol="INFY", token=1, tick=1)])
    cells = np.zeros((1, c.MARKET_END), dtype=np.int64)
    market = RecordedMarket(universe, cells, tape=TwoStepTape())
    assert market.advance(5).tolist() == []
    assert market.advance(10).tolist() == [0]
    enter(market, 1, Side.BUY, 100, 5)
    assert market.advance(20).tolist() == [0]
    assert fills(market) == [(1, 100, 5)]


BOOKS = st.tuples(st.integers(95, 105), st.integers(1, 4), st.integers(1, 20), st.integers(1, 20))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("show"), BOOKS),
        st.tuples(
            st.just("enter"), st.sampled_from(Side), st.integers(93, 110), st.integers(1, 40)
        ),
        st.tuples(st.just("withdraw"), st.integers(1, 20)),
    ),
    max_size=40,
)


@settings(max_examples=150)
@given(STEPS)
def test_nobody_takes_more_than_is_displayed_or_pays_beyond_his_limit(steps):
    market = market_with([], [])
    orders, got, taken, shown = {}, {}, {}, {}
    for number, step in enumerate(steps, start=1):
        match step:
            case ("show", (bid, gap, bids, asks)):
                fresh = {(Side.SELL, bid): bids, (Side.BUY, bid + gap): asks}
                taken = {key: taken[key] for key in taken if shown.get(key) == fresh.get(key)}
                shown = fresh
                show(market, [(bid, bids)], [(bid + gap, asks)])
            case ("enter", side, price, quantity):
                orders[number] = (side, price, quantity)
                enter(market, number, side, price, quantity)
            case ("withdraw", which) if which in orders:
                left = market.withdraw(0, which, 1)
                assert left == orders[which][2] - got.get(which, 0) or left == 0
        for filled, price, quantity in fills(market):
            side, limit, wanted = orders[filled]
            assert (limit - price) * side >= 0
            got[filled] = got.get(filled, 0) + quantity
            assert got[filled] <= wanted
            level = next(key for key in shown if key[0] is side)
            taken[level] = taken.get(level, 0) + quantity
            assert taken[level] <= shown[level]
