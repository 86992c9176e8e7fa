"""Positions the operator takes over, and quantities as shares of the most."""

from __future__ import annotations

import pytest
from engine_rig import PRICES, START, Rig
from test_core_recovery import HELD
from test_core_restart import BOUGHT, RESTING, agree, begun

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig, ProtectionRules
from tui_scalper.core.effects import ModifyOrder, PlaceOrder
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.journalled import Record
from tui_scalper.core.orders import OrderKind, ReportStatus
from tui_scalper.core.picture import take_picture
from tui_scalper.core.price_watch import judge_price
from tui_scalper.core.snapshot import Latency, Mode, OperatorState, Protection
from tui_scalper.core.units import NS, Side

SIDES = (Side.BUY, Side.SELL)


def rig_with(**rules: int) -> Rig:
    config = EngineConfig(mode=Mode.SIM, run_id="T", protection=ProtectionRules(**rules))
    return Rig(config=config).open_market()


def gain(rig: Rig, side: Side, bp: int) -> None:
    """The book moves so far in favour of a position on `side`."""
    price = PRICES[0] * (10_000 + side * bp) // 10_000 // 5 * 5
    rig.book(0, price)


@pytest.mark.parametrize("side", SIDES)
def test_what_is_taken_over_keeps_its_stop_and_takes_no_target_and_no_trail(side):
    rig = rig_with(trail_bp=25)
    position = rig.hold(0, side)
    stop = position.stop(rig.config.protection)
    rig.press(cm.TakeOver, row=0)
    gain(rig, side, 200)
    rig.wait(10 * NS)
    assert position.goal is Goal.PROTECT
    assert position.protection() is Protection.PROTECTED
    assert position.stop(rig.config.protection) == stop
    assert not rig.sent(ModifyOrder)
    picture = take_picture(rig.engine, 1, rig.now, Latency())
    (shown,) = picture.positions
    assert shown.manual
    assert (shown.target, picture.ladders[0].target) == (0, 0)
    rig.press(cm.GiveBack, row=0)
    picture = take_picture(rig.engine, 1, rig.now, Latency())
    target = position.target(rig.config.protection)
    assert (picture.positions[0].target, picture.ladders[0].target) == (target, target)


@pytest.mark.parametrize("side", SIDES)
def test_given_back_it_takes_its_target_at_the_next_quote(side):
    rig = rig_with()
    position = rig.hold(0, side)
    rig.press(cm.TakeOver, row=0)
    gain(rig, side, 200)
    rig.press(cm.GiveBack, row=0)
    gain(rig, side, 201)
    assert position.goal is Goal.TAKE


def test_taken_over_while_it_takes_its_target_it_gets_its_stop_back():
    rig = rig_with()
    position = rig.hold(0)
    gain(rig, Side.BUY, 110)
    assert position.goal is Goal.TAKE
    taking = rig.order(position.exit.tag)
    rig.report(taking, ReportStatus.OPEN)
    rig.effects.clear()
    rig.press(cm.TakeOver, row=0)
    (change,) = rig.sent(ModifyOrder)
    assert change.terms.kind is OrderKind.STOP_LIMIT


def test_no_time_exit_while_it_is_the_operators_and_one_at_once_when_it_is_overdue():
    rig = rig_with(time_exit_ns=60 * NS)
    position = rig.hold(0)
    rig.press(cm.TakeOver, row=0)
    rig.wait(120 * NS)
    assert position.goal is Goal.PROTECT
    rig.press(cm.GiveBack, row=0)
    rig.wait(0)
    assert position.reason == GoalInput.TIME_EXIT.value


@pytest.mark.parametrize(
    "leave",
    [
        lambda rig: rig.press(cm.Flatten, row=0),
        lambda rig: rig.press(cm.Kill),
        lambda rig: rig.wait(5 * 3_600 * NS + 9 * 60 * NS),
    ],
)
def test_every_other_exit_still_works(leave):
    rig = rig_with()
    position = rig.hold(0)
    rig.press(cm.TakeOver, row=0)
    leave(rig)
    assert position.goal is Goal.EXIT


@pytest.mark.parametrize("kind", [cm.TakeOver, cm.GiveBack])
@pytest.mark.parametrize("state", OperatorState)
def test_without_a_position_there_is_nothing_to_manage(kind, state):
    rig = rig_with()
    if state is OperatorState.KILLED:
        rig.press(cm.Kill)
    elif state is not OperatorState.DISARMED:
        rig.press(cm.Arm)
    if state is OperatorState.STAGED:
        rig.press(cm.Stage, row=0, side=Side.BUY)
    for row in (0, -1, 99):
        rig.press(kind, row=row)
    assert rig.refused() == {"no_position": 3}
    assert rig.engine.operator.state is state


def test_it_is_still_the_operators_after_a_restart():
    rig = rig_with()
    entry = rig.enter(0)
    placed = rig.sent(PlaceOrder)[-1]
    done = rig.describe(entry, ReportStatus.COMPLETE, price=entry.terms.price)
    told = (
        placed,
        ev.Placed(at_ns=START, tag=entry.tag, order_id=done.order_id),
        ev.OrderReported(at_ns=START, report=done),
        ev.Commanded(at_ns=START, command=cm.TakeOver(key_ns=START, row=0)),
    )
    for past, manual in ((told, True), (told[:-1], False)):
        new = Rig(config=rig.config)
        records = tuple(Record(seq=n, at_ns=START, body=body) for n, body in enumerate(past))
        new.engine.begin(records, START, latched=False)
        assert new.engine.desk.positions[0].manual == manual


def test_after_a_restart_time_alone_does_not_close_it_either():
    taken = ev.Commanded(at_ns=START, command=cm.TakeOver(key_ns=START, row=0))
    rig = begun(*HELD, taken, protection=ProtectionRules(time_exit_ns=5 * NS))
    agree(rig, BOUGHT, RESTING)
    rig.wait(20 * NS)
    assert rig.desk.positions[0].goal is Goal.PROTECT


# -- quantities ------------------------------------------------------------------------------


@pytest.mark.parametrize("percent", [1, 25, 50, 100])
def test_a_quantity_is_a_share_of_the_most_the_engine_would_send(percent):
    rig = rig_with()
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    most = rig.engine.operator.staged.quantity
    rig.press(cm.SetQuantity, percent=percent)
    assert rig.engine.operator.staged.quantity == max(most * percent // 100, 1)


@pytest.mark.parametrize("percent", [0, -1, 101, 10**9])
def test_a_share_that_is_none_is_refused(percent):
    rig = rig_with()
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=0, side=Side.BUY)
    before = rig.engine.operator.staged
    rig.press(cm.SetQuantity, percent=percent)
    assert rig.engine.operator.staged == before
    assert rig.refused() == {"most": 1}


def test_without_a_staged_entry_there_is_no_quantity():
    rig = rig_with()
    rig.press(cm.SetQuantity, percent=50)
    assert rig.refused() == {"not_staged": 1}


def test_a_quote_beyond_the_target_means_nothing_while_it_is_taken_over():
    rig = rig_with()
    position = rig.hold()
    rig.press(cm.TakeOver, row=0)
    target = position.target(rig.config.protection)
    cells = rig.engine.table.cells[0]
    cells[c.BID_PRICE], cells[c.ASK_PRICE] = target, target + 5
    assert judge_price(position, cells, rig.config.protection, rig.now) is None
    rig.press(cm.GiveBack, row=0)
    given = judge_price(position, cells, rig.config.protection, rig.now)
    assert given is GoalInput.TARGET_TOUCHED
