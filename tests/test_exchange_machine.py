"""Life of an order: what is taken, refused, rejected, filled, changed and remembered."""

import msgspec
import numpy as np
import pytest
from exchange_bench import MIDNIGHT, TEN, Bench
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core import columns as c
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.orders import OrderKind, OrderTerms, ReportStatus
from tui_scalper.core.units import NS, Side
from tui_scalper.core.venues import DAY, HOUR, MINUTE, NSE
from tui_scalper.exchange import bridge
from tui_scalper.exchange.machine import DEFAULT_CASH, Exchange, ExchangeState
from tui_scalper.exchange.master import load_master
from tui_scalper.exchange.orders import (
    AUTO_PROTECTION,
    Change,
    NewOrder,
    News,
    OrderRefused,
    OrderType,
    Product,
    Refusal,
    Status,
    Validity,
)
from tui_scalper.exchange.recorded import RecordedMarket
from tui_scalper.exchange.synthetic import SyntheticMarket


def test_a_marketable_order_fills_and_is_fully_remembered():
    bench = Bench()
    order_id = bench.place(tag="entry1")
    assert order_id == "261123000000001"
    assert bench.statuses(order_id) == [
        Status.RECEIVED,
        Status.VALIDATING,
        Status.OPEN_PENDING,
        Status.OPEN,
        Status.COMPLETE,
    ]
    order = bench.order(order_id)
    assert (order.filled, order.filled_value) == (10, 1_000_050)
    assert [(one.quantity, one.price) for one in bench.exchange.trades(order_id)] == [(10, 100_005)]
    news = [(one.news, one.order.status) for one in bench.exchange.drain_updates()]
    assert news == [(News.ACCEPTED, Status.OPEN), (News.DONE, Status.COMPLETE)]
    assert bench.exchange.drain_updates() == []


def test_a_partial_fill_stays_open_and_is_told_as_a_change():
    bench = Bench()
    order_id = bench.place(quantity=150)
    order = bench.order(order_id)
    assert (order.status, order.filled, order.pending) == (Status.OPEN, 100, 50)
    assert bench.exchange.drain_updates()[-1].news is News.CHANGED
    bench.show([], [(100_000, 500)], 100_000)
    assert bench.order(order_id).status is Status.COMPLETE
    assert bench.order(order_id).filled_value == 150 * 100_005


def test_the_rest_of_an_ioc_order_is_cancelled():
    bench = Bench()
    order = bench.order(bench.place(quantity=150, validity=Validity.IOC))
    assert (order.status, order.filled, order.cancelled) == (Status.CANCELLED, 100, 50)


def test_a_protected_market_order_becomes_a_limit_order():
    bench = Bench()
    order = bench.order(
        bench.place(type=OrderType.MARKET, price=0, protection_bp=AUTO_PROTECTION, quantity=200)
    )
    assert (order.asked.type, order.asked.price) == (OrderType.LIMIT, 100_500)
    assert (order.filled, order.status) == (100, Status.OPEN)
    sell = bench.order(
        bench.place(side=Side.SELL, type=OrderType.MARKET, price=0, protection_bp=20, quantity=1)
    )
    assert sell.asked.price == 99_800


def test_a_market_order_without_a_last_price_is_rejected():
    bench = Bench()
    bench.show([], [(100_005, 10)], 0)
    order = bench.order(bench.place(type=OrderType.MARKET, price=0, protection_bp=100))
    assert order.status is Status.REJECTED
    assert "No last traded price" in order.text


def test_a_stop_triggers_on_the_last_price_and_then_takes():
    bench = Bench()
    bench.place()
    stop = bench.place(side=Side.SELL, type=OrderType.STOP_LIMIT, price=99_000, trigger=99_500)
    assert bench.order(stop).status is Status.TRIGGER_PENDING
    bench.show([(99_700, 50)], [(99_800, 50)], 99_750)
    assert bench.order(stop).status is Status.TRIGGER_PENDING
    bench.show([(99_400, 50)], [(99_500, 50)], 99_500)
    assert bench.statuses(stop)[-3:] == [Status.TRIGGER_PENDING, Status.OPEN, Status.COMPLETE]
    assert bench.order(stop).filled_value == 10 * 99_400


