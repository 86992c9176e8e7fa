"""Laws of prices and sizes, and the worked examples of three stocks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core.config import SizingRules
from tui_scalper.core.costs import NSE_INTRADAY, SSE_2023, order_costs
from tui_scalper.core.prices import collared, stop_limit, stop_trigger, target_price
from tui_scalper.core.sizing import entry_quantity
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import BP, Side, ceil_to_tick, floor_to_tick, rupees

ticks = st.sampled_from((1, 5, 10, 50, 100, 500))
sides = st.sampled_from(list(Side))
STOP, TARGET, GAP, COLLAR = 25, 100, 20, 30


@st.composite
def fills(draw):
    """Tick, quantity and value of an entry filled at one to three prices on the tick."""
    tick = draw(ticks)
    base = draw(st.integers(3, 40_000))
    parts = draw(
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5_000)), min_size=1, max_size=3)
    )
    value = sum((base + up) * tick * quantity for up, quantity in parts)
    return tick, sum(quantity for _, quantity in parts), value


@settings(max_examples=500)
@given(fills(), sides)
def test_stop_is_on_the_tick_and_within_its_share_or_the_nearest_tick(fill, side):
    tick, quantity, value = fill
    trigger = stop_trigger(value, quantity, side, STOP, tick)
    assert trigger % tick == 0
    # At least one paisa of loss away: never at or beyond the average entry price.
    assert (value - trigger * quantity) * side > 0
    within = (value - trigger * quantity) * side * BP <= value * STOP
    one_nearer = trigger + side * tick
    nearest = (value - one_nearer * quantity) * side <= 0
    assert within or nearest
    # As far as the share allows: one tick further would risk more.
    further = trigger - side * tick
    assert (value - further * quantity) * side * BP > value * STOP


@settings(max_examples=500)
@given(fills(), sides)
def test_target_is_on_the_tick_and_never_less_than_its_share(fill, side):
    tick, quantity, value = fill
    target = target_price(value, quantity, side, TARGET, tick)
    assert target % tick == 0
    assert (target * quantity - value) * side * BP >= value * TARGET
    nearer = target - side * tick
    assert (nearer * quantity - value) * side * BP < value * TARGET


@settings(max_examples=500)
@given(st.integers(1, 10**7), sides, st.integers(0, 200), ticks)
def test_collar_is_on_the_tick_never_short_of_the_best_and_never_beyond(best, side, collar, tick):
    limit = collared(best, side, collar, tick)
    assert limit % tick == 0
    assert (limit - best) * side >= 0
    inside = (limit - best) * side * BP <= best * collar
    nearest = ceil_to_tick(best, tick) if side is Side.BUY else floor_to_tick(best, tick)
    assert inside or limit == nearest
    if best % tick == 0:
        assert inside
        assert ((limit + side * tick) - best) * side * BP > best * collar


@settings(max_examples=300)
@given(fills(), sides)
def test_limit_of_a_stop_is_on_the_tick_and_beyond_its_trigger(fill, side):
    tick, quantity, value = fill
    trigger = stop_trigger(value, quantity, side, STOP, tick)
    limit = stop_limit(trigger, side, GAP, tick)
    assert limit % tick == 0
    gap = (trigger - limit) * side
    assert gap >= tick
    assert gap * BP >= trigger * GAP
    assert gap == tick or (gap - tick) * BP < trigger * GAP


@settings(max_examples=200)
@given(fills())
def test_long_and_short_brackets_mirror_about_the_entry(fill):
    tick, quantity, value = fill
    if value % quantity or (value // quantity) % tick:
        return
    entry = value // quantity
    for bp, price in ((STOP, stop_trigger), (TARGET, target_price)):
        up = price(value, quantity, Side.BUY, bp, tick) - entry
        down = price(value, quantity, Side.SELL, bp, tick) - entry
        assert up == -down


@pytest.mark.parametrize(
    "tick, best, entry, stop, limit, target, short_stop, short_target",
    [
        # Rs 1,500.00 on 10 paise: 0.25 % is 3.75, inwards 3.70; 1 % is 15.00.
        (10, 1_504_50, 1_500_00, 1_496_30, 1_493_30, 1_515_00, 1_503_70, 1_485_00),
        # Rs 333.35 on 5 paise: 0.25 % is 0.833, inwards 0.80; 1 % is 3.3335, outwards 3.35.
        (5, 334_35, 333_35, 332_55, 331_85, 336_70, 334_15, 330_00),
        # Rs 42.17 on 1 paisa: 0.25 % is 0.105, inwards 0.10; 1 % is 0.4217, outwards 0.43.
        (1, 42_29, 42_17, 42_07, 41_98, 42_60, 42_27, 41_74),
    ],
)
def test_three_stocks_to_the_paisa(
    tick, best, entry, stop, limit, target, short_stop, short_target
):
    value = entry * 7
    assert collared(entry, Side.BUY, COLLAR, tick) == best
    assert stop_trigger(value, 7, Side.BUY, STOP, tick) == stop
    assert stop_limit(stop, Side.BUY, GAP, tick) == limit
    assert target_price(value, 7, Side.BUY, TARGET, tick) == target
    assert stop_trigger(value, 7, Side.SELL, STOP, tick) == short_stop
    assert target_price(value, 7, Side.SELL, TARGET, tick) == short_target


@given(st.integers(0, 10**12), st.integers(1, 10**7), st.integers(1, 100))
def test_size_is_whole_lots_inside_the_budget(funds, price, lot):
    rules = SizingRules()
    quantity = entry_quantity(Mode.LIVE, rules, funds, price, lot)
    budget = min(funds * rules.capital_bp // BP, rules.max_notional)
    assert quantity % lot == 0
    assert quantity * price <= budget
    assert quantity <= rules.max_quantity
    more = quantity + lot
    assert more * price > budget or more > rules.max_quantity
    assert entry_quantity(Mode.TEST, rules, funds, price, lot) == lot


@given(sides, st.integers(0, 10**12))
def test_costs_are_never_negative_and_grow_with_value(side, value):
    for charges in (NSE_INTRADAY, SSE_2023):
        costs = order_costs(charges, side, value)
        assert costs >= 0
        assert order_costs(charges, side, value + 1_000) >= costs


def test_costs_of_a_round_trip_to_the_paisa():
    # Rs 50,000 bought: brokerage 15.00, exchange 1.535, regulator 0.05, GST 2.9853, stamp 1.50.
    assert order_costs(NSE_INTRADAY, Side.BUY, 50_000_00) == 21_08
    # Sold: the same without stamp, with STT 12.50.
    assert order_costs(NSE_INTRADAY, Side.SELL, 50_000_00) == 32_08


@given(st.integers(-(10**12), 10**12))
def test_rupees_can_be_read_back(paise):
    whole, part = rupees(paise).lstrip("-").split(".")
    assert (int(whole) * 100 + int(part)) * (-1 if paise < 0 else 1) == paise


def test_a_smallest_commission_is_charged_whatever_the_order_is_worth():
    """1,000 yuan: 5.00 at least, 0.0487 and 0.02 to exchange and regulator, 1.00 tax on a sale."""
    assert order_costs(SSE_2023, Side.BUY, 1_000_00) == 5_07
    assert order_costs(SSE_2023, Side.SELL, 1_000_00) == 6_07
    assert order_costs(SSE_2023, Side.SELL, 0) == 0
