"""The operator's switches of single stocks, in every state of the operator."""

from __future__ import annotations

import pytest
from engine_rig import PRICES, STOCKS, Rig, last_line

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.snapshot import OperatorState
from tui_scalper.core.units import MS, Side

LESS = (cm.AutoStockOff, cm.SkipStock)
MORE = (cm.AutoStockOn, cm.UnskipStock)
KINDS = (*LESS, *MORE)


def rig_in(state: OperatorState) -> Rig:
    """A live market with a buy signal in every stock, the operator in `state`."""
    rig = Rig().open_market(lean=1)
    if state is OperatorState.KILLED:
        rig.press(cm.Kill)
    elif state is not OperatorState.DISARMED:
        rig.press(cm.Arm)
    if state is OperatorState.STAGED:
        rig.press(cm.Stage, row=0)
    assert rig.engine.operator.state is state
    rig.effects.clear()
    return rig


@pytest.mark.parametrize("state", OperatorState)
@pytest.mark.parametrize("kind", KINDS)
def test_a_switch_works_in_every_state_and_sends_nothing(kind, state):
    rig = rig_in(state)
    rig.press(kind, row=0)
    assert not rig.sent(PlaceOrder)
    operator = rig.engine.operator
    assert (0 in operator.by_hand_only) == (kind is cm.AutoStockOff)
    assert (0 in operator.skipped) == (kind is cm.SkipStock)
    dropped = state is OperatorState.STAGED and kind is cm.SkipStock
    assert operator.state is (OperatorState.ARMED if dropped else state)
    assert last_line(rig.engine).startswith("ALPHA: ")


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_increases_risk_needs_a_fresh_key(kind):
    rig = rig_in(OperatorState.ARMED)
    rig.command(kind(key_ns=rig.now - 300 * MS, row=0))
    assert ("old_key" in rig.refused()) == (kind in MORE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", [-1, len(STOCKS)])
def test_a_stock_nobody_has_is_refused(kind, row):
    rig = rig_in(OperatorState.ARMED)
    rig.press(kind, row=row)
    assert rig.refused() == {"unknown_stock": 1}
    assert not rig.engine.operator.skipped | rig.engine.operator.by_hand_only


@pytest.mark.parametrize(
    "kind, reason", [(cm.AutoStockOff, "by_hand_only"), (cm.SkipStock, "skipped")]
)
def test_the_engine_leaves_a_stock_of_the_operator_alone(kind, reason):
    rig = rig_in(OperatorState.ARMED)
    for row in range(len(STOCKS)):
        rig.press(kind, row=row)
    rig.press(cm.AutoOn)
    for row, price in enumerate(PRICES):
        rig.book(row, price, lean=1)
    assert not rig.sent(PlaceOrder)
    assert rig.refused()[reason]
    rests = rig.engine.table.cells[:, c.HOLD_UNTIL_NS] - rig.now
    assert (rests == rig.config.risk.cooldown_ns).any(), "asked again as soon as after any refusal"


def test_a_person_enters_what_the_engine_leaves_alone_and_nobody_what_is_skipped():
    rig = rig_in(OperatorState.ARMED)
    rig.press(cm.AutoStockOff, row=0)
    rig.press(cm.SkipStock, row=1)
    rig.press(cm.Stage, row=1, side=Side.BUY)
    assert rig.refused() == {"skipped": 1}
    assert rig.enter(0).row == 0


def test_a_switch_back_lets_the_stock_in_again():
    rig = rig_in(OperatorState.ARMED)
    rig.press(cm.SkipStock, row=1)
    rig.press(cm.UnskipStock, row=1)
    assert rig.enter(1).row == 1


def test_the_position_of_a_skipped_stock_goes_on():
    rig = rig_in(OperatorState.ARMED)
    position = rig.hold(0)
    rig.press(cm.SkipStock, row=0)
    assert position.goal.value == "protect"
    rig.press(cm.Flatten, row=0)
    assert position.goal.value == "exit"


def test_a_new_day_skips_nothing():
    rig = rig_in(OperatorState.ARMED)
    rig.press(cm.SkipStock, row=0)
    rig.press(cm.AutoStockOff, row=1)
    rig.engine.operator.new_day()
    assert rig.engine.operator.skipped == set()
    assert rig.engine.operator.by_hand_only == {1}