def test_a_triggered_stop_is_moved_as_the_limit_order_it_became():
    bench = Bench()
    bench.place()
    stop = bench.place(side=Side.SELL, type=OrderType.STOP_LIMIT, price=99_500, trigger=99_500)
    bench.show([(99_000, 50)], [(99_100, 50)], 99_050)
    assert (bench.order(stop).status, bench.order(stop).triggered) == (Status.OPEN, True)
    bench.show([(99_300, 50)], [(99_800, 50)], 99_700)
    bench.exchange.modify(stop, Change(price=99_400), bench.now)
    assert (bench.order(stop).status, bench.order(stop).pending) == (Status.OPEN, 10)
    bench.exchange.modify(stop, Change(price=99_300), bench.now)
    assert bench.order(stop).filled_value == 10 * 99_300


def test_a_stop_turned_into_a_limit_takes_the_target():
    bench = Bench()
    bench.place()
    stop = bench.place(side=Side.SELL, type=OrderType.STOP_LIMIT, price=99_000, trigger=99_500)
    change = bridge.change(OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=99_995))
    bench.exchange.modify(stop, change, bench.now)
    assert bench.order(stop).status is Status.COMPLETE
    assert bench.order(stop).filled_value == 10 * 99_995
    assert bench.exchange.positions()[0].quantity == 0


@pytest.mark.parametrize(
    ("fields", "kind", "says"),
    [
        ({"quantity": 0}, Refusal.INPUT, "quantity"),
        ({"price": 0}, Refusal.INPUT, "price"),
        ({"tag": "no spaces!"}, Refusal.INPUT, "tag"),
        ({"tag": "a" * 21}, Refusal.INPUT, "tag"),
        ({"variety": "amo"}, Refusal.INPUT, "variety"),
        ({"type": OrderType.MARKET, "price": 0}, Refusal.INPUT, "market protection"),
        ({"type": OrderType.MARKET, "protection_bp": 20_000}, Refusal.INPUT, "market_protection"),
        ({"type": OrderType.STOP_MARKET, "trigger": 100_500}, Refusal.INPUT, "SL-M"),
        ({"type": OrderType.STOP_LIMIT, "trigger": 0}, Refusal.INPUT, "trigger_price"),
        ({"type": OrderType.STOP_LIMIT, "trigger": 100_500}, Refusal.INPUT, "below its trigger"),
        ({"exchange": "BSE"}, Refusal.INPUT, "Unknown instrument"),
        ({"disclosed": 11}, Refusal.INPUT, "Disclosed"),
    ],
)
def test_a_malformed_order_is_refused_at_once(fields, kind, says):
    bench = Bench()
    refused = bench.refusal(**fields)
    assert refused.kind is kind
    assert says in refused.text
    assert bench.exchange.orders() == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"price": 100_003}, "Tick size"),
        ({"price": 110_005}, "circuit"),
        ({"price": 89_995}, "circuit"),
        ({"type": OrderType.STOP_LIMIT, "trigger": 99_000, "price": 99_500}, "below the last"),
        (
            {"type": OrderType.STOP_LIMIT, "side": Side.SELL, "trigger": 100_000, "price": 99_000},
            "above the last",
        ),
        ({"quantity": 100_000}, "Insufficient funds"),
        ({"product": Product.CNC, "side": Side.SELL, "price": 99_995}, "holding"),
    ],
)
def test_the_risk_desk_rejects_with_an_id_and_a_text(fields, says):
    bench = Bench()
    order = bench.order(bench.place(**fields))
    assert order.status is Status.REJECTED
    assert says in order.text
    assert [one.news for one in bench.exchange.drain_updates()] == [News.DONE]
    assert bench.exchange.margins().available == DEFAULT_CASH


