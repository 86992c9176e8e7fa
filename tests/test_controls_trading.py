"""Limits that latch: what ends entries for the day, what halts them, and who releases them."""

from __future__ import annotations

import pytest
from engine_rig import PRICES, Rig

from tui_scalper.core import commands as cm
from tui_scalper.core.config import EngineConfig, RiskLimits
from tui_scalper.core.effects import ModifyOrder, PlaceOrder
from tui_scalper.core.orders import ReportStatus
from tui_scalper.core.snapshot import Mode, OperatorState, TradingState
from tui_scalper.core.tables import IGNORED, step
from tui_scalper.core.trading_table import DAMAGE, LIMITS, TRADING_TABLE, TradingInput
from tui_scalper.core.units import NS, Side

ENTRY = PRICES[0] + 5
LOOK = 5 * NS
"""Open losses are looked at this often at the least."""


def rig_of(**limits):
    config = EngineConfig(mode=Mode.SIM, run_id="T", risk=RiskLimits(**limits))
    return Rig(config=config).open_market()


def last_price(rig, ltp):
    """The first stock is traded at `ltp` and quoted where it was; the engine looks at it."""
    rig.book(0, PRICES[0], ltp=ltp)
    rig.wait(LOOK)
    return rig.engine.trading


def lose(rig, row):
    """A trade that ends at its stop."""
    position = rig.hold(row)
    rig.report(position.exit, ReportStatus.COMPLETE)


def test_every_pair_of_the_trading_table_is_named():
    assert set(TRADING_TABLE) == set(TradingState)
    for state in TradingState:
        assert set(TRADING_TABLE[state]) == set(TradingInput)


@pytest.mark.parametrize("state", list(TradingState))
def test_damage_halts_limits_reduce_and_only_a_person_releases_them(state):
    shut = (TradingState.REDUCING, TradingState.HALTED)
    for given in TradingInput:
        after = step(TRADING_TABLE, state, given)
        after = state if after is IGNORED else after
        if given in DAMAGE:
            assert after is TradingState.HALTED
        elif given in LIMITS:
            assert after in shut
        elif given not in (TradingInput.RESET, TradingInput.RESET_EARLY) and state in shut:
            assert after is state
    if state in shut:
        assert step(TRADING_TABLE, state, TradingInput.RESET) is TradingState.ACTIVE
        assert step(TRADING_TABLE, state, TradingInput.RESET_EARLY) is TradingState.STARTING


@pytest.mark.parametrize("limit", ["daily_loss", "drawdown"])
def test_an_open_loss_latches_at_the_limit_and_not_a_paisa_before(limit):
    rig = rig_of(**{limit: 99 * 100})
    position = rig.hold(0)
    assert position.held == 99
    assert last_price(rig, ENTRY - 99) is TradingState.ACTIVE
    assert last_price(rig, ENTRY - 100) is TradingState.REDUCING
    assert last_price(rig, ENTRY) is TradingState.REDUCING


def test_the_drawdown_counts_from_the_best_result_of_the_day():
    rig = rig_of(drawdown=99 * 100)
    rig.hold(0)
    assert last_price(rig, ENTRY + 300) is TradingState.ACTIVE
    assert last_price(rig, ENTRY + 201) is TradingState.ACTIVE
    assert last_price(rig, ENTRY + 200) is TradingState.REDUCING


def test_losses_in_a_row_latch_and_a_reset_forgets_them():
    rig = rig_of(loss_streak=2)
    lose(rig, 0)
    assert rig.engine.trading is TradingState.ACTIVE
    lose(rig, 1)
    assert rig.engine.trading is TradingState.REDUCING
    assert rig.desk.loss_streak() == 2
    rig.press(cm.ResetKill, word="RESET")
    assert rig.engine.trading is TradingState.ACTIVE
    assert rig.desk.loss_streak() == 0
    rig.enter(2)


def test_what_is_latched_takes_no_entry_drops_auto_and_still_leaves():
    rig = rig_of(daily_loss=99 * 100)
    position = rig.hold(0)
    rig.press(cm.AutoOn)
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert last_price(rig, ENTRY - 100) is TradingState.REDUCING
    assert not rig.engine.operator.auto
    assert rig.engine.operator.staged is None
    rig.press(cm.Stage, row=1, side=Side.BUY)
    rig.press(cm.AutoOn)
    assert rig.refused() == {"reducing": 2}
    assert not rig.sent(PlaceOrder)
    rig.press(cm.Flatten, row=0)
    (change,) = rig.sent(ModifyOrder)
    assert change.order_id == position.exit.order_id


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_halts_and_exits_go_on(damage):
    rig = rig_of()
    rig.hold(0)
    rig.engine.halt(damage)
    assert rig.engine.trading is TradingState.HALTED
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert rig.refused() == {"halted": 1}
    rig.press(cm.Flatten, row=0)
    assert len(rig.sent(ModifyOrder)) == 1


def test_a_reset_needs_the_word_and_nothing_held():
    rig = rig_of()
    position = rig.hold(0)
    rig.engine.halt(TradingInput.ENGINE_ERROR)
    rig.press(cm.ResetKill, word="RESET")
    assert rig.refused() == {"not_possible": 1}
    rig.report(position.exit, ReportStatus.COMPLETE)
    rig.press(cm.ResetKill, word="reset")
    assert rig.engine.trading is TradingState.HALTED
    rig.press(cm.ResetKill, word="RESET")
    assert rig.engine.trading is TradingState.ACTIVE
    assert rig.engine.operator.state is OperatorState.ARMED
