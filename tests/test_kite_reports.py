"""Kite's order JSON folded into reports."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.brokers.kite.forms import Product, terms_form
from tui_scalper.brokers.kite.reports import (
    Oddity,
    OrderReader,
    UnreadableOrderError,
    paise,
    time_ns,
)
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.orders import Leg, OrderKind, OrderTerms, ReportStatus
from tui_scalper.core.units import NS, Side
from tui_scalper.core.venues import NSE, SSE

PACKETS = Path(__file__).parents[2] / "shared" / "data" / "packets" / "kite"
UNIVERSE = Universe(
    NSE,
    [
        Instrument(symbol="INFY", token=408065, tick=10),
        Instrument(symbol="SBIN", token=779521, tick=5),
    ],
)
ORDER = {
    "order_id": "17",
    "status": "OPEN",
    "exchange": "NSE",
    "tradingsymbol": "SBIN",
    "transaction_type": "SELL",
    "order_type": "SL",
    "quantity": 10,
    "price": 799.95,
    "trigger_price": 800.05,
    "average_price": 0,
    "filled_quantity": 0,
    "tag": "t1",
    "status_message": None,
    "exchange_timestamp": "2026-11-20 09:24:25",
}


def read(**changes):
    return OrderReader(UNIVERSE).read(msgspec.json.encode(ORDER | changes))


@pytest.mark.parametrize(
    ("changes", "leg", "parent"),
    [
        ({"variety": "regular", "parent_order_id": None}, Leg.PLAIN, ""),
        ({"variety": "co", "parent_order_id": None}, Leg.GUARDED, ""),
        ({"variety": "co", "parent_order_id": "16"}, Leg.STOP, "16"),
        ({"variety": "co", "parent_order_id": ""}, Leg.GUARDED, ""),
    ],
)
def test_what_an_order_is_to_a_stop_of_the_broker(changes, leg, parent):
    report = read(**changes)
    assert (report.leg, report.parent_id) == (leg, parent)


def test_cover_orders_are_intraday_orders_whatever_the_book_calls_them():
    raw = msgspec.json.encode(ORDER | {"product": "CO", "variety": "co"})
    assert OrderReader(UNIVERSE).read(raw).row == 1
    assert OrderReader(UNIVERSE, Product.DELIVERY).read(raw).row == -1


def test_a_whole_report():
    report = read()
    assert (report.order_id, report.tag, report.row, report.symbol) == ("17", "t1", 1, "SBIN")
    assert (report.side, report.status, report.text) == (Side.SELL, ReportStatus.OPEN, "")
    assert report.terms == OrderTerms(
        kind=OrderKind.STOP_LIMIT, quantity=10, price=79_995, trigger=80_005
    )
    moment = datetime(2026, 11, 20, 3, 54, 25, tzinfo=UTC)
    assert report.exchange_ns == int(moment.timestamp()) * NS


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("PUT ORDER REQ RECEIVED", ReportStatus.PENDING),
        ("VALIDATION PENDING", ReportStatus.PENDING),
        ("OPEN PENDING", ReportStatus.PENDING),
        ("AMO REQ RECEIVED", ReportStatus.PENDING),
        ("OPEN", ReportStatus.OPEN),
        ("TRIGGER PENDING", ReportStatus.TRIGGER_PENDING),
        ("COMPLETE", ReportStatus.COMPLETE),
        ("CANCELLED", ReportStatus.CANCELLED),
        ("REJECTED", ReportStatus.REJECTED),
    ],
)
def test_words_that_say_where_an_order_stands(word, status):
    assert read(status=word).status is status
    assert read(status=word, order_type="LIMIT").status is status


@pytest.mark.parametrize(
    "word", ["UPDATE", "MODIFY VALIDATION PENDING", "MODIFY PENDING", "CANCEL PENDING"]
)
def test_words_that_only_say_it_is_alive(word):
    assert read(status=word, order_type="LIMIT").status is ReportStatus.OPEN
    assert read(status=word).status is ReportStatus.TRIGGER_PENDING
    assert read(status=word, filled_quantity=1).status is ReportStatus.OPEN


@given(st.text(max_size=20))
def test_an_unknown_word_is_never_terminal(word):
    reader = OrderReader(UNIVERSE)
    status = reader.read(msgspec.json.encode(ORDER | {"status": f"?{word}"})).status
    assert status is ReportStatus.PENDING
    assert reader.oddities == {Oddity.UNKNOWN_STATUS: 1}


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("LIMIT", OrderKind.LIMIT),
        ("MARKET", OrderKind.LIMIT),
        ("SL", OrderKind.STOP_LIMIT),
        ("SL-M", OrderKind.STOP_LIMIT),
    ],
)
def test_order_types(word, kind):
    assert read(order_type=word).terms.kind is kind


def test_a_partial_fill_is_open_with_its_value():
    report = read(status="OPEN", filled_quantity=3, average_price=799.9333)
    assert (report.status, report.filled, report.filled_value) == (ReportStatus.OPEN, 3, 239_980)


@pytest.mark.parametrize("changes", [{"tradingsymbol": "ZOMATO"}, {"exchange": "BSE"}])
def test_an_order_outside_the_universe_has_no_row(changes):
    assert read(**changes).row == -1


@pytest.mark.parametrize(("product", "row"), [("MIS", 1), (None, 1), ("CNC", -1), ("NRML", -1)])
def test_an_order_of_another_product_is_no_business_of_ours(product, row):
    assert read(product=product).row == row


def test_absent_and_null_fields():
    entry = {
        key: value
        for key, value in ORDER.items()
        if key not in ("tag", "price", "average_price", "filled_quantity", "exchange_timestamp")
    }
    report = OrderReader(UNIVERSE).read(msgspec.json.encode(entry | {"trigger_price": None}))
    assert (report.tag, report.terms.price, report.terms.trigger) == ("", 0, 0)
    assert (report.filled, report.filled_value, report.exchange_ns) == (0, 0, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"order_id": None},
        {"order_id": 17},
        {"status": 5},
        {"quantity": "many"},
        {"quantity": -1},
        {"quantity": 2**63 - 1},
        {"filled_quantity": -1},
        {"filled_quantity": 2**63 - 1, "average_price": 800.0},
        {"price": -0.05},
        {"average_price": 1e300},
        {"transaction_type": "HOLD"},
        {"order_type": "ICEBERG"},
    ],
)
def test_a_malformed_order_is_counted(changes):
    reader = OrderReader(UNIVERSE)
    with pytest.raises(UnreadableOrderError):
        reader.read(msgspec.json.encode(ORDER | changes))
    assert reader.oddities == {Oddity.MALFORMED: 1}


@given(st.binary(max_size=100))
def test_garbage_is_counted_and_nothing_else(garbage):
    reader = OrderReader(UNIVERSE)
    with pytest.raises(UnreadableOrderError):
        reader.read(garbage)
    assert reader.oddities == {Oddity.MALFORMED: 1}


def test_an_unreadable_time_does_not_cost_the_report():
    reader = OrderReader(UNIVERSE)
    raw = msgspec.json.encode(ORDER | {"exchange_timestamp": "yesterday"})
    assert reader.read(raw).exchange_ns == 0
    assert reader.oddities == {Oddity.UNREADABLE_TIME: 1}


def test_times_are_the_venues():
    assert time_ns("1970-01-01 05:30:00", NSE) == 0
    assert time_ns("1970-01-01 08:00:01", SSE) == NS
    assert time_ns("1970-01-01 05:30:00+05:30", SSE) == 0


@given(st.integers(0, 10**9))
def test_a_price_survives_the_way_there_and_back(price):
    text = terms_form(OrderTerms(kind=OrderKind.LIMIT, quantity=1, price=price))["price"]
    assert text == f"{price // 100}.{price % 100:02d}"
    assert paise(float(text)) == price


@given(st.lists(st.tuples(st.integers(1, 5_000), st.integers(1, 2_000_000)), min_size=1))
def test_the_value_of_fills_is_exact_when_the_average_is(fills):
    filled = sum(quantity for quantity, _ in fills)
    value = sum(quantity * price for quantity, price in fills)
    report = read(quantity=filled, filled_quantity=filled, average_price=value / filled / 100)
    assert report.filled_value == value


@pytest.mark.data
@pytest.mark.skipif(not PACKETS.is_dir(), reason="the recordings are not here")
def test_the_recorded_postback():
    raw = (PACKETS / "postback.json").read_bytes()
    report = OrderReader(UNIVERSE, Product.DELIVERY).read(raw)
    expected = json.loads(raw)
    assert (report.order_id, report.symbol, report.row) == (expected["order_id"], "SBIN", 1)
    assert (report.status, report.filled, report.filled_value) == (
        ReportStatus.COMPLETE,
        1,
        47_000,
    )
    assert report.terms.kind is OrderKind.LIMIT