def test_a_lot_must_be_kept():
    universe = Universe(NSE, [Instrument(symbol="SBIN", token=1, tick=5, lot=25)])
    market = RecordedMarket(universe, np.zeros((1, c.COLUMNS), dtype=np.int64))
    exchange = Exchange(universe, market)
    odd = NewOrder(symbol="SBIN", side=Side.BUY, quantity=30, price=100)
    order_id = exchange.place(odd, TEN)
    rejected = exchange.history(order_id)[-1]
    assert rejected.status is Status.REJECTED
    assert "lot size 25" in rejected.text


def test_an_odd_lot_may_close_what_a_partial_fill_left():
    universe = Universe(NSE, [Instrument(symbol="SBIN", token=1, tick=5, lot=25)])
    cells = np.zeros((1, c.COLUMNS), dtype=np.int64)
    cells[0, [c.LTP, c.ASK_PRICE, c.ASK_QUANTITY]] = 100, 100, 30
    cells[0, [c.BID_PRICE, c.BID_QUANTITY]] = 95, 500
    exchange = Exchange(universe, RecordedMarket(universe, cells))
    exchange.place(NewOrder(symbol="SBIN", side=Side.BUY, quantity=50, price=100), TEN)
    exit_id = exchange.place(NewOrder(symbol="SBIN", side=Side.SELL, quantity=30, price=95), TEN)
    assert exchange.history(exit_id)[-1].status is Status.COMPLETE


@pytest.mark.parametrize(("hour", "minute"), [(9, 10), (8, 0), (15, 15), (20, 0)], ids=str)
def test_outside_the_session_orders_are_refused(hour, minute):
    universe = Universe(NSE, [Instrument(symbol="SBIN", token=1, tick=5)])
    market = RecordedMarket(universe, np.zeros((1, c.COLUMNS), dtype=np.int64))
    exchange = Exchange(universe, market)
    with pytest.raises(OrderRefused, match="Markets are closed"):
        exchange.place(
            NewOrder(symbol="SBIN", side=Side.BUY, quantity=1, price=100),
            MIDNIGHT + hour * HOUR + minute * MINUTE,
        )


def test_live_orders_lapse_when_the_session_ends():
    bench = Bench()
    order_id = bench.place(price=99_000)
    stop = bench.place(type=OrderType.STOP_LIMIT, price=101_000, trigger=100_500)
    bench.exchange.advance(MIDNIGHT + 15 * HOUR + 15 * MINUTE)
    for one in (order_id, stop):
        assert bench.order(one).status is Status.CANCELLED
        assert "session is over" in bench.order(one).text
    assert bench.exchange.margins().blocked == 0


def test_a_new_day_begins_with_empty_books_and_keeps_what_is_held():
    bench = Bench()
    bench.place(quantity=20, product=Product.CNC)
    bench.show([(100_200, 50)], [(100_300, 50)], 100_250)
    bench.place(side=Side.SELL, quantity=5, price=100_200, product=Product.CNC)
    bench.place(price=99_000)
    bench.exchange.drain_updates()
    bench.exchange.advance(MIDNIGHT + 20 * HOUR)
    before = bench.exchange.margins()
    bench.exchange.advance(MIDNIGHT + DAY + 10 * HOUR)
    assert [one.order.status for one in bench.exchange.drain_updates()] == [Status.CANCELLED]
    assert bench.exchange.orders() == bench.exchange.trades() == []
    assert [one.quantity for one in bench.exchange.positions()] == [15]
    after = bench.exchange.margins()
    assert (after.available, after.unrealised) == (before.available, before.unrealised)
    assert after.opening == DEFAULT_CASH + 5 * 195
    new = NewOrder(symbol="SBIN", side=Side.BUY, quantity=1, price=100_000)
    order_id = bench.exchange.place(new, MIDNIGHT + DAY + 10 * HOUR)
    assert order_id == "261124000000001"


def test_cancel_and_modify_of_a_done_order_are_refused():
    bench = Bench()
    order_id = bench.place()
    for action in (
        lambda: bench.exchange.cancel(order_id, bench.now),
        lambda: bench.exchange.modify(order_id, Change(price=100_000), bench.now),
        lambda: bench.exchange.cancel("nonsense", bench.now),
    ):
        with pytest.raises(OrderRefused) as caught:
            action()
        assert caught.value.kind is Refusal.ORDER


