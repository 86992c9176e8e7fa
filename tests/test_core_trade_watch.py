"""The broker's trade book against its order book, at a start and after it."""

from __future__ import annotations

import pytest
from engine_rig import NS, Rig
from test_core_recovery import HELD
from test_core_restart import BOUGHT, RESTING, agree, begun

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.effects import ModifyOrder, PlaceOrder, PollTrades
from tui_scalper.core.orders import OrderTrades
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import Severity, TradingState
from tui_scalper.core.units import Side

TRUE = OrderTrades(order_id="N1", quantity=10, value=10 * 1_000_00)
FEWER = OrderTrades(order_id="N1", quantity=7, value=7 * 1_000_00)
DEARER = OrderTrades(order_id="N1", quantity=10, value=10 * 1_000_00 + 11)
ROUNDED = OrderTrades(order_id="N1", quantity=10, value=10 * 1_000_00 - 10)
OF_STOP = OrderTrades(order_id="N2", quantity=10, value=10 * 995_50)
OF_OTHERS = OrderTrades(order_id="M9", quantity=3, value=3 * 500_00)


def started() -> Rig:
    """A start over a position and its stop, whose books agree."""
    rig = begun(*HELD)
    asked = agree(rig, BOUGHT, RESTING)
    assert PollTrades() in asked
    return rig


def traded(rig: Rig, *trades: OrderTrades) -> list:
    """The trade book comes."""
    rig.now += 1
    return rig.give(ev.TradesReported(at_ns=rig.now, trades=trades, asked_ns=rig.now))


def asked_again(rig: Rig, *trades: OrderTrades) -> None:
    """The engine asks for both books again, and they come."""
    assert PollTrades() in rig.wait(rig.config.polls.doubt_ns)
    rig.poll_answer((BOUGHT, RESTING))
    traded(rig, *trades)


def alarms(rig: Rig) -> list[str]:
    lines = rig.engine.chronicle.lines
    return [one.text for one in lines if one.severity is Severity.ALARM and "trades" in one.text]


@pytest.mark.parametrize("told", [TRUE, ROUNDED])
def test_trades_that_agree_are_no_doubt(told):
    rig = started()
    traded(rig, told, OF_OTHERS)
    assert PollTrades() not in rig.wait(10 * NS)
    assert not rig.desk.doubts.disputed
    assert not alarms(rig)


@pytest.mark.parametrize("told", [(), (FEWER,), (DEARER,), (TRUE, OF_STOP)])
def test_a_difference_that_stands_is_said_and_stops_entries_of_its_stock(told):
    rig = started()
    traded(rig, *told)
    assert not rig.desk.doubts.disputed, "the books are not of one moment"
    asked_again(rig, *told)
    assert rig.desk.doubts.disputed == {0}
    (alarm,) = alarms(rig)
    assert "ALPHA" in alarm
    assert rig.engine.trading is TradingState.ACTIVE
    assert rig.engine.proposer.standing(0).trades_differ
    assert not rig.engine.proposer.standing(1).trades_differ
    asked_again(rig, *told)
    assert len(alarms(rig)) == 1
    asked_again(rig, TRUE)
    assert not rig.desk.doubts.disputed


def test_what_is_held_is_guarded_and_left_all_the_same():
    rig = started()
    traded(rig, FEWER)
    asked_again(rig, FEWER)
    assert not [one for one in rig.effects if isinstance(one, PlaceOrder)]
    leaving = rig.press(cm.Flatten, row=0)
    assert [one.order_id for one in leaving if isinstance(one, ModifyOrder)] == ["N2"]


def test_an_entry_is_refused_by_its_own_reason():
    rig = begun(alone=False)
    agree(rig, holdings=())
    entry = rig.enter(0)
    rig.desk.doubts.disputed = frozenset({1})
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert rig.refused()[Refusal.TRADES_DIFFER.value] == 1
    assert entry.live


def test_an_answer_that_never_comes_holds_no_start_up():
    rig = started()
    rig.give(ev.PollFailed(at_ns=rig.now, what="trades", text="HTTP 500"))
    assert rig.engine.trading is TradingState.ACTIVE


def test_reconnecting_asks_for_the_trades():
    rig = started()
    rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.DOWN))
    assert PollTrades() in rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.LIVE))
