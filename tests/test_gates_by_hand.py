"""Trades by hand, and orders that turn up after all, while the engine guards a position."""

from __future__ import annotations

import msgspec
from engine_rig import PRICES, Rig

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.effects import CancelOrder, ModifyOrder, PlaceOrder
from tui_scalper.core.goal_table import Goal
from tui_scalper.core.orders import OrderKind, OrderReport, OrderTerms, ReportStatus
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.units import NS, Side

S = ReportStatus


def only(effects, kind):
    """The one effect of `kind` among `effects`."""
    found = [effect for effect in effects if isinstance(effect, kind)]
    assert len(found) == 1, effects
    return found[0]


def ready():
    """A rig that knows the order book of the morning."""
    rig = Rig().open_market()
    rig.poll_answer([])
    rig.alone = False
    return rig


def by_hand(side, filled, order_id="H1", row=0, price=PRICES[0]):
    """A report of an order somebody else filled."""
    return OrderReport(
        order_id=order_id,
        tag="",
        row=row,
        symbol="ALPHA",
        side=side,
        terms=OrderTerms(kind=OrderKind.LIMIT, quantity=max(filled, 1), price=price),
        status=S.COMPLETE,
        filled=filled,
        filled_value=filled * price,
    )


def tell(rig, report):
    """The broker volunteers a report."""
    return rig.give(ev.OrderReported(at_ns=rig.now, report=report))


def test_shares_sold_by_hand_are_no_longer_guarded():
    rig = ready()
    position = rig.hold()
    stop, bought = position.exit, position.bought
    change = only(tell(rig, by_hand(Side.SELL, 30)), ModifyOrder)
    assert change.order_id == stop.order_id
    assert change.terms.quantity == bought - 30 == position.held
    assert tell(rig, by_hand(Side.SELL, 30)) == [], "told twice, done once"


def test_all_sold_by_hand_takes_the_stop_back_and_closes():
    rig = ready()
    position = rig.hold()
    stop = position.exit
    sold = by_hand(Side.SELL, position.bought, price=PRICES[0] - 100)
    only(tell(rig, sold), CancelOrder)
    rig.report(stop, S.CANCELLED)
    assert rig.desk.positions == {}
    (trade,) = rig.desk.trades
    assert trade.reason == "by hand"
    assert trade.exit_value == sold.filled_value
    assert trade.pnl == sold.filled_value - position.entry.value


def test_shares_added_by_hand_are_somebody_elses():
    rig = ready()
    position = rig.hold()
    assert tell(rig, by_hand(Side.BUY, 50)) == []
    assert position.held == position.bought
    assert rig.desk.strangers.net[0] == 50
    assert tell(rig, by_hand(Side.SELL, 50, "H2")) == [], "closes what was bought by hand first"
    only(tell(rig, by_hand(Side.SELL, 10, "H3")), ModifyOrder)
    assert position.held == position.bought - 10


def test_trades_before_the_first_look_at_the_order_book_are_no_news():
    rig = Rig().open_market()
    rig.poll_answer([by_hand(Side.SELL, 40)])
    position = rig.hold()
    assert (
        rig.poll_answer(
            [
                by_hand(Side.SELL, 40),
                rig.describe(position.exit, S.TRIGGER_PENDING),
                rig.describe(position.entry, S.COMPLETE),
            ]
        )
        == []
    )
    assert position.held == position.bought


def test_a_stop_that_fills_after_the_shares_were_sold_by_hand_is_traded_back():
    rig = ready()
    position = rig.hold()
    stop, bought = position.exit, position.bought
    tell(rig, by_hand(Side.SELL, bought))
    back = only(rig.report(stop, S.COMPLETE), PlaceOrder)
    assert (back.side, back.terms.quantity) == (Side.BUY, bought)
    assert position.goal is Goal.EXIT
    order = rig.order(back.tag)
    rig.place(order)
    rig.report(order, S.COMPLETE)
    assert rig.desk.positions == {}
    (trade,) = rig.desk.trades
    cash = -position.entry.value + bought * PRICES[0] + stop.value - order.value
    assert trade.pnl == cash


def ghost(rig):
    """An exit that got lost, was proven absent, and was replaced; the lost one."""
    position = rig.hold()
    rig.report(position.exit, S.CANCELLED)
    lost = position.exit
    rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=lost.tag, text="cut"))
    rig.now += 4 * NS
    entry = rig.describe(position.entry, S.COMPLETE)
    for _ in range(3):
        rig.poll_answer([entry])
        rig.now += 1 * NS
    only(rig.poll_answer([entry]), PlaceOrder)
    return position, lost


def test_an_exit_thought_absent_that_fills_too_is_traded_back():
    rig = ready()
    position, lost = ghost(rig)
    second = position.exit
    rig.place(second)
    rig.report(second, S.COMPLETE)
    late = rig.describe(lost, S.COMPLETE)
    back = only(rig.give(ev.OrderReported(at_ns=rig.now, report=late)), PlaceOrder)
    assert (back.side, back.terms.quantity) == (Side.BUY, position.bought)
    rig.place(rig.order(back.tag))
    rig.report(rig.order(back.tag), S.COMPLETE)
    assert rig.desk.positions == {}


def test_no_entry_where_an_order_may_still_turn_up():
    rig = ready()
    position, _ = ghost(rig)
    rig.place(position.exit)
    rig.report(position.exit, S.COMPLETE)
    assert rig.desk.positions == {}
    rig.book(0, PRICES[0])
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    assert rig.refused()[Refusal.ORDER_UNKNOWN.value] == 1
    rig.wait(61 * NS)
    rig.book(0, PRICES[0])
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    assert rig.engine.operator.staged is not None


def test_a_stray_fill_of_an_earlier_position_counts_like_a_trade_by_hand():
    rig = ready()
    first, lost = ghost(rig)
    rig.place(first.exit)
    rig.report(first.exit, S.COMPLETE)
    rig.wait(61 * NS)
    rig.book(0, PRICES[0])
    second = rig.hold()
    stop = second.exit
    late = msgspec.structs.replace(rig.describe(lost, S.OPEN, 10), status=S.OPEN)
    effects = rig.give(ev.OrderReported(at_ns=rig.now, report=late))
    assert only(effects, ModifyOrder).order_id == stop.order_id
    assert only(effects, CancelOrder).order_id == late.order_id
    assert second.held == second.bought - 10
    assert first.held == 0
    rig.report(lost, S.CANCELLED, 10)
    assert rig.desk.positions == {0: second}


def test_an_order_book_is_taken_in_whole_before_anything_is_asked():
    rig = ready()
    position = rig.hold()
    book = [
        rig.describe(position.entry, S.COMPLETE),
        rig.describe(position.exit, S.CANCELLED),
        by_hand(Side.SELL, 30),
    ]
    leaving = only(rig.poll_answer(book), PlaceOrder)
    assert leaving.terms.quantity == position.bought - 30