def test_a_refused_change_leaves_the_order_as_it_was():
    bench = Bench()
    order_id = bench.place(price=99_000)
    before = bench.order(order_id)
    for change, says in (
        (Change(price=99_001), "Tick size"),
        (Change(price=200_000), "circuit"),
        (Change(quantity=0), "quantity"),
        (Change(quantity=1_000_000), "Insufficient funds"),
        (Change(type=OrderType.MARKET), "market protection"),
    ):
        with pytest.raises(OrderRefused, match=says):
            bench.exchange.modify(order_id, change, bench.now)
        assert bench.order(order_id) == before
    assert bench.exchange.wakes(0).ask_low == 99_000


def test_an_order_can_be_modified_only_so_often():
    bench = Bench()
    order_id = bench.place(price=99_000)
    for step in range(25):
        bench.exchange.modify(order_id, Change(price=99_000 + 5 * (step % 2)), bench.now)
    with pytest.raises(OrderRefused, match="modifications exceeded"):
        bench.exchange.modify(order_id, Change(price=98_000), bench.now)


def test_quantity_cannot_go_below_what_is_filled():
    bench = Bench()
    order_id = bench.place(quantity=150)
    with pytest.raises(OrderRefused, match="already filled"):
        bench.exchange.modify(order_id, Change(quantity=100), bench.now)
    bench.exchange.modify(order_id, Change(quantity=120), bench.now)
    assert bench.order(order_id).pending == 20


def test_two_orders_may_carry_the_same_tag():
    bench = Bench()
    first, second = bench.place(tag="twin"), bench.place(tag="twin")
    assert first != second
    assert [one.asked.tag for one in bench.exchange.orders()] == ["twin", "twin"]


def test_an_exit_needs_no_margin_and_a_second_one_does():
    bench = Bench(opening_cash=1_000_050)
    bench.place()
    assert bench.exchange.margins().available == 0
    exit_id = bench.place(side=Side.SELL, price=101_000)
    assert bench.order(exit_id).status is Status.OPEN
    beyond = bench.order(bench.place(side=Side.SELL, price=101_000))
    assert "Insufficient funds" in beyond.text


def test_leverage_divides_intraday_margin_only():
    for product, blocked in ((Product.MIS, 200_010), (Product.CNC, 1_000_050)):
        bench = Bench(leverage=5)
        bench.place(product=product)
        assert bench.exchange.margins().blocked == blocked


def test_profit_and_loss_of_a_round_trip():
    bench = Bench()
    bench.place()
    bench.show([(100_200, 50)], [(100_300, 50)], 100_250)
    assert bench.exchange.margins().unrealised == 10 * 245
    bench.place(side=Side.SELL, price=100_200)
    margins = bench.exchange.margins()
    assert (margins.realised, margins.unrealised, margins.blocked) == (1_950, 0, 0)
    assert margins.available == DEFAULT_CASH + 1_950


def test_time_never_runs_backwards():
    bench = Bench()
    bench.exchange.advance(bench.now - 5 * NS)
    assert bench.exchange.now_ns == bench.now


def test_the_engine_hears_of_an_order_in_its_own_words():
    bench = Bench()
    effect = PlaceOrder(
        tag="x1", row=0, symbol="SBIN", exchange="NSE", side=Side.BUY,
        terms=OrderTerms(kind=OrderKind.LIMIT, quantity=150, price=100_005),
    )  # fmt: skip
    order_id = bench.exchange.place(bridge.new_order(effect), bench.now)
    report = bridge.report(bench.order(order_id))
    assert report.status is ReportStatus.OPEN
    assert (report.tag, report.row, report.terms) == ("x1", 0, effect.terms)
    assert (report.filled, report.filled_value) == (100, 10_000_500)


def test_the_engine_hears_what_is_held_and_what_lives():
    bench = Bench()
    bench.place()
    resting = bench.place(price=99_000)
    held = bridge.holdings_of(bench.exchange)
    assert [(one.row, one.symbol, one.quantity, one.value) for one in held] == [
        (0, "SBIN", 10, 1_000_050)
    ]
    assert [one.order_id for one in bench.exchange.live_orders()] == [resting]
    bench.exchange.cancel(resting, bench.now)
    assert bench.exchange.live_orders() == []


