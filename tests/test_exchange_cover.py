"""Cover orders: the broker's own stop, from the first fill of the entry to its exit."""

import pytest
from exchange_bench import MIDNIGHT, Bench

from tui_scalper.core.units import Side
from tui_scalper.core.venues import HOUR, MINUTE
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import (
    Change,
    News,
    OrderRefused,
    OrderType,
    Product,
    Refusal,
    Status,
    Variety,
)
from tui_scalper.exchange.recorded import RecordedMarket

COVER = {"variety": Variety.COVER.value, "trigger": 99_500, "tag": "T1"}


def legs(bench, parent):
    return [one for one in bench.exchange.orders() if one.parent_id == parent]


def leg(bench, parent):
    (only,) = legs(bench, parent)
    return only


def test_the_stop_rests_from_the_first_fill_and_grows_with_every_further_one():
    bench = Bench()
    parent = bench.place(quantity=150, **COVER)
    stop = leg(bench, parent)
    assert (stop.status, stop.pending, stop.asked.side) == (Status.TRIGGER_PENDING, 100, Side.SELL)
    assert (stop.asked.type, stop.asked.trigger, stop.asked.price) == (
        OrderType.STOP_LIMIT,
        99_500,
        99_005,
    )
    assert (stop.asked.tag, stop.variety) == ("T1", "co")
    bench.show([(99_995, 100)], [(100_005, 70)], 100_000)
    assert bench.order(parent).status is Status.COMPLETE
    assert leg(bench, parent).pending == 150
    told = [(one.order.order_id, one.news) for one in bench.exchange.drain_updates()]
    assert told == [
        (parent, News.ACCEPTED),
        (parent, News.CHANGED),
        (stop.order_id, News.ACCEPTED),
        (parent, News.DONE),
        (stop.order_id, News.CHANGED),
    ]


def test_a_stop_that_trades_in_the_moment_its_entry_fills_further_closes_no_more_than_was_bought():
    bench = Bench()
    parent = bench.place(quantity=150, **COVER)
    assert leg(bench, parent).pending == 100
    bench.show([(99_400, 60)], [(99_450, 70)], 99_400)
    assert bench.order(parent).filled == 150
    stop = leg(bench, parent)
    assert (stop.asked.quantity, stop.filled) == (150, 60)
    bench.show([(99_400, 500)], [(99_450, 70)], 99_400)
    assert sum(one.filled for one in legs(bench, parent)) == 150
    assert sum(one.quantity for one in bench.exchange.positions()) == 0


def test_an_entry_that_fills_nothing_has_no_stop():
    bench = Bench()
    parent = bench.place(price=99_990, **COVER)
    bench.exchange.cancel(parent, bench.now)
    assert legs(bench, parent) == []


def test_a_cancelled_rest_leaves_the_stop_of_what_filled():
    bench = Bench()
    parent = bench.place(quantity=150, **COVER)
    bench.exchange.cancel(parent, bench.now)
    assert (bench.order(parent).status, bench.order(parent).cancelled) == (Status.CANCELLED, 50)
    assert leg(bench, parent).pending == 100


def test_the_stop_triggers_and_closes():
    bench = Bench()
    parent = bench.place(**COVER)
    bench.show([(99_400, 50)], [(99_500, 50)], 99_500)
    assert (leg(bench, parent).status, leg(bench, parent).filled) == (Status.COMPLETE, 10)
    assert bench.exchange.positions()[0].quantity == 0


def test_shares_bought_after_the_stop_was_hit_get_a_stop_of_their_own():
    bench = Bench()
    parent = bench.place(quantity=150, **COVER)
    bench.show([(99_400, 500)], [], 99_500)
    bench.show([(99_995, 100)], [(100_005, 50)], 100_000)
    first, second = legs(bench, parent)
    assert (first.status, first.filled) == (Status.COMPLETE, 100)
    assert (second.status, second.pending) == (Status.TRIGGER_PENDING, 50)


def test_the_exit_turns_the_stop_into_a_protected_market_order():
    bench = Bench()
    parent = bench.place(quantity=100, **COVER)
    bench.show([(99_900, 40)], [(100_005, 100)], 100_000)
    stop = leg(bench, parent)
    bench.exchange.exit(stop.order_id, parent, bench.now)
    left = leg(bench, parent)
    assert (left.asked.type, left.asked.price, left.asked.trigger) == (OrderType.LIMIT, 99_500, 0)
    assert (left.status, left.filled, left.pending) == (Status.OPEN, 40, 60)
    bench.show([(99_400, 100)], [(99_500, 100)], 99_400)
    assert leg(bench, parent).pending == 60, "its protection does not reach so far"
    bench.exchange.exit(stop.order_id, parent, bench.now)
    assert leg(bench, parent).status is Status.COMPLETE


