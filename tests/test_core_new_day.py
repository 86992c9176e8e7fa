"""A run that goes on over midnight: a market of our own counts anew, a broker's takes no entry."""

from __future__ import annotations

import pytest
from engine_rig import DAY, MIDNIGHT, NS, PRICES, Rig

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig, OperatorRules, RiskLimits
from tui_scalper.core.orders import ReportStatus
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import Mode, OperatorState, TradingState
from tui_scalper.core.units import Side
from tui_scalper.core.venues import HOUR

TEN = 10 * HOUR


def rig_of(mode: Mode) -> Rig:
    wordless = OperatorRules(live_word="")
    return Rig(config=EngineConfig(mode=mode, run_id="T", operator=wordless)).open_market()


def trade(rig: Rig, row: int = 0) -> None:
    position = rig.hold(row)
    rig.press(cm.Flatten, row=row)
    rig.report(position.exit, ReportStatus.COMPLETE)
    assert row not in rig.desk.positions


def next_morning(rig: Rig) -> None:
    days = (rig.now - MIDNIGHT) // DAY + 1
    rig.wait(MIDNIGHT + days * DAY + TEN - rig.now)
    rig.give(ev.LinkChanged(at_ns=rig.now, link=ev.Link.LIVE))
    for row, price in enumerate(PRICES):
        rig.book(row, price)


@pytest.mark.parametrize("mode", [Mode.SIM, Mode.REPLAY])
def test_a_market_of_our_own_counts_every_day_from_nothing(mode):
    rig = rig_of(mode)
    for day in range(5):
        trade(rig)
        assert (rig.desk.entered, len(rig.desk.trades)) == (1, 1), f"day {day}"
        assert rig.engine.sent.placed == 2
        next_morning(rig)
        assert (rig.desk.entered, rig.desk.trades, rig.desk.day.realised) == (0, [], 0)
        assert rig.engine.sent.requests == 0
        assert rig.engine.sent.entries("ALPHA") is None
    assert list(rig.desk.blotter) == [], "orders of past days are forgotten"


def test_a_position_held_over_midnight_keeps_its_stop_and_its_orders():
    rig = rig_of(Mode.SIM)
    trade(rig, 1)
    position = rig.hold()
    stop = position.exit
    rig.give(ev.ClockTicked(at_ns=MIDNIGHT + DAY + NS))
    assert rig.desk.positions == {0: position}
    assert [order.tag for order in rig.desk.blotter] == [position.entry.tag, stop.tag]
    assert rig.desk.blotter.by_id(stop.order_id) is stop
    assert rig.desk.trades == []


@pytest.mark.parametrize("mode", [Mode.TEST, Mode.LIVE])
def test_at_a_broker_nothing_enters_after_midnight_and_no_reset_lifts_it(mode):
    rig = rig_of(mode)
    trade(rig)
    next_morning(rig)
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    rig.press(cm.ResetKill, word=rig.config.operator.reset_word)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    assert rig.refused()[Refusal.DAY_OVER.value] == 2
    assert len(rig.desk.trades) == 1, "what the journal of that day holds stays"


def close(rig: Rig, price: int) -> None:
    """Leave the position of row 0, filled at `price`."""
    position = rig.desk.positions[0]
    rig.press(cm.Flatten, row=0)
    rig.report(position.exit, ReportStatus.COMPLETE, price=price)


def test_the_first_loss_of_a_new_day_counts_though_the_day_before_had_as_many_trades():
    risk = RiskLimits(daily_loss=200_00, drawdown=10**9)
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="T", risk=risk)).open_market()
    rig.hold()
    close(rig, PRICES[0])
    assert rig.engine.trading is TradingState.ACTIVE
    next_morning(rig)
    rig.hold()
    close(rig, PRICES[0] - 5_00)
    assert rig.engine.trading is TradingState.REDUCING


def test_the_drawdown_of_a_new_day_counts_from_nothing():
    rig = rig_of(Mode.SIM)
    rig.hold()
    close(rig, PRICES[0] + 50_00)
    next_morning(rig)
    rig.hold()
    close(rig, PRICES[0] - 5_00)
    fallen = -(rig.desk.day.realised - rig.desk.day.costs)
    assert rig.engine.fall == fallen


@pytest.mark.parametrize("mode", [Mode.TEST, Mode.LIVE])
def test_at_a_broker_auto_and_arming_end_at_midnight(mode):
    rig = rig_of(mode)
    rig.press(cm.Arm)
    rig.press(cm.AutoOn)
    rig.wait(MIDNIGHT + DAY - rig.now - 1)
    assert rig.engine.operator.auto
    rig.wait(1)
    assert rig.engine.operator.state is OperatorState.DISARMED
    assert not rig.engine.operator.auto


def test_a_stock_skipped_for_the_day_is_no_longer_on_the_next():
    rig = rig_of(Mode.SIM)
    rig.press(cm.SkipStock, row=0)
    assert rig.engine.operator.skipped == {0}
    next_morning(rig)
    assert rig.engine.operator.skipped == set()


def test_the_operator_arms_anew_on_a_new_day_but_nobody_does_in_a_replay():
    for mode, state in ((Mode.SIM, OperatorState.DISARMED), (Mode.REPLAY, OperatorState.ARMED)):
        rig = rig_of(mode)
        rig.press(cm.Arm)
        rig.press(cm.AutoOn)
        next_morning(rig)
        assert rig.engine.operator.state is state
        assert rig.engine.operator.auto is (mode is Mode.REPLAY)