def test_the_account_survives_a_restart():
    bench = Bench()
    bench.place()
    stop = bench.place(side=Side.SELL, type=OrderType.STOP_LIMIT, price=99_000, trigger=99_500)
    packed = msgspec.msgpack.encode(bench.exchange.state())
    other = Bench()
    other.exchange.restore(msgspec.msgpack.decode(packed, type=ExchangeState), other.now)
    assert other.exchange.state() == bench.exchange.state()
    assert other.exchange.margins() == bench.exchange.margins()
    other.show([(99_400, 50)], [(99_500, 50)], 99_500)
    assert other.order(stop).status is Status.COMPLETE
    assert other.place() == "261123000000003"


# -- laws over a living market ---------------------------------------------------------------

REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell", "stop", "cancel", "modify", "wait"]),
        st.integers(0, 2),
        st.integers(1, 60),
        st.integers(-8, 8),
    ),
    min_size=1,
    max_size=25,
)


def ask(exchange, request, now):
    """Carry one request out; refusals are part of the game."""
    kind, row, quantity, ticks = request
    stock = exchange.universe[row]
    ltp = int(exchange.cells[row, c.LTP])
    price = ltp + ticks * stock.tick
    live = [one for one in exchange.orders() if one.pending]
    side = Side.BUY if kind == "buy" else Side.SELL
    new = NewOrder(symbol=stock.symbol, side=side, quantity=quantity, price=price)
    try:
        match kind:
            case "buy" | "sell":
                exchange.place(new, now)
            case "stop":
                stop = msgspec.structs.replace(
                    new, type=OrderType.STOP_LIMIT, trigger=price, price=price - 5 * stock.tick
                )
                exchange.place(stop, now)
            case "cancel" if live:
                exchange.cancel(live[quantity % len(live)].order_id, now)
            case "modify" if live:
                which = live[quantity % len(live)]
                exchange.modify(which.order_id, Change(quantity=quantity, price=price), now)
    except OrderRefused as refused:
        assert refused.text


@settings(max_examples=40)
@given(REQUESTS, st.integers(0, 100))
def test_cash_and_shares_are_neither_made_nor_lost(requests, seed):
    master = load_master(count=3)
    market = SyntheticMarket(master.universe, master.references, seed=seed, start_ns=TEN)
    exchange = Exchange(master.universe, market, opening_cash=50_000_000)
    now = TEN
    exchange.advance(now)
    for request in requests:
        ask(exchange, request, now)
        now += NS
        exchange.advance(now)
        check_books(exchange, f"seed {seed}")


def check_books(exchange, note):
    ledger = sum(-one.side * one.price * one.quantity for one in exchange.trades())
    positions = exchange.positions()
    margins = exchange.margins()
    assert sum(one.realised - one.cost for one in positions) == ledger, note
    worth = sum(one.quantity * int(exchange.cells[one.row, c.LTP]) for one in positions)
    assert margins.realised + margins.unrealised == ledger + worth, note
    for order in exchange.orders():
        asked = order.asked.quantity
        traded = sum(one.quantity for one in exchange.trades(order.order_id))
        assert order.filled == traded, note
        assert order.filled + order.pending + order.cancelled == asked or (
            order.status is Status.REJECTED and order.filled == 0
        ), note
        for trade in exchange.trades(order.order_id):
            assert (order.asked.price - trade.price) * trade.side >= 0 or order.modifications, note


@settings(max_examples=10)
@given(REQUESTS, st.integers(0, 100))
def test_the_same_requests_and_seed_give_the_same_updates(requests, seed):
    def play():
        master = load_master(count=3)
        market = SyntheticMarket(master.universe, master.references, seed=seed, start_ns=TEN)
        exchange = Exchange(master.universe, market)
        for step, request in enumerate(requests):
            exchange.advance(TEN + step * NS)
            ask(exchange, request, TEN + step * NS)
        return exchange.drain_updates(), exchange.state()

    assert play() == play()