def test_of_a_stop_only_the_trigger_moves():
    bench = Bench()
    parent = bench.place(**COVER)
    stop = leg(bench, parent).order_id
    bench.exchange.modify(stop, Change(trigger=99_700), bench.now)
    assert (leg(bench, parent).asked.trigger, leg(bench, parent).asked.price) == (99_700, 99_205)
    for change in (Change(trigger=99_700, quantity=5), Change(type=OrderType.LIMIT), Change()):
        with pytest.raises(OrderRefused):
            bench.exchange.modify(stop, change, bench.now)
    with pytest.raises(OrderRefused, match="last traded price"):
        bench.exchange.modify(stop, Change(trigger=100_000), bench.now)
    assert leg(bench, parent).asked.trigger == 99_700


def test_an_exit_must_name_the_order_it_belongs_to():
    bench = Bench()
    parent, other = bench.place(**COVER), bench.place(price=99_000)
    stop = leg(bench, parent).order_id
    for order_id, parent_id in ((stop, other), (stop, ""), (other, ""), (other, parent)):
        with pytest.raises(OrderRefused, match="second leg"):
            bench.exchange.exit(order_id, parent_id, bench.now)
    bench.show([(99_400, 50)], [(99_500, 50)], 99_500)
    with pytest.raises(OrderRefused, match="already complete"):
        bench.exchange.exit(stop, parent, bench.now)


def test_a_rejected_stop_is_not_placed_again():
    bench = Bench()
    bench.exchange.faults.reject_stops = 1
    parent = bench.place(quantity=150, **COVER)
    assert leg(bench, parent).status is Status.REJECTED
    bench.show([(99_995, 100)], [(100_005, 50)], 100_000)
    assert bench.order(parent).status is Status.COMPLETE
    assert leg(bench, parent).status is Status.REJECTED


def test_a_stop_taken_back_or_lapsed_guards_no_more():
    bench = Bench()
    parent = bench.place(**COVER)
    bench.exchange.cancel(leg(bench, parent).order_id, bench.now)
    assert leg(bench, parent).status is Status.CANCELLED
    other = bench.place(**COVER)
    bench.exchange.advance(MIDNIGHT + 15 * HOUR + 30 * MINUTE)
    assert leg(bench, other).status is Status.CANCELLED
    assert bench.exchange.positions()[0].quantity == 20


@pytest.mark.parametrize(
    ("fields", "kind", "says"),
    [
        ({"trigger": 0}, Refusal.INPUT, "trigger_price"),
        ({"trigger": 100_005}, Refusal.INPUT, "below its price"),
        ({"side": Side.SELL, "price": 99_995}, Refusal.INPUT, "above its price"),
        ({"product": Product.CNC}, Refusal.INPUT, "MIS"),
        ({"type": OrderType.STOP_LIMIT}, Refusal.INPUT, "first leg"),
    ],
)
def test_a_malformed_cover_order_is_refused(fields, kind, says):
    refused = Bench().refusal(**{**COVER, **fields})
    assert (refused.kind, says in refused.text) == (kind, True), refused.text


@pytest.mark.parametrize(
    ("trigger", "says"), [(99_502, "Tick size"), (89_000, "circuit"), (100_000, "last traded")]
)
def test_the_risk_desk_rejects_a_cover_order_by_its_trigger(trigger, says):
    bench = Bench()
    order = bench.order(bench.place(**{**COVER, "trigger": trigger}))
    assert (order.status, says in order.text) == (Status.REJECTED, True), order.text


def test_cover_orders_outlive_the_exchange():
    bench = Bench()
    parent = bench.place(quantity=150, **COVER)
    before = bench.exchange
    market = RecordedMarket(before.universe, before.cells, band_bp=1_000)
    bench.exchange = Exchange(before.universe, market)
    bench.exchange.restore(before.state(), bench.now)
    bench.show([(99_995, 100)], [(100_005, 70)], 100_000)
    assert leg(bench, parent).pending == 150
