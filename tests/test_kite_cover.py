"""Cover orders through the Kite adapter, against the simulated exchange over real sockets."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from test_kite_simulated import UNIVERSE, a_bench, do, order, show

from tui_scalper.brokers.kite.holdings import read_holdings
from tui_scalper.brokers.kite.rest import Answer
from tui_scalper.core.config import Style
from tui_scalper.core.effects import (
    CancelOrder,
    ExitStop,
    ModifyOrder,
    PollOrderBook,
    PollPositions,
)
from tui_scalper.core.events import (
    CancelAccepted,
    Link,
    ModifyAccepted,
    ModifyRefused,
    OrderBookReported,
    Placed,
    PositionsReported,
)
from tui_scalper.core.orders import Leg, OrderKind, OrderTerms, ReportStatus
from tui_scalper.core.units import Side


async def enter(bench, quantity=10):
    """Buy under a cover order; the reports of its two legs."""
    await bench.until(lambda: Link.LIVE in bench.links())
    entry = msgspec.structs.replace(
        order("entry1", Side.BUY, 157_310, quantity=quantity), guard=156_900
    )
    placed = await do(bench, entry, Placed)
    return placed.order_id, await legs(bench)


async def legs(bench):
    return (await do(bench, PollOrderBook(), OrderBookReported)).reports


async def test_a_cover_order_and_its_stop_are_read_moved_and_exited():
    async with a_bench(style=Style.BROKER) as bench:
        await bench.gateway.open()
        parent, (entry, stop) = await enter(bench)
        assert (entry.order_id, entry.leg, entry.status) == (
            parent,
            Leg.GUARDED,
            ReportStatus.COMPLETE,
        )
        assert (stop.leg, stop.parent_id, stop.row, stop.side) == (Leg.STOP, parent, 0, Side.SELL)
        assert (stop.status, stop.terms.trigger, stop.terms.quantity) == (
            ReportStatus.TRIGGER_PENDING,
            156_900,
            10,
        )
        moved = OrderTerms(kind=OrderKind.STOP_LIMIT, quantity=10, price=156_000, trigger=157_000)
        change = ModifyOrder(order_id=stop.order_id, terms=moved, leg=Leg.STOP, parent_id=parent)
        await do(bench, change, ModifyAccepted)
        await bench.until(lambda: bench.reports(stop.order_id))
        pushed = bench.reports(stop.order_id)[-1]
        assert (pushed.leg, pushed.parent_id, pushed.terms.trigger) == (Leg.STOP, parent, 157_000)
        held = (await do(bench, PollPositions(), PositionsReported)).holdings
        assert [(one.row, one.quantity) for one in held] == [(0, 10)]

        leaving = ExitStop(order_id=stop.order_id, parent_id=parent, terms=moved)
        await do(bench, leaving, ModifyAccepted)
        _, sold = await legs(bench)
        assert (sold.status, sold.filled_value) == (ReportStatus.COMPLETE, 10 * 157_300)
        refused = await do(bench, leaving, ModifyRefused)
        assert "already complete" in refused.text
        held = (await do(bench, PollPositions(), PositionsReported)).holdings
        assert held == ()


async def test_a_rest_is_taken_back_and_the_stop_keeps_what_filled():
    async with a_bench(style=Style.BROKER) as bench:
        parent, (entry, stop) = await enter(bench, quantity=150)
        assert (entry.filled, stop.terms.quantity) == (100, 100)
        chased = msgspec.structs.replace(entry.terms, price=157_300)
        await do(bench, ModifyOrder(order_id=parent, terms=chased, leg=Leg.GUARDED), ModifyAccepted)
        await do(bench, CancelOrder(order_id=parent, leg=Leg.GUARDED), CancelAccepted)
        entry, stop = await legs(bench)
        assert (entry.status, entry.terms.price) == (ReportStatus.CANCELLED, 157_300)
        assert (stop.status, stop.terms.quantity) == (ReportStatus.TRIGGER_PENDING, 100)
        await do(bench, CancelOrder(order_id=stop.order_id, leg=Leg.STOP), CancelAccepted)
        _, stop = await legs(bench)
        assert (stop.status, stop.filled) == (ReportStatus.CANCELLED, 0)


async def test_a_stop_rejected_or_triggered_is_read_as_such():
    async with a_bench(style=Style.BROKER) as bench:
        bench.exchange.faults.reject_stops = 1
        _, (_, stop) = await enter(bench)
        assert (stop.status, stop.text) == (
            ReportStatus.REJECTED,
            "RMS: stop orders are blocked for this scrip.",
        )
        _, (*_, stop) = await enter(bench)
        show(bench.exchange, 0, 156_700, 156_710)
        bench.exchange.match(np.array([0], dtype=np.int64), bench.now())
        *_, stop = await legs(bench)
        assert (stop.status, stop.leg) == (ReportStatus.COMPLETE, Leg.STOP)


@pytest.mark.parametrize(
    ("shares", "held"),
    [
        ([("MIS", 10, 100.0), ("CO", 5, 130.0)], [(15, 1_650_00)]),
        ([("CO", 10, 100.0), ("MIS", -4, 120.0)], [(6, 600_00)]),
        ([("CO", 10, 100.0), ("MIS", -10, 120.0)], []),
        ([("CO", 10, 100.0), ("CNC", 7, 90.0)], [(10, 1_000_00)]),
    ],
)
def test_shares_of_a_cover_order_and_of_an_exit_of_our_own_are_one_holding(shares, held):
    net = [
        {
            "tradingsymbol": "INFY",
            "exchange": "NSE",
            "product": product,
            "quantity": quantity,
            "average_price": price,
        }
        for product, quantity, price in shares
    ]
    body = msgspec.json.encode({"data": {"net": net}})
    answer = Answer(status=200, body=body)
    found = read_holdings(answer, UNIVERSE, frozenset({"MIS", "CO"}))
    assert [(one.quantity, one.value) for one in found] == held
